"""Two hundred people who call: the same ones every time, with telephone numbers as people write them."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import msgspec

from telemarket.contacts.model import ContactFields
from telemarket.demo.centre import HULL, LIABILITY, MEDICAL, SOURCES
from telemarket.demo.words import (
    CARS,
    CITIES,
    CLINICS,
    COMPANIES,
    DOCTORS,
    FEMALE,
    MALE,
    POSITIONS,
    PROGRAMS,
    STREETS,
    SURNAMES,
    Company,
    latin,
)
from telemarket.numbers import NumberingPlan, normalise

COUNT = 200
PLAN = NumberingPlan()
_SEED = 77
_FAMILY_EVERY = 40  # the person after each so many shares one home number with the one before
_MOBILE_CODES = ("50", "63", "66", "67", "68", "73", "93", "95", "96", "97", "98", "99")
_MOBILE = (
    "+380 {c} {a}-{b}-{d}",
    "0{c} {a} {b} {d}",
    "(0{c}) {a}-{b}-{d}",
    "+38 (0{c}) {a} {b} {d}",
    "380{c}{a}{b}{d}",
    "0{c}{a}{b}{d}",
    "8 0{c} {a}{b}{d}",
    "моб. 0{c}-{a}-{b}-{d}",
)
_LANDLINE = ("(0{c}) {a}-{b}-{d}", "0{c} {a} {b} {d}", "+380 {c} {a}-{b}-{d}", "тел. 0{c}-{a}-{b}-{d}")
_LOCAL = "{a}-{b}-{d}"  # in Kyiv, whose area code is assumed


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """A contact, the project he calls, and what fills the placeholders of stories."""

    fields: ContactFields
    project: str
    details: dict[str, str]

    @property
    def phones(self) -> tuple[tuple[str, str], ...]:
        """Kinds and numbers as written; never empty."""
        return self.fields.phones or ()

    @property
    def numbers(self) -> list[str]:
        """His numbers as the network shows them; he calls from the first."""
        found = (normalise(text, PLAN) for _, text in self.phones)
        return [number.digits for number in found if number]


def make_clients(today: date) -> list[Client]:
    """The clients; only the ends of their policies depend on `today`."""
    maker = _Maker(Random(_SEED), today)  # noqa: S311 - the same at every start, and no secret
    return [maker.client(number) for number in range(1, COUNT + 1)]


class _Maker:
    """Makes clients one after the other; none gets a number whose ending another has."""

    def __init__(self, chance: Random, today: date) -> None:
        self._chance = chance
        self._today = today
        self._subscribers = iter(chance.sample(range(1_000_000), 4 * COUNT))
        self._receptions = {company.domain: self._landline(company.city) for company in COMPANIES}
        self._family = ("", "", "", "")  # surname, city, address and home number of the person before

    def client(self, number: int) -> Client:
        chance = self._chance
        married = number % _FAMILY_EVERY == 0
        given, patronymics = MALE if number % 2 else FEMALE
        company = None if married or chance.random() < 0.5 else chance.choice(COMPANIES)
        if not married:
            city = company.city if company else chance.choice(tuple(CITIES))
            address = f"{city}, вул. {chance.choice(STREETS)}, {chance.randint(1, 120)}, кв. {chance.randint(1, 200)}"
            self._family = (chance.choice(SURNAMES), city, address, self._landline(city))
        surname, city, address, home = self._family
        name = f"{surname} {chance.choice(given)} {chance.choice(patronymics)}"
        project = (HULL, MEDICAL, LIABILITY)[number % 3].number
        details, attributes = self._cover(project, number, city)
        fields = ContactFields(
            name=name,
            company=company.name if company else "",
            position=chance.choice(POSITIONS) if company else "",
            emails=self._emails(name, company, number),
            addresses=self._addresses(address, city, number),
            site=f"https://{company.domain}" if company else "",
            source=chance.choice(SOURCES),
            vip=chance.random() < 0.08,
            attributes=attributes,
            phones=tuple(self._phones(company, home, at_home_only=married or (number + 1) % _FAMILY_EVERY == 0)),
        )
        return Client(fields=fields, project=project, details=details)

    def _phones(self, company: Company | None, home: str, *, at_home_only: bool) -> Iterator[tuple[str, str]]:
        """One to four; the first is the one he calls from."""
        chance = self._chance
        if at_home_only:
            yield "home", home
            return
        if company and chance.random() < 0.15:  # he calls through the company's exchange, like his colleagues
            yield "main", self._receptions[company.domain]
            return
        yield "mobile", self._mobile()
        if chance.random() < 0.3:
            yield "mobile", self._mobile()
        if company and chance.random() < 0.6:
            yield "main", f"{self._receptions[company.domain]} дод. {chance.randint(100, 499)}"
        elif chance.random() < 0.3:
            yield "home", home
        if company and chance.random() < 0.1:
            yield "fax", self._landline(company.city)

    def _mobile(self) -> str:
        return self._written(self._chance.choice(_MOBILE), self._chance.choice(_MOBILE_CODES), "0")

    def _landline(self, city: str) -> str:
        forms = (*_LANDLINE, _LOCAL) if CITIES[city] == "44" else _LANDLINE
        return self._written(self._chance.choice(forms), CITIES[city], "1")

    def _written(self, form: str, code: str, first: str) -> str:
        digits = f"{first}{next(self._subscribers):06d}"
        return form.format(c=code, a=digits[:3], b=digits[3:5], d=digits[5:])

    def _cover(self, project: str, number: int, city: str) -> tuple[dict[str, str], dict[str, str]]:
        """What is insured: the details for stories, and the further values of the contact."""
        chance = self._chance
        ends = self._today + timedelta(days=chance.randint(-20, 360))
        if project == MEDICAL.number:
            policy, program = f"ДМС-{1_100_000 + number}", chance.choice(PROGRAMS)
            limit = chance.choice((25_000, 50_000, 100_000))
            rest = f"{_money(limit * chance.randint(5, 100) // 100)} із {_money(limit)}"
            details = {"clinic": chance.choice(CLINICS), "doctor": chance.choice(DOCTORS), "program": program}
            values = {"Програма": program, "Залишок страхової суми": rest}
        else:
            policy = f"{'КС' if project == HULL.number else 'ЕР'}-{200_000_000 + 1_373 * number}"
            car = f"{chance.choice(CARS)}, АА {chance.randint(1000, 9999)} {chance.choice(('ВК', 'ІН', 'ОМ', 'КЕ'))}"
            insured = 1000 * chance.randint(150, 1900) if project == HULL.number else 320_000
            rest = _money(insured)
            details, values = {"car": car, "city": city}, {"Автомобіль": car, "Залишок страхової суми": rest}
        details |= {"policy": policy, "rest": rest}
        return details, {"Поліс": policy, "Діє до": f"{ends:%d.%m.%Y}", **values}

    def _addresses(self, home: str, city: str, number: int) -> tuple[tuple[str, str], ...]:
        if self._chance.random() < 0.25:
            return ("home", home), ("postal", f"{self._chance.randint(1001, 88000):05d}, {city}, а/с {number}")
        return (("home", home),)

    def _emails(self, name: str, company: Company | None, number: int) -> tuple[str, ...]:
        if self._chance.random() < 0.2:
            return ()
        surname, given, _ = latin(name).split()
        return (f"{given[0]}.{surname}{number}@{company.domain if company else 'mail.example'}",)


def _money(amount: int) -> str:
    return f"{amount:,} грн".replace(",", " ")
