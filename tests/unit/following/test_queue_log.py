"""queue_log: whatever else stands in the file, every call comes out whole, and every bad line is handed back."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.following.queue_log import BadLine, PastCall, QueueLog, parse_line

KYIV = ZoneInfo("Europe/Kyiv")
LATER = datetime(2030, 1, 1, tzinfo=UTC)


def read(*lines: str, now: datetime = LATER) -> tuple[list[PastCall], list[str], QueueLog]:
    log, calls, bad = QueueLog(now), [], []
    for line in lines:
        try:
            calls += log.feed(parse_line(line, KYIV))
        except BadLine as error:
            bad.append(f"{error}: {line}")
    return [*calls, *log.finish()], bad, log


def told(call: PastCall) -> tuple[str, str, int | None, int]:
    """Result, who ended it, seconds until the answer, seconds until the end."""
    answered = int((call.answered_at - call.arrived_at).total_seconds()) if call.answered_at else None
    return call.result, call.ended_by, answered, int((call.last_at - call.arrived_at).total_seconds())


@pytest.mark.parametrize("text", ["2026-03-01T12:00:00+05:00", "2026-03-01T09:00:00", "1772348400"])
def test_a_time_may_name_its_zone(text: str) -> None:
    line = parse_line(f"{text}|1.1|400|NONE|ABANDON", KYIV)
    assert line.at == datetime(2026, 3, 1, 7, tzinfo=UTC)


ENTER = "1700000000|1.1|400|NONE|ENTERQUEUE||0671234567|1"
CONNECT = "1700000010|1.1|400|PJSIP/101|CONNECT|10|1.2|3"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([CONNECT, "1700000070|1.1|400|PJSIP/101|COMPLETECALLER|10|60|1"], ("answered", "caller", 10, 70)),
        ([CONNECT, "1700000070|1.1|400|PJSIP/101|COMPLETEAGENT|10|60|1"], ("answered", "operator", 10, 70)),
        (["1700000070|1.1|400|PJSIP/101|COMPLETECALLER|10|60|1"], ("answered", "caller", 10, 70)),
        (["1700000030|1.1|400|NONE|ABANDON|1|1|30"], ("abandoned", "caller", None, 30)),
        (["1700000030|1.1|400|NONE|EXITWITHTIMEOUT|1|1|30"], ("fallback", "pbx", None, 30)),
        (["1700000030|1.1|400|NONE|EXITEMPTY|1|1|30"], ("fallback", "pbx", None, 30)),
        (["1700000030|1.1|400|NONE|EXITWITHKEY|5|1|1|30"], ("fallback", "pbx", None, 30)),
        ([CONNECT, "1700000040|1.1|400|PJSIP/101|BLINDTRANSFER|102|house|10|30|1"], ("answered", "operator", 10, 40)),
        ([CONNECT, "1700000040|1.1|400|PJSIP/101|TRANSFER|102|house|10|30|1"], ("answered", "operator", 10, 40)),
        ([CONNECT, "1700000040|1.1|400|PJSIP/101|ATTENDEDTRANSFER|BRIDGE|x|10|30"], ("answered", "operator", 10, 40)),
        ([CONNECT, "1700000090|NONE|NONE|NONE|QUEUESTART|"], ("answered", "unobserved", 10, 10)),
        (["1700000090|NONE|NONE|NONE|QUEUESTART|"], ("ended-unobserved", "unobserved", None, 0)),
    ],
)
def test_each_end_of_a_call(lines: list[str], expected: tuple[str, str, int | None, int]) -> None:
    [call], bad, _ = read(ENTER, *lines)
    assert told(call) == expected
    assert (call.id, call.queue, call.ani) == ("1.1", "400", "0671234567")
    assert not bad


def test_a_caller_who_goes_on_to_another_queue_is_one_call() -> None:
    [call], _, _ = read(
        ENTER,
        "1700000030|1.1|400|NONE|EXITWITHTIMEOUT|1|1|30",
        "1700000031|1.1|401|NONE|ENTERQUEUE||0671234567|1",
        "1700000040|1.1|401|Борис|CONNECT|9|1.3|2",
        "1700000100|1.1|401|Борис|COMPLETECALLER|9|60|1",
    )
    assert told(call) == ("answered", "caller", 40, 100)
    assert (call.queue, [agent for _, agent in call.agents]) == ("400", ["Борис"])


def test_rings_without_an_answer_and_the_number_called_are_kept() -> None:
    [call], _, _ = read(
        ENTER,
        "1700000000|1.1|400|NONE|DID|0442000000",
        "1700000015|1.1|400|PJSIP/101|RINGNOANSWER|15000",
        "1700000020|1.1|400|PJSIP/102|CONNECT|20|1.3|2",
        "1700000021|1.1|400|PJSIP/102|COMPLETECALLER|20|1|1",
    )
    assert [agent for _, agent in call.unanswered] == ["PJSIP/101"]
    assert call.dnis == "0442000000"


def test_what_is_not_over_is_left_for_the_next_time() -> None:
    now = datetime.fromtimestamp(1700000060, UTC)
    calls, _, log = read(ENTER, CONNECT, now=now)
    assert not calls
    assert log.unfinished == 1
    calls, _, log = read(ENTER, "1700000030|1.1|400|NONE|EXITEMPTY|1|1|30", now=now)
    assert not calls  # he may turn up in the next queue
    assert log.unfinished == 1


def test_a_call_without_an_end_does_not_stay_for_ever() -> None:
    calls, _, log = read(ENTER, f"{1700000000 + 90000}|2.1|400|NONE|ENTERQUEUE||1|1")
    assert [told(call)[0] for call in calls] == ["ended-unobserved", "ended-unobserved"]
    assert log.unfinished == 0


def test_dates_are_in_the_zone_given() -> None:
    line = parse_line("2023-11-15 00:13:20.5|1.1|400|NONE|ENTERQUEUE||1|1", KYIV)
    assert line.at == datetime(2023, 11, 14, 22, 13, 20, 500000, UTC)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("rubbish", "five fields"),
        ("soon|1.1|400|NONE|ENTERQUEUE||1|1", "first field"),
        ("nan|1.1|400|NONE|ENTERQUEUE||1|1", "first field"),
        ("1e300|1.1|400|NONE|ENTERQUEUE||1|1", "first field"),
        ("-5|1.1|400|NONE|ENTERQUEUE||1|1", "first field"),
        ("3000000000|1.1|400|NONE|ENTERQUEUE||1|1", "in the future"),
        ("7|1.1|400|NONE|ENTERQUEUE||1|1", "impossible"),
        ("1700000000||400|NONE|ENTERQUEUE||1|1", "second field"),
        ("1700000000|1.1|400|NONE||", "fifth field"),
        ("1700000000|9.9|400|PJSIP/101|CONNECT|1|2|3", "began in another file"),
        ("1700000000|1.1|400|NONE|ENTERQUEUE|" + "x" * 5000, "longer than"),
    ],
)
def test_a_bad_line_is_handed_back_with_its_reason(line: str, reason: str) -> None:
    calls, bad, _ = read(line)
    assert not calls
    [told] = bad
    assert reason in told


numbers = st.integers(0, 400)
rubbish = st.one_of(
    st.text(max_size=60),
    st.lists(st.text(max_size=12), min_size=3, max_size=9).map("|".join),
    st.binary(max_size=60).map(lambda raw: raw.decode("utf-8", "replace")),
    st.builds(lambda t, e: f"17000{t:05d}|NONE|400|PJSIP/1|{e}|x", numbers, st.sampled_from(["PAUSE", "INFO", "NEW"])),
)


@given(st.lists(st.tuples(numbers, numbers), max_size=20), st.lists(rubbish, max_size=40), st.randoms())
def test_rubbish_among_the_lines_costs_no_call(
    calls: list[tuple[int, int]], rubbish: list[str], chance: Random
) -> None:
    start, timed = 1_700_000_000, []
    for place, (wait, talk) in enumerate(calls):
        call, arrived = f"{start}.{place}", start + place
        timed += [
            (arrived, f"{arrived}|{call}|400|NONE|ENTERQUEUE||{place}|1"),
            (arrived + wait, f"{arrived + wait}|{call}|400|PJSIP/1|CONNECT|{wait}|x|1"),
            (arrived + wait + talk, f"{arrived + wait + talk}|{call}|400|PJSIP/1|COMPLETECALLER|{wait}|{talk}|1"),
        ]
    lines = [line for _, line in sorted(timed, key=lambda each: each[0])]
    for line in rubbish:
        if "QUEUESTART" not in line.upper():
            lines.insert(chance.randint(0, len(lines)), line)
    found, bad, log = read(*lines)
    expected = {
        f"{start}.{place}": ("answered", "caller", wait, wait + talk) for place, (wait, talk) in enumerate(calls)
    }
    ours = {call.id: told(call) for call in found if call.id in expected}
    assert ours == expected
    assert len(bad) + log.other_lines <= len(rubbish)
    assert log.unfinished <= len(rubbish)
    assert timedelta() <= max((call.last_at - call.arrived_at for call in found), default=timedelta())
