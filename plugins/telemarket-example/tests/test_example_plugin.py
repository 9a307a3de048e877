"""The example plugin, as Telemarket meets it."""

import tomllib
from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from pathlib import Path

import httpx
import pytest

from telemarket.backend import Backend, BackendContext, BackendUnavailable, Batch
from telemarket.core.settings import PluginSettings
from telemarket.hookspecs import AgiRequest
from telemarket.plugins import PluginManager, discovery

HEADING = "contract;name;phone;service;limit\n"
CSV = (
    HEADING
    + """ДМС-0042;Олена Коваль;+380441234567;Медицина;12500.00
ДМС-0043;<b>Петро</b>;(067) 123-45-67, 044 200-00-01;Медицина;
ДМС-0044;Ганна;+380441111111;Медицина;багато
ДМС-0042;Двійник;+380442222222;Медицина;1
"""
)


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


@pytest.fixture
def backend(manager: PluginManager, tmp_path: Path) -> Backend:
    [kind] = manager.backend_kinds()
    context = BackendContext(
        name="contracts", title="Contracts", folder=tmp_path, data_dir=tmp_path, clock=lambda: datetime.now(UTC)
    )
    return kind.open(context, kind.options.model_validate({"file": "contacts.csv"}))


def change(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
    else:
        path.write_text(text, encoding="utf-8")


async def synchronise(backend: Backend, cursor: str = "") -> list[Batch]:
    return [batch async for batch in backend.sync(cursor)]


async def test_a_synchronisation_names_every_contact_and_what_is_wrong_with_the_others(backend: Backend) -> None:
    batches = await synchronise(backend)
    assert all(batch.snapshot for batch in batches)
    records = [record for batch in batches for record in batch.records]
    assert [(record.key, record.name) for record in records] == [
        ("ДМС-0042", "Олена Коваль"),
        ("ДМС-0043", "<b>Петро</b>"),
    ]
    [limit] = records[0].limits
    assert (limit.service, limit.amount, limit.unit) == ("Медицина", 12500, "UAH")
    refused = dict(pair for batch in batches for pair in batch.refused)
    assert refused == {
        "ДМС-0044": "the limit 'багато' is no number",
        "ДМС-0042": "this contract stands in the file twice",
    }


async def test_the_same_file_is_not_taken_over_twice_but_a_changed_one_is(backend: Backend, contacts: Path) -> None:
    cursor = (await synchronise(backend))[-1].cursor
    assert await synchronise(backend, cursor) == []
    change(contacts, HEADING)
    [batch] = await synchronise(backend, cursor)
    assert (batch.snapshot, batch.records) == (True, ())


async def test_a_file_that_is_not_there_empties_nothing(backend: Backend, contacts: Path) -> None:
    change(contacts, None)
    with pytest.raises(BackendUnavailable, match=r"contacts\.csv cannot be read"):
        await synchronise(backend)


async def test_the_backend_finds_a_contact_by_every_form_of_his_numbers(backend: Backend, contacts: Path) -> None:
    for e164, digits in (("+380671234567", "380671234567"), ("", "0671234567"), ("+380442000001", "0442000001")):
        [found] = await backend.look_up(e164, digits)
        assert (found.key, found.name) == ("ДМС-0043", "<b>Петро</b>")
    assert await backend.look_up("+380449999999", "380449999999") == []
    change(contacts, HEADING + "1;Нова;+380449999999;;\n")
    assert await backend.look_up("+380449999999", "380449999999")


async def test_the_check_says_what_to_mend(backend: Backend, contacts: Path) -> None:
    well, refused = await backend.check()
    assert (well.well, refused.well) == (True, False)
    assert "2 contacts" in well.what
    assert "Rows refused: 2, the first of contract ДМС-0044" in refused.what
    change(contacts, "contract;name\n")
    [finding] = await backend.check()
    assert not finding.well
    assert "has no column phone, service, limit" in finding.what


@pytest.mark.parametrize(("caller", "limit"), [("0441234567", "12500.00"), ("unknown", ""), ("101", "")])
async def test_the_agi_hook_tells_the_callers_limit(manager: PluginManager, caller: str, limit: str) -> None:
    request = AgiRequest(name="limit", arguments={}, variables={"agi_callerid": caller})
    assert await manager.agi_hooks()["limit"](request) == {"EXAMPLE_LIMIT": limit}


async def test_the_agi_hook_answers_without_the_file_too(manager: PluginManager, contacts: Path) -> None:
    change(contacts, None)
    request = AgiRequest(name="limit", arguments={}, variables={"agi_callerid": "0441234567"})
    assert await manager.agi_hooks()["limit"](request) == {"EXAMPLE_LIMIT": ""}


async def test_the_page_tells_what_became_of_the_file(manager: PluginManager, contacts: Path) -> None:
    [page] = manager.pages()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(page.app), base_url="http://desk") as browser:
        assert "2 contacts, 2 rows refused" in (await browser.get("/")).text
        change(contacts, "phone,name\n")
        assert "has no column contract, name, phone, service, limit" in (await browser.get("/")).text


def test_without_a_file_the_hook_and_the_page_say_what_to_configure(monkeypatch: pytest.MonkeyPatch) -> None:
    manager = load(monkeypatch, {})
    assert not manager.agi_hooks()
    assert not manager.pages()
    assert all("[plugins.options.example]" in problem.what for problem in manager.problems)
    assert [kind.name for kind in manager.backend_kinds()] == ["csv"]
