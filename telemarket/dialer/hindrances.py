"""Why a campaign that runs does not call at this moment."""

from datetime import datetime

from telemarket.calls.floor import Floor
from telemarket.calls.hours import is_open
from telemarket.calls.views import DialMode
from telemarket.core.i18n import N_
from telemarket.dialer.model import CampaignState
from telemarket.dialer.running import Running
from telemarket.dialer.seats import operators_of
from telemarket.dialer.trunks import Trunks

NO_LEADS = N_("No lead may be called at this time.")


def hindrance(running: Running, floor: Floor, trunks: Trunks, now: datetime, house_zone: str) -> str:
    """The reason, marked for translation; empty if nothing but a want of leads hinders it."""
    campaign, at = running.campaign, now.timestamp()
    for hinders, why in (
        (campaign.state is not CampaignState.RUNNING, N_("The campaign is paused.")),
        (not floor.pbx_connected, N_("There is no connection to the PBX.")),
        (campaign.starts_at is not None and now < campaign.starts_at, N_("Its first day has not come yet.")),
        (campaign.ends_at is not None and now >= campaign.ends_at, N_("Its last day is over.")),
        (not is_open(campaign.terms.hours, at, house_zone), N_("Now is outside its working hours.")),
        (_unstaffed(running, floor), N_("None of its operators is at work.")),
        (trunks.resting(campaign.terms.trunks, at), N_("Its lines fail. Soon one call tries whether they work again.")),
    ):
        if hinders:
            return why
    return ""


def _unstaffed(running: Running, floor: Floor) -> bool:
    campaign = running.campaign
    return campaign.mode is not DialMode.MESSAGE and not operators_of(floor, campaign)
