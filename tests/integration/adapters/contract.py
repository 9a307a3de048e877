"""What every backend has to do, as one suite of tests.

A kind of backend binds it by a class of its own whose fixture `source` is a real source, or a server of the tests
that behaves as the real one:

    class TestSql(BackendContract):
        @pytest.fixture
        async def source(self) -> AsyncIterator[Source]: ...

What a source cannot do, or what cannot befall it, stands in its class with the reason: `test_x = cannot("…")`.
"""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol

import msgspec
import pytest
from structlog.testing import capture_logs

from telemarket.backend import Backend, BackendRefused, BackendUnavailable, CursorRefused, Record, Result
from telemarket.contacts.records import cleaned
from telemarket.core.errors import TelemarketError
from telemarket.numbers import NumberingPlan, extract

PLAN = NumberingPlan()
DEADLINE = 60
"""Seconds after which a test takes whatever hangs for hanging for ever; sources of the tests have short timeouts."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody a source is to know; `id` is the test's own name for him."""

    id: str
    name: str
    company: str = ""
    position: str = ""
    mobile: str = ""
    direct: str = ""
    fax: str = ""
    email: str = ""
    address: str = ""
    limit: Decimal | None = None


class Source(Protocol):
    """A source and the backend opened on it."""

    backend: Backend
    carries: frozenset[str]
    """Fields of a Person that the source has a place for, beside id and name."""
    page: int
    """How many people surely do not fit into one batch."""
    secret: str
    """The password or token by which the backend signs in."""

    async def put(self, *people: Person) -> None:
        """Make these people, or change those whose id is known."""

    async def remove(self, *ids: str) -> None:
        """Delete people."""

    def key(self, person_id: str) -> str:
        """The key of the record by which the backend names this person."""

    async def forget_cursors(self) -> None:
        """Have the source no longer know any place that a synchronisation ended at."""

    async def die(self) -> None:
        """Have the source fail from now on, in the middle of whatever it is doing."""

    async def revive(self) -> None:
        """Undo `die`."""

    async def stall(self) -> None:
        """Have the source take what it is asked and not answer."""

    async def throttle(self, seconds: int) -> None:
        """Have the source ask to be asked again in some seconds."""

    def intruder(self) -> Backend:
        """The same backend with another password, which is "intruder's secret"."""

    def unreachable(self) -> Backend:
        """The same backend where nobody listens."""

    async def results(self) -> Sequence[str]:
        """The texts of the requests written back."""


def cannot(reason: str) -> None:
    """In place of a test that a source has nothing for; pytest does not collect it."""
    assert reason


class Mirror:
    """What somebody knows of a source who takes over one synchronisation after another, as the contract says."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.cursor = ""
        self.records: dict[str, Record] = {}
        self.named: list[str] = []
        """The keys of the last synchronisation's records."""

    async def synchronise(
        self, *, batches: int | None = None, after_each: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Take over what has changed; break off after some `batches`, where that is given."""
        try:
            await self._synchronise(batches, after_each)
        except CursorRefused:
            self.cursor = ""
            await self._synchronise(batches, after_each)

    async def _synchronise(self, batches: int | None, after_each: Callable[[], Awaitable[None]] | None) -> None:
        self.named = []
        before = set(self.records)
        snapshot = False
        reading = self.backend.sync(self.cursor)
        try:
            taken = 0
            async for batch in reading:
                for record in batch.records:
                    self.records[record.key] = record
                    self.named.append(record.key)
                for key in batch.deleted:
                    self.records.pop(key, None)
                snapshot = snapshot or batch.snapshot
                self.cursor = batch.cursor or self.cursor
                if after_each is not None:
                    await after_each()
                taken += 1
                if taken == batches:
                    return
        finally:
            await reading.aclose()  # type: ignore[attr-defined]
        if snapshot:
            for key in before - set(self.named):
                del self.records[key]

    def names(self) -> dict[str, str]:
        return {key: record.name for key, record in self.records.items()}


def people(count: int) -> list[Person]:
    return [Person(id=f"p{n:05}", name=f"Абонент {n}", mobile=f"+38067{1000000 + n}") for n in range(count)]


def expected(source: Source, known: Sequence[Person]) -> dict[str, str]:
    return {source.key(person.id): person.name for person in known}


OLENA = Person(
    id="olena",
    name="Олена О'Коваль <b>",
    company="ТОВ «Ромашка»",
    position="бухгалтер",
    mobile="+380671234567",
    direct="+380442000001",
    fax="+380442000002",
    email="olena@example.com",
    address="вул. Хрещатик, 1, Київ",
    limit=Decimal("12500.50"),
)
RESULT = Result(
    record_key="",
    request_id=42,
    at=datetime(2026, 11, 2, 10, 0, tzinfo=UTC),
    project="077",
    caller="+380671234567",
    text="Дзвонила щодо поліса; '); DROP TABLE people; --",
    operator="anna",
)


class BackendContract:
    """The suite itself."""

    # ---- synchronisation

    async def test_a_whole_synchronisation_names_everybody_once(self, source: Source) -> None:
        known = people(source.page)
        await source.put(*known)
        mirror = Mirror(source.backend)
        await mirror.synchronise()
        assert mirror.names() == expected(source, known)
        assert len(mirror.named) == len(known)

    async def test_what_was_added_changed_and_deleted_comes_over(self, source: Source) -> None:
        known = people(5)
        await source.put(*known)
        mirror = Mirror(source.backend)
        await mirror.synchronise()
        added, changed = Person(id="new", name="Новий"), Person(id="p00001", name="Змінений", mobile="+380501112233")
        await source.put(added, changed)
        await source.remove("p00002", "p00004")
        await mirror.synchronise()
        assert mirror.names() == expected(source, [known[0], changed, known[3], added])
        await mirror.synchronise()
        assert mirror.names() == expected(source, [known[0], changed, known[3], added])

    async def test_only_what_changed_is_named_again(self, source: Source) -> None:
        for person in people(5):
            await source.put(person)
        mirror = Mirror(source.backend)
        await mirror.synchronise()
        changed = Person(id="p00001", name="Змінений")
        await source.put(changed)
        await mirror.synchronise()
        # Who changed last may come a second time: of two changes in one moment none must be missed.
        assert source.key("p00001") in mirror.named
        assert len(mirror.named) <= 2

    async def test_a_synchronisation_broken_off_anywhere_loses_and_doubles_nothing(self, source: Source) -> None:
        known = people(source.page)
        await source.put(*known)
        for batches in (1, 2):
            mirror = Mirror(source.backend)
            await mirror.synchronise(batches=batches)
            await source.put(changed := Person(id="p00001", name=f"Змінений {batches}"))
            await mirror.synchronise()
            assert mirror.names() == expected(source, [known[0], changed, *known[2:]])

    async def test_a_source_that_dies_in_the_middle_loses_nothing(self, source: Source) -> None:
        known = people(source.page)
        await source.put(*known)
        mirror = Mirror(source.backend)
        async with asyncio.timeout(DEADLINE):
            with pytest.raises(BackendUnavailable):
                await mirror.synchronise(after_each=source.die)
        assert len(mirror.records) < len(known)
        await source.revive()
        await mirror.synchronise()
        assert mirror.names() == expected(source, known)

    async def test_a_cursor_nobody_knows_is_refused(self, source: Source) -> None:
        await source.put(*people(1))
        with pytest.raises(CursorRefused):
            await read(source.backend, "no cursor of ours")

    async def test_when_the_source_forgot_the_cursor_everything_comes_anew(self, source: Source) -> None:
        known = people(5)
        await source.put(*known)
        mirror = Mirror(source.backend)
        await mirror.synchronise()
        await source.remove("p00003")
        await source.forget_cursors()
        with pytest.raises(CursorRefused):
            await read(source.backend, mirror.cursor)
        await mirror.synchronise()
        assert mirror.names() == expected(source, [*known[:3], known[4]])

    # ---- what comes over

    async def test_everything_that_is_known_of_somebody_comes_over(self, source: Source) -> None:
        await source.put(OLENA)
        mirror = Mirror(source.backend)
        await mirror.synchronise()
        record = mirror.records[source.key("olena")]
        assert record.name == OLENA.name
        _assert_carried(source.carries, record)
        assert cleaned(record).key == record.key, "the key would be refused by whoever stores the record"

    # ---- faults

    async def test_a_wrong_password_is_refused_with_what_to_do(self, source: Source) -> None:
        await source.put(OLENA)
        intruder = source.intruder()
        with pytest.raises(BackendRefused) as caught:
            await read(intruder)
        assert not caught.value.retryable
        assert caught.value.remedy
        assert any(not finding.well and finding.remedy for finding in await intruder.check())
        await intruder.close()

    async def test_where_nobody_listens_another_try_may_help(self, source: Source) -> None:
        backend = source.unreachable()
        with pytest.raises(BackendUnavailable) as caught:
            await read(backend)
        assert caught.value.retryable
        assert any(not finding.well for finding in await backend.check())
        await backend.close()

    async def test_a_source_that_does_not_answer_is_given_up(self, source: Source) -> None:
        await source.put(OLENA)
        await source.stall()
        async with asyncio.timeout(DEADLINE):
            with pytest.raises(BackendUnavailable):
                await read(source.backend)

    async def test_a_source_that_is_busy_says_when_to_ask_again(self, source: Source) -> None:
        await source.put(OLENA)
        await source.throttle(7)
        with pytest.raises(BackendUnavailable) as caught:
            await read(source.backend)
        assert caught.value.retry_after == 7

    async def test_nothing_secret_is_told(self, source: Source, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        await source.put(OLENA)
        told: list[str] = []
        with capture_logs() as logs:
            for backend in (source.backend, source.intruder(), source.unreachable()):
                told.append(repr(await backend.check()))
                try:
                    await read(backend)
                except TelemarketError as error:
                    told.append("".join(traceback.format_exception(error)))
                await backend.close()
        text = "\n".join([*told, repr(logs), caplog.text])
        for secret in (source.secret, "intruder's secret"):
            assert secret not in text

    # ---- check

    async def test_a_check_of_what_is_well_finds_no_fault(self, source: Source) -> None:
        await source.put(*people(3))
        findings = await source.backend.check()
        assert findings
        assert [finding for finding in findings if not finding.well] == []

    # ---- live

    async def test_a_caller_is_found_live(self, source: Source) -> None:
        await source.put(OLENA, *people(5))
        for number in (OLENA.mobile, OLENA.direct) if "direct" in source.carries else (OLENA.mobile,):
            [record] = await source.backend.look_up(number, number.removeprefix("+"))
            assert (record.key, record.name) == (source.key("olena"), OLENA.name)
        assert list(await source.backend.look_up("+380991234567", "380991234567")) == []

    async def test_a_live_question_can_be_given_up(self, source: Source) -> None:
        await source.put(OLENA)
        await source.stall()
        question = asyncio.create_task(_look_up(source.backend))
        await asyncio.wait([question], timeout=0.3)
        assert not question.done(), "the source answers though it is stalled"
        question.cancel()
        async with asyncio.timeout(DEADLINE):
            with pytest.raises(asyncio.CancelledError):
                await question

    # ---- write-back

    async def test_the_result_of_a_request_is_kept(self, source: Source) -> None:
        await source.put(OLENA)
        await source.backend.write_back(msgspec.structs.replace(RESULT, record_key=source.key("olena")))
        assert list(await source.results()) == [RESULT.text]


async def read(backend: Backend, cursor: str = "") -> None:
    """Synchronise, and keep nothing."""
    async for _ in backend.sync(cursor):
        pass


async def _look_up(backend: Backend) -> Sequence[Record]:
    return await backend.look_up("+380671234567", "380671234567")


def _assert_carried(carries: frozenset[str], record: Record) -> None:
    for kind in carries & {"mobile", "direct", "fax"}:
        texts = [text for found, text in record.phones if found == kind]
        numbers = [number.e164 for text in texts for number in extract(text, PLAN)]
        assert numbers == [getattr(OLENA, kind)], kind
    for field in carries & {"company", "position"}:
        assert getattr(record, field) == getattr(OLENA, field)
    if "email" in carries:
        assert record.emails == (OLENA.email,)
    if "address" in carries:
        [(_, text)] = record.addresses
        assert "Хрещатик, 1" in text
    if "limit" in carries:
        [limit] = record.limits
        assert (limit.amount, limit.unit) == (OLENA.limit, "UAH")
        assert limit.service
