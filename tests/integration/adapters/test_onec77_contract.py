"""1C 7.7 keeps the contract of a backend: as DBF files, in SQL, and as a folder of exports."""

import csv
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from telemarket.adapters.onec77 import KIND
from telemarket.backend import Backend
from tests.integration.adapters.contract import BackendContract, Person, cannot
from tests.integration.adapters.opening import opened
from tests.onec77.writer import Base, attribute, identifier

_TELEPHONES = {"Мобильный": "mobile", "Прямой": "direct", "Факс": "fax"}
_MAPPING = {
    "catalog": "Клиенты",
    "company": "Фирма",
    "position": "Должность",
    "phones": _TELEPHONES,
    "emails": ["ЭлПочта"],
    "addresses": {"Адрес": "work"},
}
_LIMITS = {
    "register": "Лимиты",
    "contact": "Клиент",
    "service": "Услуга",
    "amount": "Сумма",
    "unit": "UAH",
    "references": {"Клиент": "Клиенты"},
}
_OPTIONS: dict[str, Any] = {"contacts": [_MAPPING], "limits": [_LIMITS]}
_ATTRIBUTES = {
    "company": attribute(1, "Фирма", length=60),
    "position": attribute(2, "Должность", length=40),
    "mobile": attribute(3, "Мобильный", length=30),
    "direct": attribute(4, "Прямой", length=30),
    "fax": attribute(5, "Факс", length=30),
    "email": attribute(6, "ЭлПочта", length=60),
    "address": attribute(7, "Адрес", length=100),
}
_SERVICE = "Медицина"


class OneC77Source:
    """A 1C whose clients are people."""

    carries = frozenset({*_ATTRIBUTES, "limit"})
    page = 6000
    secret = "reader's secret"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._people: dict[str, Person] = {}
        self._numbers: dict[str, int] = {}
        self.write()
        self.backend = self.open()

    def open(self) -> Backend:
        raise NotImplementedError

    def write(self) -> None:
        """What 1C does when something was changed."""
        self._base().write(self._folder / "base")

    def _base(self) -> Base:
        base = Base()
        base.tables["1SSYSTEM"].add(CURDATE="20261122", SNAPSHPER="M")
        clients = base.catalog(5, "Клиенты", *_ATTRIBUTES.values())
        totals = base.register(
            6,
            "Лимиты",
            attribute(61, "Клиент"),
            attribute(62, "Услуга", length=30),
            attribute(63, "Сумма", "N", 14, 2),
        )
        for id_, person in self._people.items():
            number = identifier(self._numbers[id_])
            cells = {column.name: getattr(person, field) for field, column in _ATTRIBUTES.items()}
            clients.add(ID=number, DESCR=person.name, **cells)
            if person.limit is not None:
                totals.add(PERIOD="20261101", SP61=number, SP62=_SERVICE, SP63=str(person.limit))
        return base

    async def put(self, *people: Person) -> None:
        for person in people:
            self._people[person.id] = person
            self._numbers.setdefault(person.id, len(self._numbers) + 1)
        self.write()

    async def remove(self, *ids: str) -> None:
        for each in ids:
            del self._people[each]
        self.write()

    def key(self, person_id: str) -> str:
        return f"SC5:{identifier(self._numbers[person_id]).strip()}"

    async def forget_cursors(self) -> None:
        for path in self._folder.glob("known-*"):
            path.unlink()

    async def die(self) -> None:
        """1C begins to rebuild the file."""
        path = self._folder / "base/SC5.DBF"
        path.write_bytes(path.read_bytes()[:1000])

    async def revive(self) -> None:
        self.write()

    async def stall(self) -> None:
        raise NotImplementedError

    async def throttle(self, seconds: int) -> None:
        raise NotImplementedError

    def intruder(self) -> Backend:
        raise NotImplementedError

    def unreachable(self) -> Backend:
        raise NotImplementedError

    async def results(self) -> Sequence[str]:
        raise NotImplementedError


class DbfSource(OneC77Source):
    def open(self) -> Backend:
        return opened(KIND, self._folder, folder="base", **_OPTIONS)


class SqlSource(OneC77Source):
    def open(self) -> Backend:
        return self._open(f"sqlite:///{self._folder / 'base.db'}")

    def _open(self, url: str) -> Backend:
        return opened(KIND, self._folder, source="sql", url=url, dictionary="1Cv7.DDS", **_OPTIONS)

    def write(self) -> None:
        path = self._folder / "base.db"
        path.unlink(missing_ok=True)
        engine = sa.create_engine(f"sqlite:///{path}")
        self._base().write_sql(engine, self._folder / "1Cv7.DDS")
        engine.dispose()

    def intruder(self) -> Backend:
        return self._open("mssql+pymssql://reader:intruder's secret@127.0.0.1/base")

    def unreachable(self) -> Backend:
        return self._open(f"sqlite:///{self._folder / 'nowhere/base.db'}")


class DropSource(OneC77Source):
    def open(self) -> Backend:
        return opened(KIND, self._folder, source="folder", folder="drop", key="Код", **_OPTIONS)

    def key(self, person_id: str) -> str:
        return f"клиенты:{person_id}"

    def write(self) -> None:
        titles = ["Код", "Наименование", *(column.label.removeprefix("(P)") for column in _ATTRIBUTES.values())]
        people = self._people.values()
        self._export("Клиенты", titles, [[p.id, p.name, *(getattr(p, name) for name in _ATTRIBUTES)] for p in people])
        limits = [[p.id, _SERVICE, str(p.limit)] for p in people if p.limit is not None]
        self._export("Лимиты", ["Клиент", "Услуга", "Сумма"], limits)

    def _export(self, name: str, titles: list[str], rows: list[list[str]]) -> None:
        path = self._folder / "drop" / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        before = path.stat().st_mtime if path.exists() else time.time() - 1000
        with path.open("w", encoding="cp1251", newline="") as file:
            csv.writer(file, delimiter=";").writerows([titles, *rows])
        os.utime(path, (before + 1, before + 1))  # finished some time ago

    async def die(self) -> None:
        path = self._folder / "drop/Клиенты.csv"
        os.utime(path)  # being written again


class _OfAll(BackendContract):
    test_a_source_that_does_not_answer_is_given_up = cannot("an operating system answers for files, or it hangs")
    test_a_source_that_is_busy_says_when_to_ask_again = cannot("1C has no way to say when")
    test_a_caller_is_found_live = cannot("nothing in 1C can be found by its telephone")
    test_a_live_question_can_be_given_up = cannot("nothing is asked live")
    test_the_result_of_a_request_is_kept = cannot("nothing is ever written into a base of 1C")


class TestDbf(_OfAll):
    @pytest.fixture
    def source(self, tmp_path: Path) -> DbfSource:
        return DbfSource(tmp_path)

    test_a_wrong_password_is_refused_with_what_to_do = cannot("files have no password")
    test_where_nobody_listens_another_try_may_help = cannot("a folder that is not there has to be mended")
    test_nothing_secret_is_told = cannot("files have no password")


class TestSql(_OfAll):
    @pytest.fixture
    def source(self, tmp_path: Path) -> SqlSource:
        return SqlSource(tmp_path)

    test_a_source_that_dies_in_the_middle_loses_nothing = cannot("SQLite has no server that could die")
    test_a_wrong_password_is_refused_with_what_to_do = cannot("SQLite has no passwords")


class TestDrop(_OfAll):
    @pytest.fixture
    def source(self, tmp_path: Path) -> DropSource:
        return DropSource(tmp_path)

    test_a_source_that_dies_in_the_middle_loses_nothing = cannot("an export that was opened is read to its end")
    test_a_wrong_password_is_refused_with_what_to_do = cannot("files have no password")
    test_where_nobody_listens_another_try_may_help = cannot("a folder that is not there has to be mended")
    test_nothing_secret_is_told = cannot("files have no password")
