"""The insurer's own database, a backend of the demonstration: what is left of each service of the medical clients."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from random import Random

from telemarket.demo.centre import MEDICAL
from telemarket.demo.clients import make_clients

_SEED = 41
_SERVICES = (
    ("Стаціонар", "Клініка АОН", 50_000),
    ("Поліклініка", "Медичний центр «Борис»", 20_000),
    ("Стоматологія", "Стоматологія «Усмішка»", 6_000),
)
_QUERY = (
    "SELECT policy AS id, client AS name, telephone AS mobile, service, provider, rest, whole, 'грн' AS currency "
    "FROM limits ORDER BY policy"
)
_LIMIT = {"service": "service", "provider": "provider", "amount": "rest", "of_amount": "whole", "unit": "currency"}


def make_insurer(path: Path, today: date) -> None:
    """Make the SQLite database `path` anew."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE limits (policy, client, telephone, service, provider, rest, whole)")
        connection.executemany("INSERT INTO limits VALUES (?, ?, ?, ?, ?, ?, ?)", _rows(today))


def sections(path: Path) -> dict[str, Mapping[str, str | int | bool]]:
    """The configuration of it as a backend, by section."""
    return {
        "backends.insurer": {"kind": "sql", "title": "База страховика", "every": 300},
        "backends.insurer.options": {"url": f"sqlite:///{path}", "query": _QUERY},
        "[backends.insurer.options.limits]": _LIMIT,
    }


def _rows(today: date) -> Iterator[tuple[str, str, str, str, str, int, int]]:
    chance = Random(_SEED)  # noqa: S311 - the same at every start, and no secret
    for client in make_clients(today):
        if client.project != MEDICAL.number:
            continue
        for service, provider, whole in _SERVICES:
            rest = whole * chance.choice((0, 15, 40, 75, 100, 100)) // 100
            name, number = str(client.fields.name), client.phones[0][1]
            yield client.details["policy"], name, number, service, provider, rest, whole
