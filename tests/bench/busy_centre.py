"""A call centre for load: many contacts, some with a past, and many operators already signed in."""

import hashlib
import random
import secrets
from datetime import timedelta
from itertools import islice

from telemarket.asterisk.pbx.endpoints import Operator, write_endpoints
from telemarket.asterisk.pbx.sipp import Run
from telemarket.calls.projects import ProjectService
from telemarket.calls.tables import calls
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.tables import sessions, users
from tests.bench import phone_index
from tests.integration.centre import Centre

CONTACTS = 100_000
CALLERS = 2_000  # contacts that call
PAST_CALLS = 3  # of each of them
COOKIE = "telemarket"


def endpoints(operators: int) -> list[str]:
    """The operators' telephones, as PJSIP knows them."""
    return [f"op{number}" for number in range(1, operators + 1)]


async def fill(centre: Centre, operators: int, phone: Run) -> list[str]:
    """Put contacts and operators into a prepared `centre`; every telephone is `phone`. Returns session cookies."""
    await phone_index.fill(centre.database, CONTACTS)
    await _add_past(centre.database)
    cookies = await _add_operators(centre.database, endpoints(operators))
    telephones = [Operator(endpoint=name, kind="static", contact=phone.contact) for name in endpoints(operators)]
    write_endpoints(centre.pbx.endpoints_file, telephones)
    centre.pbx.reload_pjsip()
    return cookies


def callers() -> list[str]:
    """Numbers of contacts, as the line writes them; the same every time."""
    return [number for _, number in _callers()]


def _callers() -> list[tuple[int, str]]:
    """Contact and number, spread over the whole index."""
    rows = phone_index.phone_rows(CONTACTS)
    one_each = islice(rows, 0, None, CONTACTS // CALLERS)
    found = [(row["contact_id"], row["digits"]) for row in one_each][:CALLERS]
    random.Random(3).shuffle(found)
    return found


async def _add_past(database: Database) -> None:
    now = utc_now()
    past = [
        {
            "id": f"past-{contact_id}-{number}",
            "project_id": 1,
            "ani": ani,
            "contact_id": contact_id,
            "agent_id": None,
            "arrived_at": now - timedelta(days=number),
            "answered_at": now - timedelta(days=number, seconds=-10),
            "ended_at": now - timedelta(days=number, seconds=-100),
            "result": "answered",
            "ended_by": "caller",
        }
        for contact_id, ani in _callers()
        for number in range(1, PAST_CALLS + 1)
    ]
    async with database.write() as connection:
        await connection.execute(calls.insert(), past)


async def _add_operators(database: Database, names: list[str]) -> list[str]:
    """Operators, and sessions of theirs: signing in, which is slow by design, is not what is measured."""
    now = utc_now()
    tokens = [secrets.token_urlsafe(32) for _ in names]
    async with database.write() as connection:
        people = [
            {
                "login": name,
                "name": f"Оператор {name}",
                "password_hash": "none",
                "role": "operator",
                "telephone": "phone",
                "endpoint": name,
            }
            for name in names
        ]
        added = await connection.execute(users.insert().returning(users.c.id, sort_by_parameter_order=True), people)
        rows = [
            {
                "token_hash": hashlib.sha256(token.encode()).digest(),
                "user_id": user_id,
                "created_at": now,
                "expires_at": now + timedelta(hours=12),
            }
            for token, user_id in zip(tokens, added.scalars(), strict=True)
        ]
        await connection.execute(sessions.insert(), rows)
    await ProjectService(database).change_operators("077", add=names)
    return [f"{COOKIE}={token}" for token in tokens]
