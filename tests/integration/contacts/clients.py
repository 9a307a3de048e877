"""Another program's database of clients, and how the configuration names it."""

import sqlite3
from pathlib import Path
from typing import Any

CLIENTS = [
    ("1", "Новоха Інна", "067 111 22 33", "1100039", "49000.50"),
    ("2", "Коваль Петро", "050 333 44 55", "1100040", "0"),
]


def make_clients(path: Path, clients: list[tuple[str, str, str, str, str]] = CLIENTS) -> None:
    """A database with these clients at `path`."""
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as connection:
        connection.execute('CREATE TABLE clients (id, name, phone, "Поліс", rest)')
        connection.executemany("INSERT INTO clients VALUES (?, ?, ?, ?, ?)", clients)
    connection.close()


def section(path: Path, options: dict[str, Any] | None = None, **keys: Any) -> dict[str, Any]:
    """A section [backends.NAME] for it, with further `options` and keys."""
    given = {
        "url": f"sqlite:///{path}",
        "query": "SELECT id, name, phone, \"Поліс\", 'Стаціонар' AS service, rest, 50000 AS whole FROM clients",
        "limits": [{"service": "service", "amount": "rest", "of_amount": "whole"}],
    }
    return {"kind": "sql", "title": "Поліси", "options": given | (options or {}), **keys}
