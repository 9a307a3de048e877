"""Sound files as Asterisk writes them."""

import math
import wave
from array import array
from pathlib import Path

from telemarket.recordings import audio


def tone(seconds: float, loudness: float = 0.5) -> "array[int]":
    return array("h", [round(32767 * loudness * math.sin(i * 0.7)) for i in range(round(seconds * audio.RATE))])


def put(path: Path, samples: "array[int] | bytes", *, closed: bool = True) -> None:
    """A file as Asterisk writes it; one it could not close says in its header that there is nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = samples if isinstance(samples, bytes) else samples.tobytes()
    if path.suffix == ".ulaw":
        path.write_bytes(data)
        return
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, audio.RATE, 0, "NONE", ""))
        file.writeframes(data)
    if not closed:
        content = bytearray(path.read_bytes())
        content[4:8] = content[40:44] = bytes(4)
        path.write_bytes(content)
