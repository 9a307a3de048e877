"""The base of an insurance company with some of everything, and the mapping its administrator would write."""

from typing import Any

from tests.onec77.dbf import Deleted
from tests.onec77.writer import EMPTY, Base, attribute, identifier

CLIENTS, VIP, SUPPLIERS = identifier(1), identifier(2), identifier(3)
ROMASHKA, KYIV, BANK = identifier(50), identifier(51, "KV"), identifier(52)
OLENA, IVAN, MARKED, TARAS = identifier(1000), identifier(1001), identifier(1002), identifier(1003, "KV")
DENTIST, CHECK_UP, MEDICINE = identifier(70), identifier(71), identifier(69)
NOTE, PRICE = 77, 501
LONG_NOTE = "Постійний клієнт. " * 12 + "Дзвонити після 10:00."


def insurance(encoding: str = "cp1251") -> Base:
    """Nothing is written yet: a test may change it first."""
    base = Base(encoding)
    _companies(base)
    _people(base)
    _services(base)
    _limits(base)
    return base


def options(**more: Any) -> dict[str, Any]:
    """The options of the backend, to be completed with where the base is."""
    return {
        "contacts": [
            {
                "catalog": "Контрагенты",
                "kind": "company",
                "folders": ["Клієнти"],
                "addresses": {"ЮридическийАдрес": "legal"},
                "categories": ["Папка"],
                "site": "Сайт",
                "attributes": {"ЄДРПОУ": "ОКПО", "Примітка": f"SP{NOTE}"},
                "details": [{"catalog": "Телефоны", "phones": {"Номер": ""}, "emails": ["ЭлПочта"]}],
            },
            {
                "catalog": "Застрахованные",
                "company": "Работодатель",
                "position": "Должность",
                "phones": {"ТелефонМобильныйОсновной": "mobile", "SP33": "home"},
                "emails": ["ЭлПочта"],
                "attributes": {"Народився": "ДатаРождения"},
                "references": {"Работодатель": "Контрагенты"},
            },
        ],
        "services": [{"catalog": "Услуги", "code": "Код", "group": "Папка", "price": f"SP{PRICE}", "currency": "UAH"}],
        "limits": [
            {
                "register": "ОстаткиЛимитов",
                "contact": "Застрахованный",
                "service": "Услуга",
                "amount": "Сумма",
                "unit": "UAH",
                "references": {"Застрахованный": "Застрахованные", "Услуга": "Услуги"},
            },
            {
                "document": "Полис",
                "contact": "Застрахованный",
                "contract": "НомерДок",
                "service": "Услуга",
                "quantity": "Количество",
                "of_quantity": "КоличествоНачальное",
                "quantity_unit": "раз",
                "references": {"Застрахованный": "Застрахованные", "Услуга": "Услуги"},
            },
        ],
        **more,
    }


def _companies(base: Base) -> None:
    table = base.catalog(
        47,
        "Контрагенты",
        attribute(640, "ОКПО", length=10),
        attribute(641, "ЮридическийАдрес", length=80),
        attribute(642, "Сайт", length=40),
        folders=True,
    )
    table.memos = (attribute(NOTE, "Примечание", "M", 0),)
    table.add(ID=CLIENTS, PARENTID=EMPTY, CODE="1", DESCR="Клієнти", ISFOLDER="1")
    table.add(ID=VIP, PARENTID=CLIENTS, CODE="2", DESCR="VIP", ISFOLDER="1")
    table.add(ID=SUPPLIERS, PARENTID=EMPTY, CODE="3", DESCR="Постачальники", ISFOLDER="1")
    table.rows.append(Deleted(ID=identifier(49), PARENTID=CLIENTS, CODE="4", DESCR="Давно видалений", ISFOLDER="2"))
    table.add(
        ID=ROMASHKA,
        PARENTID=VIP,
        CODE="50",
        DESCR="ТОВ «Ромашка»",
        ISFOLDER="2",
        SP640="12345678",
        SP641="01001, Київ, вул. Хрещатик, 1",
        SP642="romashka.example",
    )
    table.add(ID=KYIV, PARENTID=CLIENTS, CODE="51", DESCR="Київ-Їжа", ISFOLDER="2")
    table.add(ID=BANK, PARENTID=SUPPLIERS, CODE="52", DESCR="Банк", ISFOLDER="2")
    base.long_string(NOTE, ROMASHKA, LONG_NOTE)
    phones = base.catalog(
        48, "Телефоны", attribute(650, "Номер", length=40), attribute(651, "ЭлПочта", length=50), owner=True
    )
    phones.add(ID=identifier(1), PARENTEXT=ROMASHKA, CODE="1", SP650="(044) 291-01-90")
    phones.add(ID=identifier(2), PARENTEXT=ROMASHKA, CODE="2", SP650="291-01-91/92", SP651="office@romashka.example")
    phones.add(ID=identifier(3), PARENTEXT=KYIV, CODE="3", SP650="067 123-45-67")
    phones.add(ID=identifier(4), PARENTEXT=ROMASHKA, CODE="4", SP650="000 старий", ISMARK="*")


def _people(base: Base) -> None:
    table = base.catalog(
        49,
        "Застрахованные",
        attribute(30, "Работодатель"),
        attribute(31, "Должность", length=30),
        attribute(32, "ТелефонМобильныйОсновной", length=30),
        attribute(33, "ТелефонДомашний", length=30),
        attribute(34, "ЭлПочта", length=40),
        attribute(35, "ДатаРождения", "D", 8),
        code=False,
    )
    table.add(
        ID=OLENA,
        DESCR="Коваль Олена",
        SP30=ROMASHKA,
        SP31="бухгалтер",
        SP32="067 555-66-77",
        SP33="291-01-93",
        SP34="olena@romashka.example",
        SP35="19800229",
    )
    table.add(ID=IVAN, DESCR="Щур Іван", SP30=KYIV, SP32="8-050-111-22-33")
    table.add(ID=MARKED, DESCR="Помічений", SP30=EMPTY, ISMARK="*")
    table.add(ID=TARAS, DESCR="Ґудзь Тарас", SP30=EMPTY, SP32="0631112233")


def _services(base: Base) -> None:
    table = base.catalog(50, "Услуги", folders=True)
    table.add(ID=MEDICINE, PARENTID=EMPTY, CODE="69", DESCR="Медицина", ISFOLDER="1")
    table.add(ID=DENTIST, PARENTID=MEDICINE, CODE="70", DESCR="Стоматологія", ISFOLDER="2")
    table.add(ID=CHECK_UP, PARENTID=MEDICINE, CODE="71", DESCR="Огляд", ISFOLDER="2")
    base.periodic(PRICE, DENTIST, "20260101", "900.00")
    base.periodic(PRICE, DENTIST, "20261101", "1200.50")
    base.periodic(PRICE, DENTIST, "20991231", "9999")
    base.periodic(PRICE, CHECK_UP, "20260505", "300", time="  1000")
    base.periodic(PRICE, CHECK_UP, "20260505", "350", time="7579C0")


def _limits(base: Base) -> None:
    base.tables["1SSYSTEM"].add(CURDATE="20261122", CURTIME="7579C0", SNAPSHPER="M")
    totals = base.register(
        60,
        "ОстаткиЛимитов",
        attribute(601, "Застрахованный"),
        attribute(602, "Услуга", length=13),
        attribute(603, "Сумма", "N", 14, 2),
    )
    dentist = "1E".rjust(4) + DENTIST
    totals.add(PERIOD="20261001", SP601=OLENA, SP602=dentist, SP603="9000.00")
    totals.add(PERIOD="20261101", SP601=OLENA, SP602=dentist, SP603="4500.25")
    head, lines = base.document(
        70,
        "Полис",
        [attribute(701, "Застрахованный")],
        [
            attribute(702, "Услуга"),
            attribute(703, "Количество", "N", 8, 0),
            attribute(704, "КоличествоНачальное", "N", 8, 0),
        ],
    )
    journal = base.tables["1SJOURN"]
    for number, closed, mark in ((1, "5", ""), (2, "0", ""), (3, "1", "*")):
        document = identifier(number)
        journal.add(IDDOC=document, IDDOCDEF="  1Y", DATE="20260115", DOCNO=f"П-{number}", CLOSED=closed, ISMARK=mark)
        head.add(IDDOC=document, SP701=IVAN)
        lines.add(IDDOC=document, LINENO="1", SP702=CHECK_UP, SP703=str(number), SP704="10")
        lines.add(IDDOC=document, LINENO="2", SP702=DENTIST, SP703=str(number + 1), SP704="10")
