"""Deleting what need not be kept, keeping what must be, and knowing what is missing."""

import asyncio
from datetime import date, time, timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from telemarket.calls.tables import projects
from telemarket.cli.main import cli
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.journal import Entry
from telemarket.core.migrate import upgrade
from telemarket.core.tables import audit_log, users
from telemarket.recordings import audio
from telemarket.recordings.check import RecordingCheck, Report
from telemarket.recordings.chores import DailyChores
from telemarket.recordings.model import RecordingState
from telemarket.recordings.pauses import PauseOverdue, PauseWatch
from tests.integration.recordings.support import BEGAN, House, a_call, second

DAY = date(2026, 11, 22)


@pytest.fixture
async def old(house: House) -> House:
    """One recording of each project, 31 days ago."""
    for project in (1, 2):
        house.record(f"of-{project}", 5)
        await house.write(a_call(f"of-{project}", 5, project=project))
    await house.keeper.finish_all()
    house.now = BEGAN + timedelta(days=31)
    return house


async def actions(house: House) -> list[tuple[int | None, str, str]]:
    return [(row["user_id"], row["action"], row["subject"]) for row in await house.rows(audit_log)]


def files(house: House) -> set[str]:
    return {path.name for path in house.folder.rglob("*") if path.is_file()}


async def test_what_a_project_keeps_no_longer_is_deleted_with_proof(old: House) -> None:
    kept, gone = await old.recording("of-1"), await old.recording("of-2")
    await old.service.waveform(gone.file)
    assert await old.service.retention.purge() == 1
    assert files(old) == {"of-1.wav"}
    proof = await old.recording("of-2")
    assert proof == msgspec.structs.replace(
        gone, state=RecordingState.DELETED, deleted_at=old.now, deleted_after_days=30, delete_after=None
    )
    assert await old.recording("of-1") == kept
    assert await actions(old) == [(None, "recording.delete", "of-2: kept for 30 days by project 072")]
    assert await old.service.retention.purge() == 0


async def test_a_day_early_nothing_is_deleted(old: House) -> None:
    old.now -= timedelta(days=1, seconds=1)
    assert await old.service.retention.due() == []
    old.now += timedelta(seconds=2)
    assert [due.call_id for due in await old.service.retention.due()] == ["of-2"]


async def test_a_legal_hold_outlasts_the_retention(old: House) -> None:
    retention = old.service.retention
    await retention.hold("of-2", "  claim 17/26 ", 3, "10.0.0.1")
    held = await old.recording("of-2")
    assert (held.hold_reason, held.held_by, held.held_at) == ("claim 17/26", "Олена", old.now)
    assert await retention.purge() == 0
    await retention.release("of-2", 3)
    assert await retention.purge() == 1
    assert [action for _, action, _ in await actions(old)] == [
        "recording.hold",
        "recording.release",
        "recording.delete",
    ]
    with pytest.raises(NotFound):
        await retention.hold("of-2", "too late", 3)
    with pytest.raises(NotFound):
        await retention.hold("no such call", "why", 3)
    with pytest.raises(InvalidInput):
        await retention.hold("of-1", "  ", 3)


async def test_what_cannot_be_deleted_says_so_and_is_tried_again(old: House) -> None:
    path = old.folder / (await old.recording("of-2")).file
    path.rename(path.with_suffix(".away"))
    path.mkdir()  # not even root removes a folder as if it were a file
    with capture_logs() as logs:
        assert await old.service.retention.purge() == 0
    assert "a recording cannot be deleted" in [entry["event"] for entry in logs]
    left = await old.recording("of-2")
    assert (left.state, left.deleted_at) == (RecordingState.DELETING, None)
    with pytest.raises(NotFound):
        await old.service.retention.hold("of-2", "too late", 3)
    assert await actions(old) == []
    path.rmdir()
    async with old.database.write() as connection:
        await connection.execute(projects.update().values(retention_days=0))  # half of it may be gone: no way back
    assert await old.service.retention.purge() == 1
    assert (await old.recording("of-2")).deleted_after_days == 30


async def test_while_files_are_deleted_others_may_write(old: House, monkeypatch: pytest.MonkeyPatch) -> None:
    loop, delete = asyncio.get_running_loop(), audio.delete

    def slow(folder: Path, path: str, *, stereo: bool) -> None:
        writing = old.service.retention.hold("of-1", "claim", 3)
        asyncio.run_coroutine_threadsafe(writing, loop).result(5)
        delete(folder, path, stereo=stereo)

    monkeypatch.setattr(audio, "delete", slow)
    assert await old.service.retention.purge() == 1
    assert (await old.recording("of-1")).held_at == old.now


async def test_many_are_deleted_in_batches(house: House) -> None:
    many = (a_call(f"1.{n}", 5, project=2, at=BEGAN + timedelta(seconds=n // 7)) for n in range(120))
    await house.write([entry for entries in many for entry in entries])
    house.now = BEGAN + timedelta(days=40)
    await house.keeper.finish_all()
    assert await house.service.retention.purge() == 120


async def test_who_had_access_is_known_and_a_sitting_is_one_access(old: House) -> None:
    audit, now = old.service.retention._audit, old.now
    for minutes in (0, 0.1, 5, 14.9, 40):
        old.now = now + timedelta(minutes=minutes)
        await audit.append(3, "recording.play", "of-1", "")
    await audit.append(3, "recording.play", "of-10", "")
    await old.service.retention.hold("of-1", "claim", 3)
    accesses = await old.service.accesses("of-1")
    assert [(access.who, access.action, access.about) for access in accesses] == [
        ("Олена", "recording.hold", "claim"),
        ("Олена", "recording.play", ""),
        ("Олена", "recording.play", ""),
        ("Олена", "recording.play", ""),
    ]


# ---- the daily check


async def check(house: House, *, hashes: bool = False) -> dict[str, str]:
    report = await RecordingCheck(house.database, house.folder, "Europe/Kyiv").run(DAY, hashes=hashes)
    return {gap.call_id: gap.what for gap in report.gaps}


async def test_the_check_names_every_kind_of_gap(house: House) -> None:
    for call_id, seconds in (("sound", 60), ("short", 30), ("vanished", 60), ("altered", 60)):
        house.record(call_id, seconds)
    for call_id in ("sound", "short", "missing", "vanished", "altered"):
        await house.write(a_call(call_id, 60))
    await house.keeper.finish_all()
    house.record("waiting", 60)
    await house.write(a_call("waiting", 60))
    await house.write(_unrecorded("unrecorded"))
    path = house.folder / (await house.recording("altered")).file
    path.write_bytes(path.read_bytes()[:-2] + b"\x55\x55")
    (house.folder / (await house.recording("vanished")).file).unlink()
    gaps = {
        "short": "short",
        "missing": "missing",
        "vanished": "missing",
        "waiting": "unfinished",
        "unrecorded": "unrecorded",
    }
    assert await check(house) == gaps
    assert await check(house, hashes=True) == gaps | {"altered": "changed"}


@pytest.mark.parametrize(
    ("project_records", "operator", "gaps"),
    [(True, "", 1), (True, "never", 0), (False, "", 0), (False, "always", 1)],
)
async def test_whose_calls_are_to_be_recorded(house: House, project_records: bool, operator: str, gaps: int) -> None:
    async with house.database.write() as connection:
        await connection.execute(projects.update().values(record=project_records))
        await connection.execute(users.update().values(record=operator))
    await house.write(_unrecorded("1.1"))
    assert len(await check(house)) == gaps


@pytest.mark.parametrize("source", ["app_queue", "queue_log", "dialplan"])
async def test_calls_the_exchange_runs_itself_are_no_gaps(house: House, source: str) -> None:
    foreign = [msgspec.structs.replace(entry, data=entry.data | {"source": source}) for entry in _unrecorded("1.1")]
    await house.write(foreign)
    assert await check(house) == {}


async def test_a_day_is_the_houses_own(house: House) -> None:
    """In Kyiv, two hours ahead of UTC in winter, the day begins earlier."""
    for call_id, hours in (("day before", -14.01), ("first", -13.99), ("last", 9.99), ("day after", 10.01)):
        await house.write(a_call(call_id, 5, at=BEGAN + timedelta(hours=hours)))
    house.now = BEGAN + timedelta(days=1)
    await house.keeper.finish_all()
    assert set(await check(house)) == {"first", "last"}


async def test_a_recording_that_turns_up_late_is_finished_after_all(house: House) -> None:
    await house.write(a_call("1.1", 60))
    await house.keeper.finish_all()
    assert await check(house) == {"1.1": "missing"}
    house.record("1.1", 60)  # the disk had been away
    assert await check(house) == {"1.1": "unfinished"}
    await house.keeper.finish_all()
    assert await check(house) == {}


def _unrecorded(call_id: str) -> list[Entry]:
    entries = [entry for entry in a_call(call_id) if entry.kind != "recording.started"]
    answered = msgspec.structs.replace(entries[1], data=entries[1].data | {"recording": ""})
    return [entries[0], answered, entries[2]]


async def test_every_night_yesterday_is_checked_and_what_is_due_deleted(old: House) -> None:
    check = RecordingCheck(old.database, old.folder, "Europe/Kyiv")
    chores = DailyChores(check, old.service.retention, time(3, 30), "Europe/Kyiv", lambda: old.now)
    old.now = BEGAN + timedelta(days=31)  # 14:00 in Kyiv
    assert chores.seconds_left() == 13.5 * 3600
    await old.write([msgspec.structs.replace(e, at=e.at + timedelta(days=30)) for e in _unrecorded("1.1")])
    with capture_logs() as logs:
        await chores.do()
    events = [(entry["event"], entry.get("call"), entry.get("gaps"), entry.get("recordings")) for entry in logs]
    assert events == [
        ("a recording is not as it should be", "1.1", None, None),
        ("recordings checked", None, 1, 0),
        ("recordings deleted", None, None, 1),
    ]


async def test_recordings_are_deleted_though_they_cannot_be_checked(
    old: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = RecordingCheck(old.database, old.folder, "Europe/Kyiv")

    async def fail(_: date) -> Report:
        raise OSError("the share hangs")

    monkeypatch.setattr(check, "run", fail)
    await DailyChores(check, old.service.retention, time(3, 30), "Europe/Kyiv", lambda: old.now).do()
    assert (await old.recording("of-2")).state is RecordingState.DELETED


# ---- pauses


async def test_a_pause_that_lasts_too_long_raises_an_alarm_once(house: House) -> None:
    heard: list[PauseOverdue] = []
    house.bus.subscribe(PauseOverdue, heard.append)
    watch = PauseWatch(house.bus, 0.01)
    arrived, started, answered, ended = a_call("1.1", 60)
    paused = Entry(second(10), "recording.paused", {"by": "button"}, "1.1", 3)
    with capture_logs() as logs:
        await house.write([arrived, started, answered, paused])
        while not heard:
            await _moment()
    assert [(entry["log_level"], entry["call"], entry["agent"]) for entry in logs] == [("critical", "1.1", 3)]
    assert watch.overdue == {"1.1": 3}
    await house.write([ended])
    assert heard == [PauseOverdue("1.1", 3), PauseOverdue("1.1", 3, over=True)]
    assert watch.overdue == {}


async def test_an_operator_who_is_never_recorded_raises_no_alarm(house: House) -> None:
    watch = PauseWatch(house.bus, 0.0)
    by_rule = Entry(second(10), "recording.paused", {"by": "operator"}, "1.1", 3)
    forgotten = Entry(second(10), "recording.paused", {"by": "button"}, "1.2", 4)
    await house.write([*a_call("1.1")[:3], by_rule, *a_call("1.2")[:3], forgotten])
    while not watch.overdue:
        await _moment()
    assert watch.overdue == {"1.2": 4}


async def test_a_restarted_daemon_goes_on_watching_a_pause(house: House) -> None:
    paused = Entry(second(10), "recording.paused", {"by": "api"}, "1.1", 3)
    resumed = Entry(second(20), "recording.resumed", {}, "1.2", 3)
    await house.write([*a_call("1.1")[:3], paused])
    await house.write([*a_call("1.2")[:3], msgspec.structs.replace(paused, call_id="1.2"), resumed])
    await house.write([*a_call("1.3")[:3], msgspec.structs.replace(paused, call_id="1.3"), a_call("1.3")[3]])
    watch = PauseWatch(house.bus, 0.01)
    await watch.take_up(house.database)
    while not watch.overdue:
        await _moment()
    assert watch.overdue == {"1.1": 3}
    watch.close()


async def _moment() -> None:
    await asyncio.sleep(0.005)


# ---- the command


def test_the_command_names_gaps_and_holds_and_deletes(tmp_path: Path) -> None:
    environment = {"TELEMARKET_DATA_DIR": str(tmp_path), "TELEMARKET_TIMEZONE": "Europe/Kyiv"}

    async def fill() -> None:
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'telemarket.db'}")
        await upgrade(database)
        house = House(database, tmp_path / "recordings")
        await house.prepare()
        for call_id, seconds in (("sound", 60), ("short", 30)):
            house.record(call_id, seconds)
            await house.write(a_call(call_id, 60, project=2, at=BEGAN - timedelta(days=300)))
        for path in sorted((tmp_path / "recordings").rglob("*.wav")):
            target = Path(str(path).replace("2026/11/22", "2026/01/26"))
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
        await house.keeper.finish_all()
        await house.close()
        await database.close()

    asyncio.run(fill())

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["recordings", *arguments], env=environment)
        return done.exit_code, done.output

    code, output = run("check", "--day", "2026-01-26")
    assert code == 1
    assert "short" in output
    assert "0:30 of 1:00" in output
    assert output.endswith("2026-01-26: 2 recordings, 1 gaps.\n")
    assert run("check", "--day", "2026-01-27") == (0, "2026-01-27: 0 recordings, 0 gaps.\n")
    code, output = run("check", "--day", "2026-01-26", "--json")
    assert [gap["what"] for gap in msgspec.json.decode(output)["gaps"]] == ["short"]
    assert run("hold", "sound", "--reason", "claim 17") == (0, "Held sound.\n")
    assert "held: claim 17" in run("list", "--number", "067 234 56 78")[1]
    assert run("purge", "--dry-run")[1].endswith("Would delete 1 recordings.\n")
    assert run("list", "--state", "gaps")[1].count("\n") == 1
    assert run("purge") == (0, "Deleted 1 recordings.\n")
    assert run("release", "sound") == (0, "Released sound.\n")
    assert run("purge") == (0, "Deleted 1 recordings.\n")
    assert len(msgspec.json.decode(run("list", "--state", "deleted", "--json")[1])) == 2
