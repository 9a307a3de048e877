"""The leads of campaigns: added, looked at, closed, opened anew, handed out."""

from collections.abc import AsyncIterable, AsyncIterator, Collection, Iterable

from telemarket.calls.outbound import OutboundRules
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.dialer.adding import LeadAdder
from telemarket.dialer.lead_changes import LeadChanges
from telemarket.dialer.lead_list import LeadList
from telemarket.dialer.lead_views import AttemptPage, Lead, LeadFilter, LeadPage
from telemarket.dialer.model import Added, LeadData, LeadState
from telemarket.numbers import NumberingPlan


class Leads:
    """Leads in `database`; numbers are read by `plan` and called as far as `rules` allow; `house_zone` is that of
    numbers of which nothing is known."""

    def __init__(
        self, database: Database, clock: Clock, plan: NumberingPlan, house_zone: str, rules: OutboundRules
    ) -> None:
        self._adder = LeadAdder(database, clock, rules, house_zone)
        self._list = LeadList(database, plan)
        self._changes = LeadChanges(database, clock)

    async def add(
        self, campaign_id: int, rows: AsyncIterable[LeadData] | Iterable[LeadData], source: str, user: int | None
    ) -> Added:
        """Add leads to a campaign, a thousand a transaction: what was added before a failure stays.

        Who is one of its leads already that is not closed, by contact or by any number, is a double; somebody whose
        lead is closed may become one again. What cannot be called is refused with the reason, and spoils nothing else.
        Raises NotFound.
        """
        return await self._adder.add(campaign_id, rows, source, user)

    async def page(
        self,
        campaign_id: int,
        *,
        state: LeadState | None = None,
        text: str = "",
        after: int | None = None,
        limit: int = 50,
    ) -> LeadPage:
        """A page of a campaign's leads in the order they were added; `text` is a number, the beginning of one with its
        country code, or a part of the name."""
        return await self._list.page(campaign_id, state=state, text=text, after=after, limit=limit)

    async def lead(self, lead_id: int) -> Lead:
        """One lead with its numbers and attempts; raises NotFound."""
        return await self._list.lead(lead_id)

    async def close(self, campaign_id: int, chosen: Collection[int] | LeadFilter, why: str, user: int | None) -> int:
        """Close leads, by ids or by what they have in common; returns how many. `why` is a word, as "supervisor".

        One that is being called is closed too: the call goes on, and is not followed by another. Raises InvalidInput
        without `why`.
        """
        return await self._changes.close(campaign_id, chosen, why, user)

    async def reopen(self, campaign_id: int, chosen: Collection[int] | LeadFilter, user: int | None) -> int:
        """Let closed and held leads be called as if they were new; returns how many."""
        return await self._changes.reopen(campaign_id, chosen, user)

    async def attempts_page(self, campaign_id: int, after: str | None = None, limit: int = 50) -> AttemptPage:
        """A page of a campaign's attempts, newest first. Raises InvalidInput for an `after` that is no place."""
        return await self._list.attempts_page(campaign_id, after, limit)

    def export(self, campaign_id: int) -> AsyncIterator[list[str]]:
        """Every lead as a row of texts, headings first."""
        return self._list.export(campaign_id)
