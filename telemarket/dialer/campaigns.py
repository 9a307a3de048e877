"""Campaigns: planned, started, paused, copied."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.calls.tables import projects
from telemarket.calls.views import DialMode
from telemarket.core.audit import AuditLog
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_, Message
from telemarket.core.text import clean_line
from telemarket.dialer.campaign_rows import CAMPAIGN_COLUMNS, campaign_of, encode_terms
from telemarket.dialer.counts import Counts, read_counts, read_lead_counts
from telemarket.dialer.model import Campaign, CampaignState, Terms
from telemarket.dialer.profiles import PROFILES
from telemarket.dialer.readiness import plan_problems, stored_problems
from telemarket.dialer.tables import campaigns
from telemarket.dialer.terms_rules import check_terms

PRIORITIES = range(1, 101)
LONGEST_NAME = 200


class CampaignService:
    """Campaigns in `database`. `sound_names` gives the sounds they may play; without it any name will do. Whoever
    changes something (`user`, an id, None for the command line) stands in the audit log."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sound_names: Callable[[], Awaitable[frozenset[str]]] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = AuditLog(database, clock)
        self._sound_names = sound_names

    # ---- looking

    async def all(self, project_id: int | None = None) -> tuple[Campaign, ...]:
        """Every campaign, or those of a project: by priority, then the oldest first."""
        wanted = sa.select(*CAMPAIGN_COLUMNS).order_by(campaigns.c.priority, campaigns.c.id)
        if project_id is not None:
            wanted = wanted.where(campaigns.c.project_id == project_id)
        async with self._database.read() as connection:
            return tuple(map(campaign_of, await connection.execute(wanted)))

    async def get(self, campaign_id: int) -> Campaign:
        """One campaign; raises NotFound."""
        async with self._database.read() as connection:
            return await _fetch(connection, campaign_id)

    async def counts(self, campaign_id: int) -> Counts:
        """Its leads and attempts, counted; nothing for a campaign that does not exist."""
        async with self._database.read() as connection:
            return await read_counts(connection, campaign_id)

    async def lead_counts(self, campaign_ids: Iterable[int]) -> dict[int, dict[str, int]]:
        """Leads by state, of each of these campaigns."""
        async with self._database.read() as connection:
            return await read_lead_counts(connection, list(campaign_ids))

    # ---- planning

    async def create(self, *, project_id: int, name: str, mode: DialMode, user: int | None) -> Campaign:
        """A new campaign, a draft under the profile "ua". Raises InvalidInput naming the field."""
        return await self._add(project_id, name, mode, Terms(profile=PROFILES["ua"]), user)

    async def copy(self, campaign_id: int, name: str, user: int | None) -> Campaign:
        """A draft with the same terms and no leads; a name that is too long, as one made of the old one may be, is cut.
        Raises NotFound, or InvalidInput."""
        of = await self.get(campaign_id)
        if len(name) > LONGEST_NAME:
            name = f"{name[: LONGEST_NAME - 1].rstrip()}…"
        return await self._add(of.project_id, name, of.mode, of.terms, user, priority=of.priority)

    async def _add(
        self, project_id: int, name: str, mode: DialMode, terms: Terms, user: int | None, priority: int = 50
    ) -> Campaign:
        now = self._clock()
        values: dict[str, Any] = {
            "project_id": project_id,
            "name": clean_line(name, field="name", limit=LONGEST_NAME, required=True),
            "mode": DialMode(mode).value,
            "state": CampaignState.DRAFT.value,
            "priority": priority,
            "terms": encode_terms(terms),
            "created_at": now,
            "updated_at": now,
        }
        async with self._database.write() as connection:
            if await connection.scalar(sa.select(projects.c.id).where(projects.c.id == project_id)) is None:
                raise InvalidInput(N_("There is no such project."), field="project_id")
            inserted = await connection.execute(campaigns.insert().values(**values).returning(campaigns.c.id))
            campaign_id = inserted.scalar_one()
            await self._audit.append_in(connection, user, "campaign.add", f"campaign {campaign_id}: {values['name']}")
            return await _fetch(connection, campaign_id)

    async def update(
        self,
        campaign_id: int,
        *,
        name: str,
        mode: DialMode,
        priority: int,
        terms: Terms,
        starts_at: datetime | None,
        ends_at: datetime | None,
        user: int | None,
        seen: datetime | None = None,
    ) -> Campaign:
        """Write all that is planned. `seen` is `updated_at` of the campaign as it was when the change was begun: who
        has been overtaken by another is refused. Raises NotFound, or InvalidInput naming the field."""
        values: dict[str, Any] = {
            "name": clean_line(name, field="name", limit=LONGEST_NAME, required=True),
            "mode": DialMode(mode),
            "priority": priority,
            "terms": terms,
            "starts_at": starts_at,
            "ends_at": ends_at,
        }
        if priority not in PRIORITIES:
            raise InvalidInput(N_("It must be from %(least)s to %(most)s.", least=1, most=100), field="priority")
        if starts_at and ends_at and ends_at <= starts_at:
            raise InvalidInput(N_("It ends before it begins."), field="ends_at")
        check_terms(terms)
        sounds = await self._sounds()
        async with self._database.write() as connection:
            old = await _fetch(connection, campaign_id, locked=True)
            if seen is not None and seen != old.updated_at:
                raise InvalidInput(
                    N_("Somebody else has changed this campaign meanwhile."),
                    field="seen",
                    remedy=N_("Open it again and repeat your change."),
                )
            new = msgspec.structs.replace(old, **values)
            if new.state is CampaignState.RUNNING:
                for problem in plan_problems(new, sounds):
                    raise InvalidInput(problem, field="terms")
            changed = _changed(old, new)
            if changed:
                kept = values | {"mode": new.mode.value, "terms": encode_terms(terms), "updated_at": self._clock()}
                await connection.execute(campaigns.update().where(campaigns.c.id == campaign_id).values(**kept))
                said = f"campaign {campaign_id}: {', '.join(changed)}"
                await self._audit.append_in(connection, user, "campaign.change", said)
            return await _fetch(connection, campaign_id)

    # ---- its course

    async def set_state(self, campaign_id: int, state: CampaignState, user: int | None) -> Campaign:
        """Start, pause or end it; nothing happens if it is there already. Raises NotFound, or InvalidInput: with the
        first of its `problems` on a start."""
        campaign = await self.get(campaign_id)
        if campaign.state is state:
            return campaign
        if state is CampaignState.PAUSED and campaign.state is not CampaignState.RUNNING:
            raise InvalidInput(N_("Only a campaign that runs can be paused."), field="state")
        if state is CampaignState.DRAFT:
            raise InvalidInput(N_("A campaign that has been started is no draft any more."), field="state")
        if state is CampaignState.RUNNING:
            for problem in await self.problems(campaign):
                raise InvalidInput(problem, field="state")
        async with self._database.write() as connection:
            await _fetch(connection, campaign_id, locked=True)
            values = {"state": state.value, "updated_at": self._clock()}
            await connection.execute(campaigns.update().where(campaigns.c.id == campaign_id).values(**values))
            await self._audit.append_in(connection, user, "campaign.state", f"campaign {campaign_id}: {state.value}")
            return await _fetch(connection, campaign_id)

    async def problems(self, campaign: Campaign) -> list[Message]:
        """What keeps it from being started."""
        found = list(plan_problems(campaign, await self._sounds()))
        if campaign.ends_at is not None and campaign.ends_at <= self._clock():
            found.append(N_("The day of its end has passed."))
        if campaign.stopped_for:
            found.append(N_("Its settings cannot be read: %(reason)s", reason=campaign.stopped_for))
        async with self._database.read() as connection:
            return found + await stored_problems(connection, campaign)

    # ---- what the pacing has learned

    async def load_pacing(self, campaign_id: int) -> str:
        """What the pacing left here last, JSON; empty if it never did. Raises NotFound."""
        async with self._database.read() as connection:
            kept = await connection.scalar(sa.select(campaigns.c.pacing).where(campaigns.c.id == campaign_id))
        if kept is None:
            raise _missing(campaign_id)
        return str(kept)

    async def save_pacing(self, campaign_id: int, pacing: str) -> None:
        """Keep what the pacing has learned."""
        async with self._database.write() as connection:
            await connection.execute(campaigns.update().where(campaigns.c.id == campaign_id).values(pacing=pacing))

    async def _sounds(self) -> frozenset[str] | None:
        return await self._sound_names() if self._sound_names else None


async def _fetch(connection: AsyncConnection, campaign_id: int, *, locked: bool = False) -> Campaign:
    wanted = sa.select(*CAMPAIGN_COLUMNS).where(campaigns.c.id == campaign_id)
    row = (await connection.execute(wanted.with_for_update() if locked else wanted)).first()
    if row is None:
        raise _missing(campaign_id)
    return campaign_of(row)


def _missing(campaign_id: int) -> NotFound:
    return NotFound(N_("There is no campaign %(id)s.", id=campaign_id))


def _changed(old: Campaign, new: Campaign) -> list[str]:
    """Names of what is different: `name`, `terms.hours`…"""
    plain = [
        name for name in Campaign.__struct_fields__ if name != "terms" and getattr(old, name) != getattr(new, name)
    ]
    fields = Terms.__struct_fields__
    return plain + [f"terms.{name}" for name in fields if getattr(old.terms, name) != getattr(new.terms, name)]
