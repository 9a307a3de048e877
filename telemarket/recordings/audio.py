"""Sound files: a finished WAV out of what Asterisk wrote, its length and hash, and the peaks of its waveform.

Everything here reads and writes files, for seconds if they are long: call it in a thread. Samples are only moved, never
computed with, so that an hour of conversation costs a fraction of a second of processor time.
"""

import hashlib
import os
import struct
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from telemarket.calls.recordings import is_ulaw, raw_files
from telemarket.core.errors import TelemarketError

RATE = 8000
PEAKS = 800
"""Columns of a waveform: as many as the widest page has pixels for."""

_PCM, _ULAW = 1, 7  # format tags of WAV
_CHUNK = 1 << 18  # bytes read at a time
_SILENCE = {_PCM: b"\0", _ULAW: b"\xff"}


class StillOpen(TelemarketError):
    """Asterisk has not closed the file yet."""

    error_id = "recording-open"
    retryable = True


class UnreadableSound(TelemarketError):
    """The file is no WAV of the kinds we keep."""

    error_id = "recording-unreadable"


class Sound(NamedTuple):
    """The shape of a sound file. `data` is where the samples begin, `length` their bytes."""

    tag: int
    channels: int
    data: int
    length: int
    closed: bool  # its header says how long it is: whoever wrote it has finished

    @property
    def frame(self) -> int:
        """Bytes of one moment."""
        return self.channels * (2 if self.tag == _PCM else 1)

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return self.length / self.frame / RATE


class Finished(NamedTuple):
    """A finished recording as measured.

    `mended`: its end is missing, since Asterisk could not close it, or a side of it is (`one_sided`).
    """

    seconds: float
    size: int  # bytes
    sha256: bytes
    mended: bool
    one_sided: bool = False


def finish(folder: Path, path: str, *, stereo: bool, patient: bool) -> Finished:
    """Make the recording `path` below `folder` of what Asterisk wrote, or measure it if that has been done.

    Raises FileNotFoundError if there is nothing, UnreadableSound, OSError; and if `patient`, StillOpen as long as
    Asterisk may be writing, and FileNotFoundError if either side is missing: else that side is silence.
    """
    final = folder / path
    _peaks_file(final).unlink(missing_ok=True)  # drawn before there was all of it
    raw = [folder / name for name in raw_files(path, stereo=stereo).names]
    if raw != [final] and final.exists() and not all(map(Path.exists, raw)):  # made before, perhaps not tidied up
        _remove(raw)
        return _measure(final, mended=False)
    there = [side for side in raw if side.exists()]
    one_sided = not patient and 0 < len(there) < len(raw)
    sounds = {side: read_shape(side) for side in (there if one_sided else raw)}
    closed = all(sound.closed for sound in sounds.values())
    if patient and not closed:
        raise StillOpen(f"{path}: Asterisk is still writing.")
    mended = one_sided or (not closed and not is_ulaw(path))
    if raw != [final]:
        _combine(final, raw, sounds)
        _remove(raw)
    elif mended:
        _mend(final, sounds[final])
    return _measure(final, mended=mended)._replace(one_sided=one_sided)


def read_shape(path: Path) -> Sound:
    """Look at a file's header. A file named .ulaw has none. Raises UnreadableSound, OSError."""
    size = path.stat().st_size
    if path.suffix == ".ulaw":
        return Sound(_ULAW, 1, 0, size, closed=False)
    with path.open("rb") as file:
        return _read_header(file, size, path.name)


def _read_header(file: BinaryIO, size: int, name: str) -> Sound:
    riff, _, wave = struct.unpack("<4sI4s", file.read(12).ljust(12, b"\0"))
    tag = channels = rate = 0
    if (riff, wave) == (b"RIFF", b"WAVE"):
        while len(head := file.read(8)) == 8:
            chunk, length = struct.unpack("<4sI", head)
            if chunk == b"data" and tag in _SILENCE and channels in (1, 2) and rate == RATE:
                return _sound(tag, channels, file.tell(), length, size)
            if chunk == b"fmt ":
                tag, channels, rate = struct.unpack("<HHI", file.read(8).ljust(8, b"\0"))
                length -= 8
            file.seek(length + length % 2, os.SEEK_CUR)
    raise UnreadableSound(f"{name}: no sound of {RATE} samples a second in 16 bits or µ-law.")


def _sound(tag: int, channels: int, data: int, said: int, size: int) -> Sound:
    """What is there counts, not what the header says: of a file cut short it says nothing, or more than there is."""
    frame = channels * (2 if tag == _PCM else 1)
    there = (size - data) // frame * frame
    return Sound(tag, channels, data, there, closed=0 < said <= size - data)


def _combine(final: Path, raw: list[Path], sounds: dict[Path, Sound]) -> None:
    """Write `final` of one side or two, filled up with silence where one is shorter or missing, in one step."""
    tag, longest = next(iter(sounds.values())).tag, max(sound.length for sound in sounds.values())
    temporary = final.with_name(final.name + ".part")
    with temporary.open("wb") as file:
        file.write(_header(tag, len(raw), longest * len(raw)))
        sides = [_chunks(side, sounds[side], longest) if side in sounds else _silence(tag, longest) for side in raw]
        for parts in zip(*sides, strict=True):
            file.write(_interleave(tag, parts))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(final)


def _chunks(path: Path, sound: Sound, length: int) -> Iterator[bytes]:
    """The samples of one file in chunks, and silence up to `length` bytes."""
    with path.open("rb") as file:
        file.seek(sound.data)
        for silence in _silence(sound.tag, length):
            samples = file.read(len(silence))
            yield samples + silence[len(samples) :]


def _silence(tag: int, length: int) -> Iterator[bytes]:
    for begin in range(0, length, _CHUNK):
        yield _SILENCE[tag] * min(_CHUNK, length - begin)


def _interleave(tag: int, parts: tuple[bytes, ...]) -> bytes:
    if len(parts) == 1:
        return parts[0]
    code = "h" if tag == _PCM else "B"
    mixed = array(code, bytes(sum(map(len, parts))))
    for side, part in enumerate(parts):
        mixed[side :: len(parts)] = array(code, part)
    return mixed.tobytes()


def _header(tag: int, channels: int, length: int) -> bytes:
    width = 2 if tag == _PCM else 1
    frame = channels * width
    form = struct.pack("<HHIIHH", tag, channels, RATE, RATE * frame, frame, 8 * width)
    chunks = struct.pack("<4sI", b"fmt ", len(form)) + form
    if tag != _PCM:  # what is not plain samples has to say how many they are
        form += struct.pack("<H", 0)
        chunks = struct.pack("<4sI", b"fmt ", len(form)) + form + struct.pack("<4sII", b"fact", 4, length // frame)
    return (
        struct.pack("<4sI4s", b"RIFF", 4 + len(chunks) + 8 + length, b"WAVE")
        + chunks
        + struct.pack("<4sI", b"data", length)
    )


def _mend(path: Path, sound: Sound) -> None:
    """Have the header say what is there."""
    with path.open("r+b") as file:
        file.truncate(sound.data + sound.length)
        file.seek(4)
        file.write(struct.pack("<I", sound.data - 8 + sound.length))
        file.seek(sound.data - 4)
        file.write(struct.pack("<I", sound.length))
        os.fsync(file.fileno())


def _measure(path: Path, *, mended: bool) -> Finished:
    sound = read_shape(path)
    return Finished(sound.seconds, path.stat().st_size, hash_of(path), mended)


def hash_of(path: Path) -> bytes:
    """SHA-256 of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def delete(folder: Path, path: str, *, stereo: bool) -> None:
    """Remove a recording and all that was made of it; what is gone already is passed over."""
    _remove([folder / path, _peaks_file(folder / path)])
    _remove([folder / name for name in raw_files(path, stereo=stereo).names])


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


# ---- the waveform


def peaks(path: Path) -> list[bytes]:
    """For each channel up to PEAKS loudest values, 0 to 127, evenly over the recording; computed once, kept beside it.

    Raises UnreadableSound, OSError.
    """
    kept = _peaks_file(path)
    try:
        content = kept.read_bytes()
    except FileNotFoundError:
        found = _compute_peaks(path)
        temporary = kept.with_name(kept.name + ".part")
        temporary.write_bytes(bytes([len(found)]) + b"".join(found))
        temporary.replace(kept)
        return found
    columns = (len(content) - 1) // content[0]
    return [content[1 + side * columns : 1 + (side + 1) * columns] for side in range(content[0])]


def _compute_peaks(path: Path) -> list[bytes]:
    sound = read_shape(path)
    frames = sound.length // sound.frame
    column = max(1, -(-frames // PEAKS)) * sound.frame
    # Of a 16-bit sample the upper byte is enough to be drawn.
    step, first = (2 * sound.channels, 1) if sound.tag == _PCM else (sound.channels, 0)
    level = _PCM_LEVEL if sound.tag == _PCM else _ULAW_LEVEL
    found = [bytearray() for _ in range(sound.channels)]
    with path.open("rb") as file:
        file.seek(sound.data)
        while part := file.read(column):
            for side, side_peaks in enumerate(found):
                side_peaks.append(
                    max(part[first + side * (step // sound.channels) :: step].translate(level), default=0)
                )
    return [bytes(side) for side in found]


def _peaks_file(path: Path) -> Path:
    return path.with_name(path.name + ".peaks")


def _ulaw_level(code: int) -> int:
    bits = ~code & 0xFF
    return ((((bits & 0x0F) << 3) + 0x84 << (bits >> 4 & 7)) - 0x84) >> 8


_PCM_LEVEL = bytes(code if code < 128 else 255 - code for code in range(256))
_ULAW_LEVEL = bytes(_ulaw_level(code) for code in range(256))
