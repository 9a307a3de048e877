"""A CSV file keeps the contract of a backend."""

import csv
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from telemarket_example.backend import KIND
from telemarket_example.contacts import COLUMNS

from telemarket.backend import Backend
from tests.integration.adapters.contract import BackendContract, Person, cannot
from tests.integration.adapters.opening import opened


class FileSource:
    carries = frozenset({"limit"})  # and telephones, of which it does not know the kind
    page = 2100
    secret = "a file asks for no password"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._people: dict[str, Person] = {}
        self.backend = self.open()

    def open(self, **options: Any) -> Backend:
        return opened(KIND, self._folder, **{"file": "contacts.csv", **options})

    async def put(self, *people: Person) -> None:
        self._people |= {person.id: person for person in people}
        self._write()

    async def remove(self, *ids: str) -> None:
        for each in ids:
            del self._people[each]
        self._write()

    def key(self, person_id: str) -> str:
        return person_id

    def intruder(self) -> Backend:
        return self.open()

    def unreachable(self) -> Backend:
        return self.open(file="nowhere.csv")

    async def forget_cursors(self) -> None:
        raise NotImplementedError

    async def die(self) -> None:
        raise NotImplementedError

    async def revive(self) -> None:
        raise NotImplementedError

    async def stall(self) -> None:
        raise NotImplementedError

    async def throttle(self, seconds: int) -> None:
        raise NotImplementedError

    async def results(self) -> Sequence[str]:
        raise NotImplementedError

    def _write(self) -> None:
        with (self._folder / "contacts.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(COLUMNS)
            for person in self._people.values():
                phones = ", ".join(filter(None, (person.mobile, person.direct)))
                left = "" if person.limit is None else str(person.limit)
                writer.writerow((person.id, person.name, phones, "Медицина", left))


class TestContactsFile(BackendContract):
    @pytest.fixture
    async def source(self, tmp_path: Path) -> AsyncIterator[FileSource]:
        source = FileSource(tmp_path)
        yield source
        await source.backend.close()

    test_only_what_changed_is_named_again = cannot("of a changed file all is read")
    test_a_source_that_dies_in_the_middle_loses_nothing = cannot("a file is read at once")
    test_a_cursor_nobody_knows_is_refused = cannot("with any cursor but the file's own stamp all is read")
    test_when_the_source_forgot_the_cursor_everything_comes_anew = cannot("it keeps none")
    test_a_wrong_password_is_refused_with_what_to_do = cannot("a file asks for no password")
    test_a_source_that_does_not_answer_is_given_up = cannot("nobody is asked")
    test_a_source_that_is_busy_says_when_to_ask_again = cannot("nobody is asked")
    test_a_live_question_can_be_given_up = cannot("nobody is asked")
    test_the_result_of_a_request_is_kept = cannot("it is never written to")
