"""The page of sounds, as a supervisor's browser asks for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from telemarket.core.tables import audit_log
from telemarket.sounds.audio import seconds_of
from tests.desk import Desk, running_desk, signed_in
from tests.integration.sounds.audio import OGG

TEXT = "Вітаємо! Ви зателефонували до <страхової> компанії."


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


async def test_operators_have_no_say_in_what_callers_hear(desk: Desk) -> None:
    await desk.services.sounds.upload("greeting", OGG)
    async with signed_in(desk) as operator:
        assert 'href="/sounds"' not in (await operator.get("/")).text
        for method, path in (
            ("GET", "/sounds"),
            ("POST", "/sounds"),
            ("POST", "/sounds/preview"),
            ("GET", "/sounds/greeting"),
            ("GET", "/sounds/greeting/file"),
            ("DELETE", "/sounds/greeting"),
        ):
            assert (await operator.request(method, path)).status_code == 403
    assert [sound.name for sound in await desk.services.sounds.all()] == ["greeting"]


async def test_a_text_is_heard_kept_changed_and_removed(desk: Desk) -> None:
    said = {"name": "greeting", "language": "uk", "title": "Вітання", "text": TEXT}
    async with signed_in(desk, "iryna") as supervisor:
        preview = await supervisor.post("/sounds/preview", data=said)
        assert preview.headers["content-type"] == "audio/wav"
        kept = await supervisor.post("/sounds", data=said, headers={"HX-Request": "true"})
        assert "&lt;страхової&gt;" in kept.text
        assert "sound-kept" in kept.headers["hx-trigger"]
        assert "Ірина Бондар" in (await supervisor.get("/sounds")).text
        file = await supervisor.get("/sounds/greeting/file?language=uk")
        assert seconds_of(file.content) == seconds_of(preview.content)
        assert "&lt;страхової&gt;" in (await supervisor.get("/sounds/greeting?language=uk")).text
        removed = await supervisor.delete("/sounds/greeting?language=uk")
        assert "greeting</code>" not in removed.text
        assert (await supervisor.get("/sounds/greeting/file?language=uk")).status_code == 404
    async with desk.database.read() as connection:
        actions = (await connection.execute(sa.select(audit_log.c.action, audit_log.c.subject))).all()
    assert ("sound.keep", "greeting uk") in actions
    assert ("sound.remove", "greeting uk") in actions


async def test_a_file_is_kept_or_refused_with_the_reason(desk: Desk) -> None:
    headers = {"Accept": "application/json"}
    async with signed_in(desk, "iryna") as supervisor:
        kept = await supervisor.post(
            "/sounds", data={"name": "hold", "language": ""}, files={"file": ("hold.txt", OGG, "text/plain")}
        )
        assert kept.status_code == 200
        assert "hold.txt" in kept.text
        rubbish = await supervisor.post(
            "/sounds", data={"name": "bad"}, files={"file": ("voice.wav", b"no sound", "audio/wav")}, headers=headers
        )
        assert (rubbish.status_code, rubbish.json()["field"]) == (422, "file")
        both = await supervisor.post(
            "/sounds", data={"name": "bad", "text": TEXT}, files={"file": ("voice.ogg", OGG)}, headers=headers
        )
        neither = await supervisor.post("/sounds", data={"name": "bad", "language": "uk"}, headers=headers)
        assert (both.status_code, neither.status_code) == (422, 422)
        large = await supervisor.post(
            "/sounds", data={"name": "bad"}, files={"file": ("voice.wav", bytes(11_000_000))}, headers=headers
        )
        assert large.status_code == 413
    assert [sound.name for sound in await desk.services.sounds.all()] == ["hold"]


async def test_another_sites_page_cannot_change_a_sound(desk: Desk) -> None:
    await desk.services.sounds.upload("greeting", OGG)
    async with signed_in(desk, "iryna") as supervisor:
        forged = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        assert (await supervisor.delete("/sounds/greeting", headers=forged)).status_code == 403
        assert (await supervisor.post("/sounds", data={"name": "x"}, headers=forged)).status_code == 403
    assert [sound.name for sound in await desk.services.sounds.all()] == ["greeting"]
