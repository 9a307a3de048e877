"""The kind of backend `carddav`: an address book of a CardDAV server (RFC 6352)."""

from collections.abc import Sequence

from telemarket.backend import BackendKind
from telemarket.hookspecs import hookimpl
from telemarket_carddav.backend import CardDavBackend
from telemarket_carddav.options import CardDavOptions

KIND = BackendKind(name="carddav", title="Address book (CardDAV)", options=CardDavOptions, open=CardDavBackend)


@hookimpl
def telemarket_backend_kinds() -> Sequence[BackendKind]:
    return [KIND]
