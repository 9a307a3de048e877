"""Supervisors' own sounds: kept, replaced, refused, removed."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.settings import SoundSettings
from telemarket.sounds.audio import seconds_of
from telemarket.sounds.errors import SpeechUnavailable
from telemarket.sounds.phrases import BUILT_IN
from telemarket.sounds.service import LARGEST_FILE, SoundInUse, SoundService
from telemarket.sounds.speech import Speech
from tests.integration.sounds.audio import OGG, make_wav


@pytest.fixture
def uses() -> dict[str, Sequence[str]]:
    """Projects by the sounds they let callers hear."""
    return {}


@pytest.fixture
def service(database: Database, tmp_path: Path, uses: dict[str, Sequence[str]]) -> SoundService:
    async def used() -> Mapping[str, Sequence[str]]:
        return uses

    return SoundService(database, tmp_path / "sounds", utc_now, Speech(SoundSettings().speech_command), used)


async def test_an_upload_is_known_by_its_content(service: SoundService) -> None:
    sound = await service.upload("greeting", OGG, title=" Вітання ", file="C:/голос\n.exe")
    assert (sound.title, sound.file, sound.text, sound.author) == ("Вітання", "голос .exe", "", "")
    assert sound.seconds == pytest.approx(1.0, abs=0.05)
    assert service.path(sound).name == "greeting.wav"
    assert seconds_of(service.path(sound).read_bytes()) == sound.seconds
    assert await service.all() == [sound]


async def test_a_text_is_spoken(service: SoundService) -> None:
    sound = await service.say("greeting", "  Вітаємо!\r\nЗачекайте. ", language="uk")
    assert sound.text == "Вітаємо!\nЗачекайте."
    assert seconds_of(await service.preview(sound.text, "uk")) == sound.seconds
    assert seconds_of(service.path(sound).read_bytes()) == sound.seconds


async def test_languages_live_side_by_side_and_the_same_one_is_replaced(service: SoundService) -> None:
    everybody = await service.upload("greeting", make_wav(0.5))
    russian = await service.upload("greeting", make_wav(0.7), language="ru")
    newer = await service.upload("greeting", make_wav(0.9))
    assert await service.all() == [newer, russian]
    assert newer.sha256 != everybody.sha256
    assert seconds_of(service.path(newer).read_bytes()) == pytest.approx(0.9, abs=0.01)
    assert seconds_of(service.path(russian).read_bytes()) == pytest.approx(0.7, abs=0.01)


@pytest.mark.parametrize(
    "name", ["", "../greeting", "/etc/greeting", "a/b", "Greeting", "вітання", "-x", "x" * 41, "a\n"]
)
async def test_a_name_that_could_be_a_path_is_refused(service: SoundService, tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await service.upload(name, OGG)
    assert refused.value.field == "name"
    assert not (tmp_path / "sounds").exists()


@pytest.mark.parametrize("name", BUILT_IN)
async def test_telemarkets_own_names_are_taken(service: SoundService, name: str) -> None:
    with pytest.raises(InvalidInput, match="Telemarket's own"):
        await service.upload(name, OGG)
    assert name in await service.names()


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("language", {"language": "../uk"}),
        ("title", {"title": "x" * 201}),
        ("file", {"data": b"rubbish" * 100}),
        ("file", {"data": bytes(LARGEST_FILE + 1)}),
    ],
    ids=["language", "title", "rubbish", "size"],
)
async def test_the_wrong_field_is_named(service: SoundService, field: str, values: dict[str, object]) -> None:
    fields = {"data": OGG, **values}
    with pytest.raises(InvalidInput) as refused:
        await service.upload("greeting", **fields)  # type: ignore[arg-type]
    assert refused.value.field == field
    assert await service.all() == []


@pytest.mark.parametrize(
    ("field", "text", "language"), [("text", " \n ", "uk"), ("text", "x" * 2001, "uk"), ("language", "hello", "")]
)
async def test_a_text_that_cannot_be_spoken_is_refused(
    service: SoundService, field: str, text: str, language: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await service.say("greeting", text, language=language)
    assert refused.value.field == field


async def test_without_a_speech_program_nothing_is_lost(
    database: Database, tmp_path: Path, service: SoundService
) -> None:
    kept = await service.upload("greeting", OGG)
    mute = SoundService(database, tmp_path / "sounds", utc_now, Speech("nosuch"), service.uses)
    with pytest.raises(SpeechUnavailable):
        await mute.say("greeting", "Вітаємо", language="uk")
    assert await mute.all() == [kept]


async def test_a_sound_callers_hear_stays(service: SoundService, uses: dict[str, Sequence[str]]) -> None:
    sound = await service.upload("greeting", OGG)
    uses["greeting"] = ["077 КАСКО"]
    with pytest.raises(SoundInUse, match="077 КАСКО"):
        await service.remove("greeting", "")
    assert service.path(sound).exists()
    uses.clear()
    await service.remove("greeting", "")
    assert not service.path(sound).exists()
    assert await service.all() == []
    with pytest.raises(NotFound):
        await service.remove("greeting", "")


async def test_a_sound_uploaded_as_soon_as_its_name_is_free_stays(
    service: SoundService, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.upload("greeting", make_wav(0.5))
    write = database.write

    @asynccontextmanager
    async def and_upload() -> AsyncIterator[AsyncConnection]:
        async with write() as connection:
            yield connection
        monkeypatch.setattr(database, "write", write)
        await service.upload("greeting", make_wav(0.9))

    monkeypatch.setattr(database, "write", and_upload)
    await service.remove("greeting", "")
    (newer,) = await service.all()
    assert seconds_of(service.path(newer).read_bytes()) == newer.seconds


async def test_a_failed_upload_leaves_nothing_and_the_old_sound(
    service: SoundService, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await service.upload("greeting", make_wav(0.5))

    @asynccontextmanager
    async def away() -> AsyncIterator[None]:
        raise OSError("the database is away")
        yield

    monkeypatch.setattr(database, "write", away)
    with pytest.raises(OSError, match="away"):
        await service.upload("greeting", make_wav(0.9))
    path = service.path(kept)
    assert list(path.parent.iterdir()) == [path]
    assert seconds_of(path.read_bytes()) == kept.seconds


async def test_a_dry_run_writes_nothing(
    database_url: str, database: Database, service: SoundService, tmp_path: Path
) -> None:
    rehearsal = Database(database_url, dry_run=True)
    dry = SoundService(rehearsal, tmp_path / "sounds", utc_now, Speech("nosuch"), service.uses)
    try:
        assert (await dry.upload("greeting", OGG)).name == "greeting"
    finally:
        await rehearsal.close()
    assert await service.all() == []
    assert not (tmp_path / "sounds").exists()
