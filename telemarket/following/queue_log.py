"""app_queue's own log, line by line, and the calls it tells of. Pure.

A line is `time|call|queue|agent|EVENT|data…`. Lines of one call come in the order of its life, mixed with others'.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

import msgspec

from telemarket.core.text import trim_line

LONGEST_LINE = 4096  # characters
LINGER = timedelta(hours=1)
"""How long after leaving a queue or an operator a caller may turn up in a queue again."""
LONGEST_CALL = timedelta(hours=24)
"""A call without an end for so long has lost it."""
CLOCKS_APART = timedelta(hours=1)
_FIELDS = 5
_NOBODY = "NONE"
_YEARS = range(1999, 2100)  # app_queue is not older; what is later is no time


class BadLine(ValueError):
    """Why a line cannot be read, in words."""


class Line(msgspec.Struct, frozen=True):
    """One line. `at` is UTC; `call_id`, `queue` and `agent` are "NONE" where there is none."""

    at: datetime
    call_id: str
    queue: str
    agent: str
    event: str
    data: tuple[str, ...]

    def seconds(self, place: int) -> timedelta:
        """A number of seconds among the data; none is zero."""
        value = self.data[place] if place < len(self.data) else ""
        return timedelta(seconds=min(int(value), 10**7)) if value.isascii() and value.isdigit() else timedelta()


@dataclass(slots=True)
class PastCall:
    """A call the log tells of. `agents` are those who talked, in order, as the PBX names them."""

    id: str
    queue: str
    ani: str
    arrived_at: datetime
    last_at: datetime
    dnis: str = ""
    answered_at: datetime | None = None
    agents: list[tuple[datetime, str]] = field(default_factory=list)
    unanswered: list[tuple[datetime, str]] = field(default_factory=list)
    result: str = ""
    ended_by: str = ""


def parse_line(text: str, zone: tzinfo) -> Line:
    """Read a line; a date instead of seconds is in `zone`. Raises BadLine."""
    if len(text) > LONGEST_LINE:
        raise BadLine(f"longer than {LONGEST_LINE} characters")
    fields = text.rstrip("\r\n").split("|")
    if len(fields) < _FIELDS:
        raise BadLine("fewer than five fields")
    at, call_id, queue, agent, event, *data = fields
    if not event.isascii() or not event.replace("_", "").isalnum():
        raise BadLine("no event in the fifth field")
    if not call_id.isprintable() or not 0 < len(call_id) <= 80:
        raise BadLine("no call in the second field")
    return Line(_time(at, zone), call_id, queue, agent, event.upper(), tuple(data))


def _time(text: str, zone: tzinfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text) if "-" in text else _from_seconds(text)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadLine("the first field is neither seconds since 1970 nor a date and time") from error
    if moment.year not in _YEARS:
        raise BadLine("the time is impossible")
    return moment


def _from_seconds(text: str) -> datetime:
    return datetime.fromtimestamp(float(text), UTC)


class QueueLog:
    """Puts calls together from lines. Feed it every line in order; then call `finish`. It is `now` o'clock."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._open: dict[str, PastCall] = {}  # by arrival
        self._left: dict[str, PastCall] = {}  # by when they left a queue or an operator; each may come again
        self.other_lines = 0  # about operators and queues, not calls

    @property
    def unfinished(self) -> int:
        """Calls whose end has not come."""
        return len(self._open) + len(self._left)

    def feed(self, line: Line) -> Iterator[PastCall]:
        """Take a line; yields the calls that are complete.

        Raises BadLine if it belongs to no call that has begun, or is of the future: it would end all that goes on.
        """
        if line.at > self._now + CLOCKS_APART:
            raise BadLine("the time is in the future")
        yield from self._overdue(line.at)
        if line.event == "QUEUESTART":  # Asterisk was restarted: nothing of before goes on
            yield from self._give_up()
        elif line.call_id == _NOBODY or line.event not in _CALL_EVENTS:
            self.other_lines += 1
        elif line.event == "ENTERQUEUE":
            self._enter(line)
        else:
            yield from self._go_on(line)

    def finish(self) -> Iterator[PastCall]:
        """The calls that are complete because nothing more can come of them by now."""
        for call in [call for call in self._left.values() if self._now - call.last_at > LINGER]:
            yield self._left.pop(call.id)
        for call in [call for call in self._open.values() if self._now - call.last_at > LONGEST_CALL]:
            yield self._lose(call)

    def _enter(self, line: Line) -> None:
        call = self._left.pop(line.call_id, None) or self._open.get(line.call_id)
        if call is None:
            ani = line.data[1] if len(line.data) > 1 else ""
            call = PastCall(line.call_id, trim_line(line.queue, 80), trim_line(ani, 80), line.at, line.at)
        call.last_at, call.result, call.ended_by = line.at, "", ""
        self._open[call.id] = call

    def _go_on(self, line: Line) -> Iterator[PastCall]:
        call = self._open.get(line.call_id) or self._left.get(line.call_id)
        if call is None:
            raise BadLine("its call began in another file: read that one before this, in one go")
        call.last_at = max(call.last_at, line.at)
        match line.event:
            case "DID":
                call.dnis = trim_line(line.data[0], 80) if line.data else ""
            case "RINGNOANSWER":
                call.unanswered.append((line.at, line.agent))
            case "CONNECT":
                self._talk(call, line.at, line.agent)
            case "COMPLETECALLER":
                yield self._close(self._completed(call, line), "caller")
            case "ABANDON":
                yield self._close(call, "caller")
            case "COMPLETEAGENT" | "TRANSFER" | "BLINDTRANSFER" | "ATTENDEDTRANSFER":
                self._leave(self._completed(call, line), "operator")
            case _:  # EXITWITHTIMEOUT, EXITEMPTY, EXITWITHKEY: the dialplan goes on with him
                self._leave(call, "pbx")

    def _talk(self, call: PastCall, at: datetime, agent: str) -> None:
        call.answered_at = call.answered_at or at
        call.agents.append((at, agent))

    def _completed(self, call: PastCall, line: Line) -> PastCall:
        """A conversation is over; its beginning is reckoned back if that line was lost."""
        if call.answered_at is None and line.event in ("COMPLETECALLER", "COMPLETEAGENT"):
            self._talk(call, max(call.arrived_at, line.at - line.seconds(1)), line.agent)
        return call

    def _leave(self, call: PastCall, by: str) -> None:
        self._open.pop(call.id, None)
        self._left.pop(call.id, None)
        self._left[call.id] = call
        call.result, call.ended_by = ("answered" if call.answered_at else "fallback"), by

    def _close(self, call: PastCall, by: str) -> PastCall:
        self._open.pop(call.id, None)
        self._left.pop(call.id, None)
        call.result, call.ended_by = ("answered" if call.answered_at else "abandoned"), by
        return call

    def _overdue(self, now: datetime) -> Iterator[PastCall]:
        while (call := next(iter(self._left.values()), None)) and now - call.last_at > LINGER:
            yield self._left.pop(call.id)
        while (call := next(iter(self._open.values()), None)) and now - call.last_at > LONGEST_CALL:
            yield self._lose(call)

    def _give_up(self) -> Iterator[PastCall]:
        yield from self._left.values()
        self._left.clear()
        for call in tuple(self._open.values()):
            yield self._lose(call)

    def _lose(self, call: PastCall) -> PastCall:
        del self._open[call.id]
        call.result, call.ended_by = ("answered" if call.answered_at else "ended-unobserved"), "unobserved"
        return call


_CALL_EVENTS = frozenset(
    {
        "ABANDON",
        "ATTENDEDTRANSFER",
        "BLINDTRANSFER",
        "COMPLETEAGENT",
        "COMPLETECALLER",
        "CONNECT",
        "DID",
        "ENTERQUEUE",
        "EXITEMPTY",
        "EXITWITHKEY",
        "EXITWITHTIMEOUT",
        "RINGNOANSWER",
        "TRANSFER",
    }
)
