"""What several sources say of one contact, made into one: field by field, by trust. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from telemarket.backend import Record
from telemarket.contacts.model import OWN

UNKNOWN_TRUST = 1000

_SINGLE = ("name", "company", "position", "site", "region")


class Sourced(msgspec.Struct, frozen=True):
    """What one backend says of a contact."""

    backend: str
    record: Record


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """A contact made of its records.

    `phones` are (kind, text, backend). `origins` names the backend of each value that is not the own: of single
    fields by their name, of others as "attributes.NAME", "emails.ADDRESS" and "addresses.TEXT".
    """

    kind: str
    name: str
    company: str
    position: str
    site: str
    region: str
    emails: tuple[str, ...]
    addresses: tuple[tuple[str, str], ...]
    categories: tuple[str, ...]
    attributes: dict[str, str]
    phones: tuple[tuple[str, str, str], ...]
    origins: dict[str, str]


def in_order_of_trust(records: Iterable[Sourced], trust: Mapping[str, int]) -> list[Sourced]:
    """The most trusted first; among equals what people wrote themselves, then by name and key."""
    return sorted(
        records,
        key=lambda each: (trust.get(each.backend, UNKNOWN_TRUST), each.backend != OWN, each.backend, each.record.key),
    )


def merge(records: Sequence[Sourced]) -> Merged:
    """One contact of `records`, which are in order of trust and at least one.

    Of a single field the first that says anything counts; telephones, mails, addresses and categories are united;
    of attributes with one name the first counts.
    """
    origins: dict[str, str] = {}

    def first(field: str) -> str:
        for each in records:
            if value := getattr(each.record, field):
                _note(origins, field, each.backend)
                return str(value)
        return ""

    singles = {field: first(field) for field in _SINGLE}
    attributes: dict[str, str] = {}
    for each in records:
        for name, value in each.record.attributes:
            if name not in attributes:
                attributes[name] = value
                _note(origins, f"attributes.{name}", each.backend)
    return Merged(
        kind=records[0].record.kind,
        **singles,
        emails=_emails(records, origins),
        addresses=_addresses(records, origins),
        categories=tuple(dict.fromkeys(name for each in records for name in each.record.categories)),
        attributes=attributes,
        phones=tuple(_phones(records)),
        origins=origins,
    )


def _emails(records: Sequence[Sourced], origins: dict[str, str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for each in records:
        for address in each.record.emails:
            if address.casefold() not in found:
                found[address.casefold()] = address
                _note(origins, f"emails.{address}", each.backend)
    return tuple(found.values())


def _addresses(records: Sequence[Sourced], origins: dict[str, str]) -> tuple[tuple[str, str], ...]:
    found: dict[str, tuple[str, str]] = {}
    for each in records:
        for kind, text in each.record.addresses:
            if text.casefold() not in found:
                found[text.casefold()] = (kind, text)
                _note(origins, f"addresses.{text}", each.backend)
    return tuple(found.values())


def _phones(records: Sequence[Sourced]) -> Iterator[tuple[str, str, str]]:
    seen = set()
    for each in records:
        for kind, text in each.record.phones:
            if text not in seen:
                seen.add(text)
                yield kind, text, each.backend


def _note(origins: dict[str, str], field: str, backend: str) -> None:
    if backend != OWN:
        origins[field] = backend


def says_nothing(record: Record) -> bool:
    """True if nobody could be recognised by it: neither a name nor a company, a telephone nor a mail."""
    return not (record.name or record.company or record.phones or record.emails)


def own_part(wanted: Record, others: Sequence[Sourced]) -> Record:
    """What of a contact as people want it is their own word: all that `others`, in order of trust, do not say.

    What others say and people left out is nobody's: it returns with the merger.
    """
    if not others:
        return wanted
    said = merge(others)
    addresses = {text.casefold() for _, text in said.addresses}
    emails = {address.casefold() for address in said.emails}
    return msgspec.structs.replace(
        wanted,
        **{field: "" for field in _SINGLE if getattr(wanted, field) == getattr(said, field)},
        emails=tuple(address for address in wanted.emails if address.casefold() not in emails),
        addresses=tuple(pair for pair in wanted.addresses if pair[1].casefold() not in addresses),
        categories=tuple(name for name in wanted.categories if name not in said.categories),
        attributes=tuple(pair for pair in wanted.attributes if said.attributes.get(pair[0]) != pair[1]),
    )
