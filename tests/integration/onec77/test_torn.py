"""Reading while 1C writes: rows half-written, deleted, put into slots of others, appended."""

import random
import threading
from pathlib import Path
from typing import Any

import pytest

from telemarket.adapters.onec77 import dbf
from telemarket.adapters.onec77.errors import BusyBase
from telemarket.backend import Record
from tests.onec77.dbf import Deleted, Hand, Row
from tests.onec77.reading import Reader, opened
from tests.onec77.writer import Base, Table, attribute, identifier

ROWS = 400
OPTIONS: dict[str, Any] = {
    "folder": "base",
    "contacts": [
        {"catalog": "Клиенты", "phones": {"Телефон": "mobile"}, "attributes": {"Версія": "Версия"}},
    ],
}


class Writer:
    """A 1C that never rests: every row says its version at its beginning and at its end."""

    def __init__(self, folder: Path) -> None:
        base = Base()
        self._table: Table = base.catalog(
            5, "Клиенты", attribute(1, "Прочее", length=200), attribute(2, "Телефон", length=30), attribute(3, "Версия")
        )
        self.rows: list[Row] = [_row(number, 0) for number in range(ROWS)]
        self._table.rows = list(self.rows)
        base.write(folder / "base")
        self._path = folder / "base/SC5.DBF"
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._write, name="1C")
        self._dice = random.Random(77)
        self._newest = ROWS

    def __enter__(self) -> "Writer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _write(self) -> None:
        with Hand(self._path, self._table.columns) as hand:
            version = 0
            while not self._end.is_set():
                version += 1
                slot = self._dice.randrange(len(self.rows))
                row = self._next(slot, version)
                if row is None:
                    row = self._new(version)
                    hand.append(len(self.rows), row)
                    self.rows.append(row)
                    continue
                first, second = hand.halves(slot, row)
                hand.write_piece(first)
                self._end.wait(0.001)
                hand.write_piece(second)
                self.rows[slot] = row

    def _next(self, slot: int, version: int) -> Row | None:
        """What to put into a slot; None: append."""
        there = self.rows[slot]
        what = self._dice.random()
        if isinstance(there, Deleted):
            return self._new(version)
        if what < 0.05:
            return Deleted(there)
        if what < 0.1:
            return None
        return _row(int(there["ID"].strip(), 36) - 1, version)

    def _new(self, version: int) -> Row:
        self._newest += 1
        return _row(self._newest, version)

    @property
    def contacts(self) -> dict[str, str]:
        """Names by key of those who are there."""
        return {f"SC5:{row['ID'].strip()}": row["DESCR"] for row in self.rows if not isinstance(row, Deleted)}


def _row(number: int, version: int) -> Row:
    return {
        "ID": identifier(number + 1),
        "DESCR": f"Клієнт {number} v{version}",
        "SP2": f"v{version}",
        "SP3": str(version),
    }


def whole(record: Record) -> bool:
    """Whether all of a record is of one version."""
    version = record.name.rpartition(" v")[2]
    return record.phones == (("mobile", f"v{version}"),) and record.attributes == (("Версія", version),)


async def test_nothing_is_lost_doubled_or_half(tmp_path: Path) -> None:
    reader = Reader(opened(tmp_path, OPTIONS))
    with Writer(tmp_path) as writer:
        for _ in range(12):
            await reader.read()
            assert [record for record in reader.records.values() if not whole(record)] == []
            assert reader.refused == []
            assert len(reader.records) > ROWS * 0.8
    await reader.read()
    assert {key: record.name for key, record in reader.records.items()} == writer.contacts


async def test_a_row_that_never_rests_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dbf, "_PAUSES", (0.0, 0.0))
    writer = Writer(tmp_path)
    path = tmp_path / "base/SC5.DBF"
    reading, version = dbf._read, 0

    def read(*arguments: Any) -> bytes:
        """Somebody writes between any two readings."""
        nonlocal version
        version += 1
        with Hand(path, writer._table.columns) as hand:
            hand.put(7, _row(7, version))
        return reading(*arguments)

    monkeypatch.setattr(dbf, "_read", read)
    with pytest.raises(BusyBase) as caught:
        list(dbf.rows(path, ["ID"], "cp1251"))
    assert caught.value.retryable
