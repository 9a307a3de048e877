from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from telemarket.adapters.domino import http, snapshot
from tests.fakes.domino import DominoServer, clients, domino
from tests.integration.adapters.domino.support import House


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (http, snapshot):
        monkeypatch.setattr(module, "jittered", lambda *_, **__: 0.0)


@pytest.fixture
async def server() -> AsyncIterator[DominoServer]:
    async with domino(clients(250)) as running:
        yield running


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    yield house
    await house.close()
