"""Asterisk's REST Interface: `AriClient`, its errors, and the models of its events and answers."""

from telemarket.asterisk.ari.client import AriClient
from telemarket.asterisk.ari.errors import AriConflict, AriError, AriNotFound, AriRefused, AriUnavailable
from telemarket.asterisk.ari.events import ClientEvent, Connected, Disconnected

__all__ = [
    "AriClient",
    "AriConflict",
    "AriError",
    "AriNotFound",
    "AriRefused",
    "AriUnavailable",
    "ClientEvent",
    "Connected",
    "Disconnected",
]
