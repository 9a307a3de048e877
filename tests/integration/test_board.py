"""The board and the wall: who sees what, how it is pushed, and what a supervisor does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from telemarket.calls.views import BoardChanged
from telemarket.core.errors import NotAllowed
from telemarket.core.i18n import N_
from telemarket.core.tables import audit_log
from telemarket.desk import board_feed
from tests.desk import PASSWORD, Desk, close_code, receive, running_desk, signed_in
from tests.fakes.call_centre import new_queue
from tests.floor import fill, hire

SCRIPT = {"Accept": "application/json"}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


@asynccontextmanager
async def watching(desk: Desk, client: httpx.AsyncClient, path: str = "/board/live") -> AsyncIterator[ClientConnection]:
    """The stream of a board or a wall."""
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    async with connect(
        desk.url.replace("http", "ws") + path, origin=Origin(desk.url), additional_headers={"Cookie": cookies}
    ) as socket:
        yield socket


async def audited(desk: Desk) -> list[tuple[str, str]]:
    query = sa.select(audit_log.c.action, audit_log.c.subject).order_by(audit_log.c.id)
    async with desk.database.read() as connection:
        rows = [(row.action, row.subject) for row in await connection.execute(query)]
    return [row for row in rows if row[0].startswith(("call.", "operator."))]


def waits(picture: dict[str, Any]) -> int:
    """How many wait in the first queue of a board's or a wall's message."""
    return msgspec.convert(picture["queues"][0], board_feed.QueueRow).waiting


# ---- who sees it


@pytest.mark.parametrize(("role", "status", "supervises"), [("operator", 403, False), ("senior", 200, False)])
async def test_the_board_is_for_senior_operators_and_listening_for_supervisors(
    desk: Desk, role: str, status: int, supervises: bool
) -> None:
    await desk.services.identity.update_user(desk.operator.id, role=role)
    async with signed_in(desk) as client:
        page = await client.get("/board")
        assert page.status_code == status
        assert ('id="board-move"' in page.text) is supervises
        refused = await client.post("/board/watch", data={"call_id": "1", "mode": "listen"}, headers=SCRIPT)
        assert (refused.status_code, refused.json()["error_id"]) == (403, "not-allowed")
    assert desk.call_centre.asked == []


async def test_an_operator_is_not_given_the_boards_stream(desk: Desk) -> None:
    async with signed_in(desk) as client:
        with pytest.raises(InvalidStatus):
            async with watching(desk, client):
                pass


async def test_a_display_gets_its_wall_and_nothing_else(desk: Desk) -> None:
    await desk.services.identity.create_user("hall", PASSWORD, name="Зала", role="display")
    fill(desk, operators=5)
    async with signed_in(desk, "hall") as client:
        for path in ("/", "/calls", "/contacts/1", "/board", "/recordings/old-0"):
            answer = await client.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/board/wall")
        assert (await client.post("/desk/ready")).status_code == 403
        for path in ("/desk/live", "/board/live"):
            with pytest.raises(InvalidStatus):
                async with watching(desk, client, path):
                    pass
        assert (await client.get("/board/wall")).status_code == 200
        async with watching(desk, client, "/board/wall/live") as socket:
            assert (await receive(socket, "wall"))["wall"]["queues"]


async def test_nothing_on_the_wall_names_a_caller_or_an_operator(desk: Desk) -> None:
    await hire(desk, 20)
    fill(desk, operators=20)
    names = {call.caller_name for call in desk.call_centre.calls.values() if call.caller_name}
    async with signed_in(desk) as client, watching(desk, client, "/board/wall/live") as socket:
        text = str(await receive(socket, "wall"))
    assert not any(name in text for name in (*names, "380", "Петренко"))


async def test_a_wall_shows_the_projects_its_address_names(desk: Desk) -> None:
    fill(desk, operators=20)
    async with (
        signed_in(desk) as client,
        watching(desk, client, "/board/wall/live?project=078&project=112") as socket,
    ):
        wall = (await receive(socket, "wall"))["wall"]
    assert [row[1] for row in wall["queues"]] == ["078", "112"]
    agents = [agent for agent in desk.call_centre.agents.values() if {2, 4} & {*agent.project_ids}]
    assert sum(wall["states"].values()) == len(agents)


async def test_a_session_that_ended_ends_the_stream(desk: Desk) -> None:
    async with signed_in(desk, "iryna") as client, watching(desk, client) as socket:
        await receive(socket, "board")
        await desk.services.identity.set_password(desk.senior.id, "another password")
        await socket.send('{"type":"beat"}')
        assert await close_code(socket) == 4401


async def test_who_may_no_longer_look_is_cut_off(desk: Desk) -> None:
    async with signed_in(desk, "iryna") as client, watching(desk, client) as socket:
        await receive(socket, "board")
        await desk.services.identity.update_user(desk.senior.id, role="operator")
        await socket.send('{"type":"beat"}')
        assert await close_code(socket) == 4401


async def test_the_stream_outlives_an_outage_of_the_database(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(_token: str) -> None:
        raise ConnectionRefusedError

    async with signed_in(desk, "iryna") as client, watching(desk, client) as socket:
        await receive(socket, "board")
        monkeypatch.setattr(desk.services.identity, "user_of", away)
        await socket.send('{"type":"beat"}')
        await receive(socket, "pulse")


@pytest.mark.parametrize("path", ["/board/live", "/desk/live"])
async def test_no_end_of_a_stream_is_a_fault(
    tmp_path: Path, path: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_feed, "PUSH_EVERY", 0.001)
    async with running_desk(tmp_path, page_timeout=0.2) as desk, signed_in(desk, "iryna") as client:
        async with watching(desk, client, path) as socket:
            await socket.send(b"not a text")
            assert await close_code(socket) == 1001  # fell silent
        async with watching(desk, client, path) as socket:
            await socket.send('{"type":"beat"}')
            await receive(socket, "pulse")
            socket.transport.abort()
    assert [record for record in caplog.records if record.exc_info] == []


async def test_two_boards_are_never_given_an_older_picture(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_feed, "PUSH_EVERY", 0.01)
    feed = board_feed.BoardFeed(desk.services)
    first, second = feed.board(), feed.board()
    for boards in (first, second):
        assert "people" in await anext(boards)  # holds the view of before the change
    desk.call_centre.queues = (new_queue(waiting=3),)
    feed.changed(BoardChanged())
    seen = [waits(msgspec.json.decode(await anext(boards))["board"]) for boards in (first, second, first, second)]
    assert seen[-2:] == [3, 3]
    for boards in (first, second):
        await boards.aclose()


# ---- how it is pushed


async def test_a_change_is_pushed_and_names_are_sent_once(desk: Desk) -> None:
    desk.call_centre.queues = (new_queue(waiting=0),)
    async with signed_in(desk, "iryna") as client, watching(desk, client) as socket:
        people = (await receive(socket, "people"))["people"]
        assert [desk.operator.id, "Олена Петренко", "olena"] in people
        assert waits((await receive(socket, "board"))["board"]) == 0
        desk.call_centre.queues = (new_queue(waiting=3),)
        desk.services.bus.publish(BoardChanged())
        message = msgspec.json.decode(await socket.recv())
        assert (message["type"], waits(message["board"])) == ("board", 3)


async def test_a_storm_of_changes_becomes_few_pictures_the_last_one_true(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_feed, "PUSH_EVERY", 0.2)
    async with signed_in(desk, "iryna") as client, watching(desk, client, "/board/wall/live") as socket:
        pictures = 0
        for waiting in range(1, 201):
            desk.call_centre.queues = (new_queue(waiting=waiting),)
            desk.services.bus.publish(BoardChanged())
            await asyncio.sleep(0)
        async with asyncio.timeout(10):
            while waits((await receive(socket, "wall"))["wall"]) != 200:
                pictures += 1
    assert pictures <= 3


async def test_what_changes_by_itself_is_pushed_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_feed, "PUSH_EVERY", 0.01)
    monkeypatch.setattr(board_feed, "REFRESH_EVERY", 0.05)
    desk.call_centre.queues = (new_queue(callbacks=0),)
    async with signed_in(desk, "iryna") as client, watching(desk, client, "/board/wall/live") as socket:
        await receive(socket, "wall")
        desk.call_centre.queues = (new_queue(waiting=1),)  # and nobody says so
        async with asyncio.timeout(10):
            while waits((await receive(socket, "wall"))["wall"]) != 1:
                pass


async def test_a_picture_of_two_hundred_operators_is_small(desk: Desk) -> None:
    fill(desk, operators=200, waiting=40)
    async with signed_in(desk, "iryna") as client, watching(desk, client) as socket:
        message = await receive(socket, "board")
    assert len(message["board"]["agents"]) == 200
    assert len(msgspec.json.encode(message)) <= 30_000


# ---- what a supervisor does


async def test_what_a_supervisor_does_is_done_and_audited(desk: Desk) -> None:
    fill(desk, operators=3, waiting=1)
    call = next(call for call in desk.call_centre.calls.values() if call.agent_id)
    waiting = next(call.id for call in desk.call_centre.calls.values() if not call.agent_id)
    iryna, olena = desk.senior.id, desk.operator.id
    async with signed_in(desk, "iryna") as client:
        for path, form in (
            ("/board/watch", {"call_id": call.id, "mode": "whisper"}),
            ("/board/take-over", {}),
            ("/board/stop-watching", {}),
            ("/board/state", {"agent_id": str(olena), "state": "paused", "reason": "Обід"}),
            ("/board/state", {"agent_id": str(olena), "state": "ready"}),
            ("/board/move", {"call_id": waiting, "destination": " queue:078 "}),
            ("/board/end", {"call_id": waiting}),
        ):
            assert (await client.post(path, data=form)).status_code == 200, path
    assert desk.call_centre.asked == [
        ("watch", iryna, call.id, "whisper"),
        ("take_over", iryna),
        ("stop_watching", iryna),
        ("set_agent_state", iryna, olena, "paused", "Обід"),
        ("set_agent_state", iryna, olena, "ready", ""),
        ("move_call", iryna, waiting, "queue:078"),
        ("end_call", iryna, waiting),
    ]
    assert await audited(desk) == [
        ("call.whisper", call.id),
        ("call.take-over", call.id),
        ("operator.state", "olena: paused Обід"),
        ("operator.state", "olena: ready"),
        ("call.move", f"{waiting} queue:078"),
        ("call.end", waiting),
    ]


@pytest.mark.parametrize(
    ("path", "form", "field"),
    [
        ("/board/watch", {"call_id": "1", "mode": "spy"}, "mode"),
        ("/board/state", {"agent_id": "1", "state": "talking"}, "state"),
        ("/board/state", {"agent_id": "1", "state": "paused", "reason": "Невідома"}, "reason"),
        ("/board/state", {"agent_id": "olena", "state": "ready"}, "agent_id"),
        ("/board/move", {"call_id": "1", "destination": "moon"}, "destination"),
    ],
)
async def test_what_makes_no_sense_is_refused_in_words(desk: Desk, path: str, form: dict[str, str], field: str) -> None:
    async with signed_in(desk, "iryna") as client:
        refused = await client.post(path, data=form, headers=SCRIPT)
    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert refused.json()["message"]
    assert desk.call_centre.asked == []


async def test_nobody_is_listened_to_that_cannot_be_audited(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object, **__: object) -> None:
        raise NotAllowed(N_("The database is away."))

    fill(desk, operators=3, waiting=1)
    async with signed_in(desk, "iryna") as client:
        monkeypatch.setattr(desk.services.audit, "append", away)
        assert (
            await client.post("/board/watch", data={"call_id": next(iter(desk.call_centre.calls)), "mode": "listen"})
        ).status_code == 403
    assert desk.call_centre.asked == []


async def test_what_is_asked_of_a_call_that_has_ended_is_not_on_record(desk: Desk) -> None:
    async with signed_in(desk, "iryna") as client:
        for path, more in (("watch", {"mode": "listen"}), ("move", {"destination": "voicemail"}), ("end", {})):
            answer = await client.post(f"/board/{path}", data={"call_id": "gone", **more}, headers=SCRIPT)
            assert answer.status_code == 404
    assert desk.call_centre.asked == []
    assert await audited(desk) == []
