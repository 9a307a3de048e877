"""Contacts as the rest of the house sees them."""

from datetime import datetime
from enum import IntEnum

import msgspec
from msgspec import UNSET, UnsetType

ADDRESS_KINDS = ("legal", "postal", "home", "work", "other")
PHONE_KINDS = ("mobile", "direct", "main", "home", "fax", "other")  # in the order in which a match prefers them


class MatchLevel(IntEnum):
    """How surely a number belongs to a contact; lower is surer (the ladder of docs/reference/matching)."""

    CHOSEN = 0  # an operator said so before
    INTERNAL = 1  # an extension of the internal directory
    EXACT = 2  # the same E.164 number
    NATIONAL = 3  # the same national number
    AREA_ASSUMED = 4  # the same once the configured area code is put in front of a local number
    SUFFIX_9 = 5  # the last nine digits agree
    SUFFIX_7 = 6  # the last seven digits agree


class Phone(msgspec.Struct, frozen=True, kw_only=True):
    kind: str  # one of PHONE_KINDS
    raw: str
    e164: str = ""  # "+380441234567", or empty when it cannot be known
    extension: str = ""


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str = ""
    company: str = ""
    position: str = ""
    email: str = ""
    postal_address: str = ""
    address: str = ""
    site: str = ""
    source: str = ""
    vip: bool = False
    attributes: dict[str, str] = {}
    backend: str = "own"
    backend_key: str = ""
    phones: tuple[Phone, ...] = ()
    updated_at: datetime | None = None


class ContactFields(msgspec.Struct, frozen=True, kw_only=True):
    """What a person may write about a contact. In a change, what is UNSET stays as it is.

    `phones` pairs a kind with free text, in which there may be several numbers; an empty kind is guessed.
    """

    name: str | UnsetType = UNSET
    company: str | UnsetType = UNSET
    position: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    postal_address: str | UnsetType = UNSET
    address: str | UnsetType = UNSET
    site: str | UnsetType = UNSET
    source: str | UnsetType = UNSET
    vip: bool | UnsetType = UNSET
    attributes: dict[str, str] | UnsetType = UNSET
    phones: tuple[tuple[str, str], ...] | UnsetType = UNSET


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    contact: Contact
    level: MatchLevel


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """Who a caller may be, best first.

    `contact` is set when one candidate may be opened unasked; otherwise the operator chooses among
    `candidates`. `anonymous` means the caller withheld his number.
    """

    candidates: tuple[Candidate, ...] = ()
    contact: Contact | None = None
    anonymous: bool = False
