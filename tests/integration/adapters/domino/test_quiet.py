"""Access Services can say that nothing has changed: the view is not read again, then."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from telemarket.backend import CursorRefused
from tests.fakes.domino import DominoServer
from tests.integration.adapters.domino.support import House, all_of, kept, records_of


@pytest.fixture(autouse=True)
def long_unchanged(server: DominoServer) -> None:
    for document in server.database.documents.values():
        document.modified = datetime.now(UTC) - timedelta(hours=1)


async def cursor_of(server: DominoServer, house: House, **options: Any) -> str:
    return (await all_of(house.open(server.options("das", **options))))[-1].cursor


async def test_a_view_at_rest_is_not_read_again(server: DominoServer, house: House) -> None:
    cursor = await cursor_of(server, house)
    server.asked.clear()
    (batch,) = await all_of(house.open(server.options("das")), cursor)
    assert not batch.snapshot
    assert not batch.records
    assert batch.cursor
    assert len(server.asked) == 2


async def test_a_change_is_noticed(server: DominoServer, house: House) -> None:
    cursor = await cursor_of(server, house)
    changed = server.database.save("client 7", FullName="Марія")
    batches = await all_of(house.open(server.options("das")), cursor)
    assert {record.key: record.name for record in records_of(batches)}[changed.unid] == "Марія"


async def test_a_deletion_is_noticed(server: DominoServer, house: House) -> None:
    cursor = await cursor_of(server, house)
    gone = server.database.save("client 7")
    server.database.delete(gone)
    assert gone.unid not in kept(await all_of(house.open(server.options("das")), cursor))


async def test_once_a_day_the_view_is_read_all_the_same(server: DominoServer, house: House) -> None:
    cursor = await cursor_of(server, house)
    house.now += timedelta(hours=24)
    assert len(records_of(await all_of(house.open(server.options("das")), cursor))) == 250


async def test_other_settings_read_the_view_anew(server: DominoServer, house: House) -> None:
    cursor = await cursor_of(server, house)
    renamed = house.open(server.options("das", columns={"CompanyName": "name"}))
    assert {record.name for record in records_of(await all_of(renamed, cursor))} == {"ТОВ «Роги та копита»"}


async def test_a_foreign_cursor_is_refused(server: DominoServer, house: House) -> None:
    with pytest.raises(CursorRefused):
        await all_of(house.open(server.options("das")), "42")
