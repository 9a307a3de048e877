"""Asterisk's own sets of recordings: phrases joined from them, where a human voice says the same."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from telemarket.sounds import audio

# The best first. All but WAV are bare samples or frames, so that joined files are one longer file.
FORMATS = ("wav", "sln", "alaw", "ulaw", "g722", "gsm")


class Recorded(msgspec.Struct, frozen=True):
    """Recordings that said one after the other make a phrase."""

    format: str
    paths: tuple[Path, ...]

    def join(self) -> bytes:
        """One file of them. Raises OSError, or Undecodable for a WAV that is not 8 kHz, mono, 16 bits."""
        parts = [path.read_bytes() for path in self.paths]
        return audio.wav(map(audio.samples_of, parts)) if self.format == "wav" else b"".join(parts)


def find(folders: Sequence[Path], language: str, names: Sequence[str]) -> Recorded | None:
    """The recordings called `names`, all of one set and format; None where a set has not all of them.

    `folders` are Asterisk's folders of sounds, e.g. /usr/share/asterisk/sounds.
    """
    if not names:
        return None
    for folder in folders:
        for voice in _voices(folder, language):
            for extension in FORMATS:
                paths = tuple(voice / f"{name}.{extension}" for name in names)
                if all(path.is_file() for path in paths):
                    return Recorded(extension, paths)
    return None


def _voices(folder: Path, language: str) -> Iterator[Path]:
    """The folders of a language: its own, then by region and voice, such as ru_RU_f_IvrvoiceRU."""
    yield folder / language
    yield from sorted(folder.glob(f"{language}_*"))
