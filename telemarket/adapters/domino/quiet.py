"""Access Services can tell that nothing has changed: a view need not be read again, then."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import msgspec

from telemarket.adapters.domino.das import AccessServicesSource
from telemarket.adapters.domino.source import Page
from telemarket.backend import BackendRefused, CursorRefused
from telemarket.core.i18n import N_

_MARGIN = timedelta(minutes=2)  # a document is saved before its change can be asked for
_COMPLETE_EVERY = timedelta(hours=24)  # what no modification time tells: reader fields, formulas with dates


class Place(msgspec.Struct, frozen=True):
    """The cursor: until when changes are known, how many rows there were, when and with what settings it was."""

    until: datetime
    total: int
    read_at: datetime
    settings: str


def write(first: Page, now: datetime, settings: str) -> str:
    """The place of a synchronisation that began with the page `first`; empty where the server does not tell enough."""
    until = _date(first)
    if until is None or first.total is None:
        return ""
    return msgspec.json.encode(Place(until, first.total, now, settings)).decode()


async def goes_on(cursor: str, source: AccessServicesSource, now: datetime, settings: str) -> str:
    """The new cursor if nothing has changed since `cursor`; empty if the view has to be read.

    Documents changed or made are asked for by time; deleted ones show in the number of rows. Raises CursorRefused.
    """
    if not cursor:
        return ""
    try:
        place = msgspec.json.decode(cursor, type=Place)
    except msgspec.DecodeError as error:
        raise CursorRefused(N_("The cursor is not one of Domino Access Services.")) from error
    if place.settings != settings or now >= place.read_at + _COMPLETE_EVERY:
        return ""
    page = await source.page(None)
    until = _date(page)
    if until is None or page.total != place.total or await _changed(source, place.until):
        return ""
    return msgspec.json.encode(msgspec.structs.replace(place, until=until)).decode()


async def _changed(source: AccessServicesSource, moment: datetime) -> bool:
    try:
        return await source.changed_since(f"{moment:%Y-%m-%dT%H:%M:%SZ}")
    except BackendRefused:  # the list is switched off, or endless
        return True


def _date(page: Page) -> datetime | None:
    """The server's clock when it answered, less a margin."""
    try:
        return parsedate_to_datetime(page.date) - _MARGIN
    except ValueError:
        return None
