"""Records and services out of a base, as the mapping says."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

from telemarket.adapters.onec77.columns import Catalogs, Columns, Value
from telemarket.adapters.onec77.mapping import (
    ContactMapping,
    DetailMapping,
    LimitMapping,
    OneC77Options,
    ServiceMapping,
    Values,
)
from telemarket.adapters.onec77.names import CATALOG, DOCUMENT, FOLDER_PATH, PATH_SEPARATOR, REGISTER
from telemarket.adapters.onec77.source import Row, Source, Thing
from telemarket.adapters.onec77.values import number
from telemarket.backend import Limit, Record, Service

SERVICE = "service "
"""What the keys of services begin with among those of records."""
_ADDRESS = re.compile(r"[^\s,;<>]+@[^\s,;<>]+")

Pairs = list[tuple[str, str]]
Limits = Mapping[str, Sequence[Limit]]
IsNew = Callable[[str, object], bool]
"""Whether the record of this key is made of other content than before."""


class Found(msgspec.Struct):
    """Values of one contact of which there may be any number."""

    phones: Pairs
    emails: list[str]
    addresses: Pairs
    attributes: Pairs


class Assembly:
    """Resolves every name of the mapping at once (raises UnknownName), then reads as often as asked."""

    def __init__(self, options: OneC77Options, source: Source) -> None:
        self._source = source
        catalogs = Catalogs(source)
        self._contacts = [ContactReader(source, catalogs, mapping) for mapping in options.contacts]
        self._services = [ServiceReader(source, catalogs, mapping) for mapping in options.services]
        self._limits = [LimitReader(source, catalogs, mapping) for mapping in options.limits]

    @property
    def wanted(self) -> Iterator[tuple[Thing, Sequence[str]]]:
        """Everything that is read, with its attributes."""
        readers: list[Reader] = [*self._contacts, *self._services, *self._limits]
        for columns in (each for reader in readers for each in reader.columns):
            yield columns.thing, columns.attributes
            yield from ((target, ()) for target in columns.targets)

    @property
    def named(self) -> list[Thing]:
        """Whatever becomes records and services."""
        readers: list[Reader] = [*self._contacts, *self._services]
        return [reader.columns[0].thing for reader in readers]

    def total(self) -> int:
        """About how many records there will be."""
        return sum(self._source.count(reader.columns[0].thing) for reader in self._contacts)

    def services(self, is_new: IsNew) -> Iterator[Service]:
        """The services that are new."""
        for reader in self._services:
            yield from reader.services(is_new)

    def records(self, is_new: IsNew) -> Iterator[Record]:
        """The contacts that are new, with what is left to them."""
        limits: dict[str, list[Limit]] = defaultdict(list)
        for reader in self._limits:
            for key, limit in reader.limits():
                limits[key].append(limit)
        for contacts in self._contacts:
            yield from contacts.records(limits, is_new)


class Reader(Protocol):
    """Reads a part of the mapping."""

    columns: list[Columns]


class ValueReader:
    """Telephones, mails, addresses and further attributes of a row."""

    def __init__(self, columns: Columns, mapping: Values) -> None:
        self._phones = [(kind, columns.value(name)) for name, kind in mapping.phones.items()]
        self._emails = [columns.value(name) for name in mapping.emails]
        self._addresses = [(kind, columns.value(name)) for name, kind in mapping.addresses.items()]
        self._attributes = [(label, columns.value(name)) for label, name in mapping.attributes.items()]

    def read(self, row: Row) -> Found:
        """What the row has, without what is empty."""
        return Found(
            [(kind, text) for kind, value in self._phones if (text := value(row))],
            [address for value in self._emails if (text := value(row)) for address in _ADDRESS.findall(text)],
            [(kind, text) for kind, value in self._addresses if (text := value(row))],
            [(label, text) for label, value in self._attributes if (text := value(row))],
        )


class DetailReader:
    """A catalog subordinate to the contacts'."""

    def __init__(self, source: Source, catalogs: Catalogs, mapping: DetailMapping, owners: ContactMapping) -> None:
        thing = source.find(CATALOG, mapping.catalog)
        references = {mapping.owner: owners.catalog, **mapping.references}
        self.columns = Columns(source, catalogs, thing, references)
        self._owner = self.columns.pointer(mapping.owner)
        self._values = ValueReader(self.columns, mapping)

    def read(self, into: dict[str, Found]) -> None:
        """Add the values of every element to those of its owner."""
        for row in self.columns.rows():
            if owner := self._owner(row):
                found = self._values.read(row)
                if (known := into.get(owner.id)) is None:
                    into[owner.id] = found
                else:
                    _add(known, found)


class ContactReader:
    """A catalog of persons or companies with its subordinate catalogs."""

    def __init__(self, source: Source, catalogs: Catalogs, mapping: ContactMapping) -> None:
        columns = _catalog(source, catalogs, mapping)
        self._source = source
        self._kind = mapping.kind
        self._name = columns.value(mapping.name)
        self._company = columns.value(mapping.company)
        self._company_key = columns.target(mapping.company)
        self._position = columns.value(mapping.position)
        self._site = columns.value(mapping.site)
        self._region = columns.value(mapping.region)
        self._categories = [columns.value(name) for name in mapping.categories]
        self._values = ValueReader(columns, mapping)
        self._within = _folder_filter(columns, mapping.folders)
        self._details = [DetailReader(source, catalogs, each, mapping) for each in mapping.details]
        self.columns = [columns, *(each.columns for each in self._details)]

    def records(self, limits: Limits, is_new: IsNew) -> Iterator[Record]:
        """Those contacts of which anything is new: only of these a record is made."""
        details: dict[str, Found] = {}
        for reader in self._details:
            reader.read(details)
        columns, key_of, within = self.columns[0], self._source.key, self._within
        for row in columns.rows():
            if within is not None and not within(row):
                continue
            key = key_of(columns.thing, row[0])
            more, left = details.get(row[0]), limits.get(key, ())
            if is_new(key, (row, columns.resolved(row), more, left)):
                yield self._record(key, row, more, left)

    def _record(self, key: str, row: Row, more: Found | None, left: Sequence[Limit]) -> Record:
        found = self._values.read(row)
        if more is not None:
            _add(found, more)
        return Record(
            key=key,
            kind=self._kind,
            name=self._name(row),
            company=self._company(row),
            company_key=self._company_key(row) if self._company_key else "",
            position=self._position(row),
            phones=tuple(found.phones),
            emails=tuple(found.emails),
            addresses=tuple(found.addresses),
            site=self._site(row),
            region=self._region(row),
            categories=tuple(_parts(self._categories, row)) if self._categories else (),
            attributes=tuple(found.attributes),
            limits=tuple(left),
        )


class ServiceReader:
    """A catalog of services."""

    def __init__(self, source: Source, catalogs: Catalogs, mapping: ServiceMapping) -> None:
        columns = _catalog(source, catalogs, mapping)
        self.columns = [columns]
        self._source = source
        self._mapping = mapping
        texts = ("name", "code", "group", "provider", "unit")
        self._texts = {name: columns.value(getattr(mapping, name)) for name in texts}
        self._price = columns.value(mapping.price)
        self._within = _folder_filter(columns, mapping.folders)

    def services(self, is_new: IsNew) -> Iterator[Service]:
        """Those services of which anything is new; one whose price is no number is refused."""
        columns = self.columns[0]
        for row in columns.rows():
            if self._within is not None and not self._within(row):
                continue
            key = self._source.key(columns.thing, row[0])
            try:
                service = self._service(key, row)
            except ValueError as error:
                self._source.refused.append((key, error.args[0]))
                continue
            if is_new(f"{SERVICE}{key}", service):
                yield service

    def _service(self, key: str, row: Row) -> Service:
        price = number(self._price(row))
        texts = {name: value(row) for name, value in self._texts.items()}
        return Service(key=key, price=price, currency=self._mapping.currency if price is not None else "", **texts)


class LimitReader:
    """A register or a kind of document that says what is left to contacts."""

    def __init__(self, source: Source, catalogs: Catalogs, mapping: LimitMapping) -> None:
        kind, name = (REGISTER, mapping.register_) if mapping.register_ else (DOCUMENT, mapping.document)
        columns = Columns(source, catalogs, source.find(kind, name), mapping.references)
        self.columns = [columns]
        self._source = source
        self._mapping = mapping
        self._contact = columns.target(mapping.contact)
        self._texts = [columns.value(name) for name in (mapping.service, mapping.provider, mapping.contract)]
        numbers = (mapping.amount, mapping.of_amount, mapping.quantity, mapping.of_quantity)
        self._numbers = [columns.value(name) for name in numbers]

    def limits(self) -> Iterator[tuple[str, Limit]]:
        """Each with the key of its contact's record; one with something that is no number is refused."""
        for row in self.columns[0].rows():
            key = self._contact(row) if self._contact else ""
            if not key:
                continue
            try:
                numbers = [number(value(row)) for value in self._numbers]
            except ValueError as error:
                self._source.refused.append((f"{self.columns[0].thing.name}:{key}", error.args[0]))
                continue
            yield key, self._limit(row, numbers)

    def _limit(self, row: Row, numbers: Sequence[Decimal | None]) -> Limit:
        service, provider, contract = [value(row) for value in self._texts]
        amount, of_amount, quantity, of_quantity = numbers
        return Limit(
            service=service,
            provider=provider,
            contract=contract,
            amount=amount,
            of_amount=of_amount,
            unit=self._mapping.unit,
            quantity=quantity,
            of_quantity=of_quantity,
            quantity_unit=self._mapping.quantity_unit,
        )


def _catalog(source: Source, catalogs: Catalogs, mapping: ContactMapping | ServiceMapping) -> Columns:
    """The columns of a catalog whose elements become records, and so must have identifiers."""
    thing = source.find(CATALOG, mapping.catalog)
    source.attribute(thing, source.identifier)
    return Columns(source, catalogs, thing, mapping.references)


def _folder_filter(columns: Columns, folders: Sequence[str]) -> Callable[[Row], bool] | None:
    """Whether a row lies within one of `folders`, at any depth; None where all rows count."""
    if not folders:
        return None
    path = columns.value(FOLDER_PATH)
    wanted = {name.strip().casefold() for name in folders}
    return lambda row: not wanted.isdisjoint(path(row).casefold().split(PATH_SEPARATOR))


def _parts(values: Sequence[Value], row: Row) -> Iterator[str]:
    """The categories of a row: of a path each folder."""
    return (part for value in values for part in value(row).split(PATH_SEPARATOR) if part)


def _add(known: Found, more: Found) -> None:
    known.phones += more.phones
    known.emails += more.emails
    known.addresses += more.addresses
    known.attributes += more.attributes
