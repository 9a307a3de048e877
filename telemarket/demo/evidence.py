"""What became of the calls of a smoke run, from what everybody concerned noted: journal, desks, telephones, callers."""

import asyncio
import statistics
import time
import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from telemarket.calls.tables import calls
from telemarket.core.database import Database
from telemarket.core.tables import journal, users
from telemarket.demo.clients import COUNT

SETTLE_SECONDS = 15.0
RECORDING_TOLERANCE = 0.5  # seconds a recording may be shorter or longer than the conversation

Row = sa.Row[Any]


class Percentiles(msgspec.Struct, frozen=True, kw_only=True):
    """Of some durations, in milliseconds."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Percentiles":
        """Zeros if there are none."""
        if len(values) < 2:
            only = round(sum(values), 1)
            return cls(p50=only, p95=only, p99=only)
        cuts = statistics.quantiles(values, n=100, method="inclusive")
        return cls(p50=round(cuts[49], 1), p95=round(cuts[94], 1), p99=round(cuts[98], 1))


class SmokeReport(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of calls, and how long after its arrival a call's card was at the desk.

    `answered`: an operator took it. `matched`: it was attributed to the contact whose number called, or to the one
    made at once for a number nobody knew. `popped_before_ring`: the page had the card before the INVITE reached the
    telephone. `recorded`: there is a recording as long as the conversation. `lost`: caller or journal say that
    nobody took it.
    """

    calls: int
    answered: int
    matched: int
    popped_before_ring: int
    recorded: int
    lost: int
    card_ms: Percentiles

    @property
    def passed(self) -> bool:
        """Whether no call was lost, and no telephone rang before the card was there."""
        return self.lost == 0 and self.popped_before_ring == self.calls


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls, and whose card that must open; None for somebody nobody knows."""

    number: str
    dnis: str
    contact_id: int | None = None


class PlacedCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call as the caller saw it: `served` if it was answered and ended as calls end."""

    caller: Caller
    served: bool


@dataclass(slots=True)
class Desk:
    """An operator's desk: when each call's card came, and when the telephone was rung, in seconds since 1970."""

    login: str
    cards: dict[str, float] = field(default_factory=dict)
    rang: list[float] = field(default_factory=list)


class _Offer(msgspec.Struct, frozen=True):
    """A call was offered to an operator; `until` is when the next one was."""

    call_id: str
    desk: Desk
    at: float
    until: float

    @property
    def popped_first(self) -> bool:
        """Whether the card was there when the telephone was told to ring."""
        rang = [at for at in self.desk.rang if self.at <= at < self.until]
        return bool(rang) and self.desk.cards.get(self.call_id, float("inf")) < min(rang)


async def ended_calls(database: Database, since: datetime, count: int) -> list[Row]:
    """The calls since then, once `count` have ended; fewer if that takes too long."""
    deadline = time.monotonic() + SETTLE_SECONDS
    query = sa.select(calls).where(calls.c.arrived_at >= since).order_by(calls.c.arrived_at)
    while True:
        async with database.read() as connection:
            rows = (await connection.execute(query)).all()
        if sum(row.ended_at is not None for row in rows) >= count or time.monotonic() > deadline:
            return list(rows)
        await asyncio.sleep(0.1)


async def judge(
    database: Database, rows: Sequence[Row], placed: Sequence[PlacedCall], desks: Sequence[Desk], recordings: Path
) -> SmokeReport:
    """Hold all notes against each other."""
    offers = await _offers(database, rows, desks)
    row_of = {row.ani: row for row in rows}
    answered = [call for call in placed if call.served and _was_answered(row_of.get(call.caller.number))]
    known = [(call, row_of[call.caller.number]) for call in placed if call.caller.number in row_of]
    delays = [1000 * (seen[0] - row.arrived_at.timestamp()) for row in rows if (seen := _card_times(row.id, desks))]
    return SmokeReport(
        calls=len(placed),
        answered=len(answered),
        matched=sum(_is_matched(call.caller, row) for call, row in known),
        popped_before_ring=sum(_popped_first(row.id, offers) for _, row in known),
        recorded=sum([await _is_recorded(row, recordings) for _, row in known]),
        lost=len(placed) - len(answered),
        card_ms=Percentiles.of(delays),
    )


async def _offers(database: Database, rows: Sequence[Row], desks: Sequence[Desk]) -> list[_Offer]:
    """Every offer of these calls, desk by desk: an operator is offered one call at a time."""
    ids = {row.id for row in rows}
    query = (
        sa.select(journal.c.call_id, users.c.login, journal.c.at)
        .join(users, users.c.id == journal.c.agent_id)
        .where(journal.c.kind == "call.offered")
        .order_by(journal.c.id)
    )
    async with database.read() as connection:
        made = [row for row in await connection.execute(query) if row.call_id in ids]
    offers = []
    for desk in desks:
        own = [(row.call_id, row.at.timestamp()) for row in made if row.login == desk.login]
        ends = [*(at for _, at in own[1:]), float("inf")]
        offers += [_Offer(call_id, desk, at, until) for (call_id, at), until in zip(own, ends, strict=False)]
    return offers


def _was_answered(row: Row | None) -> bool:
    return row is not None and row.result == "answered"


def _is_matched(caller: Caller, row: Row) -> bool:
    if caller.contact_id is not None:
        return bool(row.contact_id == caller.contact_id)
    return row.contact_id is not None and bool(row.contact_id > COUNT)


def _popped_first(call_id: str, offers: Sequence[_Offer]) -> bool:
    own = [offer for offer in offers if offer.call_id == call_id]
    return bool(own) and all(offer.popped_first for offer in own)


def _card_times(call_id: str, desks: Sequence[Desk]) -> list[float]:
    return sorted(desk.cards[call_id] for desk in desks if call_id in desk.cards)


async def _is_recorded(row: Row, recordings: Path) -> bool:
    """Whether the recording is as long as the conversation, as soon as Asterisk has written it all."""
    if not row.recording or row.answered_at is None or row.ended_at is None:
        return False
    talked = (row.ended_at - row.answered_at).total_seconds()
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        if abs(_length(recordings / row.recording) - talked) <= RECORDING_TOLERANCE:
            return True
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.1)


def _length(path: Path) -> float:
    """Seconds of sound; 0 while there is no whole file."""
    try:
        with wave.open(str(path)) as sound:
            return float(sound.getnframes() / sound.getframerate())
    except (OSError, EOFError, wave.Error):
        return 0.0
