"""The demonstration as a person starts it, and its smoke run, leave nothing behind but what they promise to keep."""

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from telemarket.calls.projects import ProjectService
from telemarket.casework.service import CaseworkService
from telemarket.contacts.service import ContactService
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.identity import IdentityService
from telemarket.demo.centre import OPERATORS, PASSWORD, PEOPLE, PROJECTS
from telemarket.demo.clients import COUNT, PLAN, make_clients
from telemarket.demo.desk_client import DeskClient, DeskClientError
from telemarket.demo.filling import fill
from telemarket.demo.house import free_port
from tests.pbx import ROOTFS

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DATA_DIR = ROOTFS.parents[1]
SMOKE_CALLS = 12


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("filled") / "telemarket.db"
    asyncio.run(fill(path, NOW))
    return path


@pytest.fixture
async def database(filled: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite+aiosqlite:///{filled}")
    yield opened
    await opened.close()


async def test_everybody_signs_in_and_every_project_is_served(database: Database) -> None:
    identity = IdentityService(database, utc_now, 12)
    for person in PEOPLE:
        _, user = await identity.sign_in(person.login, PASSWORD, "127.0.0.1")
        assert (user.name, user.role, user.telephone) == (person.name, person.role, "page")
    projects = await ProjectService(database).load_all()
    assert [project.number for project in projects] == [plan.number for plan in PROJECTS]
    assert all(project.dnis and project.operator_ids for project in projects)


async def test_every_caller_is_known_or_leaves_a_choice(database: Database) -> None:
    contacts = ContactService(database, PLAN, utc_now)
    choices = 0
    for contact_id, client in enumerate(make_clients(NOW.date()), 1):
        match = await contacts.match(client.numbers[0])
        assert contact_id in [candidate.contact.id for candidate in match.candidates]
        assert match.contact is None or match.contact.name == client.fields.name
        choices += match.contact is None
    assert 5 <= choices <= COUNT / 4


async def test_the_history_reads_like_a_history(database: Database) -> None:
    casework = CaseworkService(database, utc_now)
    histories = [await casework.history(contact_id) for contact_id in range(1, COUNT + 1)]
    assert all(histories)
    for entry in (entry for history in histories for entry in history):
        assert entry.call_id
        assert entry.project
        assert entry.result == ("answered" if entry.text else "abandoned")
        assert bool(entry.text) == bool(entry.operator and entry.topic and entry.category and entry.author)
    names = {person.name for person in OPERATORS}
    assert {entry.author for history in histories for entry in history} == {"", *names}


async def test_the_same_moment_gives_the_same_database(filled: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.db"
    await fill(again, NOW)
    assert list(tmp_path.iterdir()) == [again]
    for table in ("contacts", "phones", "calls", "requests", "choices", "projects", "project_operators", "journal"):
        assert _rows(again, table) == _rows(filled, table), table


async def test_an_interrupted_filling_leaves_no_database(tmp_path: Path) -> None:
    path = tmp_path / "telemarket.db"
    filling = asyncio.create_task(fill(path, NOW))
    async with asyncio.timeout(20):
        while not list(tmp_path.iterdir()):
            await asyncio.sleep(0)
    filling.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await filling
    assert not path.exists()
    await fill(path, NOW)
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def room() -> Iterator[Path]:
    """A temporary folder with a short name: Asterisk's control socket goes deep into it."""
    with tempfile.TemporaryDirectory(prefix="tm-") as folder:
        yield Path(folder)


async def test_smoke_run(room: Path) -> None:
    process = await _telemarket(room, "demo", "--smoke", "--json", "--calls", str(SMOKE_CALLS))
    output, errors = await asyncio.wait_for(process.communicate(), 180)
    assert process.returncode == 0, (output + errors).decode()
    report = json.loads(output)
    card_ms = report.pop("card_ms")
    counted = dict.fromkeys(("calls", "answered", "matched", "popped_before_ring", "recorded"), SMOKE_CALLS)
    assert report == {**counted, "lost": 0}
    assert 0 < card_ms["p50"] <= card_ms["p95"] <= card_ms["p99"]
    assert list(room.iterdir()) == []
    assert _processes_of(room) == []


async def test_an_interrupted_smoke_run_ends_all_it_started(room: Path) -> None:
    process = await _telemarket(room, "demo", "--smoke", "--json")
    assert process.stderr is not None
    await _line_with(process.stderr, "Call 2 of")
    process.send_signal(signal.SIGTERM)
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode
    assert output == b""
    assert [path.suffix for path in room.iterdir()] == [".log"]
    assert _processes_of(room) == []


async def test_the_demonstration_runs_and_keeps_what_was_written(room: Path) -> None:
    folder, url, arguments = _place_for(room)
    async with _demonstration(room, *arguments) as printed:
        assert url in printed
        assert all(person.login in printed for person in PEOPLE)
        again = await _telemarket(room, "demo", "--dir", str(folder), "--port", str(free_port()))
        _, errors = await again.communicate()
        assert again.returncode == 1
        assert "runs in" in errors.decode()
        async with DeskClient(url, "olena", PASSWORD) as olena:
            for contact_id in range(1, 6):
                await olena.post("/demo/call", contact_id=str(contact_id))
            with pytest.raises(DeskClientError, match="too-many-test-calls"):
                await olena.post("/demo/call", contact_id="6")
        numbers = {client.numbers[0] for client in make_clients(NOW.date())[:5]}
        async with asyncio.timeout(60):
            while numbers - {row["ani"] for row in _rows(folder / "telemarket.db", "calls") if not row["result"]}:
                await asyncio.sleep(0.1)
    written = _rows(folder / "telemarket.db", "contacts")
    async with _demonstration(room, *arguments):
        assert _rows(folder / "telemarket.db", "contacts") == written
    async with _demonstration(room, *arguments, "--fresh"):
        calls = _rows(folder / "telemarket.db", "calls")
        assert calls
        assert all(call["result"] in ("answered", "abandoned") for call in calls)
    assert _processes_of(room) == []


async def test_a_port_in_use_is_named_at_once(room: Path) -> None:
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    process = await _telemarket(room, "demo", "--dir", str(room / "demo"), "--port", str(port))
    _, errors = await process.communicate()
    server.close()
    await server.wait_closed()
    assert process.returncode == 1
    assert f"--port {port + 1}" in errors.decode()


async def _telemarket(temporary: Path, *arguments: str) -> asyncio.subprocess.Process:
    """The command, with everything temporary in `temporary`, as a script's background job: begun to ignore Ctrl-C."""
    environment = {**os.environ, "TMPDIR": str(temporary), "TELEMARKET_DATA_DIR": str(DATA_DIR)}
    return await asyncio.create_subprocess_exec(
        *("sh", "-c", 'trap "" INT; exec "$@"', "sh"),
        *(sys.executable, "-m", "telemarket", *arguments),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


def _place_for(temporary: Path) -> tuple[Path, str, list[str]]:
    folder, port = temporary / "demo", free_port()
    return folder, f"http://127.0.0.1:{port}", ["--dir", str(folder), "--port", str(port)]


@contextlib.asynccontextmanager
async def _demonstration(temporary: Path, *arguments: str) -> AsyncIterator[str]:
    """A running demonstration, ended as by Ctrl-C; gives what it printed."""
    process = await _telemarket(temporary, "demo", *arguments)
    assert process.stdout is not None
    try:
        yield await _line_with(process.stdout, "Ctrl-C stops everything")
    finally:
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself: the status says so
            process.send_signal(signal.SIGINT)
        output, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, errors.decode()
    assert output.decode().strip() == "Stopped."


async def _line_with(stream: asyncio.StreamReader, text: str) -> str:
    """What comes up to the line with `text`."""
    read = ""
    async with asyncio.timeout(90):
        while text not in read:
            line = await stream.readline()
            assert line, read
            read += line.decode()
    return read


def _rows(path: Path, table: str) -> list[dict[str, Any]]:
    with contextlib.closing(sqlite3.connect(path, timeout=10)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f"select * from {table}")]  # noqa: S608


def _processes_of(folder: Path) -> list[str]:
    """Processes that mention the folder or work in it."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = [process.cwd(), *process.cmdline()]
            if process.pid != os.getpid() and any(str(folder) in word for word in words):
                found.append(" ".join(words))
    return found
