"""Leads added, found, closed and handed out, on both databases."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from telemarket.contacts.search import ContactFilter
from telemarket.contacts.tables import contact_records, import_rows, imports
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.dialer.lead_sources import from_backend, from_contacts, from_import
from telemarket.dialer.lead_views import LeadFilter
from telemarket.dialer.model import Campaign, LeadData, LeadState, Outcome
from tests.integration.dialer.store.house import PLAN, House, numbers, terms


async def test_rubbish_is_refused_with_its_reason_and_spoils_nothing(house: House) -> None:
    campaign = await house.campaign()
    rows = [
        LeadData(numbers=("067 000 00 01",), line="2"),
        LeadData(numbers=("немає",), line="3"),
        LeadData(numbers=("0900 123456",), line="4"),  # premium
        LeadData(numbers=("+48 22 123 45 67",), line="5"),
        LeadData(numbers=("123",), line="6"),
        LeadData(line="7"),
        LeadData(numbers=("0670000002",), zone="Europe/Atlantis", line="8"),
        LeadData(numbers=("0670000003",), rank=0, line="9"),
        LeadData(contact_id=10**6, line="10"),
        LeadData(numbers=("0670000004", "щось"), line="11"),
        LeadData(numbers=("067 000 00 05, 044 555-55-55",), line="12"),
    ]
    added = await house.leads.add(campaign.id, rows, "list.xlsx", None)
    assert (added.added, added.doubles, added.refused_count) == (3, 0, 8)
    assert [line for line, _ in added.refused] == ["3", "4", "5", "6", "7", "8", "9", "10", "11"]
    assert all(why for _, why in added.refused)
    assert "Europe/Atlantis" in dict(added.refused)["8"]
    found = [[number.number for number in lead.numbers] for lead in await house.all_leads(campaign)]
    assert found == [["+380670000001"], ["+380670000004"], ["+380670000005", "+380445555555"]]


async def test_doubles_are_told_by_contact_and_by_number(house: House) -> None:
    campaign = await house.campaign()
    contact = await house.contact("0670000001", "0670000002")
    rows = [
        LeadData(contact_id=contact),
        LeadData(contact_id=contact, numbers=("0670000009",)),
        LeadData(numbers=("+380 67 000-00-02",)),
        LeadData(numbers=("0670000003",)),
    ]
    added = await house.leads.add(campaign.id, rows, "test", None)
    assert (added.added, added.doubles) == (2, 2)
    again = await house.leads.add(campaign.id, rows, "test", None)
    assert (again.added, again.doubles) == (0, 4)
    other = await house.campaign()
    assert (await house.leads.add(other.id, rows, "test", None)).added == 2
    await house.leads.close(campaign.id, LeadFilter(), "supervisor", None)
    assert (await house.leads.add(campaign.id, rows, "test", None)).added == 2


async def test_thousands_of_doubles_in_one_list_become_one_lead(house: House) -> None:
    campaign = await house.campaign()

    async def rows() -> AsyncIterator[LeadData]:
        for number in range(6000):
            yield LeadData(numbers=("0670000001" if number % 2 else "not a number",))

    added = await house.leads.add(campaign.id, rows(), "list.xlsx", None)
    assert (added.added, added.doubles, added.refused_count, len(added.refused)) == (1, 2999, 3000, 100)


async def test_two_lists_at_once_bring_nobody_twice(house: House) -> None:
    campaign = await house.campaign()
    rows = [LeadData(numbers=(number,)) for number in numbers(500)]
    both = await asyncio.gather(*(house.leads.add(campaign.id, rows, "test", None) for _ in range(2)))
    assert sum(each.added for each in both) == 500
    assert await house.campaigns.counts(campaign.id) == await house.recount(campaign)


async def test_a_contact_brings_its_name_and_its_numbers_in_the_best_order(house: House) -> None:
    campaign = await house.campaign()
    contact = await house.contact("044 555-55-55", "067 000 00 01", name="Новоха Інна")
    await house.leads.add(campaign.id, [LeadData(contact_id=contact, values={"Борг": "100"})], "test", None)
    [lead] = await house.all_leads(campaign)
    assert (lead.name, lead.values, lead.contact_id) == ("Новоха Інна", {"Борг": "100"}, contact)
    assert [number.number for number in lead.numbers] == ["+380670000001", "+380445555555"]


async def test_a_campaign_that_does_not_exist(house: House) -> None:
    with pytest.raises(NotFound):
        await house.leads.add(77, [], "test", None)
    with pytest.raises(NotFound):
        await house.leads.lead(77)


async def test_pages_one_after_the_other_show_every_lead_once(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(25))
    await house.claim(campaign, 7)
    seen, after = [], None
    while True:
        page = await house.leads.page(campaign.id, after=after, limit=10)
        seen += [lead.id for lead in page.leads]
        if (after := page.after) is None:
            break
    assert seen == sorted(seen)
    assert len(set(seen)) == 25
    assert len((await house.leads.page(campaign.id, state=LeadState.CLAIMED)).leads) == 7


@pytest.mark.parametrize("text", ["067 000 00 02", "+38067000000", "коваль п"])
async def test_a_lead_is_found_by_number_or_name(house: House, text: str) -> None:
    campaign, other = await house.campaign(), await house.campaign()
    for each in (campaign, other):
        await house.add(each, "0670000002", name="Коваль Петро")
        await house.add(each, "0500000001", name="Новоха Інна")
    found = await house.leads.page(campaign.id, text=text)
    assert [lead.name for lead in found.leads] == ["Коваль Петро"]
    assert found.after is None


async def test_a_number_is_found_among_thousands_of_other_campaigns_that_begin_alike(house: House) -> None:
    other, campaign = await house.campaign(), await house.campaign()
    await house.add(other, *numbers(1200))
    await house.add(campaign, "0670009999", name="Коваль Петро")
    await house.add(other, *numbers(1000, first=2000))
    for begins in ("+38067", "+380670009999"):
        found = await house.leads.page(campaign.id, text=begins)
        assert [lead.name for lead in found.leads] == ["Коваль Петро"]
    assert (await house.leads.page(campaign.id, text="+38067", state=LeadState.CLOSED)).leads == ()


async def test_leads_are_closed_and_opened_anew(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(5))
    attempt = (await house.claim(campaign, 1))[0]
    await house.end(attempt, Outcome.NO_SUCH_NUMBER)
    [claimed] = await house.claim(campaign, 1)
    assert await house.leads.close(campaign.id, LeadFilter(), "supervisor", None) == 5
    await house.end(claimed, Outcome.ANSWERED)
    assert (await house.lead_of(claimed)).closed_why == "supervisor"
    assert await house.claim(campaign) == []
    assert await house.leads.reopen(campaign.id, [attempt.lead_id], None) == 1
    [again] = await house.claim(campaign)
    assert again.number == attempt.number
    assert await house.leads.reopen(campaign.id, LeadFilter(closed_why="supervisor"), None) == 4
    assert await house.campaigns.counts(campaign.id) == await house.recount(campaign)
    with pytest.raises(InvalidInput):
        await house.leads.close(campaign.id, LeadFilter(), " ", None)


async def test_attempts_are_shown_newest_first(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(5))
    for _ in range(5):
        await house.claim(campaign, 1)
        house.wait(minutes=1)
    first = await house.leads.attempts_page(campaign.id, limit=3)
    rest = await house.leads.attempts_page(campaign.id, first.after, limit=3)
    moments = [attempt.claimed_at for attempt in (*first.attempts, *rest.attempts)]
    assert moments == sorted(moments, reverse=True)
    assert (len(moments), rest.after) == (5, None)
    with pytest.raises(InvalidInput):
        await house.leads.attempts_page(campaign.id, "nonsense")


async def test_every_lead_is_handed_out(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(501), values={"Борг": 100})
    rows = [row async for row in house.leads.export(campaign.id)]
    assert len(rows) == 502
    assert rows[0][:4] == ["id", "contact_id", "name", "state"]
    assert rows[1][3] == "ready"
    assert rows[-1][-1] == "Борг: 100"


async def _all(house: House, campaign: Campaign, source: AsyncIterator[LeadData]) -> list[int | None]:
    await house.leads.add(campaign.id, source, "test", None)
    return [lead.contact_id for lead in await house.all_leads(campaign)]


async def test_contacts_within_a_filter_become_leads(house: House) -> None:
    wanted = [await house.contact(number, region="Київ") for number in numbers(3)]
    await house.contact("0500000001", region="Львів")
    campaign = await house.campaign()
    source = from_contacts(house.database, PLAN, ContactFilter(region="Київ"))
    assert sorted(await _all(house, campaign, source)) == wanted  # type: ignore[type-var]


async def test_contacts_with_an_attribute_become_leads(house: House) -> None:
    wanted = await house.contact("0670000001", attributes={"Тип": "Позика"})
    await house.contact("0670000002", attributes={"Тип": "Вклад"})
    campaign = await house.campaign()
    source = from_contacts(house.database, PLAN, ContactFilter(attribute=("тип", "позика")))
    assert await _all(house, campaign, source) == [wanted]


async def test_contacts_of_an_import_and_of_a_backend_become_leads(house: House) -> None:
    one, two, three = [await house.contact(number) for number in numbers(3)]
    async with house.database.write() as connection:
        run = {"id": 4, "title": "x", "mapping": {}, "state": "done", "started_at": house.now, "alive_at": house.now}
        await connection.execute(imports.insert().values(**run))
        for row, contact in ((2, one), (3, two), (4, one)):
            kept = {"import_id": 4, "row": row, "action": "new", "contact_id": contact, "data": b""}
            await connection.execute(import_rows.insert().values(**kept))
        for key, contact in (("a", two), ("b", three)):
            record = {"backend": "crm", "key": key, "contact_id": contact, "digest": b"", "data": b"{}"}
            await connection.execute(contact_records.insert().values(**record, synced_at=house.now))
        gone = contact_records.update().where(contact_records.c.key == "a")
        await connection.execute(gone.values(gone_at=house.now))
    assert await _all(house, await house.campaign(), from_import(house.database, 4)) == [one, two]
    assert await _all(house, await house.campaign(), from_backend(house.database, "crm")) == [three]


async def test_what_was_added_stands_in_the_audit_log_without_names(house: House) -> None:
    campaign = await house.campaign(terms())
    await house.add(campaign, "0670000001", name="Коваль")
    async with house.database.read() as connection:
        said = sa.text("SELECT subject FROM audit_log WHERE action = 'campaign.add_leads'")
        assert (await connection.scalars(said)).all() == [f"campaign {campaign.id}: 1 of 1 from test"]
