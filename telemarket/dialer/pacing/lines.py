"""What keeps calls back, whatever the operators do: lines that fail, and the calls a second that are allowed."""

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
_DOUBLES_IN = 15.0
"""Seconds after the pause in which twice as many calls may ring."""


class Congestion:
    """Half as many calls at once when a line fails, and a pause that doubles as long as nothing else is heard."""

    def __init__(self) -> None:
        self._most = float("inf")
        self._failed_at = 0.0
        self._pause = 0.0

    def failed(self, ringing: int, now: float) -> None:
        """A line failed while so many calls rang."""
        if now >= self._failed_at + self._pause:
            self._pause = min(_LONGEST_PAUSE, 2.0 * self._pause or _FIRST_PAUSE)
            self._most = max(1.0, min(self._allowed(now), ringing) / 2.0)
        self._failed_at = now

    def worked(self) -> None:
        """A call went through."""
        self._pause = 0.0

    def room(self, ringing: int, now: float) -> float:
        """How many calls may be placed beside those that ring."""
        if now < self._failed_at + self._pause:
            return 0
        return self._allowed(now) - ringing

    def _allowed(self, now: float) -> float:
        doubled = max(0.0, now - self._failed_at - self._pause) / _DOUBLES_IN
        return self._most * 2.0**doubled if doubled < 64 else float("inf")


class Throttle:
    """No more calls a second than allowed; what was not used is saved up for a second at most."""

    def __init__(self) -> None:
        self._saved = 0.0
        self._at: float | None = None

    def room(self, rate: float, now: float) -> int:
        """How many calls may be placed now."""
        passed = 1.0 if self._at is None else now - self._at
        self._saved = min(max(1.0, rate), self._saved + rate * passed)
        self._at = now
        return int(self._saved)

    def use(self, calls: int) -> None:
        """So many are placed."""
        self._saved -= calls
