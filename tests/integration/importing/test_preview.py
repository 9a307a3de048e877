"""What would become of a file's rows, tried before anything is written."""

import asyncio
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts.model import ContactFields
from telemarket.contacts.service import ContactService
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.importing.deciding import Known
from telemarket.importing.drafting import Registers
from telemarket.importing.known import read_contacts
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
    shown = await preview(
        database, take_sample(path), Mapping(columns=columns), PLAN, Registers(consultants=Consultants())
    )
    await calling
    assert [row.values["consultant_id"] for row in shown.rows] == [7]


async def tried(database: Database, folder: Path, text: str, **told: Any) -> list[tuple[str, int | None]]:
    """What would become of each row of a file: its fate, and the contact it is taken for."""
    path = folder / "clients.csv"
    path.write_text(text)
    sample = take_sample(path)
    mapping = msgspec.structs.replace(sample.recognise(PLAN).mapping(), **told)
    return [(row.action, row.contact_id) for row in (await preview(database, sample, mapping, PLAN, Registers())).rows]


async def test_colleagues_behind_one_telephone_stay_who_they_are(database: Database, tmp_path: Path) -> None:
    contacts = ContactService(database, PLAN, utc_now)
    ivan = await contacts.create(ContactFields(name="Іван Ко", phones=(("", "(044) 490-12-34 дод. 11"),)))
    vira = await contacts.create(ContactFields(name="Віра Лі", phones=(("", "(044) 490-12-35"),)))
    nobody = await contacts.create(ContactFields(phones=(("", "(044) 490-12-36"),)))
    rows = [
        "ПІБ;Телефон",
        "Олена Бо;(044) 490-12-34 дод. 12",
        "Олег Бо;(044) 490-12-34 дод. 11",
        "Ko Ivan Petrovych;(044) 490-12-34 дод. 11",
        "Ганна Лось;(044) 490-12-35",
        ";(044) 490-12-35",
        "Хтось Новий;(044) 490-12-36",
    ]
    # A row each, for two rows of one file with the same key would be told as such.
    fates = [fate for row in rows[1:] for fate in await tried(database, tmp_path, f"{rows[0]}\n{row}\n")]
    assert fates == [
        ("new", None),
        ("new", None),
        ("updated", ivan.id),
        ("new", None),
        ("unchanged", vira.id),
        ("updated", nobody.id),
    ]


async def test_a_colleagues_row_is_looked_for_by_its_next_key(database: Database, tmp_path: Path) -> None:
    contacts = ContactService(database, PLAN, utc_now)
    await contacts.create(ContactFields(name="Іван Ко", phones=(("", "0444901234"),)))
    olena = await contacts.create(ContactFields(name="Олена Бо", emails=("bo@example.com",)))
    text = "ПІБ;Телефон;E-mail\nОлена Бо;0444901234;bo@example.com\n"
    assert await tried(database, tmp_path, text, add=False) == [("updated", olena.id)]


async def test_a_contract_is_found_whatever_else_is_known_of_its_client(database: Database, tmp_path: Path) -> None:
    contacts = ContactService(database, PLAN, utc_now)
    notes = {f"Примітка {n}": " ".join(f"слово{n}х{m}" for m in range(45)) for n in range(3)}
    client = await contacts.create(ContactFields(name="Довгий Опис", attributes={**notes, "№ договору": "Є-77/2026 Ё"}))
    await contacts.create(ContactFields(name="Інший", attributes={"№ договору": "Є-7/72026", "Поліс": "Є-77/2026 Ё"}))
    text = "№ договору;Сума\nє-77/2026 е;5\n"
    assert await tried(database, tmp_path, text, keys=("attribute:№ договору",)) == [("updated", client.id)]
    assert await contacts.find_keyed_in("2026") is None
    notes["№ договору"] = "15/2026 від 01.01.2026"
    await contacts.update(client.id, ContactFields(attributes=notes | {"Картка": "№ 990011"}), None)
    found = await contacts.find_keyed_in("990011")
    assert found is not None
    assert found.id == client.id


async def test_contracts_of_one_year_are_not_all_read_for_one_of_them(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contacts = ContactService(database, PLAN, utc_now)
    clients = [
        await contacts.create(ContactFields(name=f"Клієнт {n}", attributes={"№ договору": f"{n}/2026"}))
        for n in range(1, 20)
    ]
    read: list[int] = []

    async def reading(connection: AsyncConnection, ids: Iterable[int]) -> dict[int, Known]:
        read.extend(ids)
        return await read_contacts(connection, ids)

    monkeypatch.setattr("telemarket.importing.known.read_contacts", reading)
    text = "№ договору;Сума\n15/2026;5\n"
    assert await tried(database, tmp_path, text) == [("updated", clients[14].id)]
    assert read == [clients[14].id]


async def test_what_no_form_would_take_is_refused(database: Database, tmp_path: Path) -> None:
    contacts = ContactService(database, PLAN, utc_now)
    filled = {f"Значення {n}": "1" for n in range(50)}
    await contacts.create(ContactFields(name="Іван Ко", phones=(("", "0671234567"),), attributes=filled))
    full = "ПІБ;Телефон;Інше\nІван Ко;0671234567;2\n"
    assert await tried(database, tmp_path, full) == [("refused", None)]
    numbers = ";".join(f"067{2_000_000 + n}" for n in range(51))
    many = f"ПІБ{';Телефон' * 51}\nХтось;{numbers}\n"
    assert await tried(database, tmp_path, many) == [("refused", None)]
    mail = "ПІБ;E-mail\nХтось;a@b@c.ua\nЩе хтось;a@c.ua\n"
    assert await tried(database, tmp_path, mail) == [("refused", None), ("new", None)]


async def test_a_region_that_is_the_houses_own_keeps_its_area_code(database: Database, tmp_path: Path) -> None:
    plan = NumberingPlan(regions=("UA",), area_code="44")
    path = tmp_path / "clients.csv"
    path.write_text("ПІБ;Телефон\nКоваль Тарас;238-00-55\n")
    sample = take_sample(path)
    for told, number in (("UA", "+380442380055"), ("PL", "238-00-55")):
        mapping = msgspec.structs.replace(sample.recognise(plan).mapping(), region=told)
        shown = await preview(database, sample, mapping, plan, Registers())
        assert shown.rows[0].phones == [number]
