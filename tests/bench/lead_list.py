"""A campaign with any number of leads, filled in bulk: the same one every time.

Six leads of ten are ready, two wait, two are closed; most live in the house's zone, some in nine others, half of which
are asleep at NOW.
"""

from datetime import UTC, datetime

import sqlalchemy as sa

from telemarket.calls.views import DialMode
from telemarket.core.database import Database
from telemarket.dialer.campaign_rows import encode_terms
from telemarket.dialer.model import CampaignState, LegalProfile, Terms
from telemarket.dialer.profiles import PROFILES
from telemarket.dialer.tables import campaigns, lead_numbers, leads

NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)  # a Monday, noon in Kyiv
TERMS = Terms(profile=LegalProfile(consent=False, hours=PROFILES["ua"].hours))
CAMPAIGN = 1

_SERIES = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) SELECT i FROM n",
    "postgresql": "SELECT generate_series(1, :count) AS i",
}
_ZONE = """CASE i % 100 WHEN 1 THEN 'Europe/London' WHEN 2 THEN 'Europe/Warsaw' WHEN 3 THEN 'Europe/Berlin'
    WHEN 4 THEN 'Asia/Almaty' WHEN 5 THEN 'America/New_York' WHEN 6 THEN 'America/Chicago'
    WHEN 7 THEN 'America/Los_Angeles' WHEN 8 THEN 'Pacific/Honolulu' WHEN 9 THEN 'Pacific/Auckland'
    ELSE 'Europe/Kyiv' END"""
_LEADS = f"""INSERT INTO leads (id, campaign_id, name, state, zone, rank, due_at, added_at, changed_at)
    SELECT i, {CAMPAIGN}, 'Абонент ' || i,
        CASE WHEN i % 10 < 6 THEN 'ready' WHEN i % 10 < 8 THEN 'waiting' ELSE 'closed' END,
        {_ZONE}, 1 + (i % 1000 * 7919) % 100, :now, :now, :now
    FROM ({{series}}) AS numbered"""  # noqa: S608 - constants
_NUMBERS = f"""INSERT INTO lead_numbers (lead_id, position, number, zone)
    SELECT i, 0, '+380' || (500000000 + i), {_ZONE} FROM ({{series}}) AS numbered"""  # noqa: S608 - constants


async def fill(database: Database, count: int) -> None:
    """Put a campaign of `count` leads into an empty database; indexes are built afterwards, which is faster."""
    kind = "sqlite" if database.is_sqlite else "postgresql"
    indexes = [index for table in (leads, lead_numbers) for index in sorted(table.indexes, key=lambda i: str(i.name))]
    now = sa.bindparam("now", NOW, leads.c.due_at.type)
    async with database.write() as connection:
        for index in indexes:
            await connection.execute(sa.schema.DropIndex(index))
        await connection.execute(sa.text("INSERT INTO projects (id, number, name) VALUES (1, '077', 'Borg')"))
        campaign = {"id": CAMPAIGN, "project_id": 1, "name": "Борги", "mode": DialMode.PROGRESSIVE.value}
        stamps = {"created_at": NOW, "updated_at": NOW, "state": CampaignState.RUNNING.value}
        await connection.execute(campaigns.insert().values(**campaign, **stamps, terms=encode_terms(TERMS)))
        series = _SERIES[kind]
        filling = sa.text(_LEADS.format(series=series)).bindparams(now)
        await connection.execute(filling, {"count": count})
        await connection.execute(sa.text(_NUMBERS.format(series=series)), {"count": count})
        for index in indexes:
            await connection.execute(sa.schema.CreateIndex(index))
    async with database.write() as connection:
        await connection.execute(sa.text("ANALYZE"))
