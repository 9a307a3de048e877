"""Campaigns: planned, started, paused, copied."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from telemarket.calls.views import DialMode
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.i18n import Message
from telemarket.dialer.counts import Counts
from telemarket.dialer.model import Campaign, CampaignState, Terms


class CampaignService:
    """Campaigns in `database`. `sound_names` gives the sounds they may play; without it any name will do. Whoever
    changes something (`user`, an id, None for the command line) stands in the audit log."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sound_names: Callable[[], Awaitable[frozenset[str]]] | None = None,
    ) -> None:
        raise NotImplementedError

    async def all(self, project_id: int | None = None) -> tuple[Campaign, ...]:
        """Every campaign, or those of a project: by priority, then the oldest first."""
        raise NotImplementedError

    async def get(self, campaign_id: int) -> Campaign:
        """One campaign; raises NotFound."""
        raise NotImplementedError

    async def create(self, *, project_id: int, name: str, mode: DialMode, user: int | None) -> Campaign:
        """A new campaign, a draft with the terms of its project's country. Raises InvalidInput naming the field."""
        raise NotImplementedError

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
        raise NotImplementedError

    async def set_state(self, campaign_id: int, state: CampaignState, user: int | None) -> Campaign:
        """Start, pause or end it. Raises NotFound, or InvalidInput with the first of its `problems` on a start."""
        raise NotImplementedError

    async def problems(self, campaign: Campaign) -> list[Message]:
        """What keeps it from being started."""
        raise NotImplementedError

    async def copy(self, campaign_id: int, name: str, user: int | None) -> Campaign:
        """A draft with the same terms and no leads."""
        raise NotImplementedError

    async def counts(self, campaign_id: int) -> Counts:
        """Its leads and attempts, counted."""
        raise NotImplementedError

    async def load_pacing(self, campaign_id: int) -> str:
        """What the pacing left here last, JSON; empty if it never did."""
        raise NotImplementedError

    async def save_pacing(self, campaign_id: int, pacing: str) -> None:
        """Keep what the pacing has learned."""
        raise NotImplementedError
