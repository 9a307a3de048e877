"""What a campaign has done lately, minute by minute, and when it will be through."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from telemarket.core.i18n import Message
from telemarket.dialer.views import MINUTES, MOST_SAID, Minute, Said

_FORECAST_OVER = timedelta(hours=1)
_FORECAST_FROM = timedelta(minutes=5)
"""The pace of the last hour tells when the leads will be used up; of less than five minutes it tells nothing."""

_RECENT_MINUTES = 5


@dataclass(slots=True)
class _Counts:
    dialed: int = 0
    answered: int = 0
    connected: int = 0
    dropped: int = 0
    busy: float = 0.0  # operators' share of time, summed over the looks
    looks: int = 0

    def minute(self) -> Minute:
        utilisation = self.busy / self.looks if self.looks else None
        return Minute(self.dialed, self.answered, self.connected, self.dropped, utilisation)


class Progress:
    """The last hour of one campaign. Moments are aware UTC."""

    def __init__(self) -> None:
        self._minutes: deque[tuple[datetime, _Counts]] = deque(maxlen=MINUTES)
        self._said: deque[Said] = deque(maxlen=MOST_SAID)
        self._left: deque[tuple[datetime, int]] = deque()

    # ---- what happens

    def count(self, at: datetime, *, dialed: int = 0, answered: int = 0, connected: int = 0, dropped: int = 0) -> None:
        """Calls that came so far."""
        counts = self._of(at)
        counts.dialed += dialed
        counts.answered += answered
        counts.connected += connected
        counts.dropped += dropped

    def look(self, at: datetime, busy: int, on_shift: int) -> None:
        """So many of the operators on shift talk, or finish a call."""
        counts = self._of(at)
        if on_shift:
            counts.busy += busy / on_shift
            counts.looks += 1

    def say(self, at: datetime, words: Message) -> None:
        """Keep a decision's words, unless they are those of the decision before."""
        if not self._said or self._said[0].words != words:
            self._said.appendleft(Said(at, words))

    def leads_left(self, at: datetime, left: int) -> None:
        """So many leads are not closed."""
        self._left.append((at, left))
        while self._left[0][0] < at - _FORECAST_OVER:
            self._left.popleft()

    # ---- what is told of it

    @property
    def said(self) -> tuple[Said, ...]:
        """Decisions, newest first."""
        return tuple(self._said)

    def minutes(self, at: datetime) -> tuple[Minute, ...]:
        """Oldest first; the last one is the present minute."""
        self._of(at)
        return tuple(counts.minute() for _, counts in self._minutes)

    def calls_a_minute(self, at: datetime) -> float:
        """Calls placed a minute, over the last five whole minutes there are, or the present one."""
        recent = self.minutes(at)[-_RECENT_MINUTES - 1 : -1] or self.minutes(at)[-1:]
        return sum(minute.dialed for minute in recent) / len(recent)

    def ends_at(self) -> datetime | None:
        """When the leads will be used up at the pace of the last hour; None if that cannot be told."""
        if not self._left:
            return None
        (since, before), (now, left) = self._left[0], self._left[-1]
        closed = before - left
        if now - since < _FORECAST_FROM or closed <= 0:
            return None
        return now + (now - since) * (left / closed)

    def _of(self, at: datetime) -> _Counts:
        minute = at.replace(second=0, microsecond=0)
        if not self._minutes:
            self._minutes.append((minute, _Counts()))
        missing = min(MINUTES, int((minute - self._minutes[-1][0]) / timedelta(minutes=1)))
        for number in range(missing, 0, -1):
            self._minutes.append((minute - timedelta(minutes=number - 1), _Counts()))
        return self._minutes[-1][1]
