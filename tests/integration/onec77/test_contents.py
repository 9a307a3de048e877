"""What of a base comes over: of DBF files, and of the same base in SQL."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from telemarket.backend import Limit, Record, Service
from tests.onec77.insurance import LONG_NOTE, insurance, options
from tests.onec77.reading import Reader, money, opened
from tests.onec77.writer import Base

Place = Callable[[Base], dict[str, Any]]


@pytest.fixture(params=["dbf", "sql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Writes a base; returns the options that say where it is."""

    def in_files(base: Base) -> dict[str, Any]:
        base.write(tmp_path / "base")
        return {"folder": "base"}

    def in_sql(base: Base) -> dict[str, Any]:
        url = f"sqlite:///{tmp_path / 'base.db'}"
        engine = sa.create_engine(url)
        base.write_sql(engine, tmp_path / "1Cv7.DDS")
        engine.dispose()
        return {"source": "sql", "url": url, "dictionary": "1Cv7.DDS"}

    return in_sql if request.param == "sql" else in_files


async def read(folder: Path, given: dict[str, Any]) -> Reader:
    reader = Reader(opened(folder, given))
    await reader.read()
    return reader


async def test_everything_mapped_comes_over(place: Place, tmp_path: Path) -> None:
    reader = await read(tmp_path, options(**place(insurance())))
    assert reader.refused == []
    assert reader.records == {
        record.key: record
        for record in (
            Record(
                key="SC47:1E",
                kind="company",
                name="ТОВ «Ромашка»",
                phones=(("", "(044) 291-01-90"), ("", "291-01-91/92")),
                emails=("office@romashka.example",),
                addresses=(("legal", "01001, Київ, вул. Хрещатик, 1"),),
                site="romashka.example",
                categories=("Клієнти", "VIP"),
                attributes=(("ЄДРПОУ", "12345678"), ("Примітка", LONG_NOTE)),
            ),
            Record(
                key="SC47:1F.KV",
                kind="company",
                name="Київ-Їжа",
                phones=(("", "067 123-45-67"),),
                categories=("Клієнти",),
            ),
            Record(
                key="SC49:RS",
                name="Коваль Олена",
                company="ТОВ «Ромашка»",
                company_key="SC47:1E",
                position="бухгалтер",
                phones=(("mobile", "067 555-66-77"), ("home", "291-01-93")),
                emails=("olena@romashka.example",),
                attributes=(("Народився", "1980-02-29"),),
                limits=(Limit(service="Стоматологія", amount=Decimal("4500.25"), unit="UAH"),),
            ),
            Record(
                key="SC49:RT",
                name="Щур Іван",
                company="Київ-Їжа",
                company_key="SC47:1F.KV",
                phones=(("mobile", "8-050-111-22-33"),),
                limits=(visits("Огляд", 1), visits("Стоматологія", 2)),
            ),
            Record(key="SC49:RV.KV", name="Ґудзь Тарас", phones=(("mobile", "0631112233"),)),
        )
    }


def visits(service: str, left: int) -> Limit:
    return Limit(service=service, contract="П-1", quantity=Decimal(left), of_quantity=Decimal(10), quantity_unit="раз")


async def test_services_have_the_price_of_today(place: Place, tmp_path: Path) -> None:
    reader = await read(tmp_path, options(**place(insurance())))
    assert reader.services == {
        "SC50:1Y": Service(
            key="SC50:1Y",
            name="Стоматологія",
            code="70",
            group="Медицина",
            price=Decimal("1200.50"),
            currency="UAH",
        ),
        "SC50:1Z": Service(
            key="SC50:1Z", name="Огляд", code="71", group="Медицина", price=Decimal("350"), currency="UAH"
        ),
    }


@pytest.mark.parametrize(
    ("period", "start"), [("M", "20261101"), ("Q", "20261001"), ("Y", "20260101"), ("W", "20261116"), ("?", "20261109")]
)
async def test_balances_are_those_of_the_current_period(period: str, start: str, place: Place, tmp_path: Path) -> None:
    base = insurance()
    base.tables["1SSYSTEM"].rows = [{"CURDATE": "20261122", "SNAPSHPER": period}]
    totals = base.tables["RG60"]
    last = dict(totals.rows[-1])
    totals.rows = [{**last, "PERIOD": "20251201"}, {**last, "PERIOD": start, "SP603": "7.00"}]
    reader = await read(tmp_path, options(**place(base)))
    assert [money(limit) for limit in reader.records["SC49:RS"].limits] == [("Стоматологія", Decimal(7), "UAH")]


async def test_the_check_of_a_good_base_finds_nothing(place: Place, tmp_path: Path) -> None:
    findings = await opened(tmp_path, options(**place(insurance()))).check()
    assert [finding for finding in findings if not finding.well] == []
    told = " ".join(finding.what for finding in findings)
    for word in ("cp1251", "«Контрагенты»: 7", "«Телефоны»", "«Полис»"):
        # Deleted rows of DBF files are counted: only 1C knows how many there are.
        assert word in told.replace("«Контрагенты»: 6", "«Контрагенты»: 7")


async def test_the_check_names_everything_that_is_wrong_with_what_is_near(place: Place, tmp_path: Path) -> None:
    given = options(**place(insurance()))
    given["contacts"][0]["details"][0]["catalog"] = "Телефон0"
    given["contacts"][1]["position"] = "Посада"
    given["contacts"][1]["emails"] = ["ЭлектроПочта"]
    given["contacts"][1]["references"] = {"Работодатель": "Контрагент"}
    findings = await opened(tmp_path, given).check()
    wrong = {finding.what: finding.remedy for finding in findings if not finding.well}
    assert len(wrong) == 3  # «Контрагент» is a beginning, and so a name
    assert "«Телефоны»" in next(remedy for what, remedy in wrong.items() if "«Телефон0»" in what)
    assert "«ЭлПочта»" in next(remedy for what, remedy in wrong.items() if "«ЭлектроПочта»" in what)
    assert all(wrong.values())


async def test_an_attribute_that_is_not_there_stops_before_anything_is_read(place: Place, tmp_path: Path) -> None:
    given = options(**place(insurance()))
    given["contacts"][1]["position"] = "Посада"
    with pytest.raises(Exception, match="«Посада»"):
        await read(tmp_path, given)


async def test_a_service_whose_price_is_no_number_is_refused(place: Place, tmp_path: Path) -> None:
    base = insurance()
    base.tables["1SCONST"].rows[1] = {**base.tables["1SCONST"].rows[1], "VALUE": "дорого"}
    reader = await read(tmp_path, options(**place(base)))
    assert set(reader.services) == {"SC50:1Z"}
    assert [key for key, _ in reader.refused] == ["SC50:1Y"]
    assert len(reader.records) == 5


async def test_a_base_of_another_code_page(tmp_path: Path) -> None:
    base = Base("cp866")
    table = base.catalog(5, "Сотрудники")
    table.add(ID="     1", CODE="1", DESCR="Ёлкина Ї.")
    base.write(tmp_path / "base", custom_code_page=True)
    reader = await read(tmp_path, {"folder": "base", "contacts": [{"catalog": "Сотрудники"}]})
    assert reader.records["SC5:1"].name == "Ёлкина Ї."


async def test_an_element_that_two_rows_claim_comes_once(tmp_path: Path) -> None:
    base = insurance()
    base.tables["SC49"].rows.append({**base.tables["SC49"].rows[0], "DESCR": "Двійник"})
    base.write(tmp_path / "base")
    reader = await read(tmp_path, options(folder="base"))
    assert reader.records["SC49:RS"].name == "Коваль Олена"
    assert [key for key, _ in reader.refused] == ["SC49:RS"]


async def test_folders_in_a_circle_end(tmp_path: Path) -> None:
    base = insurance()
    folders = base.tables["SC47"].rows
    folders[0] = {**folders[0], "PARENTID": folders[1]["ID"]}
    base.write(tmp_path / "base")
    reader = await read(tmp_path, options(folder="base"))
    assert "Клієнти" in reader.records["SC47:1E"].categories


class TestSql:
    async def test_a_password_is_never_told(self, tmp_path: Path) -> None:
        insurance().write(tmp_path)
        url = "mssql+pymssql://reader:s3cret@127.0.0.1/base"
        backend = opened(tmp_path, options(source="sql", url=url, dictionary="1Cv7.DD"))
        [finding] = await backend.check()
        assert not finding.well
        assert finding.remedy
        assert "s3cret" not in repr(finding)

    async def test_a_table_that_may_not_be_read_is_named(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'base.db'}"
        engine = sa.create_engine(url)
        insurance().write_sql(engine, tmp_path / "1Cv7.DDS")
        with engine.begin() as connection:
            connection.execute(sa.text("DROP TABLE SC48"))
        engine.dispose()
        findings = await opened(tmp_path, options(source="sql", url=url, dictionary="1Cv7.DDS")).check()
        [wrong] = [finding for finding in findings if not finding.well]
        assert "SC48" in wrong.what
        assert wrong.remedy
