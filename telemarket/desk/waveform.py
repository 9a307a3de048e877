"""A waveform as SVG: computed here, so that the page needs no drawing of its own."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from telemarket.recordings.model import Mark, Recording

LANE = 48  # height of one channel, in units of the drawing
_QUIET = 24  # peaks below this do not fill the lane: silence must look like silence
_SPANS = {"recording.paused": "recording.resumed", "call.held": "call.resumed"}


class Span(NamedTuple):
    """A stretch of the drawing in which something lasted: a pause or a hold."""

    kind: str
    x: float
    width: float


class Waveform:
    """What the template draws: a path a channel, in `width` by `height` units."""

    def __init__(self, channels: Sequence[bytes], recording: Recording) -> None:
        self.width = max((len(channel) for channel in channels), default=0)
        self.height = LANE * len(channels)
        loudest = max((max(channel, default=0) for channel in channels), default=0)
        scale = (LANE / 2 - 2) / max(loudest, _QUIET)
        self.paths = [_outline(channel, LANE * lane + LANE / 2, scale) for lane, channel in enumerate(channels)]
        self.names = ("customer", "operator") if len(channels) == 2 else ("both",)
        seconds = recording.seconds or recording.expected_seconds or 0.0
        per_second = self.width / seconds if seconds else 0.0
        self.spans = [
            Span(kind, begin * per_second, max(1.0, (end - begin) * per_second))
            for kind, begin, end in _spans(recording.marks, seconds)
        ]
        self.lines = [mark.at * per_second for mark in recording.marks if mark.kind not in {*_SPANS, *_SPANS.values()}]


def _outline(channel: bytes, middle: float, scale: float) -> str:
    """The outline of one channel: along its upper edge, and back along the lower."""
    heights = [max(0.5, peak * scale) for peak in channel]
    upper = [f"{x} {middle - height:.1f}" for x, height in enumerate(heights)]
    lower = [f"{x} {middle + height:.1f}" for x, height in enumerate(heights)]
    return "M" + "L".join(upper + lower[::-1]) + "Z" if heights else ""


def _spans(marks: Sequence[Mark], seconds: float) -> Iterator[tuple[str, float, float]]:
    """What began and ended during the recording; what did not end lasted until its end."""
    for number, mark in enumerate(marks):
        if ending := _SPANS.get(mark.kind):
            end = next((later.at for later in marks[number + 1 :] if later.kind == ending), seconds)
            yield mark.kind, mark.at, end
