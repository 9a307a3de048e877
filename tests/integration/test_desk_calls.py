"""The list of calls, one call, and its recording."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from telemarket.calls.tables import calls
from telemarket.casework.call_log import CallFilter
from telemarket.core.tables import audit_log
from tests.desk import Desk, running_desk, signed_in

SOUND = bytes(range(256)) * 40


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        folder = running.services.settings.recordings_dir
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "old-1.wav").write_bytes(SOUND)
        (folder / "old-0.wav").write_bytes(SOUND)
        yield running


async def test_operators_see_their_own_calls_and_seniors_all(desk: Desk) -> None:
    async with signed_in(desk) as operator, signed_in(desk, "iryna") as supervisor:
        own = (await operator.get("/calls")).text
        assert "/calls/old-1" in own
        assert "/calls/old-0" not in own
        everything = (await supervisor.get("/calls")).text
        assert "/calls/old-0" in everything
        assert (await operator.get("/calls?operator=2")).text.count("/calls/old-0") == 0
        assert (await operator.get("/calls/old-0")).status_code == 403


async def test_filters_narrow_the_list(desk: Desk) -> None:
    async with signed_in(desk, "iryna") as supervisor:
        for query in ("result=abandoned", "project=99", "day=2001-01-01", f"operator={desk.senior.id}"):
            assert "/calls/old-" not in (await supervisor.get(f"/calls?{query}")).text
        assert (await supervisor.get("/calls?day=yesterday")).status_code == 422
        assert (await supervisor.get("/calls?project=all")).status_code == 422


async def test_pages_of_the_list_neither_skip_nor_repeat(desk: Desk) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        {"id": f"same-{n:03}", "arrived_at": moment + timedelta(seconds=n // 10), "project_id": 1, "agent_id": 1}
        for n in range(130)
    ]
    async with desk.database.write() as connection:
        await connection.execute(calls.insert(), rows)
    seen: list[str] = []
    before = None
    while page := await desk.services.call_log.find(CallFilter(until=moment + timedelta(days=1)), before, 50):
        seen += [record.id for record in page]
        before = page[-1].cursor
    assert seen == sorted((row["id"] for row in rows), reverse=True)
    async with signed_in(desk, "iryna") as supervisor:
        first = (await supervisor.get("/calls")).text
        assert "more-calls" in first


async def test_a_call_says_why_it_went_to_this_operator(desk: Desk) -> None:
    async with signed_in(desk) as operator:
        page = (await operator.get("/calls/old-1/timeline")).text
    assert "Чому саме цей оператор?" in page
    assert "1:24" in page
    assert "Ірина Бондар" in page
    assert "Тарас Коваль" in page
    assert "не відповів" in page


async def test_a_recording_plays_from_any_place_and_listening_is_audited(desk: Desk) -> None:
    async with signed_in(desk) as operator:
        part = await operator.get("/recordings/old-1", headers={"Range": "bytes=100-199"})
        assert (part.status_code, part.content) == (206, SOUND[100:200])
        assert part.headers["content-range"] == f"bytes 100-199/{len(SOUND)}"
        whole = await operator.get("/recordings/old-1")
        assert (whole.status_code, whole.content) == (200, SOUND)
        assert "no-store" in whole.headers["cache-control"]
    query = sa.select(audit_log.c.user_id, audit_log.c.subject).where(audit_log.c.action == "recording.play")
    async with desk.database.read() as connection:
        assert [tuple(row) for row in await connection.execute(query)] == [(desk.operator.id, "old-1")] * 2


async def test_other_operators_recordings_are_for_seniors(desk: Desk) -> None:
    async with signed_in(desk) as operator, signed_in(desk, "iryna") as supervisor:
        assert (await operator.get("/recordings/old-0")).status_code == 403
        assert (await supervisor.get("/recordings/old-0")).status_code == 200


@pytest.mark.parametrize("name", ["../telemarket.db", "/etc/hostname", "..", "", "missing.wav", "link.wav"])
async def test_no_name_in_the_store_reaches_outside_the_folder(desk: Desk, name: str) -> None:
    folder = desk.services.settings.recordings_dir
    (folder / "link.wav").symlink_to("/etc/hostname")
    async with desk.database.write() as connection:
        await connection.execute(calls.update().where(calls.c.id == "old-1").values(recording=name))
    async with signed_in(desk) as operator:
        assert (await operator.get("/recordings/old-1")).status_code == 404


async def test_contacts_are_found_and_kept(desk: Desk) -> None:
    async with signed_in(desk) as operator:
        assert "Новоха" in (await operator.get("/contacts?q=новох")).text
        assert "Мельник" in (await operator.get("/contacts?q=3334455")).text
        fields = {"name": "Новоха Інна", "company": "СК Здорово", "phone_kind": "mobile", "phone": "067 234 56 78"}
        saved = await operator.post(f"/contacts/{desk.inna.id}", data=fields)
        assert "Новоха Інна" in saved.text
        refused = await operator.post(
            f"/contacts/{desk.inna.id}", data={**fields, "phone": "немає"}, headers={"HX-Request": "true"}
        )
        assert (refused.status_code, refused.json()["field"]) == (422, "phones")
    kept = await desk.services.contacts.get(desk.inna.id)
    assert (kept.name, kept.vip, len(kept.phones)) == ("Новоха Інна", False, 1)
    assert kept.attributes == desk.inna.attributes, "what the form does not show stays"


async def test_a_test_call_is_placed_from_the_contact_chosen(desk: Desk) -> None:
    async with signed_in(desk) as operator:
        assert "Новоха" in (await operator.get("/demo/contacts")).text
        assert (await operator.post("/demo/call", data={"contact_id": str(desk.inna.id)})).status_code == 200
    assert desk.demo_calls == [desk.inna.id]
