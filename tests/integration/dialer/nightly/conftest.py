"""A house with nights on each kind of database."""

import pytest

from telemarket.core.database import Database
from tests.integration.dialer.nightly.night import NightHouse


@pytest.fixture
async def house(database: Database) -> NightHouse:
    """A house with two operators, a specialist and a supervisor, who serve its project."""
    house = NightHouse(database)
    await house.open()
    return house
