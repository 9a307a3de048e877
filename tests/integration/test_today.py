"""The day's figures: what is counted while calls happen is what the table says afterwards."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemarket.calls.projection import CallProjection
from telemarket.calls.tables import calls
from telemarket.calls.today import DayFigures, Today
from telemarket.core.bus import EventBus
from telemarket.core.database import Database
from telemarket.core.journal import Entry
from telemarket.core.migrate import upgrade

KYIV = ZoneInfo("Europe/Kyiv")
MIDNIGHT = datetime(2026, 3, 29, tzinfo=KYIV).astimezone(UTC)  # the night the clocks go forward
THRESHOLD = 20


class House:
    """A clock that is set by hand, a journal that goes to the bus and to the table at once."""

    def __init__(self, database: Database, now: datetime = MIDNIGHT + timedelta(hours=9)) -> None:
        self.database = database
        self.now = now
        self.bus = EventBus()
        self.today = self.fresh()
        self._project = CallProjection("sqlite")

    def fresh(self) -> Today:
        """The figures of a process that starts now."""
        return Today(self.database, self.bus, KYIV, lambda: self.now)

    async def write(self, at: datetime, kind: str, call_id: str, agent_id: int | None = None, **data: object) -> None:
        self.now = max(self.now, at)
        entry = Entry(at, kind, data, call_id, agent_id)
        self.bus.publish(entry)
        await self.database.apply(self._project([entry]))

    async def arrive(
        self, call_id: str, at: datetime, project: int | None = 1, direction: str = "inbound", source: str = ""
    ) -> None:
        about = {"ani": "+380671112233", "caller_name": "", "dnis": "100", "source": source}
        await self.write(at, "call.arrived", call_id, project=project, direction=direction, **about)

    async def send_on(self, call_id: str, at: datetime, project: int) -> None:
        await self.write(at, "call.project", call_id, project=project)

    async def answer(self, call_id: str, at: datetime) -> None:
        await self.write(at, "call.answered", call_id, agent_id=7, recording="")

    async def end(self, call_id: str, at: datetime, result: str) -> None:
        await self.write(at, "call.ended", call_id, result=result, by="caller")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/today.db")
    await upgrade(database)
    yield database
    await database.close()


async def test_a_days_figures_are_what_the_definitions_say(database: Database) -> None:
    house, at = House(database), MIDNIGHT + timedelta(hours=9)
    after = lambda seconds: at + timedelta(seconds=seconds)  # noqa: E731
    for call_id in ("at-once", "at-the-threshold", "late", "gave-up-soon", "gave-up-late", "waits", "passed-on"):
        await house.arrive(call_id, at)
    await house.arrive("outbound", at, direction="outbound")
    await house.arrive("called-back", at, direction="callback")
    await house.arrive("of-no-project", at, project=None)
    await house.arrive("imported", at, source="queue_log")
    await house.end("gave-up-soon", after(5), "abandoned")
    await house.answer("at-once", after(4))
    await house.answer("outbound", after(5))
    await house.answer("at-the-threshold", after(20))
    await house.answer("late", after(20.001))
    await house.end("gave-up-late", after(30), "abandoned")
    await house.end("passed-on", after(31), "fallback")
    await house.answer("late", after(40))  # transferred: the wait was over long ago
    await house.end("late", after(50), "answered")

    figures = house.today.of(1, THRESHOLD)

    assert (figures.offered, figures.answered, figures.abandoned) == (7, 3, 2)
    assert figures.service_level == pytest.approx(2 / 6)  # the caller who gave up after 5 s counts for nothing
    assert figures.abandon_rate == pytest.approx(1 / 7)
    assert figures.average_speed_of_answer == pytest.approx((4 + 20 + 20.001) / 3)
    assert house.today.of(1, 25).service_level == pytest.approx(3 / 6)  # another threshold, the same day


async def test_a_call_counts_for_the_project_it_was_last_sent_to(database: Database) -> None:
    house = House(database)
    at = house.now
    await house.arrive("chose-another", at)
    await house.send_on("chose-another", at + timedelta(seconds=5), 2)
    await house.answer("chose-another", at + timedelta(seconds=9))
    assert house.today.of(1, THRESHOLD) == DayFigures()
    assert (house.today.of(2, THRESHOLD).offered, house.today.of(2, THRESHOLD).answered_within) == (1, 1)


async def test_a_project_without_calls_has_no_rates(database: Database) -> None:
    figures = House(database).today.of(1, THRESHOLD)
    assert figures == DayFigures()
    assert (figures.service_level, figures.abandon_rate, figures.average_speed_of_answer) == (None, None, None)


async def test_only_callers_who_gave_up_soon_make_no_service_level(database: Database) -> None:
    house = House(database)
    await house.arrive("soon", house.now)
    await house.end("soon", house.now + timedelta(seconds=3), "abandoned")
    assert house.today.of(1, THRESHOLD).service_level is None


async def test_the_day_turns_at_the_houses_midnight(database: Database) -> None:
    house, midnight = House(database), MIDNIGHT + timedelta(hours=23)  # this day has 23 hours
    await house.arrive("yesterdays", midnight - timedelta(seconds=10))
    assert house.today.of(1, THRESHOLD).offered == 1
    await house.answer("yesterdays", midnight + timedelta(seconds=1))
    assert house.today.of(1, THRESHOLD) == DayFigures()
    await house.arrive("todays", midnight + timedelta(seconds=2))
    assert house.today.of(1, THRESHOLD).offered == 1


async def test_a_quiet_midnight_empties_the_figures_too(database: Database) -> None:
    house = House(database)
    await house.arrive("yesterdays", house.now)
    house.now += timedelta(days=1)
    assert house.today.of(1, THRESHOLD) == DayFigures()


async def test_a_call_that_lives_when_the_process_starts_is_counted_to_its_end(database: Database) -> None:
    house = House(database)
    at = house.now
    await house.arrive("lives", at)
    restarted = house.fresh()
    await restarted.load()
    await house.answer("lives", at + timedelta(seconds=7))
    assert restarted.of(1, THRESHOLD).average_speed_of_answer == pytest.approx(7)


histories = st.lists(
    st.tuples(
        st.integers(-120, 120).map(lambda minutes: timedelta(minutes=minutes)),  # of the arrival, about midnight
        st.sampled_from([1, 2, None]),
        st.sampled_from(["inbound", "inbound", "inbound", "outbound", "callback"]),
        st.sampled_from(["", "", "app_queue", "queue_log"]),
        st.none() | st.timedeltas(timedelta(), timedelta(minutes=9)),  # to being sent to another project
        st.none() | st.timedeltas(timedelta(), timedelta(minutes=5)),  # to the answer
        st.none() | st.timedeltas(timedelta(), timedelta(minutes=9)),  # to the end
        st.sampled_from(["answered", "abandoned", "fallback", "failed", "ended-unobserved"]),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories, restart=st.integers(0, 40))
async def test_counted_live_is_recomputed_from_the_table(database: Database, history: list, restart: int) -> None:
    """Whenever the process was started, its figures are those of the table."""
    async with database.write() as connection:
        await connection.execute(sa.delete(calls))
    house = House(database, MIDNIGHT - timedelta(hours=3))
    events = []
    for number, (offset, project, direction, source, sent_on, answer, end, result) in enumerate(history):
        call_id, at = f"call-{number}", MIDNIGHT + offset
        events.append((at, number, 0, house.arrive, (call_id, at, project, direction, source)))
        if answer is not None and (end is None or answer <= end):
            events.append((at + answer, number, 1, house.answer, (call_id, at + answer)))
        if sent_on is not None and project is not None and (end is None or sent_on <= end):
            events.append((at + sent_on, number, 2, house.send_on, (call_id, at + sent_on, 3 - project)))
        if end is not None:
            events.append((at + end, number, 3, house.end, (call_id, at + end, result)))
    running = [house.today]
    for step, (*_, act, arguments) in enumerate(sorted(events, key=lambda event: event[:3])):
        if step == restart:
            running.append(house.fresh())
            await running[-1].load()
        await act(*arguments)

    recomputed = house.fresh()
    await recomputed.load()

    for project in (1, 2):
        for threshold in (1, THRESHOLD, 60):
            assert {today.of(project, threshold) for today in running} == {recomputed.of(project, threshold)}
