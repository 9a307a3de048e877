"""What a contact owes: asked live where a backend can be asked, read from his values elsewhere."""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal

import msgspec
import pytest

from telemarket.backend import Backend, BackendUnavailable, Limit, Record
from telemarket.contacts.sync.store import RecordStore
from telemarket.dialer.debts import ContactDebts
from tests.integration.dialer.nightly.night import NightHouse
from tests.integration.dialer.store.house import PLAN


class Accounts(Backend):
    """A source that knows one person."""

    name = "accounts"
    title = "Accounts"

    def __init__(self, record: Record) -> None:
        self.record = record
        self.away = False

    async def look_up(self, e164: str, digits: str) -> Sequence[Record]:
        if self.away:
            raise BackendUnavailable("busy")
        return [self.record]


@pytest.fixture
def record() -> Record:
    phones = (("mobile", "067 123 45 67"),)
    return Record(key="7", name="Коваль", phones=phones, attributes=(("Борг", "1 200,50 грн"),))


@pytest.fixture
async def accounts(house: NightHouse, record: Record) -> Accounts:
    return Accounts(record)


@pytest.fixture
async def debts(house: NightHouse, accounts: Accounts) -> AsyncIterator[ContactDebts]:
    debts = ContactDebts(house.contacts, PLAN, [accounts])
    yield debts
    debts.close()


async def synchronised(house: NightHouse, record: Record) -> int:
    """The contact, as it was synchronised."""
    await RecordStore(house.database, PLAN, lambda: house.now, {}).take_over("accounts", [record])
    found = (await house.contacts.match("0671234567")).contact
    assert found is not None
    return found.id


async def test_a_contact_of_our_own_owes_what_is_written(house: NightHouse, debts: ContactDebts) -> None:
    contact = await house.person("Коваль", "067 123 45 67", attributes={"Борг": "1 200,50 грн", "Клас": "А"})
    assert await debts.debt(contact, "Борг") == Decimal("1200.50")
    assert await debts.debt(contact, "Клас") is None
    assert await debts.debt(contact, "Поліс") is None
    assert await debts.debt(999, "Борг") is None


async def test_a_backend_that_knows_him_is_asked_live(
    house: NightHouse, accounts: Accounts, debts: ContactDebts, record: Record
) -> None:
    contact = await synchronised(house, record)
    accounts.record = msgspec.structs.replace(record, attributes=(("Борг", "0"),))
    assert await debts.debt(contact, "Борг") == Decimal(0)
    limits = (Limit(service="Кредит", amount=Decimal(300), unit="UAH"),)
    accounts.record = msgspec.structs.replace(record, limits=limits)
    assert await debts.debt(contact, "Кредит") == Decimal(300)


async def test_if_it_does_not_answer_nobody_can_say(
    house: NightHouse, accounts: Accounts, debts: ContactDebts, record: Record
) -> None:
    contact = await synchronised(house, record)
    accounts.away = True
    assert await debts.debt(contact, "Борг") is None


async def test_if_it_knows_somebody_else_by_the_number_the_synchronised_value_counts(
    house: NightHouse, accounts: Accounts, debts: ContactDebts, record: Record
) -> None:
    contact = await synchronised(house, record)
    accounts.record = msgspec.structs.replace(record, key="8", attributes=(("Борг", "0"),))
    assert await debts.debt(contact, "Борг") == Decimal("1200.50")
