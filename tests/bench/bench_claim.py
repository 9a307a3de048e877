"""How long it takes to claim fifty leads, of a thousand, a million and ten million.

JSON, for each of `sqlite` and `postgresql` a list, a size each: `leads`, `claims`, `p50_ms` and `p99_ms` of a claim of
fifty, `p50_ratio` (to a thousand leads), and `leads_a_minute`: how many leads one daemon claims, looks at again, has
dialed and settles in a minute, one after the other. Filling takes most of the time, and five gigabytes in the temporary
folder, given back in the end.
"""

import tempfile
import time
from pathlib import Path
from statistics import quantiles
from typing import Any

import sqlalchemy as sa
import uvloop

from telemarket.core.database import Database
from telemarket.core.migrate import upgrade
from telemarket.dialer.campaigns import CampaignService
from telemarket.dialer.claiming import Claims
from telemarket.dialer.model import Ended, Outcome
from telemarket.dialer.settling import Settling
from telemarket.dialer.tables import attempts, leads
from tests.bench import lead_list
from tests.postgres import PrivatePostgres

SIZES = (1_000, 1_000_000, 10_000_000)
WANTED = 50
CLAIMS = 8  # before the leads of the least list are used up, and are given back
ROUNDS = 15
CYCLES = 300  # leads that are claimed, dialed and settled


def run() -> dict[str, Any]:
    """Measure both databases."""
    return uvloop.run(_run())


async def _run() -> dict[str, Any]:
    results: dict[str, Any] = {"sqlite": [], "postgresql": []}
    with PrivatePostgres() as server, tempfile.TemporaryDirectory(prefix="telemarket-claim-") as folder:
        for count in SIZES:
            file = Path(folder) / f"{count}.db"
            for name, url in (("sqlite", f"sqlite+aiosqlite:///{file}"), ("postgresql", server.create(f"n{count}"))):
                measured = await _measure(url, count)
                first = results[name][0] if results[name] else measured
                results[name].append(measured | {"p50_ratio": round(measured["p50_ms"] / first["p50_ms"], 2)})
            file.unlink()
    _print(results)
    return results


async def _measure(url: str, count: int) -> dict[str, Any]:
    print(f"filling {url.partition('+')[0]} with {count:,} leads…", flush=True)
    database = Database(url)
    try:
        await upgrade(database)
        await lead_list.fill(database, count)
        seconds = [each for _ in range(ROUNDS) for each in await _round(database)]
        parts = quantiles(seconds[CLAIMS:], n=100)  # the first round warms up
        return {
            "leads": count,
            "claims": len(seconds) - CLAIMS,
            "p50_ms": round(parts[49] * 1000, 2),
            "p99_ms": round(parts[98] * 1000, 2),
            "leads_a_minute": round(60 / await _cycle(database)),
        }
    finally:
        await database.close()


async def _round(database: Database) -> list[float]:
    """The seconds of each claim, until the least list has no more."""
    claims, campaign = await _daemon(database)
    seconds = []
    for _ in range(CLAIMS):
        started = time.perf_counter()
        claimed = await claims.claim(campaign, WANTED)
        seconds.append(time.perf_counter() - started)
        assert len(claimed) == WANTED
    await _give_back(database)
    return seconds


async def _cycle(database: Database) -> float:
    """Seconds that one lead takes, from its claim to its end."""
    claims, campaign = await _daemon(database)
    settling = Settling(database, lambda: lead_list.NOW)
    started = time.perf_counter()
    for _ in range(CYCLES // WANTED):
        for attempt in await claims.claim(campaign, WANTED):
            assert await claims.recheck(attempt) is None
            await claims.dialed(attempt.id)
            await settling.ended(Ended(attempt_id=attempt.id, outcome=Outcome.NO_ANSWER, at=lead_list.NOW))
    return (time.perf_counter() - started) / CYCLES


async def _daemon(database: Database) -> tuple[Claims, Any]:
    campaign = await CampaignService(database, lambda: lead_list.NOW).get(lead_list.CAMPAIGN)
    return Claims(database, lambda: lead_list.NOW, "bench", "Europe/Kyiv"), campaign


async def _give_back(database: Database) -> None:
    async with database.write() as connection:
        free = leads.update().where(leads.c.state == sa.literal_column("'claimed'"))
        await connection.execute(free.values(state="ready", lease_until=None, owner="", attempt_id=""))
        await connection.execute(attempts.delete())


def _print(results: dict[str, Any]) -> None:
    print(f"{'database':<12}{'leads':>12}{'p50 ms':>9}{'p99 ms':>9}{'ratio':>7}{'leads a minute':>16}")
    for name, rows in results.items():
        for row in rows:
            print(
                f"{name:<12}{row['leads']:>12,}{row['p50_ms']:>9.2f}{row['p99_ms']:>9.2f}{row['p50_ratio']:>7.2f}"
                f"{row['leads_a_minute']:>16,}"
            )
