"""A campaign as it is pushed to the pages that look at it: the parts of its picture that changed, at most one picture
a second."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import msgspec
import structlog

from telemarket.core.errors import NotFound
from telemarket.core.i18n import Translator
from telemarket.desk import campaign_plots, campaign_words
from telemarket.desk.campaign_forms import mended_in
from telemarket.desk.rendering import render
from telemarket.desk.services import DeskServices
from telemarket.dialer.views import CampaignChanged

log = structlog.get_logger(__name__)

PUSH_EVERY = 1.0
REFRESH_EVERY = 15.0
"""Seconds after which a picture is looked at though nothing happened: leads come and go without the dialer, too."""

PARTS = ("state", "problems", "figures", "abandons", "plots", "operators", "said")
"""Each is a template campaigns/live/NAME.html, and stands in the page's element live-NAME."""

_encoder = msgspec.json.Encoder()


class CampaignFeed:
    """What campaigns' pages are sent. Tell it of changes with `changed`."""

    def __init__(self, services: DeskServices) -> None:
        self._services = services
        self._news: defaultdict[int, asyncio.Event] = defaultdict(asyncio.Event)

    def changed(self, event: CampaignChanged) -> None:
        """Something in a campaign's picture is different."""
        if news := self._news.pop(event.campaign_id, None):
            news.set()

    async def picture(self, campaign_id: int) -> dict[str, Any]:
        """What the parts are drawn from. Raises NotFound."""
        services = self._services
        campaign = await services.campaigns.get(campaign_id)
        return {
            "campaign": campaign,
            "problems": [(mended_in(problem), problem) for problem in await services.campaigns.problems(campaign)],
            "leads": (await services.campaigns.counts(campaign_id)).leads,
            "live": services.dialer.view(campaign_id),
            "names": {user.id: user.name for user in await services.cards.people.active()},
            "texts": campaign_words,
            "plots": campaign_plots,
        }

    async def messages(self, campaign_id: int, text: Translator, *, manages: bool) -> AsyncGenerator[str, None]:
        """Messages for a page, as long as there is such a campaign: the parts that differ from those sent before."""
        sent: Mapping[str, str] = {}
        while True:
            news = self._news[campaign_id]
            try:
                picture = await self.picture(campaign_id)
            except NotFound:
                self._news.pop(campaign_id, None)
                return
            except Exception as error:  # the database is away: the next picture is not far
                log.warning("a campaign's picture cannot be taken", campaign_id=campaign_id, error=str(error))
            else:
                parts = {part: self.draw(part, text, manages=manages, **picture) for part in PARTS}
                fresh = {part: html for part, html in parts.items() if sent.get(part) != html}
                sent = parts
                yield _encoder.encode({"type": "campaign", "now": self._services.clock(), "parts": fresh}).decode()
            await asyncio.sleep(PUSH_EVERY)
            try:
                async with asyncio.timeout(REFRESH_EVERY):
                    await news.wait()
            except TimeoutError:
                continue

    @staticmethod
    def draw(part: str, text: Translator, **picture: Any) -> str:
        """One part of a picture."""
        return render(f"campaigns/live/{part}.html", text, **picture)
