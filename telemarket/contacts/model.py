"""Contacts as the rest of the house sees them."""

from datetime import datetime
from enum import IntEnum

import msgspec
from msgspec import UNSET, UnsetType

OWN = "own"  # the origin of what people wrote
CONTACT_KINDS = ("person", "company")
CONSENTS = ("", "given", "refused")  # empty: not asked
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
    origin: str = OWN  # the backend it comes from


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A person or a company.

    `emails` has the main one first; `addresses` pairs a kind of ADDRESS_KINDS with a text. `company` is as written,
    `company_id` the company's own contact. `origins` says which backend a value comes from, by the field's name, or
    "attributes.NAME", "emails.ADDRESS", "addresses.TEXT"; what is not in it people wrote. `backend_keys` has the
    identifier each backend knows the contact by.
    """

    id: int
    kind: str = "person"  # one of CONTACT_KINDS
    name: str = ""
    company: str = ""
    company_id: int | None = None
    position: str = ""
    emails: tuple[str, ...] = ()
    addresses: tuple[tuple[str, str], ...] = ()
    site: str = ""
    source: str = ""
    region: str = ""
    categories: tuple[str, ...] = ()
    consultant_id: int | None = None
    vip: bool = False
    consent: str = ""  # may his data be kept: one of CONSENTS
    consent_at: datetime | None = None
    do_not_call: bool = False
    incomplete: bool = False  # made of an unknown number, and nobody has said yet who that is
    attributes: dict[str, str] = {}
    origins: dict[str, str] = {}
    backend_keys: dict[str, str] = {}
    phones: tuple[Phone, ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None
    archived_at: datetime | None = None
    merged_into: int | None = None

    @property
    def email(self) -> str:
        """The main mail address; empty if there is none."""
        return self.emails[0] if self.emails else ""

    @property
    def backend(self) -> str:
        """The first backend that knows the contact, by name; OWN if none does."""
        return next(iter(self.backend_keys), OWN)

    @property
    def backend_key(self) -> str:
        """What that backend knows him by; empty if none does."""
        return next(iter(self.backend_keys.values()), "")

    @property
    def title(self) -> str:
        """The name, or the company's; empty if nothing is known but numbers."""
        return self.name or self.company


class ContactFields(msgspec.Struct, frozen=True, kw_only=True):
    """What a person may write about a contact. In a change, what is UNSET stays as it is.

    `phones` pairs a kind with free text, in which there may be several numbers; an empty kind is guessed.
    """

    kind: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    company: str | UnsetType = UNSET
    company_id: int | UnsetType | None = UNSET
    position: str | UnsetType = UNSET
    emails: tuple[str, ...] | UnsetType = UNSET
    addresses: tuple[tuple[str, str], ...] | UnsetType = UNSET
    site: str | UnsetType = UNSET
    source: str | UnsetType = UNSET
    region: str | UnsetType = UNSET
    categories: tuple[str, ...] | UnsetType = UNSET
    consultant_id: int | UnsetType | None = UNSET
    vip: bool | UnsetType = UNSET
    consent: str | UnsetType = UNSET
    do_not_call: bool | UnsetType = UNSET
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
