"""The cursor of Exchange: where each folder goes on."""

from collections.abc import Collection

import msgspec

from telemarket.backend import CursorRefused
from telemarket.core.i18n import N_


class Cursor(msgspec.Struct):
    """`places` are states by folder. What was made by another `url_template` has to be read anew."""

    url_template: str
    places: dict[str, str]

    def text(self) -> str:
        """As `read_cursor` reads it."""
        return msgspec.json.encode(self).decode()


def read_cursor(text: str, places: Collection[str], url_template: str) -> Cursor:
    """The cursor of an earlier synchronisation, a new one if there was none. Raises CursorRefused where it is not
    one, or the configuration has changed since: only reading everything tells what of a folder left out is gone."""
    if not text:
        return Cursor(url_template=url_template, places={})
    try:
        cursor = msgspec.json.decode(text, type=Cursor)
    except msgspec.DecodeError as error:
        raise CursorRefused(N_("The cursor is not one of Exchange.")) from error
    if cursor.url_template != url_template or cursor.places.keys() - set(places):
        raise CursorRefused(N_("The configuration has changed: everything is read anew."))
    return cursor
