"""Installing the phrases: every one of the catalog, in every language, into the folder of sounds.

Where Asterisk's recordings say a phrase they are joined; what is left is spoken. A manifest beside the files tells
which were made here: any other is somebody's own recording and stays as it is.
"""

import hashlib
import os
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import msgspec

from telemarket.sounds import audio
from telemarket.sounds.catalog import TONE, Phrase, phrases
from telemarket.sounds.decode import to_telephone
from telemarket.sounds.errors import SoundsError
from telemarket.sounds.files import write_file
from telemarket.sounds.phrases import LANGUAGES
from telemarket.sounds.recorded import Recorded, find
from telemarket.sounds.speech import Speech

MANIFEST = ".installed.json"
_LONGEST_PHRASE = 60.0  # seconds


class Made(msgspec.Struct, frozen=True):
    """A file made here: from what, and its content then."""

    source: str
    file: str
    sha256: str


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One file to make."""

    language: str
    name: str
    phrase: Phrase
    recording: Recorded | None
    source: str


class Work(msgspec.Struct, kw_only=True):
    """What has to be made; how many phrases are there already, and how many are somebody's own recordings."""

    tasks: list[Task] = []
    current: int = 0
    own: int = 0

    @property
    def recorded(self) -> int:
        """How many are joined from Asterisk's recordings; the others are spoken."""
        return sum(task.recording is not None for task in self.tasks)


class Installer:
    """Installs into `folder`. `recordings` are Asterisk's folders of sounds, where there are any.

    Its methods raise SoundsError if the folder cannot be used.
    """

    def __init__(self, folder: Path, speech: Speech, recordings: Sequence[Path] = ()) -> None:
        self._folder = folder
        self._speech = speech
        self._recordings = recordings

    def plan(self, languages: Sequence[str] = LANGUAGES) -> Work:
        """What is missing or out of date."""
        work = Work()
        with self._explained():
            for language in languages:
                self._plan(language, work)
        return work

    def carry_out(self, work: Work) -> Generator[None, None, None]:
        """Make it, phrase by phrase. Raises SpeechUnavailable too; what was made until then stays."""
        pool = ThreadPoolExecutor(max_workers=os.cpu_count())
        with self._explained():
            try:
                made = {language: self._read_manifest(language) for language in LANGUAGES}
                for task, content in zip(work.tasks, pool.map(self._make, work.tasks), strict=True):
                    self._put(task, content, made[task.language])
                    yield
            finally:
                pool.shutdown(cancel_futures=True)

    def install(self) -> Work:
        """Make whatever is missing or out of date."""
        work = self.plan()
        for _ in self.carry_out(work):
            pass
        return work

    def missing(self) -> list[str]:
        """Phrases without a file, such as "uk/closed"."""
        found = {language: _files(self._folder / language) for language in LANGUAGES}
        return [f"{lang}/{name}" for lang in LANGUAGES for name in phrases(lang) if name not in found[lang]]

    def _plan(self, language: str, work: Work) -> None:
        folder = self._folder / language
        made = self._read_manifest(language)
        files = _files(folder)
        for name, phrase in phrases(language).items():
            recording = find(self._recordings, language, phrase.recordings)
            source = _source(phrase, recording, self._speech.command)
            before, present = made.get(name), files.get(name, [])
            if present and (before is None or not _is_as_made(folder, present, before)):
                work.own += 1
            elif present and before is not None and before.source == source:
                work.current += 1
            else:
                task = Task(language=language, name=name, phrase=phrase, recording=recording, source=source)
                work.tasks.append(task)

    def _make(self, task: Task) -> bytes:
        if task.recording:
            return task.recording.join()
        if task.name == TONE:
            return audio.tone()
        return to_telephone(self._speech.speak(task.phrase.text, task.language), _LONGEST_PHRASE)

    def _put(self, task: Task, content: bytes, made: dict[str, Made]) -> None:
        folder = self._folder / task.language
        file = f"{task.name}.{task.recording.format if task.recording else 'wav'}"
        before = made.get(task.name)
        # The manifest first: a file it does not know would be taken for somebody's own.
        made[task.name] = Made(task.source, file, hashlib.sha256(content).hexdigest())
        write_file(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(made)))
        write_file(folder / file, content)
        if before is not None and before.file != file:
            (folder / before.file).unlink(missing_ok=True)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise SoundsError(
                f"{error.filename or self._folder}: sounds cannot be installed: {error.strerror}.",
                remedy="Let the user Telemarket runs as write into the folder, or set [sounds] folder.",
            ) from error

    def _read_manifest(self, language: str) -> dict[str, Made]:
        path = self._folder / language / MANIFEST
        try:
            return msgspec.json.decode(path.read_bytes(), type=dict[str, Made])
        except FileNotFoundError:
            return {}
        except msgspec.MsgspecError as error:
            raise SoundsError(f"{path}: cannot be read: {error}.", remedy="Remove the file.") from error


def _source(phrase: Phrase, recording: Recorded | None, command: str) -> str:
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
