"""The task board's pages: who sees, hears and changes what."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from telemarket.calls.tables import calls
from telemarket.casework.tables import requests
from telemarket.core.clock import utc_now
from telemarket.core.tables import audit_log
from tests.desk import INNA, Desk, running_desk, signed_in
from tests.integration.test_desk_recordings import add

MESSAGE = "Голосове повідомлення, 0:10"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Inna has left a voice message of ten seconds in the project 077, which Olena and Taras serve."""
    async with running_desk(tmp_path) as running:
        await add(running, "vm-1", None)
        await leave_message(running, "vm-1")
        yield running


async def leave_message(desk: Desk, call_id: str, *, ani: str = INNA, project_id: int = 1) -> None:
    now = utc_now()
    contact_id = desk.inna.id if ani else None
    call = {"ani": ani, "arrived_at": now, "ended_at": now, "result": "voicemail", "recording": f"{call_id}.wav"}
    note = {"text": MESSAGE, "origin": "voicemail", "created_at": now, "updated_at": now}
    both = {"contact_id": contact_id, "project_id": project_id}
    async with desk.database.write() as connection:
        await connection.execute(calls.insert().values(id=call_id, **call, **both))
        await connection.execute(requests.insert().values(call_id=call_id, **note, **both))


async def shown(client: httpx.AsyncClient, query: str = "") -> list[str]:
    page = await client.get(f"/requests{query}", headers={"HX-Request": "true"})
    assert page.status_code == 200
    return re.findall(r'id="task-(\d+)"', page.text)


async def status(client: httpx.AsyncClient, number: int = 4) -> str:
    page = (await client.get("/requests")).text
    return page.split(f'id="task-{number}"')[1].split("</li>")[0]


async def version(client: httpx.AsyncClient) -> str:
    found = re.search(r'"version": "([^"]+)"', await status(client))
    assert found is not None
    return found[1]


async def test_an_operator_sees_what_is_to_be_done_and_finds_the_page_in_the_rail(desk: Desk) -> None:
    async with signed_in(desk) as operator:
        page = (await operator.get("/requests")).text
        assert 'id="nav-requests"' in page
        assert await shown(operator) == ["4", "1"]  # the message, and what was waiting; not what is done
        assert await shown(operator, "?only=voicemail") == ["4"]
        assert await shown(operator, "?whose=mine") == ["1"]
        assert await shown(operator, "?state=done") == ["3", "2"]
        assert await shown(operator, "?only=overdue") == []
        assert (await operator.get("/requests?only=lost")).status_code == 422
        assert (await operator.get("/requests?state=lost")).status_code == 422
        task = await status(operator)
    assert MESSAGE in task
    assert "Новоха Інна Іванівна" in task
    assert f'data-dial="{INNA}"' in task
    assert "Telemarket" in task


async def test_an_operator_hears_the_messages_of_his_projects_only_and_that_is_on_record(desk: Desk) -> None:
    await add(desk, "vm-2", None)
    await leave_message(desk, "vm-2", project_id=2)
    async with signed_in(desk) as operator:
        assert "/recordings/vm-1/player" in await status(operator)
        assert "/recordings/vm-2/player" not in await status(operator, 5)
        player = (await operator.get("/recordings/vm-1/player?listen")).text
        assert 'data-source="/recordings/vm-1"' in player
        assert (await operator.get("/calls/vm-1")).status_code == 200
        assert (await operator.get("/calls/vm-1/timeline")).status_code == 200
        for path in ("/recordings/vm-2", "/recordings/vm-2/player", "/calls/vm-2", "/recordings/old-0"):
            assert (await operator.get(path)).status_code == 403
    async with signed_in(desk, "iryna") as supervisor:
        assert "/recordings/vm-2/player" in await status(supervisor, 5)
        assert (await supervisor.get("/recordings/vm-2/player")).status_code == 200


async def test_listening_is_audited(desk: Desk) -> None:
    async with signed_in(desk) as operator:
        sound = await operator.get("/recordings/vm-1")
        assert sound.status_code == 200
        assert sound.headers["content-type"] == "audio/wav"
    query = sa.select(audit_log.c.user_id, audit_log.c.subject).where(audit_log.c.action == "recording.play")
    async with desk.database.read() as connection:
        assert (await connection.execute(query)).all() == [(desk.operator.id, "vm-1")]


async def test_taking_over_and_finishing(desk: Desk) -> None:
    async with signed_in(desk) as operator:
        taken = await operator.post("/requests/4/take", data={"version": await version(operator)})
        assert desk.operator.name in taken.text
        assert await shown(operator, "?whose=mine") == ["4", "1"]
        done = await operator.post("/requests/4/state", data={"version": await version(operator), "state": "done"})
        assert 'data-state="done"' in done.text
        assert await shown(operator) == ["1"]
        again = re.search(r'"version": "([^"]+)"', done.text)
        assert again is not None
        await operator.post("/requests/4/state", data={"version": again[1], "state": "open"})
        assert await shown(operator) == ["4", "1"]


async def test_who_comes_second_is_told_and_changes_nothing(desk: Desk) -> None:
    async with signed_in(desk) as olena, signed_in(desk, "taras") as taras:
        seen = await version(taras)
        await olena.post("/requests/4/take", data={"version": seen})
        answer = await taras.post("/requests/4/take", data={"version": seen})
    assert desk.operator.name in answer.text
    assert 'role="alert"' in answer.text


async def test_bad_forms_are_refused(desk: Desk) -> None:
    async with signed_in(desk) as operator:
        good = await version(operator)
        for path, form, code in (
            ("/requests/4/take", {"version": "x"}, 422),
            ("/requests/4/state", {"version": good, "state": "lost"}, 422),
            ("/requests/99/take", {"version": good}, 404),
            ("/requests/99999999999/take", {"version": good}, 422),
        ):
            assert (await operator.post(path, data=form)).status_code == code


async def test_what_is_new_comes_without_a_reload(desk: Desk) -> None:
    async with signed_in(desk) as operator:
        page = (await operator.get("/requests")).text
        found = re.search(r'hx-get="(/requests/new\?[^"]+)" hx-trigger="every', page)
        assert found is not None
        path = found[1].replace("&amp;", "&")
        assert (await operator.get(path)).status_code == 204
        await leave_message(desk, "vm-2", ani="")
        news = (await operator.get(path)).text
        assert re.findall(r'id="task-(\d+)"', news) == ["5"]
        assert "/contacts/" not in news  # a withheld number has no contact
        assert "data-dial" not in news
        assert 'hx-trigger="every' in news


async def test_more_news_than_a_page_holds_leave_no_gap(desk: Desk) -> None:
    async with signed_in(desk) as operator:
        found = re.search(r'hx-get="(/requests/new\?[^"]+)"', (await operator.get("/requests")).text)
        assert found is not None
        for number in range(2, 33):
            await leave_message(desk, f"vm-{number}")
        news = await operator.get(found[1].replace("&amp;", "&"))
    assert (news.headers["hx-retarget"], "hx-refresh" in news.headers) == ("#view", False)
    assert "request-filters" in news.text


async def test_a_moment_beyond_all_calendars_is_refused(desk: Desk) -> None:
    far, past = "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00%2B14:00"
    async with signed_in(desk, "iryna") as supervisor:
        for moment in (far, past):
            for path in (
                f"/requests?before={moment}~1",
                f"/calls?before={moment}~x",
                f"/calls?day={moment[:10]}",
                f"/recordings?before={moment}~x",
                f"/recordings?day={moment[:10]}",
                f"/projects/077/outlook?at={moment[:16]}",
            ):
                assert (await supervisor.get(path)).status_code == 422, path
        form = {"contact_id": desk.inna.id, "text": "x", "deadline": "9999-12-31T23:59"}
        assert (await supervisor.post("/requests", data=form)).status_code == 422


async def test_earlier_requests_are_fetched_page_by_page(desk: Desk) -> None:
    for number in range(2, 40):
        await leave_message(desk, f"vm-{number}")
    async with signed_in(desk) as operator:
        page = (await operator.get("/requests")).text
        found = re.search(r'hx-get="(/requests\?[^"]+before=[^"]+)"', page)
        assert found is not None
        first = await shown(operator)
        more = (await operator.get(found[1].replace("&amp;", "&"))).text
    second = re.findall(r'id="task-(\d+)"', more)
    assert len(first) == 30
    assert (first + second)[-1] == "1"
    assert len(set(first + second)) == 40
