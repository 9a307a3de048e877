"""How long an operator waits for whom he types, among many contacts and among a thousand.

JSON, for each of `sqlite` and `postgresql`: `contacts` ($TELEMARKET_BENCH_CONTACTS, else a million), `index_us` (what
it takes to index one contact), `searches` (each text with its `p50_ms` and how many it `found`), `p50_ms` and `p99_ms`
of all of them, `thousand` (the same two with a thousand contacts) and `p50_ratio` (many to a thousand).
"""

import os
import random
import time
from collections.abc import Iterator
from itertools import islice
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
import uvloop

from telemarket.contacts.full_text import index_portion
from telemarket.contacts.search import ContactFilter, ContactSearch
from telemarket.contacts.tables import contact_search_due, contacts
from telemarket.core.database import Database
from telemarket.core.migrate import upgrade
from telemarket.numbers import NumberingPlan
from tests.bench.phone_index import CHUNK, NOW
from tests.postgres import PrivatePostgres

MANY, FEW = int(os.environ.get("TELEMARKET_BENCH_CONTACTS", "1000000")), 1_000
ROUNDS, PAGE = 20, 50
FIRST = ("Іван", "Петро", "Микола", "Олександр", "Андрій", "Марія", "Олена", "Наталія", "Ірина", "Юлія", "Анна", "Юрій")
FATHER = ("Іванович", "Петрович", "Миколайович", "Олександрович", "Іванівна", "Петрівна", "Юріївна", "Андріївна")
ROOTS = ("Петр", "Шевч", "Коваль", "Бонд", "Ткач", "Кравч", "Мельн", "Іван", "Лис", "Мороз", "Савч", "Гонч", "Сид")
ENDS = ("енко", "ук", "чук", "ський", "ич", "ець", "ів", "ова", "ська")
CITIES = ("Київ", "Харків", "Одеса", "Дніпро", "Львів", "Полтава", "Суми", "Рівне")
TEXTS = (
    *("іван пет", "олександр", "петр", "петренко іван", "schewtschenko", "shev yur", "gjknfd", "тов 77"),
    *("ivan.petrenko@example.com", "1104", "АА-1104729", "франка 12 київ", "щщщ"),
)


def run() -> dict[str, Any]:
    """Measure both databases."""
    return uvloop.run(_run())


async def _run() -> dict[str, Any]:
    results: dict[str, Any] = {}
    with PrivatePostgres() as server, TemporaryDirectory() as folder:
        for name, many, few in (
            ("sqlite", f"sqlite+aiosqlite:///{folder}/many.db", f"sqlite+aiosqlite:///{folder}/few.db"),
            ("postgresql", server.create("many"), server.create("few")),
        ):
            thousand, crowd = await _measured(few, FEW), await _measured(many, MANY)
            del thousand["searches"]
            ratio = round(crowd["p50_ms"] / thousand["p50_ms"], 2)
            results[name] = {**crowd, "thousand": thousand, "p50_ratio": ratio}
            _print(name, results[name])
    return results


async def _measured(url: str, count: int) -> dict[str, Any]:
    print(f"filling {url.partition('+')[0]} with {count:,} contacts…", flush=True)
    database = Database(url)
    try:
        await upgrade(database)
        seconds = await _fill(database, count)
        search = ContactSearch(database, NumberingPlan())
        searches = [await _searched(search, text) for text in TEXTS]
    finally:
        await database.close()
    every = [each for one in searches for each in one.pop("times")]
    parts = quantiles(every, n=100)
    return {
        "contacts": count,
        "index_us": round(seconds / count * 1e6, 1),
        "searches": searches,
        "p50_ms": round(parts[49], 2),
        "p99_ms": round(parts[98], 2),
    }


async def _fill(database: Database, count: int) -> float:
    """Contacts, and then their full text; returns the seconds of the latter."""
    rows = _rows(count)
    while chunk := list(islice(rows, CHUNK)):
        async with database.write() as connection:
            await connection.execute(contacts.insert(), chunk)
    async with database.write() as connection:
        await connection.execute(contact_search_due.insert().values(first_id=1, last_id=count))
    started = time.perf_counter()
    while await index_portion(database):
        pass
    seconds = time.perf_counter() - started
    async with database.write() as connection:
        await connection.execute(sa.text("ANALYZE"))
    return seconds


def _rows(count: int) -> Iterator[dict[str, Any]]:
    dice = random.Random(1)
    for number in range(1, count + 1):
        first, last = dice.choice(FIRST), dice.choice(ROOTS) + dice.choice(ENDS)
        city = dice.choice(CITIES)
        yield {
            "id": number,
            "name": f"{last} {first} {dice.choice(FATHER)}",
            "company": f"ТОВ «Фірма {number % 50_000}»" if number % 3 == 0 else "",
            "emails": [f"{first}.{last}{number % 97}@example.com"],
            "addresses": [["home", f"{city}, вул. Франка, {number % 200}"]],
            "region": city,
            "categories": [],
            "attributes": {"Поліс": f"АА-{1_000_000 + number * 104_729 % 90_000_000}"},
            "origins": {},
            "created_at": NOW,
            "updated_at": NOW,
        }


async def _searched(search: ContactSearch, text: str) -> dict[str, Any]:
    times, count = [], 0
    for _ in range(ROUNDS):
        started = time.perf_counter()
        found = await search.find(ContactFilter(text=text), PAGE)
        times.append((time.perf_counter() - started) * 1000)
        count = found.count or 0
    return {"text": text, "p50_ms": round(median(times), 2), "found": count, "times": times}


def _print(name: str, result: dict[str, Any]) -> None:
    for one in result["searches"]:
        print(f"{name:<12}{one['text']:<28}{one['found']:>5}{one['p50_ms']:>10.2f} ms")
    print(f"{name:<12}p50 {result['p50_ms']} ms, p99 {result['p99_ms']} ms, index {result['index_us']} µs a contact")
