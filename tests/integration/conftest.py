"""The real parts, started once: a private Asterisk, sipp as the world outside, PostgreSQL."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.programs import find_sipp
from telemarket.asterisk.pbx.provide import provide_asterisk
from telemarket.asterisk.pbx.sipp import Sipp
from tests.postgres import PrivatePostgres

ROOTFS = Path(__file__).parents[2] / "var/pbx/rootfs"


@pytest.fixture(scope="session")
def pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A running Asterisk of our own; unpacked into var/pbx/rootfs the first time if the machine has none."""
    instance = Instance(tmp_path_factory.mktemp("pbx"), provide_asterisk(ROOTFS, print))
    try:
        yield instance.up()
    finally:
        instance.down()


@pytest.fixture
def sipp(pbx: Instance, tmp_path: Path) -> Sipp:
    """The world outside: callers, and operators' desk phones."""
    return Sipp(find_sipp(ROOTFS), tmp_path, pbx.sip_address)


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


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLAlchemy URL of an empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'telemarket.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
