"""The recordings of a call centre, on each kind of database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from telemarket.core.database import Database
from tests.integration.recordings.support import House


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> AsyncIterator[House]:
    house = House(database, tmp_path / "recordings")
    await house.prepare()
    try:
        yield house
    finally:
        await house.close()
