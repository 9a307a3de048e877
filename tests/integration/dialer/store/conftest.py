"""A house on each kind of database."""

import pytest

from telemarket.core.database import Database
from tests.integration.dialer.store.house import House


@pytest.fixture
def house(database: Database) -> House:
    """A house with nothing in it yet."""
    return House(database)
