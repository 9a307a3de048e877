"""The backend in memory that other tests use keeps the contract itself."""

from collections.abc import AsyncIterator, Sequence

import pytest

from telemarket.backend import Backend, BackendRefused, BackendUnavailable, Limit, Record
from tests.fakes.backend import FakeBackend
from tests.integration.adapters.contract import BackendContract, Person, cannot


class FakeSource:
    carries = frozenset({"company", "position", "mobile", "direct", "fax", "email", "address", "limit"})
    page = 10
    secret = "the fake's secret"

    def __init__(self) -> None:
        self.backend = FakeBackend()

    async def put(self, *people: Person) -> None:
        self.backend.put(*map(_record, people))

    async def remove(self, *ids: str) -> None:
        self.backend.remove(*ids)

    def key(self, person_id: str) -> str:
        return person_id

    async def forget_cursors(self) -> None:
        self.backend.forget()

    async def die(self) -> None:
        self.backend.fault = BackendUnavailable("It is dead.")

    async def revive(self) -> None:
        self.backend.fault = None

    async def stall(self) -> None:
        self.backend.stalled = True

    async def throttle(self, seconds: int) -> None:
        self.backend.fault = BackendUnavailable("It is busy.", retry_after=seconds)

    def intruder(self) -> Backend:
        backend = FakeBackend()
        backend.fault = BackendRefused("The password is wrong.", remedy="Correct it.")
        return backend

    def unreachable(self) -> Backend:
        backend = FakeBackend()
        backend.fault = BackendUnavailable("Nobody listens.")
        return backend

    async def results(self) -> Sequence[str]:
        return [result.text for result in self.backend.results]


class TestFake(BackendContract):
    @pytest.fixture
    async def source(self) -> AsyncIterator[FakeSource]:
        source = FakeSource()
        yield source
        await source.backend.close()

    test_a_source_that_does_not_answer_is_given_up = cannot("only its look-ups can be stalled")


def _record(person: Person) -> Record:
    left = (Limit(service="Медицина", amount=person.limit, unit="UAH"),) if person.limit is not None else ()
    phones = (("mobile", person.mobile), ("direct", person.direct), ("fax", person.fax))
    return Record(
        key=person.id,
        name=person.name,
        company=person.company,
        position=person.position,
        phones=tuple((kind, text) for kind, text in phones if text),
        emails=(person.email,) if person.email else (),
        addresses=(("work", person.address),) if person.address else (),
        limits=left,
    )
