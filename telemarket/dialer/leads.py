"""The leads of campaigns: added, looked at, closed, opened anew, handed out."""

from collections.abc import AsyncIterable, AsyncIterator, Collection, Iterable

from telemarket.calls.outbound import OutboundRules
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.dialer.lead_views import AttemptPage, Lead, LeadFilter, LeadPage
from telemarket.dialer.model import Added, LeadData, LeadState
from telemarket.numbers import NumberingPlan


class Leads:
    """Leads in `database`; numbers are read by `plan` and called as far as `rules` allow."""

    def __init__(
        self, database: Database, clock: Clock, plan: NumberingPlan, house_zone: str, rules: OutboundRules
    ) -> None:
        raise NotImplementedError

    async def add(
        self, campaign_id: int, rows: AsyncIterable[LeadData] | Iterable[LeadData], source: str, user: int | None
    ) -> Added:
        """Add leads to a campaign. Who is one of its leads already that is not closed, by contact or by any number, is
        a double. What cannot be called is refused with the reason, and spoils nothing else. Raises NotFound."""
        raise NotImplementedError

    async def page(
        self,
        campaign_id: int,
        *,
        state: LeadState | None = None,
        text: str = "",
        after: int | None = None,
        limit: int = 50,
    ) -> LeadPage:
        """A page of a campaign's leads in the order they were added; `text` is a number or a part of the name."""
        raise NotImplementedError

    async def lead(self, lead_id: int) -> Lead:
        """One lead with its numbers and attempts; raises NotFound."""
        raise NotImplementedError

    async def close(self, campaign_id: int, chosen: Collection[int] | LeadFilter, why: str, user: int | None) -> int:
        """Close leads, by ids or by what they have in common; returns how many. `why` is one word, as "supervisor"."""
        raise NotImplementedError

    async def reopen(self, campaign_id: int, chosen: Collection[int] | LeadFilter, user: int | None) -> int:
        """Let closed and held leads be called as if they were new; returns how many."""
        raise NotImplementedError

    async def attempts_page(self, campaign_id: int, after: str | None = None, limit: int = 50) -> AttemptPage:
        """A page of a campaign's attempts, newest first."""
        raise NotImplementedError

    def export(self, campaign_id: int) -> AsyncIterator[list[str]]:
        """Every lead as a row of texts, headings first."""
        raise NotImplementedError
