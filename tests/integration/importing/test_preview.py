"""What would become of a file's rows, tried before anything is written."""

import asyncio
import threading
from pathlib import Path

from telemarket.core.database import Database
from telemarket.importing.drafting import Registers
from telemarket.importing.model import Column, Mapping
from telemarket.importing.preview import preview
from telemarket.importing.sample import take_sample
from telemarket.numbers import NumberingPlan

PLAN = NumberingPlan()


async def test_calls_are_attended_to_while_rows_are_tried(database: Database, tmp_path: Path) -> None:
    reading, answered = threading.Event(), threading.Event()

    class Consultants(dict[str, int]):
        """A register that is read no faster than the loop attends to something else."""

        def get(self, *_: object) -> int:
            reading.set()
            assert answered.wait(30)
            return 7

    async def call() -> None:
        await asyncio.to_thread(reading.wait, 30)
        answered.set()

    path = tmp_path / "clients.csv"
    path.write_text("ПІБ;Консультант\nКоваль Тарас;Олена\n")
    columns = (Column(heading="ПІБ", target="name"), Column(heading="Консультант", target="consultant"))
    calling = asyncio.create_task(call())
    tried = await preview(
        database, take_sample(path), Mapping(columns=columns), PLAN, Registers(consultants=Consultants())
    )
    await calling
    assert [row.values["consultant_id"] for row in tried.rows] == [7]
