"""Installing the phrases: every one of the catalog, in every language, into the folder of sounds.

Where Asterisk's recordings say a phrase they are joined; what is left is spoken. A manifest beside the files tells
which were made here: any other is somebody's own recording and stays as it is.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from telemarket.sounds import audio, recorded
from telemarket.sounds.catalog import TONE, Phrase, phrases
from telemarket.sounds.decode import to_telephone
from telemarket.sounds.errors import SoundsError
from telemarket.sounds.files import write_file
from telemarket.sounds.phrases import LANGUAGES
from telemarket.sounds.speech import Speech

MANIFEST = ".installed.json"
_LONGEST_PHRASE = 60.0  # seconds

Progress = Callable[[int, int], None]
"""Told how many phrases of how many are done."""


class Made(msgspec.Struct, frozen=True):
    """A file made here: from what, and its content then."""

    source: str
    file: str
    sha256: str


class Report(msgspec.Struct, kw_only=True):
    """What an installation did, or would do, by number of phrases."""

    recorded: int = 0  # joined from Asterisk's recordings
    spoken: int = 0  # by the speech program; the tone counts here
    current: int = 0  # were there already
    own: int = 0  # somebody's own recordings, left alone


class _Task(msgspec.Struct, frozen=True, kw_only=True):
    """One file to make."""

    language: str
    name: str
    phrase: Phrase
    recording: recorded.Recorded | None
    source: str


class Installer:
    """Installs into `folder`. `recordings` are Asterisk's folders of sounds, where there are any."""

    def __init__(self, folder: Path, speech: Speech, recordings: Sequence[Path] = ()) -> None:
        self._folder = folder
        self._speech = speech
        self._recordings = recordings

    def install(
        self,
        languages: Sequence[str] = LANGUAGES,
        *,
        progress: Progress = lambda _done, _all: None,
        dry_run: bool = False,
    ) -> Report:
        """Make what is missing or out of date.

        Raises SpeechUnavailable, or SoundsError if the folder cannot be written; what was made until then stays.
        """
        report = Report()
        try:
            manifests = {language: self._read_manifest(language) for language in languages}
            tasks = [task for language in languages for task in self._tasks(language, manifests[language], report)]
            for task in tasks:
                if task.recording:
                    report.recorded += 1
                else:
                    report.spoken += 1
            if not dry_run:
                self._carry_out(tasks, manifests, progress)
        except OSError as error:
            raise SoundsError(
                f"{error.filename or self._folder}: sounds cannot be installed: {error.strerror}.",
                remedy="Let the user Telemarket runs as write into the folder, or set [sounds] folder.",
            ) from error
        return report

    def missing(self) -> list[str]:
        """Phrases without a file, such as "uk/closed"."""
        found = {language: _files(self._folder / language) for language in LANGUAGES}
        return [f"{lang}/{name}" for lang in LANGUAGES for name in phrases(lang) if name not in found[lang]]

    def _tasks(self, language: str, made: dict[str, Made], report: Report) -> Iterator[_Task]:
        folder = self._folder / language
        files = _files(folder)
        for name, phrase in phrases(language).items():
            recording = recorded.find(self._recordings, language, phrase.recordings)
            source = _source(phrase, recording, self._speech.command)
            before = made.get(name)
            present = files.get(name, [])
            if present and (before is None or not _is_as_made(folder, present, before)):
                report.own += 1
            elif present and before is not None and before.source == source:
                report.current += 1
            else:
                yield _Task(language=language, name=name, phrase=phrase, recording=recording, source=source)

    def _carry_out(self, tasks: Sequence[_Task], manifests: dict[str, dict[str, Made]], progress: Progress) -> None:
        pool = ThreadPoolExecutor(max_workers=os.cpu_count())
        try:
            for count, (task, content) in enumerate(zip(tasks, pool.map(self._make, tasks), strict=True), start=1):
                self._put(task, content, manifests[task.language])
                progress(count, len(tasks))
        finally:
            pool.shutdown(cancel_futures=True)

    def _make(self, task: _Task) -> bytes:
        if task.recording:
            return task.recording.join()
        if task.name == TONE:
            return audio.tone()
        return to_telephone(self._speech.speak(task.phrase.text, task.language), _LONGEST_PHRASE)

    def _put(self, task: _Task, content: bytes, made: dict[str, Made]) -> None:
        folder = self._folder / task.language
        file = f"{task.name}.{task.recording.format if task.recording else 'wav'}"
        before = made.get(task.name)
        # The manifest first: a file it does not know would be taken for somebody's own.
        made[task.name] = Made(task.source, file, hashlib.sha256(content).hexdigest())
        write_file(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(made)))
        write_file(folder / file, content)
        if before is not None and before.file != file:
            (folder / before.file).unlink(missing_ok=True)

    def _read_manifest(self, language: str) -> dict[str, Made]:
        path = self._folder / language / MANIFEST
        try:
            return msgspec.json.decode(path.read_bytes(), type=dict[str, Made])
        except FileNotFoundError:
            return {}
        except msgspec.MsgspecError as error:
            raise SoundsError(f"{path}: cannot be read: {error}.", remedy="Remove the file.") from error


def _source(phrase: Phrase, recording: recorded.Recorded | None, command: str) -> str:
    if recording:
        return " ".join(map(str, recording.paths))
    return f"{command}: {phrase.text}"


def _files(folder: Path) -> dict[str, list[Path]]:
    """The sound files of a folder by name without extension."""
    files: dict[str, list[Path]] = {}
    if folder.is_dir():
        for path in folder.iterdir():
            if not path.name.startswith("."):
                files.setdefault(path.stem, []).append(path)
    return files


def _is_as_made(folder: Path, present: list[Path], made: Made) -> bool:
    if present != [folder / made.file]:
        return False
    return hashlib.sha256(present[0].read_bytes()).hexdigest() == made.sha256
