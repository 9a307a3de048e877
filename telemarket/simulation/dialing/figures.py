"""What became of a simulated day."""

import math
from collections.abc import Sequence

import msgspec

_CONFIDENCE = 1.959964  # of the normal distribution: 95 %


class DayFigures(msgspec.Struct, kw_only=True):
    """Counts of calls, and sums of seconds; `staffed_seconds` leaves pauses out."""

    dialed: int = 0
    connected: int = 0
    abandoned: int = 0
    machines: int = 0  # answered by machines, whatever became of them
    waited: int = 0  # of the connected, those who had no operator at once
    wait_seconds: float = 0.0
    busy_seconds: float = 0.0
    staffed_seconds: float = 0.0
    line_seconds: float = 0.0  # of calls that ring, or wait for an operator
    counted_seconds: float = 0.0  # after the warm-up
    most_lines: int = 0

    @property
    def utilisation(self) -> float:
        """(talk + wrap-up) / staffed."""
        return self.busy_seconds / self.staffed_seconds if self.staffed_seconds else 0.0

    @property
    def live(self) -> int:
        """Calls answered by people for whom an operator was wanted."""
        return self.connected + self.abandoned

    @property
    def abandon(self) -> float:
        """abandoned / (connected + abandoned)."""
        return self.abandoned / self.live if self.live else 0.0


def total(days: Sequence[DayFigures]) -> DayFigures:
    """All days in one; `most_lines` is the most of any."""
    whole = DayFigures()
    for name in DayFigures.__struct_fields__:
        combine = max if name == "most_lines" else sum
        setattr(whole, name, combine(getattr(day, name) for day in days))
    return whole


def bounds(part: int, whole: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    if not whole:
        return 0.0, 1.0
    z = _CONFIDENCE
    share, spread = part / whole, z * z / whole
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / whole + spread / (4 * whole))
    return max(0.0, middle - half), min(1.0, middle + half)
