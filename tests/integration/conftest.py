"""The real parts, started once: a private Asterisk, sipp as the world outside, PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

import pytest

from telemarket.asterisk.ari import AriClient
from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.programs import find_sipp
from telemarket.asterisk.pbx.provide import provide_asterisk
from telemarket.asterisk.pbx.sipp import Sipp
from telemarket.core.database import Database
from telemarket.core.migrate import upgrade
from tests.integration.hall import Hall, clear
from tests.pbx import ROOTFS, install_sounds
from tests.postgres import PrivatePostgres


@pytest.fixture(scope="session")
def pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A running Asterisk of our own; unpacked into var/pbx/rootfs the first time if the machine has none."""
    instance = Instance(tmp_path_factory.mktemp("pbx"), provide_asterisk(ROOTFS, print))
    try:
        yield instance.up()
    finally:
        instance.down()


@pytest.fixture(scope="session")
def sounds_folder(pbx: Instance) -> Path:
    """Everything Telemarket says, installed; kept in var/pbx/sounds."""
    return install_sounds(pbx.asterisk)


FreshInstance = Callable[[Path], Instance]


@pytest.fixture
def fresh_instance() -> Iterator[FreshInstance]:
    """Makes an instance of one's own, not yet started, in the folder given; stopped afterwards."""
    made: list[Instance] = []

    def make(folder: Path) -> Instance:
        made.append(Instance(folder, provide_asterisk(ROOTFS, print)))
        return made[-1]

    yield make
    for instance in made:
        instance.down()


@pytest.fixture
async def sipp(pbx: Instance, tmp_path: Path) -> AsyncIterator[Sipp]:
    """The world outside: callers, and operators' desk phones."""
    async with Sipp(find_sipp(ROOTFS), tmp_path, pbx.sip_address) as world:
        yield world


@pytest.fixture
async def hall(pbx: Instance, sipp: Sipp) -> AsyncIterator[Hall]:
    """People on telephones, brought together over ARI alone."""
    access = pbx.access
    async with (
        AriClient(pbx.ari_url, access.ari_user, access.ari_password, access.app) as ari,
        AsyncExitStack() as parts,
    ):
        await ari.wait_connected()
        yield Hall(pbx, sipp, ari, parts)
        await clear(ari)


SetGlobal = Callable[[str, str], None]


@pytest.fixture
def set_global(pbx: Instance) -> Iterator[SetGlobal]:
    """Sets a global variable of the dialplan until the end of the test."""
    changed: list[str] = []

    def change(name: str, value: str) -> None:
        changed.append(name)
        pbx.command(f"dialplan set global {name} {value}")

    yield change
    for name in changed:
        pbx.command(f'dialplan set global {name} ""')


@pytest.fixture(scope="session")
def postgres() -> Iterator[PrivatePostgres]:
    """A PostgreSQL server of our own."""
    with PrivatePostgres() as server:
        yield server


_databases = count(1)


@pytest.fixture
def postgres_url(postgres: PrivatePostgres) -> str:
    """SQLAlchemy URL of an empty PostgreSQL database."""
    return postgres.create(f"test_{next(_databases)}")


@pytest.fixture(scope="session")
def sqlite_schema(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file with the schema and nothing in it."""
    path = tmp_path_factory.mktemp("schema") / "telemarket.db"
    asyncio.run(_upgraded(f"sqlite+aiosqlite:///{path}"))
    return path.read_bytes()


@pytest.fixture(scope="session")
def postgres_schema(postgres: PrivatePostgres) -> str:
    """Name of a database with the schema and nothing in it."""
    asyncio.run(_upgraded(postgres.create("with_schema")))
    return "with_schema"


async def _upgraded(url: str) -> None:
    database = Database(url)
    try:
        await upgrade(database)
    finally:
        await database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLAlchemy URL of a database, once of each kind; it is empty unless the test has it open as `database` too."""
    has_schema = "database" in request.fixturenames
    if request.param == "sqlite":
        path = tmp_path / "telemarket.db"
        if has_schema:
            path.write_bytes(request.getfixturevalue("sqlite_schema"))
        return f"sqlite+aiosqlite:///{path}"
    postgres: PrivatePostgres = request.getfixturevalue("postgres")
    name = f"test_{next(_databases)}"
    return postgres.create(name, request.getfixturevalue("postgres_schema")) if has_schema else postgres.create(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with the schema and nothing in it, once of each kind."""
    opened = Database(database_url)
    try:
        yield opened
    finally:
        await opened.close()
