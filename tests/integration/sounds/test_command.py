"""`telemarket sounds`, as an administrator types it."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from telemarket.calls.plan import Plan
from telemarket.calls.projects import ProjectService
from telemarket.cli.main import cli
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput
from telemarket.core.migrate import upgrade
from telemarket.sounds.service import SoundInUse
from tests.integration.sounds.audio import OGG

Environment = dict[str, str]


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """Of an installation with one project, which greets its callers."""

    async def prepare() -> None:
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'telemarket.db'}")
        await upgrade(database)
        await ProjectService(database).add("077", name="КАСКО", plan=Plan(greeting="greeting"))
        await database.close()

    asyncio.run(prepare())
    return {"TELEMARKET_DATA_DIR": str(tmp_path), "TELEMARKET_SOUNDS__RECORDINGS": "[]"}


def run(environment: Environment, *arguments: str) -> str:
    result = CliRunner().invoke(cli, ("sounds", *arguments), env=environment)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def listed(environment: Environment) -> list[tuple[str, str]]:
    return [(sound["name"], sound["language"]) for sound in json.loads(run(environment, "list", "--json"))]


def test_phrases_are_installed_once(environment: Environment, tmp_path: Path) -> None:
    counted = ("install", "--language", "uk", "--json")
    rehearsed = json.loads(run(environment, *counted, "--dry-run"))
    assert not (tmp_path / "sounds").exists()
    assert json.loads(run(environment, *counted)) == rehearsed
    assert rehearsed["spoken"] > 100
    assert json.loads(run(environment, *counted)) == {
        "recorded": 0,
        "spoken": 0,
        "current": rehearsed["spoken"],
        "own": 0,
    }
    assert f"Made 0 phrases in {tmp_path / 'sounds'}" in run(environment, "install", "--language", "uk")


def test_own_sounds_are_added_listed_and_removed(environment: Environment, tmp_path: Path) -> None:
    file = tmp_path / "hold.ogg"
    file.write_bytes(OGG)
    run(environment, "add", "hold", str(file), "--dry-run")
    assert listed(environment) == []
    assert "Kept hold, 0:01." in run(environment, "add", "hold", str(file), "--title", "Зачекайте")
    run(environment, "say", "hold", "Подождите, пожалуйста", "--language", "ru")
    assert listed(environment) == [("hold", ""), ("hold", "ru")]
    assert "Зачекайте" in run(environment, "list")
    run(environment, "remove", "hold", "--language", "ru")
    assert listed(environment) == [("hold", "")]


def test_a_sound_in_use_is_not_removed(environment: Environment) -> None:
    run(environment, "say", "greeting", "Вітаємо", "--language", "uk")
    with pytest.raises(SoundInUse, match="077 КАСКО"):
        run(environment, "remove", "greeting", "--language", "uk")
    assert listed(environment) == [("greeting", "uk")]


def test_rubbish_is_refused(environment: Environment, tmp_path: Path) -> None:
    rubbish, large = tmp_path / "voice.wav", tmp_path / "large.wav"
    rubbish.write_text("no sound")
    large.write_bytes(bytes(10_000_001))
    for file, reason in ((rubbish, "not a sound"), (large, "too large"), (tmp_path / "none", "cannot be read")):
        with pytest.raises(InvalidInput, match=reason):
            run(environment, "add", "hold", str(file))
    assert listed(environment) == []
