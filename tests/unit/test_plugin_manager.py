"""Plugins of every kind of brokenness: each is named, and the others run on."""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace

import pytest

from telemarket.core.settings import PluginSettings
from telemarket.hookspecs import AgiRequest, CallEvent, hookimpl
from telemarket.plugins import PluginManager, discovery
from telemarket.plugins.call_events import CallEventCourier

MARK = """
from telemarket.backend import BackendKind, BackendOptions
from telemarket.hookspecs import Page, hookimpl
@hookimpl
"""
KIND = "return [BackendKind(name={name!r}, title='X', options={options}, open={open})]"
GOOD = """
    from telemarket.backend import Backend, BackendKind, BackendOptions
    from telemarket.hookspecs import Page, hookimpl

    @hookimpl
    def telemarket_backend_kinds():
        make = lambda context, options: Backend()
        return [BackendKind(name="directory", title="Directory", options=BackendOptions, open=make)]

    @hookimpl
    def telemarket_agi_hooks(context):
        async def greet(request):
            return {"GREETING": context.options.get("greeting", "hello")}

        return {"greet": greet}

    @hookimpl
    def telemarket_pages(context):
        return [Page(name="board", title="Board", role="supervisor", app=print)]
"""


@pytest.fixture(autouse=True)
def _no_installed_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "entry_points", lambda **_: ())


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Callable[[str, str], None]]:
    """Puts a module into the plugins folder."""
    before = set(sys.modules)
    yield lambda name, text: (tmp_path / f"{name}.py").write_text(dedent(text), encoding="utf-8") and None
    for name in set(sys.modules) - before:
        del sys.modules[name]


def load(folder: Path, **settings: object) -> PluginManager:
    manager = PluginManager(PluginSettings.model_validate({"folder": folder, **settings}))
    manager.load()
    return manager


def event(call_id: str = "1.1") -> CallEvent:
    return CallEvent(
        kind="arrived",
        call_id=call_id,
        at="2026-11-02T10:00:00Z",
        project="077",
        ani="+380441234567",
        dnis="5001",
    )


async def test_a_folder_plugin_brings_everything_it_offers(tmp_path: Path, write: Callable[[str, str], None]) -> None:
    write("good", GOOD)
    manager = load(tmp_path, options={"good": {"greeting": "вітаю"}})
    assert manager.names == ("good",)
    assert manager.problems == ()
    assert [kind.name for kind in manager.backend_kinds()] == ["directory"]
    request = AgiRequest(name="greet", arguments={}, variables={})
    assert await manager.agi_hooks()["greet"](request) == {"GREETING": "вітаю"}
    assert [page.name for page in manager.pages()] == ["board"]


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("import nothing_of_that_name", "import", "nothing_of_that_name"),
        ("def broken(:", "import", "SyntaxError"),
        ("raise SystemExit(3)", "import", "SystemExit"),
        (
            MARK + "def telemarket_backend_kinds(options): return []",
            "contract",
            "options",
        ),
        (
            MARK + "def telemarket_backend_kind(context): return []",
            "contract",
            "telemarket_backend_kind",
        ),
    ],
)
def test_a_plugin_that_cannot_be_loaded_is_named_and_the_rest_runs(
    tmp_path: Path, write: Callable[[str, str], None], text: str, where: str, what: str
) -> None:
    write("broken", text)
    write("good", GOOD)
    manager = load(tmp_path)
    assert manager.names == ("good",)
    [problem] = manager.problems
    assert (problem.plugin, problem.where) == ("broken", where)
    assert what in problem.what
    assert len(manager.backend_kinds()) == 1


@pytest.mark.parametrize(
    ("hook", "body"),
    [
        ("telemarket_backend_kinds", "raise RuntimeError('no licence')"),
        ("telemarket_backend_kinds", "return 'directory'"),
        ("telemarket_backend_kinds", "return [object()]"),
        ("telemarket_backend_kinds", KIND.format(name="x", options="dict", open="print")),
        ("telemarket_backend_kinds", KIND.format(name="x", options="BackendOptions", open="None")),
        ("telemarket_backend_kinds", KIND.format(name="Not a name", options="BackendOptions", open="print")),
        ("telemarket_agi_hooks", "return ['greet']"),
        ("telemarket_agi_hooks", "return {'greet': 'hello'}"),
        ("telemarket_agi_hooks", "return {'Not a name': print}"),
        ("telemarket_pages", "return ['board']"),
        ("telemarket_pages", "return [Page(name='x', title='X', role='king', app=print)]"),
    ],
)
def test_a_hook_that_breaks_the_contract_brings_nothing_and_costs_nothing(
    tmp_path: Path, write: Callable[[str, str], None], hook: str, body: str
) -> None:
    write("bad", MARK + f"def {hook}(context): {body}")
    write("good", GOOD)
    manager = load(tmp_path)
    assert [len(manager.backend_kinds()), len(manager.agi_hooks()), len(manager.pages())] == [1, 1, 1]
    [problem] = manager.problems
    assert (problem.plugin, problem.where) == ("bad", hook)


def test_a_disabled_plugin_is_not_even_imported(tmp_path: Path, write: Callable[[str, str], None]) -> None:
    write("broken", "raise RuntimeError")
    manager = load(tmp_path, disabled=["broken"])
    assert (manager.names, manager.problems) == ((), ())


def test_a_missing_folder_and_options_for_nobody_are_problems(tmp_path: Path) -> None:
    manager = load(tmp_path / "absent", options={"ghost": {"a": 1}})
    assert [(problem.plugin, problem.where) for problem in manager.problems] == [
        (str(tmp_path / "absent"), "folder"),
        ("ghost", "configuration"),
    ]


def test_of_two_plugins_with_one_name_the_first_is_kept(tmp_path: Path, write: Callable[[str, str], None]) -> None:
    write("first", GOOD)
    write("second", GOOD)
    manager = load(tmp_path)
    assert len(manager.backend_kinds()) == 1
    [problem] = manager.problems
    assert problem.plugin == "second"
    assert "first" in problem.what


def test_a_folder_plugin_does_not_replace_an_installed_one_of_the_same_name(
    tmp_path: Path, write: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "an_installed_plugin", SimpleNamespace())
    entry_point = EntryPoint("good", "an_installed_plugin", discovery.ENTRY_POINT_GROUP)
    monkeypatch.setattr(discovery, "entry_points", lambda **_: (entry_point,))
    write("good", GOOD)
    manager = load(tmp_path)
    assert manager.names == ("good",)
    assert manager.backend_kinds() == ()
    [problem] = manager.problems
    assert "loaded already" in problem.what


def test_installed_plugins_are_found_by_their_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    module = SimpleNamespace(telemarket_agi_hooks=hookimpl(lambda: {"installed": print}))
    monkeypatch.setitem(sys.modules, "an_installed_plugin", module)
    entry_point = EntryPoint("packaged", "an_installed_plugin", discovery.ENTRY_POINT_GROUP)
    monkeypatch.setattr(discovery, "entry_points", lambda **_: (entry_point,))
    manager = PluginManager(PluginSettings())
    manager.load()
    assert manager.names == ("packaged",)
    assert list(manager.agi_hooks()) == ["installed"]


async def test_call_events_reach_the_others_while_one_hangs_and_one_raises(
    tmp_path: Path, write: Callable[[str, str], None]
) -> None:
    hook = MARK + "def telemarket_call_event(event): "
    write("hangs", "import threading\n" + hook + "threading.Event().wait(60)")
    write("raises", hook + "raise LookupError(event.kind)")
    write("works", "seen = []\n" + hook + "seen.append(event.call_id)")
    manager = load(tmp_path)
    manager.start()
    for number in range(5):
        manager.call_event(event(str(number)))
    works = next(courier for courier in manager._couriers if courier.plugin == "works")
    raises = next(courier for courier in manager._couriers if courier.plugin == "raises")
    for courier in (works, raises):
        await asyncio.to_thread(courier.close, 10)
    assert sys.modules["telemarket_folder_plugin_works"].seen == ["0", "1", "2", "3", "4"]
    [problem] = manager.problems
    assert (problem.plugin, problem.where, problem.times) == ("raises", "telemarket_call_event", 5)


def test_events_beyond_the_bound_are_lost_counted_and_reported_not_waited_for() -> None:
    release, busy, delivered, reported = threading.Event(), threading.Event(), list[str](), list[int]()

    def deliver(item: CallEvent) -> None:
        busy.set()
        release.wait(10)
        delivered.append(item.call_id)

    courier = CallEventCourier("slow", deliver, on_lost=reported.append, queue_size=2)
    courier.put(event("taken"))
    assert busy.wait(10)
    for call_id in ("kept 1", "kept 2", "lost 1", "lost 2"):
        courier.put(event(call_id))
    assert (courier.lost, reported) == (2, [1, 2])
    release.set()
    courier.close(10)
    assert delivered == ["taken", "kept 1", "kept 2"]
