"""Whatever happens, in whatever order: the counts are those of a recount, and nobody is called against the rules."""

import asyncio
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemarket.core.database import Database
from telemarket.dialer.lead_views import LeadFilter
from telemarket.dialer.model import Attempt, LeadState, Outcome
from telemarket.dialer.moving import move
from tests.integration.dialer.store.house import ZONE, House, numbers, terms

OUTCOMES = list(Outcome)
DAILY = 2
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "claim", "end", "end", "release", "wait", "close", "reopen", "move", "lapse"]),
        st.integers(0, 10**6),
    ),
    min_size=5,
    max_size=40,
)


class History:
    """Plays steps upon a campaign."""

    def __init__(self, house: House, campaign: Any) -> None:
        self.house, self.campaign = house, campaign
        self.live: list[Attempt] = []
        self.added = 0

    async def play(self, step: str, number: int) -> None:
        house = self.house
        match step:
            case "add":
                fresh = [f"0{prefix}{n[3:]}" for n in numbers(2, self.added) for prefix in ("67",)]
                self.added += 2
                await house.add(self.campaign, *fresh)
            case "claim":
                self.live += await house.claim(self.campaign, number % 4 + 1)
            case "end" if self.live:
                attempt = self.live.pop(number % len(self.live))
                await house.end(attempt, OUTCOMES[number % len(OUTCOMES)])
            case "release" if self.live:
                await house.claims.release(self.live.pop(number % len(self.live)).id)
            case "wait":
                house.wait(minutes=number % 600)
            case "close" | "reopen" | "move":
                await self._change(step, number)
            case "lapse":
                house.wait(minutes=3)
                left = {attempt.id for attempt in await house.claims.left_behind()}
                for attempt in [each for each in self.live if each.id in left]:
                    self.live.remove(attempt)
                    await house.end(attempt, Outcome.UNKNOWN)

    async def _change(self, step: str, number: int) -> None:
        house, found = self.house, await self.house.all_leads(self.campaign)
        if not found:
            return
        lead = found[number % len(found)]
        if step == "close":
            await house.leads.close(self.campaign.id, [lead.id], "supervisor", None)
        elif step == "reopen":
            await house.leads.reopen(self.campaign.id, LeadFilter(state=LeadState.CLOSED), None)
        else:
            state = (LeadState.WAITING, LeadState.CLOSED, LeadState.READY)[number % 3]
            async with house.database.write() as connection:
                await move(connection, lead.id, state=state, disposition_id=number % 3, at=house.now)

    async def check(self) -> None:
        assert await self.house.campaigns.counts(self.campaign.id) == await self.house.recount(self.campaign)
        live = [attempt.number for attempt in self.live]
        assert len(live) == len(set(live))
        past = (await self.house.leads.attempts_page(self.campaign.id, limit=500)).attempts
        counted = [each for each in past if each.outcome != Outcome.RETURNED]
        a_day = Counter((each.number, each.claimed_at.astimezone(ZoneInfo(ZONE)).date()) for each in counted)
        assert max(a_day.values(), default=0) <= DAILY


async def play(database: Database, steps: list[tuple[str, int]]) -> None:
    house = House(database)
    history = History(house, await house.campaign(terms(per_number_a_day=DAILY)))
    for step, number in steps:
        await history.play(step, number)
    await history.check()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_counts_are_right_after_any_history(steps: list[tuple[str, int]], sqlite_schema: bytes, tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    for left in tmp_path.glob("history.db*"):
        left.unlink()
    path.write_bytes(sqlite_schema)

    async def run() -> None:
        database = Database(f"sqlite+aiosqlite:///{path}")
        try:
            await play(database, steps)
        finally:
            await database.close()

    asyncio.run(run())


@pytest.mark.parametrize("seed", range(3))
async def test_counts_are_right_after_a_long_history_on_either_database(house: House, seed: int) -> None:
    dice = Random(seed)
    history = History(house, await house.campaign(terms(per_number_a_day=DAILY)))
    choices = ["add", "claim", "claim", "end", "end", "end", "release", "wait", "close", "reopen", "move", "lapse"]
    for _ in range(120):
        await history.play(dice.choice(choices), dice.randrange(10**6))
    await history.check()


async def test_counts_are_right_though_two_daemons_settle_at_once(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(60))
    attempts = await house.claim(campaign, 60)

    async def settle(some: list[Attempt], dice: Random) -> None:
        for attempt in some:
            await house.end(attempt, dice.choice(OUTCOMES))

    await asyncio.gather(*(settle(attempts[part::3], Random(part)) for part in range(3)), settle(attempts, Random(7)))
    assert await house.campaigns.counts(campaign.id) == await house.recount(campaign)
    assert all(lead.state is not LeadState.CLAIMED for lead in await house.all_leads(campaign))
