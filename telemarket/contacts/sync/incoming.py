"""Records of a backend made ready for the database: cleaned, with a digest, their telephones read."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from telemarket.backend import Record
from telemarket.contacts.fields import phone_row
from telemarket.contacts.records import cleaned
from telemarket.contacts.sync.merging import Merged, Sourced, in_order_of_trust, merge
from telemarket.contacts.writing import Prepared
from telemarket.core.text import trim_line
from telemarket.numbers import NumberingPlan, extract

DIGEST_BYTES = 8
_LONGEST_REASON = 500

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Record)


class Incoming(msgspec.Struct, frozen=True):
    """One record as it will be stored."""

    record: Record
    data: bytes
    digest: bytes


def take_in(records: Iterable[Record]) -> tuple[dict[str, Incoming], list[tuple[str, str]]]:
    """The records by key, the last of several with one key, and those that are none: (key, reason)."""
    taken: dict[str, Incoming] = {}
    refused: list[tuple[str, str]] = []
    for given in records:
        try:
            record = cleaned(given)
        except (AttributeError, TypeError, ValueError) as error:
            refused.append((trim_line(str(getattr(given, "key", "")), 200), str(error)[:_LONGEST_REASON]))
            continue
        data = encode(record)
        taken[record.key] = Incoming(record, data, digest(data))
    return taken, refused


def encode(record: Record) -> bytes:
    """The record as it is stored."""
    return _encoder.encode(record)


def decode(data: bytes) -> Record:
    """The record that was stored."""
    return _decoder.decode(data)


def digest(data: bytes) -> bytes:
    """Equal for equal data: tells whether a record has changed without comparing it."""
    return hashlib.blake2b(data, digest_size=DIGEST_BYTES).digest()


def put_together(records: Iterable[Sourced], trust: Mapping[str, int], plan: NumberingPlan) -> Prepared:
    """What is to be written of a contact of whom all these records are."""
    return prepared(merge(in_order_of_trust(records, trust)), plan)


def prepared(merged: Merged, plan: NumberingPlan) -> Prepared:
    """The row of `contacts` and the rows of the phone index for a merged contact. A telephone without any number
    in it is left out: the record still shows it."""
    values: dict[str, Any] = {
        name: getattr(merged, name) for name in Merged.__struct_fields__ if name not in ("phones",)
    }
    for name in ("emails", "categories"):
        values[name] = list(values[name])
    values["addresses"] = [list(pair) for pair in merged.addresses]
    return Prepared(values=values, phones=phone_rows(merged.phones, plan))


def phone_rows(phones: Sequence[tuple[str, str, str]], plan: NumberingPlan) -> list[dict[str, Any]]:
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for kind, text, backend in phones:
        for number in extract(text, plan):
            row = phone_row(number, kind) | {"origin": backend}
            rows.setdefault((row["digits"], row["extension"]), row)
    return list(rows.values())
