"""Results of requests on their way to a backend that is away, refuses everybody, or refuses one of them."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import pytest
import sqlalchemy as sa

from telemarket.adapters.write_back import WriteBack, place_of
from telemarket.backend import BackendRefused, BackendUnavailable, Result, ResultRefused
from telemarket.contacts.sync.states import SyncStates
from telemarket.contacts.tables import backend_states
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.errors import TelemarketError
from tests.fakes.backend import FakeBackend

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Change(msgspec.Struct, frozen=True):
    id: int
    contact_id: int = 1

    @property
    def position(self) -> str:
        return f"{self.id:03}"

    @property
    def result(self) -> Result:
        return Result(record_key="", request_id=self.id, at=AT, project="077", state="done")


class Crm(FakeBackend):
    """Its contact of the request `refused` is gone."""

    refused = 0
    faulty = False

    async def write_back(self, result: Result) -> None:
        if self.faulty:
            raise KeyError("note")
        if result.request_id == self.refused:
            raise ResultRefused("The contact is gone.")
        await super().write_back(result)

    @property
    def kept(self) -> list[int]:
        return [result.request_id for result in self.results]


class House:
    """Requests 1, 2, 3… as they are changed, and the daemon that hands them over."""

    def __init__(self, database: Database) -> None:
        self.crm = Crm("crm")
        self.changes: list[Change] = []
        self.strangers: set[int] = set()  # requests of contacts the CRM does not know
        self.states = SyncStates(database, utc_now)
        self._database = database
        self._write_back = WriteBack([self.crm], self, self._key, self.states, "daemon")

    async def _key(self, _backend: str, contact_id: int) -> str | None:
        return None if contact_id in self.strangers else f"k{contact_id}"

    def now(self) -> str:
        return "000"

    async def since(self, position: str, limit: int) -> Sequence[Change]:
        return [change for change in self.changes if change.position > position][:limit]

    async def hand_over(self) -> None:
        await self._write_back.hand_over(self.crm)

    async def stored(self) -> tuple[object, ...]:
        async with self._database.read() as connection:
            return tuple((await connection.execute(sa.select(backend_states))).one())


@pytest.fixture
async def house(database: Database) -> House:
    house = House(database)
    await house.hand_over()  # from here on
    house.changes += [Change(id=number) for number in (1, 2, 3)]
    return house


@pytest.mark.parametrize(
    "fault",
    [BackendRefused("The password has expired.", remedy="Check user and password."), BackendUnavailable("Away.")],
)
async def test_no_result_is_lost_while_the_backend_takes_none(house: House, fault: TelemarketError) -> None:
    house.crm.fault = fault
    for _ in range(2):
        with pytest.raises(type(fault)):
            await house.hand_over()
    state = await house.states.read(place_of("crm"))
    assert state.failing
    assert state.failure is not None
    assert (state.failure.message, state.failure.remedy) == (fault.message, fault.remedy)
    house.crm.fault = None
    await house.hand_over()
    assert house.crm.kept == [1, 2, 3]
    assert not (await house.states.read(place_of("crm"))).failing


async def test_one_result_that_is_refused_is_named_and_costs_the_others_nothing(house: House) -> None:
    house.crm.refused = 2
    await house.hand_over()
    assert house.crm.kept == [1, 3]
    state = await house.states.read(place_of("crm"))
    assert state.counts.refusals == [("2", "The contact is gone.")]
    assert not state.failing


async def test_a_fault_of_the_backend_itself_holds_results_too(house: House) -> None:
    house.crm.faulty = True
    with pytest.raises(KeyError):
        await house.hand_over()
    house.crm.faulty = False
    await house.hand_over()
    assert house.crm.kept == [1, 2, 3]


async def test_without_anything_new_nothing_is_written(house: House) -> None:
    house.crm.refused = 3
    await house.hand_over()
    before = await house.stored()
    await house.hand_over()
    assert await house.stored() == before
    assert house.crm.kept == [1, 2]


async def test_requests_of_people_the_backend_does_not_know_are_not_looked_at_again(house: House) -> None:
    house.strangers = {1}
    await house.hand_over()
    assert house.crm.kept == []
    assert (await house.states.read(place_of("crm"))).cursor == "003"
