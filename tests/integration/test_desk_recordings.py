"""Recordings on the desk: the player on a call's page, the ledger, legal hold, who listened."""

from array import array
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from telemarket.calls.recordings import recording_path
from telemarket.calls.tables import calls
from telemarket.core.clock import utc_now
from telemarket.recordings import audio
from telemarket.recordings.model import Mark
from telemarket.recordings.tables import recordings
from tests.desk import INNA, Desk, running_desk, signed_in
from tests.sounds import put, tone


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """The call old-1 of Olena and old-0 of Taras have finished recordings of ten seconds."""
    async with running_desk(tmp_path) as running:
        for call_id, agent in (("old-1", running.operator), ("old-0", running.colleague)):
            await add(running, call_id, agent.id)
        yield running


def speech(*turns: float) -> "array[int]":
    """Ten seconds in which somebody speaks from the first to the second, from the third to the fourth…"""
    words = [tone(0.15, 0.2 + n % 5 / 8) + tone(0.05, 0.0) for n in range(50)]
    silent = tone(0.2, 0.0)
    spoken = [any(a <= n / 5 < b for a, b in zip(turns[::2], turns[1::2], strict=True)) for n in range(50)]
    return sum((word if on else silent for word, on in zip(words, spoken, strict=True)), array("h"))


async def add(desk: Desk, call_id: str, agent_id: int | None, **values: object) -> None:
    began = utc_now() - timedelta(hours=1)
    folder, file = desk.services.settings.recordings_dir, recording_path(call_id, began.timestamp())
    made: dict[str, object] = {}
    if not values:
        put(folder / file.replace(".wav", ".customer.wav"), speech(0.1, 2.9, 7.2, 9.5))
        put(folder / file.replace(".wav", ".operator.wav"), speech(1.5, 2.2, 5.6, 7.4))
        made = audio.finish(folder, file, stereo=True, patient=False)._asdict() | {"state": "sound"}
        del made["one_sided"]
    row = {
        "call_id": call_id,
        "project_id": 1,
        "agent_id": agent_id,
        "number_end": INNA[-9:],
        "file": file,
        "stereo": True,
        "started_at": began,
        "ended_at": began + timedelta(seconds=10),
        "expected_seconds": 10.0,
        "marks": msgspec.json.encode([Mark(3.0, "recording.paused", "button"), Mark(5.5, "recording.resumed")]),
        **made,
        **values,
    }
    async with desk.database.write() as connection:
        await connection.execute(recordings.insert().values(**row))


async def test_the_player_shows_length_marks_and_both_sides(desk: Desk) -> None:
    async with signed_in(desk) as operator:
        assert "/recordings/old-1/player" in (await operator.get("/calls/old-1")).text
        player = (await operator.get("/recordings/old-1/player")).text
        drawing = (await operator.get("/recordings/old-1/waveform")).text
    assert 'data-seconds="10.0"' in player
    assert 'data-seek="3.0"' in player
    assert "запис призупинено" in player
    assert drawing.count('class="wave wave-played"') == 2
    assert 'class="span-recording-paused"' in drawing


async def test_an_operator_hears_his_own_calls_and_takes_none_away(desk: Desk) -> None:
    async with signed_in(desk) as operator, signed_in(desk, "iryna") as supervisor:
        assert (await operator.get("/recordings/old-1")).status_code == 200
        for path in ("", "/player", "/waveform"):
            assert (await operator.get(f"/recordings/old-0{path}")).status_code == 403
            assert (await supervisor.get(f"/recordings/old-0{path}")).status_code == 200
        assert (await operator.get("/recordings/old-1?download")).status_code == 403
        assert "download" not in (await operator.get("/recordings/old-1/player")).text
        taken = await supervisor.get("/recordings/old-1?download")
    assert taken.headers["content-disposition"].startswith("attachment; filename=")
    assert taken.content[:4] == b"RIFF"


async def test_supervisors_see_who_listened(desk: Desk) -> None:
    async with signed_in(desk) as operator, signed_in(desk, "iryna") as supervisor:
        for _ in range(3):
            await operator.get("/recordings/old-1", headers={"Range": "bytes=0-99"})
        await supervisor.get("/recordings/old-1?download")
        assert "Хто мав доступ" not in (await operator.get("/recordings/old-1/player")).text
        page = (await supervisor.get("/recordings/old-1/player")).text
    assert page.count("Олена Петренко: ") == 1
    assert "Ірина Бондар: " in page


async def test_a_supervisor_holds_and_releases_a_recording(desk: Desk) -> None:
    async with signed_in(desk) as operator, signed_in(desk, "iryna") as supervisor:
        for act in ("hold", "release"):
            assert (await operator.post(f"/recordings/old-1/{act}", data={"reason": "x"})).status_code == 403
        refused = await supervisor.post("/recordings/old-1/hold", data={"reason": " "}, headers={"HX-Request": "true"})
        assert (refused.status_code, refused.json()["field"]) == (422, "reason")
        held = await supervisor.post("/recordings/old-1/hold", data={"reason": "<b>Позов 17</b>"})
        assert "&lt;b&gt;Позов 17&lt;/b&gt;" in held.text
        assert "old-1" in (await supervisor.get("/recordings?state=held")).text
        await supervisor.post("/recordings/old-1/release")
        assert "old-1" not in (await supervisor.get("/recordings?state=held")).text


@pytest.mark.parametrize("state", ["expected", "unreadable", "deleting"])
async def test_what_is_not_finished_is_neither_drawn_nor_heard(desk: Desk, state: str) -> None:
    async with desk.database.write() as connection:
        await connection.execute(recordings.update().values(state=state))
    async with signed_in(desk) as operator:
        assert (await operator.get("/recordings/old-1/player")).status_code == 200
        for path in ("", "/waveform"):
            assert (await operator.get(f"/recordings/old-1{path}")).status_code == 404


async def test_the_ledger_is_for_supervisors_and_filters(desk: Desk) -> None:
    await add(desk, "old-2", desk.operator.id, state="missing")
    async with signed_in(desk) as operator, signed_in(desk, "iryna") as supervisor:
        assert (await operator.get("/recordings")).status_code == 403
        assert (await operator.get("/")).text.count('href="/recordings"') == 0

        async def found(query: str) -> set[str]:
            page = (await supervisor.get(f"/recordings?{query}")).text
            return {call_id for call_id in ("old-0", "old-1", "old-2") if f"/calls/{call_id}" in page}

        assert await found("") == {"old-0", "old-1", "old-2"}
        assert await found("state=gaps") == {"old-2"}
        assert await found(f"operator={desk.colleague.id}") == {"old-0"}
        assert await found("number=067 234 56 78") == {"old-0", "old-1", "old-2"}
        assert await found("number=0441112233") == set()
        assert await found("day=2001-01-01") == set()
        assert await found("project=1") == {"old-0", "old-1", "old-2"}
        assert (await supervisor.get("/recordings?state=lost")).status_code == 422
        assert (await supervisor.get("/recordings?before=x")).status_code == 422


async def test_what_is_deleted_cannot_be_heard_and_its_proof_is_shown(desk: Desk) -> None:
    deleted = {
        "state": "deleted",
        "deleted_at": utc_now(),
        "deleted_after_days": 30,
        "sha256": bytes(32),
        "seconds": 10.0,
    }
    await add(desk, "old-2", desk.operator.id, **deleted)
    async with signed_in(desk, "iryna") as supervisor:
        player = (await supervisor.get("/recordings/old-2/player")).text
        assert "recording-player" not in player
        assert "00" * 32 in player
        assert (await supervisor.get("/recordings/old-2")).status_code == 404
        assert (await supervisor.get("/recordings/old-2/waveform")).status_code == 404


async def test_a_recording_being_finished_asks_again(desk: Desk) -> None:
    await add(desk, "old-2", desk.operator.id, state="expected")
    async with signed_in(desk, "iryna") as supervisor:
        page = (await supervisor.get("/recordings/old-2/player")).text
    assert 'hx-trigger="load delay:2s"' in page
    assert "<audio" not in page


async def test_a_call_without_a_recording_shows_none(desk: Desk) -> None:
    async with desk.database.write() as connection:
        await connection.execute(calls.update().where(calls.c.id == "old-2").values(recording=""))
    async with signed_in(desk, "iryna") as supervisor:
        assert (await supervisor.get("/recordings/old-2/player")).text == ""
