"""Leads as what belongs to a contact, on both databases."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from telemarket.contacts.erased import ErasedKeys
from telemarket.contacts.merges import Merges
from telemarket.contacts.personal import PersonalDataService
from telemarket.core.personal import Part, Person
from telemarket.dialer.model import Act, LeadState
from telemarket.dialer.of_contacts import LeadsOfContacts
from telemarket.dialer.tables import attempts, number_health, promises
from tests.integration.dialer.nightly.night import NightHouse
from tests.integration.dialer.store.house import PLAN

TODAY = date(2026, 11, 2)


async def owner(house: NightHouse, table: sa.Table) -> list[Any]:
    async with house.database.read() as connection:
        return list(await connection.scalars(sa.select(table.c.contact_id).order_by(table.c.id)))


async def collected(house: NightHouse, *contact_ids: int, numbers: tuple[str, ...] = ()) -> list[Any]:
    async with house.database.read() as connection:
        part: Part = await LeadsOfContacts().collect(connection, Person(contact_ids=contact_ids, numbers=numbers))
    return list(part.rows)


async def test_they_follow_a_merge_and_come_back(house: NightHouse) -> None:
    campaign = await house.campaign()
    kept = await house.person("Коваль", "0670000000")
    gone = await house.person("Коваль Петро", "0670000001")
    await house.leads.add(campaign.id, [house.lead_data(gone)], "test", None)
    attempt = await house.talk(campaign)
    await house.choose(attempt, Act.PROMISE, amount=Decimal(5), pay_by=TODAY)
    clock = lambda: house.now  # noqa: E731
    merges = Merges(house.database, PLAN, clock, {"own": 0}, (LeadsOfContacts(clock),))
    merge = await merges.merge(kept, gone, (), None)
    assert [await owner(house, table) for table in (attempts, promises)] == [[kept], [kept]]
    assert await house.contacts_of(campaign) == [kept]
    await merges.undo(merge, None)
    assert [await owner(house, table) for table in (attempts, promises)] == [[gone], [gone]]
    assert await house.contacts_of(campaign) == [gone]


async def test_all_of_a_person_is_handed_out(house: NightHouse) -> None:
    campaign = await house.campaign()
    contact = await house.person("Коваль", "0670000000")
    rows = [house.lead_data(contact, name="Коваль", values={"Борг": "5"}), house.lead_data(None, "0670000001")]
    await house.leads.add(campaign.id, rows, "test", None)
    attempt = await house.talk(campaign)
    await house.choose(attempt, Act.DO_NOT_CALL, note="Не турбувати")
    lead, other, blocked = await collected(house, contact, numbers=("380670000000", "380670000001"))
    assert (lead["campaign"], lead["values"], lead["numbers"]) == ("Борги", {"Борг": "5"}, ["+380670000000"])
    assert [call["note"] for call in lead["calls"]] == ["Не турбувати"]
    assert other["numbers"] == ["+380670000001"]
    assert blocked["number"] == "+380670000000"
    assert msgspec.json.encode([lead, other, blocked])


async def test_erased_nothing_tells_who_it_was_and_the_counts_stay(house: NightHouse, tmp_path: Path) -> None:
    campaign = await house.campaign()
    contact = await house.person("Коваль", "0670000000", "0670000001")
    rows = [house.lead_data(contact, name="Коваль", values={"Борг": "5"})]
    await house.leads.add(campaign.id, rows, "test", None)
    attempt = await house.talk(campaign)
    await house.choose(attempt, Act.DEAD_NUMBER, note="Коваль тут не живе")
    await house.day_tasks.prepare(TODAY)
    clock = lambda: house.now  # noqa: E731
    service = PersonalDataService(house.database, clock, ErasedKeys(tmp_path / "key", PLAN), (LeadsOfContacts(clock),))
    assert (await service.erase(contact, None))["leads"] == 1
    lead = await house.lead_of(attempt)
    assert (lead.state, lead.closed_why, lead.name, lead.values, lead.numbers) == (
        LeadState.CLOSED,
        "erased",
        "",
        {},
        (),
    )
    [past] = lead.past
    assert (past.number, past.note, past.outcome) == ("", "", "answered")
    async with house.database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(number_health)) == 0
    assert await house.counts_hold(campaign)


@pytest.mark.parametrize("state", [LeadState.READY, LeadState.CLOSED])
async def test_leads_in_every_state_are_counted_once(house: NightHouse, tmp_path: Path, state: LeadState) -> None:
    campaign = await house.campaign()
    contact = await house.person("Коваль", "0670000000")
    await house.leads.add(campaign.id, [house.lead_data(contact), house.lead_data(None, "0670000009")], "test", None)
    if state is LeadState.CLOSED:
        [first, _] = await house.all_leads(campaign)
        await house.leads.close(campaign.id, [first.id], "test", None)
    service = PersonalDataService(
        house.database, lambda: house.now, ErasedKeys(tmp_path / "key", PLAN), (LeadsOfContacts(),)
    )
    await service.erase(contact, None)
    assert (await house.campaigns.counts(campaign.id)).leads == {"closed": 1, "ready": 1}
    assert await house.counts_hold(campaign)
