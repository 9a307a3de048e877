"""What several sources say of one contact, made into one: field by field, by trust. Pure."""

from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from telemarket.backend import Record
from telemarket.contacts.model import OWN
from telemarket.core.settings import Settings

Value = TypeVar("Value")

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


def trust_of(settings: Settings) -> dict[str, int]:
    """The priority of each origin, lower first; what people wrote themselves included."""
    return {OWN: 100} | {name: given.priority for name, given in settings.backends.items()}


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


def only_empty_words(records: Iterable[Sourced]) -> bool:
    """Whether no backend says anything any more, and what people wrote recognises nobody."""
    return all(each.backend == OWN and says_nothing(each.record) for each in records)


def says_nothing(record: Record) -> bool:
    """True if nobody could be recognised by it: neither a name nor a company, a telephone nor a mail."""
    return not (record.name or record.company or record.phones or record.emails)


def own_part(wanted: Record, shown: Record, before: Record, others: Sequence[Sourced]) -> Record:
    """What of a contact as people want it is their own word, where it was `shown` to them and they had said `before`.

    What they left as it was shown stays said or unsaid; what they changed is their word, unless `others`, in order of
    trust, say the same. What others say and people left out is nobody's: it returns with the merger. Telephones are
    taken as they are wanted.
    """
    if not others:
        return wanted
    said = merge(others)

    def single(field: str) -> str:
        value: str = getattr(wanted, field)
        mine: str = getattr(before, field)
        if mine and value == getattr(shown, field):
            return mine
        return "" if value == getattr(said, field) else value

    def several(field: str, key: Callable[[Any], Any]) -> tuple[Any, ...]:
        values: list[tuple[Any, ...]] = [getattr(each, field) for each in (wanted, shown, before, said)]
        return own_among(*values, key=key)

    return msgspec.structs.replace(
        wanted,
        kind=before.kind if wanted.kind == shown.kind else wanted.kind,
        **{field: single(field) for field in _SINGLE},
        emails=several("emails", str.casefold),
        addresses=several("addresses", lambda pair: pair[1].casefold()),
        categories=several("categories", str),
        attributes=_own_attributes(wanted, shown, before, said),
    )


def own_among(
    wanted: Iterable[Value],
    shown: Container[Value],
    before: Iterable[Value],
    said: Iterable[Value],
    *,
    key: Callable[[Value], Hashable],
) -> tuple[Value, ...]:
    """Of the values wanted, people's own: those they had before, and those nobody else says; `key` is equal for what
    counts as the same. What they left as it was shown stays as they had written it."""
    mine, theirs = {key(value): value for value in before}, {key(value) for value in said}
    own = [value for value in wanted if key(value) in mine or key(value) not in theirs]
    return tuple(mine.get(key(value), value) if value in shown else value for value in own)


def _own_attributes(wanted: Record, shown: Record, before: Record, said: Merged) -> tuple[tuple[str, str], ...]:
    was, mine = dict(shown.attributes), dict(before.attributes)
    own = []
    for name, value in wanted.attributes:
        if name in mine and value == was.get(name):
            own.append((name, mine[name]))
        elif value != said.attributes.get(name):
            own.append((name, value))
    return tuple(own)
