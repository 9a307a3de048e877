"""The example plugin, as Telemarket meets it."""

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import httpx
import pytest

from telemarket.core.settings import PluginSettings
from telemarket.hookspecs import AgiRequest
from telemarket.plugins import PluginManager, discovery

CSV = """phone;name;contract;limit
+380441234567;Олена Коваль;ДМС-0042;12500.00
(067) 123-45-67;<b>Петро</b>;ДМС-0043;
no number;Хтось;ДМС-0044;1
+380441111111;Ганна;ДМС-0045;багато
"""


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    path = tmp_path / "contacts.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


def load(monkeypatch: pytest.MonkeyPatch, options: dict[str, str]) -> PluginManager:
    """Load it through the entry point its pyproject.toml announces."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    announced = project["entry-points"][discovery.ENTRY_POINT_GROUP]
    found = [EntryPoint(name, value, discovery.ENTRY_POINT_GROUP) for name, value in announced.items()]
    monkeypatch.setattr(discovery, "entry_points", lambda **_: found)
    manager = PluginManager(PluginSettings(options={"example": options}))
    manager.load()
    return manager


@pytest.fixture
def manager(contacts: Path, monkeypatch: pytest.MonkeyPatch) -> PluginManager:
    return load(monkeypatch, {"file": str(contacts)})


def change(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
    else:
        path.write_text(text, encoding="utf-8")


async def test_the_backend_finds_a_contact_by_either_form_of_its_number(manager: PluginManager) -> None:
    [backend] = manager.backends()
    for e164, digits in (("+380671234567", "380671234567"), ("", "0671234567")):
        [found] = await backend.look_up(e164, digits)
        assert (found.name, found.facts[0]) == ("<b>Петро</b>", ("Contract", "ДМС-0043"))
    assert await backend.look_up("+380449999999", "380449999999") == []


async def test_a_changed_file_is_read_again_and_a_vanished_one_is_empty(manager: PluginManager, contacts: Path) -> None:
    [backend] = manager.backends()
    assert await backend.look_up("+380441234567", "")
    change(contacts, "phone;name;contract;limit\n+380449999999;Нова;1;2\n")
    assert not await backend.look_up("+380441234567", "")
    assert await backend.look_up("+380449999999", "")
    change(contacts, None)
    assert not await backend.look_up("+380449999999", "")


@pytest.mark.parametrize(("caller", "limit"), [("0441234567", "12500.00"), ("unknown", ""), ("101", "")])
async def test_the_agi_hook_tells_the_callers_limit(manager: PluginManager, caller: str, limit: str) -> None:
    request = AgiRequest(name="limit", arguments={}, variables={"agi_callerid": caller})
    assert await manager.agi_hooks()["limit"](request) == {"EXAMPLE_LIMIT": limit}


async def test_the_page_tells_what_became_of_the_file(manager: PluginManager, contacts: Path) -> None:
    [page] = manager.pages()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(page.app), base_url="http://desk") as browser:
        assert "2 contacts, 2 rows refused" in (await browser.get("/")).text
        change(contacts, "phone,name\n")
        assert "columns are missing: contract, limit, name, phone" in (await browser.get("/")).text


def test_without_a_file_it_says_what_to_configure(monkeypatch: pytest.MonkeyPatch) -> None:
    manager = load(monkeypatch, {})
    assert manager.backends() == ()
    [problem] = manager.problems
    assert problem.plugin == "example"
    assert "[plugins.options.example]" in problem.what
