"""Decoding of sound, by its content and not its name: WAV, MP3, OGG Vorbis and FLAC."""

import miniaudio

from telemarket.sounds.audio import RATE, SAMPLE_BYTES, Undecodable, wav


class TooLong(Exception):
    """The sound lasts longer than allowed."""


def to_telephone(data: bytes, most_seconds: float) -> bytes:
    """`data` as WAV for a telephone. Raises Undecodable, or TooLong beyond `most_seconds`."""
    samples = bytearray()
    try:
        # A second at a time: a small file may unpack to days of silence.
        for frames in miniaudio.stream_memory(data, nchannels=1, sample_rate=RATE, frames_to_read=RATE):
            samples += frames.tobytes()
            if len(samples) > most_seconds * RATE * SAMPLE_BYTES:
                raise TooLong
    except miniaudio.MiniaudioError as error:
        raise Undecodable from error
    if not samples:
        raise Undecodable
    return wav([bytes(samples)])
