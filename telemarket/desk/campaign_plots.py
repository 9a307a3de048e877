"""Plots of a campaign as figures for its drawings: what is where, in units of the drawing."""

from collections.abc import Sequence
from typing import NamedTuple

from telemarket.dialer.views import MINUTES, Abandons, Minute

WIDTH, HEIGHT = 600, 100
STEP = WIDTH / MINUTES


class Bar(NamedTuple):
    """A part of a minute's column. `kind` is connected, dropped, answered or dialed."""

    kind: str
    x: float
    y: float
    height: float


class Scale(NamedTuple):
    """The abandon rate beside its limit, 0 to WIDTH. `level` is good, near or over."""

    rate: float
    upper: float
    target: float
    level: str


def columns(minutes: Sequence[Minute]) -> tuple[list[Bar], int]:
    """Calls by what became of them, minute by minute, and how many the height stands for."""
    top = max((max(minute.dialed, minute.answered) for minute in minutes), default=0)
    bars = []
    for place, minute in enumerate(minutes, MINUTES - len(minutes)):
        talked = minute.connected + minute.dropped
        parts = {
            "connected": minute.connected,
            "dropped": minute.dropped,
            "answered": minute.answered - talked,
            "dialed": minute.dialed - max(minute.answered, talked),
        }
        y = float(HEIGHT)
        for kind, count in parts.items():
            if count > 0:
                height = count * HEIGHT / max(top, 1)
                y -= height
                bars.append(Bar(kind, round(place * STEP, 1), round(y, 1), round(height, 1)))
    return bars, top


def utilisation(minutes: Sequence[Minute]) -> list[str]:
    """The line of the operators' utilisation as lists of points; it is broken where nobody was on shift."""
    lines: list[list[str]] = [[]]
    for place, minute in enumerate(minutes, MINUTES - len(minutes)):
        if minute.utilisation is None:
            lines.append([])
        else:
            lines[-1].append(f"{(place + 0.5) * STEP:.1f},{HEIGHT * (1 - minute.utilisation):.1f}")
    return [" ".join(line) for line in lines if line]


def against_limit(abandons: Abandons) -> Scale:
    """Where the rate, its bound and the limit stand."""
    rate, upper = abandons.rate or 0.0, abandons.upper or 0.0
    whole = max(2 * abandons.target, 1.1 * rate, min(upper, 4 * abandons.target), 0.001)
    level = "over" if rate > abandons.target else "near" if upper > abandons.target else "good"
    return Scale(_place(rate, whole), _place(upper, whole), _place(abandons.target, whole), level)


def _place(share: float, whole: float) -> float:
    return round(min(1.0, share / whole) * WIDTH, 1)
