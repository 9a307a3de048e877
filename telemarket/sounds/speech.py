"""Speech from text, by any program that reads a text and writes a WAV."""

import shlex
import subprocess

from telemarket.core.errors import ConfigurationError
from telemarket.core.i18n import N_
from telemarket.sounds.errors import SpeechUnavailable

DEADLINE = 60.0  # seconds for one text


class Speech:
    """Speaks with `command`: {language} in it becomes uk, ru or en; the text is its standard input, in UTF-8.

    No shell is involved. Raises ConfigurationError if the command cannot be taken apart.
    """

    def __init__(self, command: str) -> None:
        self.command = command
        try:
            self._arguments = shlex.split(command)
        except ValueError as error:
            raise ConfigurationError(f"[sounds] speech_command: {error}.") from error
        if not self._arguments:
            raise ConfigurationError("[sounds] speech_command is empty.", remedy="Remove it to use espeak-ng.")

    def speak(self, text: str, language: str) -> bytes:
        """`text` as the program's sound, of whatever rate. Blocks. Raises SpeechUnavailable."""
        program = self._arguments[0]
        arguments = [part.replace("{language}", language) for part in self._arguments]
        try:
            done = subprocess.run(  # noqa: S603
                arguments, input=text.encode(), capture_output=True, timeout=DEADLINE, check=False
            )
        except OSError as error:
            raise SpeechUnavailable(
                N_("The speech program %(program)s cannot be started.", program=program),
                remedy=N_("Install the package %(program)s, or set [sounds] speech_command.", program=program),
            ) from error
        except subprocess.TimeoutExpired as error:
            raise SpeechUnavailable(
                N_("The speech program %(program)s did not finish in time.", program=program),
                remedy=N_("Try a shorter text."),
            ) from error
        if done.returncode or not done.stdout:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise SpeechUnavailable(
                N_(
                    "The speech program %(program)s failed: %(reason)s",
                    program=program,
                    reason=said[-1][:200] if said else f"exit status {done.returncode}",
                ),
                remedy=N_("Try it by hand; see [sounds] speech_command."),
            )
        return done.stdout
