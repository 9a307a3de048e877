"""What a backend said, made safe: every text cut and free of control characters, every list of bounded length."""

from collections.abc import Sequence

import msgspec

from telemarket.backend import Limit, Record, Service
from telemarket.contacts.model import ADDRESS_KINDS, PHONE_KINDS
from telemarket.core.text import trim_line

LONGEST_KEY = 200
_LONGEST_VALUE = 500
_LONGEST_URL = 2000
_MOST_VALUES = 50
_SCHEMES = ("https://", "http://", "notes://")  # a link to anything else (javascript:) is dropped


def cleaned(record: Record) -> Record:
    """The same record, fit to be stored and shown; raises TypeError or ValueError for anything that is no record."""
    if not isinstance(record, Record):
        raise TypeError(f"{type(record).__name__} is no Record")
    _check_key(record.key)
    return Record(
        key=record.key,
        kind="company" if record.kind == "company" else "person",
        name=trim_line(record.name, 200),
        company=trim_line(record.company, 200),
        company_key=trim_line(record.company_key, LONGEST_KEY),
        position=trim_line(record.position, 200),
        phones=_pairs(record.phones, PHONE_KINDS),
        emails=tuple(text for each in record.emails[:_MOST_VALUES] if (text := trim_line(each, 254))),
        addresses=_pairs(record.addresses, ADDRESS_KINDS),
        site=trim_line(record.site, _LONGEST_VALUE),
        region=trim_line(record.region, 200),
        categories=tuple(text for each in record.categories[:_MOST_VALUES] if (text := trim_line(each, 80))),
        attributes=tuple(
            (name, text)
            for label, value in record.attributes[:_MOST_VALUES]
            if (name := trim_line(label, 80)) and (text := trim_line(value, _LONGEST_VALUE))
        ),
        limits=tuple(map(_limit, record.limits[:_MOST_VALUES])),
        url=record.url if record.url.startswith(_SCHEMES) and len(record.url) <= _LONGEST_URL else "",
    )


def cleaned_service(service: Service) -> Service:
    """The same service, fit to be stored and shown; raises TypeError or ValueError for anything that is no service."""
    if not isinstance(service, Service):
        raise TypeError(f"{type(service).__name__} is no Service")
    _check_key(service.key)
    if not (name := trim_line(service.name, 300)):
        raise ValueError("the service has no name")
    lengths = {"code": 80, "group": 300, "provider": 300, "currency": 20, "unit": 40}
    texts = {field: trim_line(getattr(service, field), length) for field, length in lengths.items()}
    return msgspec.structs.replace(service, name=name, **texts)


def _check_key(key: str) -> None:
    if not key.isprintable() or not 0 < len(key) <= LONGEST_KEY:
        raise ValueError(f"the key is empty, longer than {LONGEST_KEY} characters or not printable")


def _pairs(given: Sequence[tuple[str, str]], kinds: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Pairs of a kind (empty: to be guessed) and a text, without those that say nothing."""
    return tuple(
        (kind if kind in kinds else "", text)
        for kind, value in given[:_MOST_VALUES]
        if (text := trim_line(value, _LONGEST_VALUE))
    )


def _limit(limit: Limit) -> Limit:
    texts = ("service", "provider", "contract", "unit", "quantity_unit")
    return msgspec.structs.replace(limit, **{name: trim_line(getattr(limit, name), 200) for name in texts})
