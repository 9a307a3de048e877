"""How long an import takes, as a ratio to merely reading the file: a spreadsheet and a text, into both databases.

JSON: `rows`, `read` (seconds for each kind of file, and `cpu` seconds), and for each of `sqlite` and `postgresql` and
each kind of file `seconds`, `cpu_seconds` (of this process: PostgreSQL's own are not in it) and `ratio`, of the
seconds to those of reading.
"""

import asyncio
import csv
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import python_calamine
import xlsxwriter

from telemarket.contacts.model import OWN
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.migrate import upgrade
from telemarket.importing.running import ImportRunner
from telemarket.importing.sample import take_sample
from telemarket.importing.store import ImportStore
from telemarket.numbers import NumberingPlan
from tests.postgres import PrivatePostgres

ROWS = 1_000_000
CACHE = Path(__file__).parents[2] / "var" / "bench"
HEADINGS = ["ПІБ", "Телефон", "E-mail", "Компанія", "Посада", "Адреса", "Регіон", "Категорія", "№ договору", "Залишок"]
SURNAMES = ["Шевченко", "Бондар", "Коваль", "Мельник", "Ткаченко", "Кравчук", "Новоха", "Гриценко"]
NAMES = ["Олена Іванівна", "Тарас Петрович", "Ірина Сергіївна", "Андрій Олегович", "Марія Андріївна"]
CITIES = ["Київ", "Львів", "Одеса", "Харків", "Дніпро"]


def run(rows: int = ROWS) -> dict[str, Any]:
    """Measure both kinds of file on both databases."""
    files = {kind: _file(kind, rows) for kind in ("xlsx", "csv")}
    read = {kind: _timed(lambda path=path, kind=kind: READERS[kind](path)) for kind, path in files.items()}
    for kind, (seconds, cpu) in read.items():
        print(f"reading {kind:<5} {seconds:8.1f} s, {cpu:8.1f} s of CPU", flush=True)
    results: dict[str, Any] = {
        "rows": rows,
        "read": {kind: {"seconds": round(seconds, 2), "cpu": round(cpu, 2)} for kind, (seconds, cpu) in read.items()},
    }
    with PrivatePostgres() as server, TemporaryDirectory() as folder:
        for name in ("sqlite", "postgresql"):
            results[name] = {}
            for kind, path in files.items():
                url = f"sqlite+aiosqlite:///{folder}/{kind}.db" if name == "sqlite" else server.create(f"import_{kind}")
                seconds, cpu = asyncio.run(_import(url, path, rows))
                ratio = round(seconds / read[kind][0], 1)
                results[name][kind] = {"seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1), "ratio": ratio}
                print(f"{name:<11} {kind:<5} {seconds:8.1f} s, {cpu:8.1f} s of CPU, {ratio:6.1f} × reading", flush=True)
    return results


async def _import(url: str, path: Path, rows: int) -> tuple[float, float]:
    database = Database(url, bulk=True)
    try:
        await upgrade(database)
        store, plan = ImportStore(database, utc_now), NumberingPlan()
        import_id = await store.add(path.name, None, mapping=take_sample(path).recognise(plan).mapping())
        await store.begin(import_id)
        started, cpu = time.perf_counter(), time.process_time()
        counts = await ImportRunner(database, plan, {OWN: 100}, utc_now).run(import_id, path)
        if counts.read != rows:
            sys.exit(f"{counts.read} of {rows} rows were read")
        return time.perf_counter() - started, time.process_time() - cpu
    finally:
        await database.close()


def _read_xlsx(path: Path) -> None:
    with python_calamine.CalamineWorkbook.from_path(path) as book:
        for _ in book.get_sheet_by_index(0).iter_rows():
            pass


def _read_csv(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file, delimiter=";"):
            pass


READERS: dict[str, Callable[[Path], None]] = {"xlsx": _read_xlsx, "csv": _read_csv}


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    started, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - cpu


def _file(kind: str, rows: int) -> Path:
    """A file of so many clients, kept for the next time."""
    path = CACHE / f"import-{rows}.{kind}"
    if not path.exists():
        print(f"making {path.name}…", flush=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        half_done = path.with_suffix(f".{kind}.new")
        WRITERS[kind](half_done, rows)
        half_done.rename(path)
    return path


def _write_xlsx(path: Path, rows: int) -> None:
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        for number, row in enumerate(_clients(rows), 1):
            sheet.write_row(number, 0, row)


def _write_csv(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADINGS)
        writer.writerows(_clients(rows))


WRITERS: dict[str, Callable[[Path, int], None]] = {"xlsx": _write_xlsx, "csv": _write_csv}


def _clients(count: int) -> Any:
    dice = random.Random(1)
    for number in range(count):
        yield [
            f"{dice.choice(SURNAMES)} {dice.choice(NAMES)}",
            f"0{dice.choice((67, 50, 63, 95))}{number + 2_000_000:07}",
            f"client{number}@example.com",
            f"ТОВ Фірма {number % 50_000}",
            dice.choice(["директор", "бухгалтер", "менеджер"]),
            f"м. {dice.choice(CITIES)}, вул. Садова, {number % 200}",
            dice.choice(CITIES),
            dice.choice(["ДМС", "КАСКО"]),
            f"D-{number:07}",
            dice.randrange(100, 5_000_000) / 100,
        ]
