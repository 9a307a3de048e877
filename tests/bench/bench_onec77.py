"""How long it takes to read a base of 1C 7.7 with half a million clients, beside merely reading its file.

JSON: `rows`, `megabytes`, and CPU seconds of this process for `bytes` (the file read in blocks), `plain` (those cut
into all columns and decoded, which is the least any reader does), `dbfread` (the peer), `columns` (our reader, six
columns, every row read twice), `first` (a first synchronisation: every client a record), `changed` (one after a few
rows were changed) and `unchanged` (one after nothing was). `ratios` are to `plain`. Of several rounds the quickest
counts: what else the machine does can only add.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dbfread

from telemarket.adapters.onec77 import KIND, dbf
from telemarket.backend import Backend, BackendContext
from telemarket.core.clock import utc_now
from tests.onec77.dbf import Column, Hand, header, record, width
from tests.onec77.writer import EMPTY, Base, Table, attribute, identifier

ROWS = 500_000
ROUNDS = 3
BLOCK = 1 << 20
CHANGED = 100
_MAPPING = {
    "catalog": "Контрагенты",
    "phones": {"Телефон": "main", "Мобильный": "mobile"},
    "emails": ["ЭлПочта"],
    "addresses": {"Адрес": "legal"},
    "attributes": {"Договор": "Договор"},
}


def run() -> dict[str, Any]:
    """Write the base and measure."""
    with TemporaryDirectory() as folder:
        table = _base(Path(folder))
        return asyncio.run(_measure(Path(folder), table))


async def _measure(folder: Path, table: Table) -> dict[str, Any]:
    path = folder / "SC47.DBF"
    names = ["ID", "DESCR", "SP1", "SP2", "SP3", "SP4"]
    seconds = {
        "bytes": _quickest(lambda: _read_bytes(path)),
        "plain": _quickest(lambda: _read_plain(path, table.columns)),
        "dbfread": _quickest(lambda: sum(1 for _ in dbfread.DBF(path, encoding="cp1251", raw=False)), 1),
        "columns": _quickest(lambda: sum(1 for _ in dbf.rows(path, names, "cp1251"))),
    }
    options = KIND.options.model_validate({"folder": folder, "contacts": [_MAPPING]})
    context = BackendContext(name="bench", title="", folder=folder / "own", data_dir=folder, clock=utc_now)
    backend = KIND.open(context, options)
    cursor = ""
    for name, wanted in (("first", ROWS), ("changed", CHANGED), ("unchanged", 0)):
        rounds = []
        for turn in range(ROUNDS):
            if name == "changed":
                _change(path, table, turn)
            started = time.process_time()
            records, newest = await _synchronise(backend, "" if name == "first" else cursor)
            rounds.append(time.process_time() - started)
            assert records == wanted, f"{name}: {records} records"
            cursor = newest
        seconds[name] = min(rounds)
    ratios = {name: round(value / seconds["plain"], 2) for name, value in seconds.items()}
    megabytes = round(path.stat().st_size / 1e6)
    for name, value in seconds.items():
        print(f"{name:<12}{value:>8.2f} s{ratios[name]:>8.2f} × plain")
    return {"rows": ROWS, "megabytes": megabytes, **{k: round(v, 3) for k, v in seconds.items()}, "ratios": ratios}


async def _synchronise(backend: Backend, cursor: str) -> tuple[int, str]:
    records = 0
    async for batch in backend.sync(cursor):
        records += len(batch.records)
        cursor = batch.cursor or cursor
    return records, cursor


def _base(folder: Path) -> Table:
    """A catalog of seventeen columns with as many clients as wanted."""
    base = Base()
    table = base.catalog(
        47,
        "Контрагенты",
        attribute(1, "Телефон", length=30),
        attribute(2, "Мобильный", length=30),
        attribute(3, "ЭлПочта", length=40),
        attribute(4, "Адрес", length=60),
        attribute(5, "Договор", length=20),
        attribute(6, "ДатаДоговора", "D", 8),
        attribute(7, "Менеджер"),
        attribute(8, "Скидка", "N", 5, 2),
        attribute(9, "ОКПО", length=12),
        folders=True,
    )
    base.write(folder)
    with (folder / "SC47.DBF").open("wb") as file:
        file.write(header(table.columns, ROWS))
        for number in range(ROWS):
            file.write(record(table.columns, _client(number), "cp1251"))
        file.write(b"\x1a")
    return table


def _client(number: int, phone: str = "(044) 291-01-90") -> dict[str, str]:
    return {
        "ID": identifier(number + 1),
        "PARENTID": EMPTY,
        "CODE": str(number % 100_000),
        "DESCR": f"Товариство «Ромашка-{number}»",
        "ISFOLDER": "2",
        "VERSTAMP": "     1",
        "SP1": phone,
        "SP2": f"067 {number:07}",
        "SP3": f"office{number}@example.com",
        "SP4": "01001, Київ, вул. Хрещатик, 1",
        "SP5": f"Д-{number}/26",
        "SP6": "20260115",
        "SP7": EMPTY,
        "SP8": "2.50",
        "SP9": f"{number:08}",
    }


def _change(path: Path, table: Table, turn: int) -> None:
    with Hand(path, table.columns) as hand:
        for slot in range(CHANGED):
            hand.put(slot * (ROWS // CHANGED), _client(slot * (ROWS // CHANGED), f"(044) 291-{turn:02}-91"))


def _read_bytes(path: Path) -> None:
    with path.open("rb", buffering=0) as file:
        while file.read(BLOCK):
            pass


def _read_plain(path: Path, columns: Sequence[Column]) -> None:
    """Blocks of whole rows, decoded once, sliced by the columns' places."""
    row = width(columns)
    places, place = [], 1
    for column in columns:
        places.append((place, place + column.length))
        place += column.length
    with path.open("rb", buffering=0) as file:
        file.seek(len(header(columns, 0)))
        while len(block := file.read(BLOCK // row * row)) >= row:
            text = block.decode("cp1251")
            for start in range(0, len(text) - row + 1, row):
                line = text[start : start + row]
                if line[0] == " ":
                    [line[begin:end].rstrip() for begin, end in places]


def _quickest(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    seconds = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return min(seconds)
