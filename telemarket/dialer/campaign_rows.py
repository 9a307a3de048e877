"""Campaigns as they are kept: columns, and terms as JSON."""

from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog

from telemarket.calls.plan_text import unreadable
from telemarket.calls.views import DialMode
from telemarket.core.errors import InvalidInput
from telemarket.dialer.model import Campaign, CampaignState, Terms
from telemarket.dialer.tables import campaigns

log = structlog.get_logger(__name__)

CAMPAIGN_COLUMNS = tuple(campaigns.c[name] for name in Campaign.__struct_fields__ if name in campaigns.c)


def encode_terms(terms: Terms) -> str:
    """Terms as JSON; every field is written, so that a change of our defaults changes no campaign."""
    return msgspec.json.encode(terms).decode()


@lru_cache(256)
def decode_terms(text: str) -> Terms:
    """Terms from JSON, "" being those of a new campaign. Equal texts give the very same object, by whose identity the
    timetables of its hours are known. Raises InvalidInput naming the field."""
    if not text:
        return Terms()
    try:
        return msgspec.json.decode(text, type=Terms)
    except msgspec.DecodeError as error:
        raise unreadable(error, "terms") from error


def campaign_of(row: sa.Row[Any]) -> Campaign:
    """The campaign in a row that has `CAMPAIGN_COLUMNS`.

    One whose terms cannot be read, written by a later version perhaps, does not call: it is paused.
    """
    values = dict(row._mapping)
    state, stopped_for = CampaignState(values["state"]), ""
    try:
        terms = decode_terms(values["terms"])
    except InvalidInput as error:
        log.error("a campaign's terms cannot be read", campaign=values["id"], error=str(error))
        terms, stopped_for = Terms(), error.message
        state = CampaignState.PAUSED if state is CampaignState.RUNNING else state
    values |= {"terms": terms, "state": state, "mode": DialMode(values["mode"]), "stopped_for": stopped_for}
    return Campaign(**{name: values[name] for name in Campaign.__struct_fields__})
