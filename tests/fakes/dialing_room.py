"""The small call centre with a dialer in it, whose leads are a list."""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from telemarket.calls import facts
from telemarket.calls.model import OperatorProfile, Project, lead_channel_id
from telemarket.calls.views import DialMode
from telemarket.core.bus import EventBus
from telemarket.core.journal import Entry
from telemarket.dialer.claiming import Claims
from telemarket.dialer.dialer import Dialer
from telemarket.dialer.model import Attempt, Campaign, CampaignState, Ended, Terms
from telemarket.dialer.running import Running
from telemarket.dialer.upkeep import Upkeep
from tests.fakes.room import OPERATORS, Room

NUMBER = "+380441230000"


def number_of(lead: int) -> str:
    """What a lead is called by: odd ones have another operator than even ones."""
    return f"+38{'044' if lead % 2 else '067'}12{lead:05}"


class ListedClaims(Claims):
    """Leads 1, 2, 3…, each with one number."""

    def __init__(self, count: int) -> None:
        self.leads = deque(range(1, count + 1))
        self.released: list[str] = []
        self.told: list[str] = []
        self.forbidden: set[int] = set()

    async def claim(
        self,
        campaign: Campaign,
        wanted: int,
        *,
        operator_id: int | None = None,
        has_line: Callable[[str], bool] = lambda _: True,
    ) -> list[Attempt]:
        taken: list[int] = []
        for lead in tuple(self.leads):
            if len(taken) < wanted and has_line(number_of(lead)):
                taken.append(lead)
        self.leads = deque(lead for lead in self.leads if lead not in taken)
        return [
            Attempt(
                id=f"a{lead}",
                campaign_id=campaign.id,
                lead_id=lead,
                contact_id=None,
                number=number_of(lead),
                zone="Europe/Kyiv",
            )
            for lead in taken
        ]

    async def recheck(self, attempt: Attempt) -> str | None:
        return "no" if attempt.lead_id in self.forbidden else None

    async def dialed(self, attempt_id: str) -> bool:
        self.told.append(attempt_id)
        return True

    def exhausted(self, campaign_id: int) -> bool:
        return not self.leads

    async def release(self, attempt_id: str) -> None:
        self.released.append(attempt_id)


class DialingRoom(Room):
    """Operators 1 and 2 serve the campaigns; `campaigns` are (mode, terms)."""

    def __init__(
        self,
        *campaigns: Campaign,
        leads: int = 1000,
        operators: tuple[OperatorProfile, ...] = OPERATORS,
        projects: tuple[Project, ...] = (),
    ) -> None:
        self.bus = EventBus()
        self.claims = ListedClaims(leads)
        super().__init__(*projects, operators=operators)
        self.dialer = Dialer(
            self.engine.floor,
            self,
            self.claims,
            self.bus,
            self.bus.publish,
            lambda: datetime.fromtimestamp(self.now, UTC),
            "Europe/Kyiv",
        )
        nobody: Any = None  # whom the part of the upkeep that is tried here does not ask
        asked = (nobody, self.claims, nobody, nobody, nobody, nobody)
        self.upkeep = Upkeep(
            self.dialer, self.engine.floor, self, *asked, lambda: datetime.fromtimestamp(self.now, UTC), "Europe/Kyiv"
        )
        for campaign in campaigns:
            self.dialer.running[campaign.id] = Running(campaign)

    def tell(self, fact: facts.Fact, after: float = 0.0) -> list[facts.Fact]:  # type: ignore[override]
        commands = super().tell(fact, after)
        for entry in [command for command in commands if type(command).__name__ == "Journal"]:
            at = datetime.fromtimestamp(entry.at, UTC)  # type: ignore[attr-defined]
            self.bus.publish(Entry(at, entry.kind, entry.data, entry.call_id, entry.agent_id))  # type: ignore[attr-defined]
        return commands  # type: ignore[return-value]

    # ---- what the dialer asks

    def dial_lead(self, lead: facts.LeadDialed) -> None:
        self.tell(lead)

    def withdraw_lead(self, call_id: str) -> None:
        self.tell(facts.LeadWithdrawn(call_id=call_id))

    # ---- what happens

    async def ticks(self, seconds: float = 0.5) -> None:
        self.passes(seconds)
        await self.dialer.tick()

    def lead_answers(self, lead: int) -> None:
        self.picks_up(lead_channel_id(f"a{lead}"))

    def lead_ends(self, lead: int, cause: int) -> None:
        self.tell(facts.ChannelGone(channel_id=lead_channel_id(f"a{lead}"), cause=cause))

    # ---- how it stands

    @property
    def dialed(self) -> list[int]:
        """Leads called, in order."""
        return [int(call_id.removeprefix("a")) for call_id in self.claims.told]

    @property
    def ended(self) -> list[Ended]:
        return list(self.dialer.ended)


def campaign(
    mode: DialMode = DialMode.PROGRESSIVE, terms: Terms | None = None, campaign_id: int = 1, priority: int = 50
) -> Campaign:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Campaign(
        id=campaign_id,
        project_id=1,
        name="Нагадування",
        mode=mode,
        state=CampaignState.RUNNING,
        priority=priority,
        terms=terms or Terms(),
        created_at=at,
        updated_at=at,
    )
