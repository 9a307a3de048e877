"""The checks that need nothing but this machine, and how checks are run."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from telemarket.cli.checks import machine, plugins
from telemarket.cli.checks.findings import Check, Finding, Level, ok, run_checks
from telemarket.cli.checks.pbx import version_finding
from telemarket.core.errors import NotFound
from telemarket.core.settings import PluginSettings, RecordingSettings, Settings, WebSettings


async def test_a_check_that_hangs_or_breaks_is_a_finding_and_hides_no_other() -> None:
    async def hangs() -> Sequence[Finding]:
        await asyncio.Event().wait()
        return []

    async def breaks() -> Sequence[Finding]:
        raise ZeroDivisionError("by zero")

    async def refuses() -> Sequence[Finding]:
        raise NotFound("It is gone.", remedy="Look elsewhere.")

    async def works() -> Sequence[Finding]:
        return [ok("works", "well")]

    looks = {"hangs": hangs, "breaks": breaks, "refuses": refuses, "works": works}
    findings = await run_checks([Check(what, look) for what, look in looks.items()], deadline=0.05)
    assert [(finding.what, finding.level) for finding in findings] == [
        ("hangs", Level.FAIL),
        ("breaks", Level.FAIL),
        ("refuses", Level.FAIL),
        ("works", Level.OK),
    ]
    assert (findings[2].found, findings[2].mend) == ("It is gone.", "Look elsewhere.")
    assert all(finding.mend for finding in findings[:3])


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ("22.10.0~dfsg+~cs6.15.60671435-1", Level.OK),
        ("20.20.1", Level.OK),
        ("23.0.0", Level.OK),
        ("22.9.0", Level.WARN),
        ("20.5.2", Level.WARN),
        ("18.26.1", Level.FAIL),
        ("GIT-master-1234", Level.WARN),
        ("", Level.WARN),
    ],
)
def test_an_old_asterisk_is_named(version: str, level: Level) -> None:
    assert version_finding(version).level is level


@pytest.mark.parametrize(
    ("web", "level"),
    [
        ({}, Level.OK),
        ({"host": "localhost"}, Level.OK),
        ({"host": "0.0.0.0"}, Level.FAIL),
        ({"host": "192.0.2.1"}, Level.FAIL),
        ({"host": "192.0.2.1", "behind_tls_proxy": True}, Level.OK),
        ({"host": "192.0.2.1", "tls_certificate": __file__, "tls_key": __file__}, Level.OK),
        ({"host": "192.0.2.1", "tls_certificate": __file__}, Level.FAIL),
        ({"host": "192.0.2.1", "tls_certificate": "/absent.pem", "tls_key": __file__}, Level.FAIL),
    ],
)
async def test_pages_without_tls_stay_on_this_machine(web: dict[str, object], level: Level) -> None:
    [finding] = await machine.web_address(Settings(web=WebSettings.model_validate(web)))
    assert finding.level is level


async def test_folders_must_be_writable_and_have_room(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "not-yet")
    assert [finding.level for finding in await machine.data_folder(settings)] == [Level.OK]
    assert [finding.level for finding in await machine.recordings_folder(settings)] == [Level.OK]

    greedy = Settings(data_dir=tmp_path, recording=RecordingSettings(minimum_free_mb=10**9))
    assert [finding.level for finding in await machine.recordings_folder(greedy)] == [Level.FAIL]

    (tmp_path / "file").touch()
    occupied = Settings(data_dir=tmp_path / "file")
    assert [finding.level for finding in await machine.data_folder(occupied)] == [Level.FAIL]


async def test_a_broken_plugin_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import nothing_of_that_name")
    [finding] = await plugins.plugins(PluginSettings(folder=tmp_path))
    assert (finding.level, finding.what) == (Level.WARN, "plugin broken")
    assert "nothing_of_that_name" in finding.found
