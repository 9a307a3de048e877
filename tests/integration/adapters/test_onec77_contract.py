"""A base of 1C:Enterprise 7.7 keeps the contract of a backend."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from telemarket.adapters.onec77 import KIND
from telemarket.backend import Backend
from tests.integration.adapters.contract import BackendContract, Person, cannot
from tests.integration.adapters.opening import opened
from tests.onec77.writer import Base, attribute, base36, identifier

_TEXTS = ("company", "position", "mobile", "direct", "fax", "email", "address")
_OPTIONS: dict[str, Any] = {
    "contacts": [
        {
            "catalog": "Клиенты",
            "company": "company",
            "position": "position",
            "phones": {"mobile": "mobile", "direct": "direct", "fax": "fax"},
            "emails": ["email"],
            "addresses": {"address": "work"},
        }
    ],
    "limits": [
        {
            "register": "Остатки",
            "contact": "Клиент",
            "service": "Услуга",
            "amount": "Сумма",
            "unit": "UAH",
            "references": {"Клиент": "Клиенты"},
        }
    ],
}


class BaseSource:
    carries = frozenset({*_TEXTS, "limit"})
    page = 2100
    secret = "files ask for no password"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._people: dict[str, Person] = {}
        self._numbers: dict[str, int] = {}
        self.backend = self._open()
        self._write()

    def _open(self, **options: Any) -> Backend:
        return opened(KIND, self._folder, **{**_OPTIONS, "folder": "base", **options})

    async def put(self, *people: Person) -> None:
        for person in people:
            self._people[person.id] = person
            self._numbers.setdefault(person.id, len(self._numbers) + 1)
        self._write()

    async def remove(self, *ids: str) -> None:
        for each in ids:
            del self._people[each]
        self._write()

    def key(self, person_id: str) -> str:
        return f"SC1:{base36(self._numbers[person_id])}"

    async def forget_cursors(self) -> None:
        """What was read last is kept beside the base, not in it."""
        for path in self._folder.glob("*"):
            if path.is_file():
                path.unlink()

    async def die(self) -> None:
        raise NotImplementedError

    async def revive(self) -> None:
        raise NotImplementedError

    async def stall(self) -> None:
        raise NotImplementedError

    async def throttle(self, seconds: int) -> None:
        raise NotImplementedError

    def intruder(self) -> Backend:
        return self._open()

    def unreachable(self) -> Backend:
        return self._open(folder="nowhere")

    async def results(self) -> Sequence[str]:
        raise NotImplementedError

    def _write(self) -> None:
        base = Base()
        base.tables["1SSYSTEM"].add(CURDATE="20261122", CURTIME="7579C0", SNAPSHPER="M")
        columns = [attribute(number, name, length=60) for number, name in enumerate(_TEXTS, 10)]
        people = base.catalog(1, "Клиенты", *columns)
        totals = base.register(
            2,
            "Остатки",
            attribute(21, "Клиент"),
            attribute(22, "Услуга", length=30),
            attribute(23, "Сумма", "N", 14, 2),
        )
        for person in self._people.values():
            found = identifier(self._numbers[person.id])
            texts = {f"SP{number}": getattr(person, name) for number, name in enumerate(_TEXTS, 10)}
            people.add(ID=found, CODE="", DESCR=person.name, **texts)
            if person.limit is not None:
                totals.add(PERIOD="20261101", SP21=found, SP22="Медицина", SP23=str(person.limit))
        base.write(self._folder / "base")


class TestBase(BackendContract):
    @pytest.fixture
    async def source(self, tmp_path: Path) -> AsyncIterator[BaseSource]:
        source = BaseSource(tmp_path)
        yield source
        await source.backend.close()

    test_a_source_that_dies_in_the_middle_loses_nothing = cannot("files do not die; torn ones have tests of their own")
    test_where_nobody_listens_another_try_may_help = cannot("of a folder that is not there somebody has to know why")
    test_a_wrong_password_is_refused_with_what_to_do = cannot("files ask for no password")
    test_a_source_that_does_not_answer_is_given_up = cannot("nobody is asked")
    test_a_source_that_is_busy_says_when_to_ask_again = cannot("nobody is asked")
    test_a_caller_is_found_live = cannot("nothing in a base is found by its telephone")
    test_a_live_question_can_be_given_up = cannot("there is no live look-up")
    test_the_result_of_a_request_is_kept = cannot("a base is never written to")
