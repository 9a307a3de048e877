"""A house that writes to its customers, on each kind of database."""

import pytest

from telemarket.core.database import Database
from tests.integration.dialer.telling.post import PostHouse


@pytest.fixture
async def house(database: Database) -> PostHouse:
    """A house with a template for either channel, whose results send them."""
    house = PostHouse(database)
    await house.open()
    await house.write_templates()
    return house
