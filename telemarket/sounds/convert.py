"""A sound from outside, made fit for the telephone in a process of its own.

Decoders of compressed sound are intricate programs, and the file is a stranger's: whatever it does to them, the
daemon with its calls must not be there. `python -m telemarket.sounds.convert SECONDS` reads standard input.
"""

import os
import resource
import subprocess
import sys

from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_

DEADLINE = 30.0  # seconds
_MEMORY = 1 << 30
_UNDECODABLE = 3  # exit statuses
_TOO_LONG = 4


def convert(data: bytes, most_seconds: float) -> bytes:
    """`data` as WAV for a telephone. Raises InvalidInput (field "file") if it is no sound, or longer than allowed."""
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", __name__, str(most_seconds)],
            input=data,
            capture_output=True,
            timeout=DEADLINE,
            check=False,
            env={"PATH": os.defpath},  # ours holds secrets
        )
        status = done.returncode
    except subprocess.TimeoutExpired:
        status = _UNDECODABLE
    if status == 0:
        return done.stdout
    if status == _TOO_LONG:
        raise InvalidInput(
            N_("The sound is too long."),
            field="file",
            remedy=N_("At most %(minutes)s minutes are accepted.", minutes=round(most_seconds / 60)),
        )
    raise InvalidInput(
        N_("This is not a sound that can be read."),
        field="file",
        remedy=N_("Send a file of the kind WAV, MP3, OGG (Vorbis) or FLAC."),
    )


def _main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    from telemarket.sounds import decode  # here only: the daemon never loads the decoders
    from telemarket.sounds.audio import Undecodable

    try:
        sound = decode.to_telephone(sys.stdin.buffer.read(), float(sys.argv[1]))
    except Undecodable:
        return _UNDECODABLE
    except decode.TooLong:
        return _TOO_LONG
    sys.stdout.buffer.write(sound)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
