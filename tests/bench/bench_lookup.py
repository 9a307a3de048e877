"""How long it takes to know who is calling, with a thousand, a million and ten million contacts.

JSON, for each of `sqlite` and `postgresql` a list, a size each: `contacts`, `lookups` (in a round), `p50_ms`, `p99_ms`
and `cpu_ms` (this process, per look-up), `known` (share of callers found) and `p50_ratio` (to a thousand contacts). Of
several rounds the quietest counts: what else the machine does can only add. Filling takes most of the time, and about
ten gigabytes below var/bench and in PostgreSQL's folder.
"""

import inspect
import random
import time
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import quantiles
from typing import Any

import uvloop
from sqlalchemy.schema import CreateTable

from telemarket.contacts.service import ContactService
from telemarket.contacts.tables import contacts, phones
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.migrate import upgrade
from telemarket.numbers import NumberingPlan
from tests.bench import phone_index
from tests.postgres import PrivatePostgres

SIZES = (1_000, 1_000_000, 10_000_000)
ROUNDS, LOOKUPS = 8, 2_500
REMEMBERED = 500_000  # numbers callers are drawn from
UNKNOWN = 0.2  # share of callers nobody knows
CACHE = Path(__file__).parents[2] / "var" / "bench"


def run() -> dict[str, Any]:
    """Measure both databases."""
    return uvloop.run(_run())


async def _run() -> dict[str, Any]:
    results: dict[str, Any] = {"sqlite": [], "postgresql": []}
    with PrivatePostgres() as server:
        for count in SIZES:
            callers = list(_callers(count))
            urls = {"sqlite": await _cached(count), "postgresql": await _prepare(server.create(f"n{count}"), count)}
            for name, url in urls.items():
                measured = await _measure(url, count, callers)
                first = results[name][0] if results[name] else measured
                results[name].append(measured | {"p50_ratio": round(measured["p50_ms"] / first["p50_ms"], 2)})
    _print(results)
    return results


async def _cached(count: int) -> str:
    """So many contacts in SQLite, kept for the next time until the schema or the filling changes."""
    recipe = inspect.getsource(phone_index) + "".join(str(CreateTable(table)) for table in (contacts, phones))
    path = CACHE / f"lookup-{count}-{zlib.crc32(recipe.encode()):08x}.db"
    if not path.exists():
        half_done = path.with_suffix(".new")
        half_done.unlink(missing_ok=True)
        await _prepare(f"sqlite+aiosqlite:///{half_done}", count)
        half_done.rename(path)
    return f"sqlite+aiosqlite:///{path}"


async def _prepare(url: str, count: int) -> str:
    print(f"filling {url.partition('+')[0]} with {count:,} contacts…", flush=True)
    database = Database(url)
    await upgrade(database)
    await phone_index.fill(database, count)
    await database.close()
    return url


async def _measure(url: str, count: int, callers: list[list[str]]) -> dict[str, Any]:
    database = Database(url)
    service = ContactService(database, NumberingPlan(), utc_now)
    rounds = [await _round(service, each) for each in callers]
    await database.close()
    quietest = min(rounds[1:], key=lambda measures: measures["p99_ms"])  # the first one warms up
    return {"contacts": count, "lookups": LOOKUPS, **quietest}


async def _round(service: ContactService, callers: list[str]) -> dict[str, float]:
    seconds: list[float] = []
    found = 0
    cpu = time.process_time()
    for ani in callers:
        started = time.perf_counter()
        match = await service.match(ani)
        seconds.append(time.perf_counter() - started)
        found += bool(match.candidates)
    cpu = time.process_time() - cpu
    parts = quantiles(seconds, n=100)
    return {
        "known": round(found / len(callers), 3),
        "p50_ms": round(parts[49] * 1000, 3),
        "p99_ms": round(parts[98] * 1000, 3),
        "cpu_ms": round(cpu / len(callers) * 1000, 3),
    }


def _callers(count: int) -> Iterator[list[str]]:
    """For each round, numbers as the line writes them: drawn from the whole index, and some of nobody."""
    dice = random.Random(2)
    step = max(1, count // REMEMBERED)
    known = [row["digits"] for row in islice(phone_index.phone_rows(count), 0, None, step)]
    shapes = ("+{0}".format, lambda digits: f"0{digits[3:]}", str)
    for _ in range(ROUNDS):
        strangers = (f"38098{n:07}" for n in dice.choices(range(10**7), k=LOOKUPS))
        digits = [stranger if dice.random() < UNKNOWN else dice.choice(known) for stranger in strangers]
        yield [dice.choice(shapes)(each) for each in digits]


def _print(results: dict[str, Any]) -> None:
    print(f"{'database':<12}{'contacts':>10}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'known':>8}")
    for name, rows in results.items():
        for row in rows:
            print(
                f"{name:<12}{row['contacts']:>10,}{row['p50_ms']:>9.3f}{row['p99_ms']:>9.3f}"
                f"{row['cpu_ms']:>9.3f}{row['known']:>8.1%}"
            )
