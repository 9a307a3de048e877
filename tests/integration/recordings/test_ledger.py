"""The ledger: what was to be recorded, what became of it, and how it is found again."""

import errno
from datetime import timedelta

import msgspec
import pytest
from structlog.testing import capture_logs

from telemarket.core.errors import InvalidInput
from telemarket.core.journal import Entry
from telemarket.core.tables import journal
from telemarket.recordings import audio
from telemarket.recordings.model import Mark, RecordingFilter, RecordingState
from tests.integration.recordings.support import ANI, BEGAN, House, a_call, second


async def test_a_recorded_call_is_finished_measured_and_sound(house: House) -> None:
    house.record("1.1", 60)
    await house.write(a_call("1.1", 60))
    assert (await house.recording("1.1")).state is RecordingState.EXPECTED
    assert await house.keeper.finish_all()
    done = await house.recording("1.1")
    assert (done.state, done.seconds, done.expected_seconds, done.mended) == (RecordingState.SOUND, 60, 60, False)
    assert (house.folder / done.file).stat().st_size == done.size
    assert len(done.sha256 or b"") == 32
    assert (done.operator, done.project, done.number, done.delete_after) == ("Олена", "Project 1", ANI, None)


async def test_entries_written_twice_change_nothing(house: House) -> None:
    house.record("1.1", 60)
    await house.write(a_call("1.1", 60))
    await house.keeper.finish_all()
    before = await house.recording("1.1")
    await house.write(a_call("1.1", 60))
    assert await house.recording("1.1") == before


async def test_a_recording_taken_up_again_into_its_file_is_still_one(house: House) -> None:
    house.record("1.1", 60)
    arrived, started, answered, ended = a_call("1.1", 60)
    again = msgspec.structs.replace(started, at=second(20), agent_id=None)
    await house.write([arrived, started, answered, again, ended])
    await house.keeper.finish_all()
    done = await house.recording("1.1")
    assert (done.state, done.started_at, done.agent_id, done.seconds) == (RecordingState.SOUND, BEGAN, 3, 60)


async def test_a_recording_without_one_side_keeps_the_other(house: House) -> None:
    house.record("1.1", 60)
    next(house.folder.rglob("*.operator.wav")).unlink()
    await house.write(a_call("1.1", 60))
    await house.keeper.finish_all()
    done = await house.recording("1.1")
    assert (done.state, done.seconds, done.mended) == (RecordingState.SHORT, 60, True)


async def test_one_recording_that_cannot_be_finished_does_not_hold_up_the_others(house: House) -> None:
    for call_id in ("broken", "sound"):
        house.record(call_id, 60)
        await house.write(a_call(call_id, 60))
    async with house.database.write() as connection:
        await connection.execute(journal.update().where(journal.c.call_id == "broken").values(data=b"{"))
    with capture_logs() as logs:
        await house.keeper.finish_all()
    assert [entry.get("call") for entry in logs] == ["broken"]
    assert (await house.recording("broken")).state is RecordingState.EXPECTED
    assert (await house.recording("sound")).state is RecordingState.SOUND


async def test_a_full_disk_is_no_fault_of_a_recording(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    await house.write(a_call("1.1", 60))
    monkeypatch.setattr(audio, "finish", full)
    with pytest.raises(OSError, match="No space"):
        await house.keeper.finish_all()
    assert (await house.recording("1.1")).state is RecordingState.EXPECTED


async def test_a_call_that_was_not_recorded_is_not_in_the_ledger(house: House) -> None:
    await house.write([entry for entry in a_call("1.1") if entry.kind != "recording.started"])
    assert await house.service.ledger.get("1.1") is None


async def test_short_missing_and_broken_recordings_are_gaps(house: House) -> None:
    house.record("short", 40)
    house.record("broken", 1)
    for path in house.folder.rglob("broken.*"):
        path.write_bytes(b"no sound")
    for call_id in ("short", "broken", "missing"):
        await house.write(a_call(call_id, 60))
    assert await house.keeper.finish_all()
    found = await house.service.ledger.find(RecordingFilter(state="gaps"))
    assert {each.call_id: each.state for each in found} == {
        "short": RecordingState.SHORT,
        "broken": RecordingState.UNREADABLE,
        "missing": RecordingState.MISSING,
    }
    assert house.keeper.gaps == 3


async def test_a_file_that_is_still_open_is_waited_for_and_then_mended(house: House) -> None:
    house.record("1.1", 60, closed=False)
    await house.write(a_call("1.1", 60))
    house.now = second(61)
    assert not await house.keeper.finish_all()
    assert (await house.recording("1.1")).state is RecordingState.EXPECTED
    house.now = second(75)
    assert await house.keeper.finish_all()
    done = await house.recording("1.1")
    assert (done.state, done.mended, done.seconds) == (RecordingState.SOUND, True, 60)


async def test_of_a_call_nobody_saw_end_any_length_is_right_until_its_end_is_found(house: House) -> None:
    house.record("1.1", 20)
    await house.write(a_call("1.1", 300, by="unobserved"))
    await house.keeper.finish_all()
    done = await house.recording("1.1")
    assert (done.state, done.expected_seconds) == (RecordingState.SOUND, None)
    await house.write([Entry(second(50), "call.end_found", {}, "1.1")])
    await house.keeper.finish_all()
    done = await house.recording("1.1")
    assert (done.state, done.expected_seconds) == (RecordingState.SHORT, 50)


async def test_pauses_and_transfers_are_marks_in_the_recording(house: House) -> None:
    house.record("1.1", 60)
    arrived, started, answered, ended = a_call("1.1", 60)
    between = [
        Entry(second(10), "recording.paused", {"by": "button"}, "1.1", 3),
        Entry(second(20.5), "recording.resumed", {}, "1.1", 3),
        Entry(second(30), "call.card_shown", {}, "1.1", 3),
    ]
    await house.write([arrived, started, answered, *between, ended])
    await house.keeper.finish_all()
    done = await house.recording("1.1")
    assert done.marks == (Mark(10, "recording.paused", "button"), Mark(20.5, "recording.resumed"))
    assert done.state is RecordingState.SOUND, "a pause is silence in the recording, and takes its time"


async def test_a_recording_that_was_stopped_is_as_long_as_until_then(house: House) -> None:
    house.record("1.1", 15)
    arrived, started, answered, ended = a_call("1.1", 60)
    await house.write([arrived, started, answered, Entry(second(15), "recording.stopped", {}, "1.1", 3), ended])
    await house.keeper.finish_all()
    done = await house.recording("1.1")
    assert (done.state, done.expected_seconds) == (RecordingState.SOUND, 15)


@pytest.mark.parametrize("number", [ANI, "+380672345678", "067 234-56-78", "0672345678", "(067) 2345678"])
async def test_a_customers_recordings_are_found_by_his_number_however_written(house: House, number: str) -> None:
    await house.write(a_call("his", 60, ani="+38 (067) 234-56-78"))
    await house.write(a_call("another's", 60, ani="380672345679"))
    await house.write(a_call("withheld", 60, ani=""))
    found = await house.service.ledger.find(RecordingFilter(number=number))
    assert [each.call_id for each in found] == ["his"]
    assert not await house.service.ledger.find(RecordingFilter(number="letters"))


async def test_filters_narrow_the_ledger(house: House) -> None:
    await house.write(a_call("1.1", 60, project=1))
    await house.write(a_call("1.2", 60, project=2, at=BEGAN + timedelta(days=1)))

    async def found(**wanted: object) -> list[str]:
        return [each.call_id for each in await house.service.ledger.find(RecordingFilter(**wanted))]  # type: ignore[arg-type]

    assert await found() == ["1.2", "1.1"]
    assert await found(project_id=2) == ["1.2"]
    assert await found(agent_id=3, until=BEGAN + timedelta(hours=1)) == ["1.1"]
    assert await found(agent_id=4) == []
    assert await found(since=BEGAN + timedelta(hours=1)) == ["1.2"]
    assert await found(state="expected") == ["1.2", "1.1"]
    with pytest.raises(InvalidInput):
        await found(state="lost")


async def test_pages_neither_skip_nor_repeat(house: House) -> None:
    for n in range(25):
        await house.write(a_call(f"1.{n:02}", 60, at=BEGAN + timedelta(seconds=n // 10)))
    seen: list[str] = []
    before = None
    while page := await house.service.ledger.find(RecordingFilter(), before, 10):
        seen += [each.call_id for each in page]
        before = page[-1].cursor
    assert seen == [f"1.{n:02}" for n in reversed(range(25))]
    with pytest.raises(InvalidInput):
        await house.service.ledger.find(RecordingFilter(), "yesterday~x")
