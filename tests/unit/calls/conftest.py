"""The small call centre of the engine's tests."""

import pytest

from tests.fakes.room import Room


@pytest.fixture
def room() -> Room:
    return Room()
