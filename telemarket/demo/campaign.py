"""A campaign to try: the demonstration's clients behave, when called, as the last digit of their number says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from telemarket.asterisk.pbx.sipp import Sipp
from telemarket.asterisk.pbx.tone import voice
from telemarket.calls.views import DialMode
from telemarket.contacts.search import ContactFilter
from telemarket.core.database import Database
from telemarket.dialer.campaigns import CampaignService
from telemarket.dialer.lead_sources import from_contacts
from telemarket.dialer.model import Campaign, LegalProfile, Terms, Trunk
from telemarket.dialer.room import DialerRoom
from telemarket.numbers import NumberingPlan

NAME = "Продовження полісів"
TERMS = Terms(profile=LegalProfile(consent=False), message="goodbye")
RING_SECONDS, LATE_SECONDS, TALK_SECONDS = 3.0, 8.0, 60.0


@asynccontextmanager
async def people_to_call(world: Sipp) -> AsyncIterator[Trunk]:
    """The demonstration's clients at their telephones, and the trunk that leads to them."""
    sound = voice()
    telephones = world.callees(hello=sound, machine=sound, ring=RING_SECONDS, late=LATE_SECONDS, talk=TALK_SECONDS)
    async with telephones as callees:
        yield Trunk(endpoint=f"PJSIP/world/sip:{{number}}@127.0.0.1:{callees.port}", lines=5, per_second=1)


async def prepare_campaign(room: DialerRoom, database: Database, project_id: int, trunk: Trunk) -> None:
    """A campaign over `trunk` that waits to be started; the first time, with the clients for leads."""
    campaigns = room.campaigns
    found = [campaign for campaign in await campaigns.all(project_id) if campaign.name == NAME]
    if found:
        await _change(campaigns, found[0], trunk)
        return
    created = await campaigns.create(project_id=project_id, name=NAME, mode=DialMode.PREVIEW, user=None)
    await _change(campaigns, msgspec.structs.replace(created, terms=TERMS), trunk)
    clients = from_contacts(database, NumberingPlan(), ContactFilter(kind="person"))
    await room.leads.add(created.id, clients, "demo", None)


async def _change(campaigns: CampaignService, campaign: Campaign, trunk: Trunk) -> None:
    """Its people are at another port each time."""
    await campaigns.update(
        campaign.id,
        name=campaign.name,
        mode=campaign.mode,
        priority=campaign.priority,
        terms=msgspec.structs.replace(campaign.terms, trunks=(trunk,)),
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        user=None,
        seen=None,
    )
