"""A call centre that calls: operators at desk phones that answer by themselves, and a world of people to be called."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from telemarket.asterisk.pbx.sipp import Run
from telemarket.asterisk.pbx.tone import voice
from telemarket.calls.outbound import OutboundRules
from telemarket.calls.plan import Hours, Opening
from telemarket.calls.views import DialMode
from telemarket.core.clock import utc_now
from telemarket.demo.desk_client import DeskClient
from telemarket.dialer.blocking import DoNotCall
from telemarket.dialer.campaigns import CampaignService
from telemarket.dialer.leads import Leads
from telemarket.dialer.model import Added, Campaign, CampaignState, LeadData, LegalProfile, Outcome, Pace, Terms, Trunk
from telemarket.numbers.model import NumberingPlan
from tests.integration.centre import Centre

PLAN = NumberingPlan(regions=("UA",))
ZONE = "Europe/Kyiv"
FAR_ZONE = "Pacific/Auckland"
PROFILE = LegalProfile(target=0.03, minimum_ring=5.0, consent=False)


def number(index: int) -> str:
    """Telephone numbers; the last digit says what its owner does (`Sipp.callees`)."""
    return f"+38044{2_000_000 + index}"


def about_now() -> Hours:
    """Open in Kyiv for some hours around now: closed at the other end of the world."""
    now = datetime.now(ZoneInfo(ZONE))
    opening = Opening(since=f"{(now - timedelta(hours=3)):%H:00}", until=f"{(now + timedelta(hours=3)):%H:00}")
    return Hours(week=((opening,),) * 7)


class Outbound:
    """What a supervisor would do, and what the world saw of it."""

    def __init__(self, centre: Centre, stack: AsyncExitStack) -> None:
        self.centre = centre
        self._stack = stack
        rules = OutboundRules(plan=PLAN)
        self.campaigns = CampaignService(centre.database, utc_now)
        self.leads = Leads(centre.database, utc_now, PLAN, ZONE, rules)
        self.do_not_call = DoNotCall(centre.database, utc_now, PLAN)
        self.callees: Run | None = None

    async def world(self, **how: Any) -> None:
        """Everybody there is to be called, behind the trunk."""
        sound = voice(2.0)
        how = {"hello": sound, "machine": sound, "ring": 0.3, "late": 1.5, "talk": 0.5} | how
        self.callees = await self._stack.enter_async_context(self.centre.sipp.callees(**how))
        self.centre.add_telephone("trunk", self.callees)

    async def operators(self, count: int) -> list[str]:
        """Operators with one desk phone that takes any number of calls at once."""
        phone = await self._stack.enter_async_context(self.centre.sipp.phone(ring=0.05))
        logins = [f"op{index}" for index in range(count)]
        for login in logins:
            await self.centre.add_operator(login, phone)
        return logins

    async def at_work(self, logins: Iterable[str], centre: Centre | None = None) -> list[DeskClient]:
        """Operators open their desks, perhaps at another daemon, and press Ready."""
        at = centre or self.centre
        desks = [await self._stack.enter_async_context(at.desk(login)) for login in logins]
        for desk in desks:
            await desk.ready()
        return desks

    async def campaign(self, mode: DialMode, **terms: Any) -> Campaign:
        """A campaign that is not started yet."""
        [project] = await self.centre.rows("projects")
        campaign = await self.campaigns.create(project_id=project["id"], name="Нагадування", mode=mode, user=None)
        wanted = {
            "trunks": (Trunk(endpoint="PJSIP/{number}@trunk", lines=30, per_second=20),),
            "profile": PROFILE,
            "retries": {},
            "ring_seconds": 5.0,
            "message": "goodbye",
            "pace": Pace(most_per_operator=3),
        } | terms
        return await self.campaigns.update(
            campaign.id,
            name=campaign.name,
            mode=mode,
            priority=50,
            terms=Terms(**wanted),
            starts_at=None,
            ends_at=None,
            user=None,
            seen=None,
        )

    async def add(self, campaign: Campaign, indexes: Iterable[int], **lead: Any) -> Added:
        """Leads with these numbers."""
        rows = [LeadData(name=f"Клієнт {index}", numbers=(number(index),), **lead) for index in indexes]
        return await self.leads.add(campaign.id, rows, "test", None)

    async def start(self, campaign: Campaign) -> None:
        await self.campaigns.set_state(campaign.id, CampaignState.RUNNING, None)

    async def settled(self, campaign: Campaign, count: int, seconds: float) -> list[dict[str, Any]]:
        """The attempts, once so many have ended; those claimed by a daemon that died before it called are none."""
        async with asyncio.timeout(seconds):
            while True:
                rows = await self.centre.rows("attempts", campaign_id=campaign.id)
                ended = [row for row in rows if row["ended_at"] and row["outcome"] != Outcome.RETURNED]
                if len(ended) >= count:
                    return ended
                await asyncio.sleep(0.2)

    async def called(self) -> Counter[str]:
        """How often each number was called, as the network saw it."""
        assert self.callees is not None
        outcome = await self.callees.stop()
        return Counter(invite.line.split("sip:")[1].split("@")[0] for invite in outcome.invites)


def outcomes_by_digit(rows: Iterable[dict[str, Any]]) -> dict[str, set[str]]:
    """What became of those who do the same."""
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["number"][-1], set()).add(row["outcome"])
    return found
