"""Rules that make leads every night, on both databases."""

from collections.abc import AsyncIterable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from telemarket.contacts.attributes import AttributeType
from telemarket.contacts.model import ContactFields
from telemarket.contacts.tables import contact_search, contact_search_due
from telemarket.core.errors import InvalidInput, NotAllowed, NotFound
from telemarket.dialer import finding
from telemarket.dialer.model import Added, Campaign, LeadData
from telemarket.dialer.rule_model import Comparison, DateWithin, FlagIs, LeadRule, NumberIs, Rule, TextIs, Unfinished
from telemarket.dialer.rules import Rules
from tests.integration.dialer.nightly.night import KYIV, NightHouse

PAYS_TOMORROW = Rule(dates=(DateWithin(attribute="Платіж", since=1, until=1),), numbers=(NumberIs(attribute="Борг"),))
NIGHT = datetime(2026, 11, 3, 0, 30, tzinfo=UTC)  # half past two in Kyiv, of the night after


async def types(house: NightHouse) -> None:
    for name, kind in (("Платіж", "date"), ("Борг", "money"), ("Анкета", "flag"), ("Клас", "text")):
        await house.contacts.attributes.define(AttributeType(id=0, name=name, kind=kind), None)


async def client(house: NightHouse, number: int, **attributes: str) -> int:
    return await house.person(f"Клієнт {number}", f"067{number:07}", attributes=attributes)


async def found(house: NightHouse, rule: Rule) -> list[int]:
    return [sample.contact_id for sample in (await house.rules.preview(rule)).first]


async def test_every_night_those_who_pay_tomorrow_become_leads_with_what_they_owe(house: NightHouse) -> None:
    await types(house)
    campaign = await house.campaign()
    wanted = await client(house, 1, Платіж="04.11.2026", Борг="1 200,50 грн", Клас="А")
    await client(house, 2, Платіж="04.11.2026", Борг="0")
    await client(house, 3, Платіж="05.11.2026", Борг="100")
    later = await client(house, 4, Платіж="05.11.2026", Борг="100")
    await house.rule(campaign, PAYS_TOMORROW)
    assert await house.rules.run_due(house.now) == 0  # a new rule waits for the night
    house.now = NIGHT
    assert await house.rules.run_due(house.now) == 1
    [lead] = await house.all_leads(campaign)
    assert (lead.contact_id, lead.name) == (wanted, "Клієнт 1")
    assert lead.values == {"Платіж": "2026-11-04", "Борг": "1200.50"}
    [rule] = await house.rules.of_campaign(campaign.id)
    assert (rule.found, rule.ran_for, rule.failure) == (1, date(2026, 11, 3), "")
    assert await house.rules.run_due(house.now) == 0
    house.wait(days=1)
    assert await house.rules.run_due(house.now) == 2
    assert later in await house.contacts_of(campaign)
    assert await house.counts_hold(campaign)


async def test_nights_without_a_daemon_are_made_up_for_once(house: NightHouse) -> None:
    await types(house)
    campaign = await house.campaign()
    await house.rule(campaign, PAYS_TOMORROW)
    await client(house, 1, Платіж="06.11.2026", Борг="1")
    await client(house, 2, Платіж="07.11.2026", Борг="1")
    house.now = NIGHT + timedelta(days=3, hours=-1)  # before the rule's time
    assert await house.rules.run_due(house.now) == 1
    house.wait(hours=1)
    assert await house.rules.run_due(house.now) == 1


async def test_of_two_daemons_one_runs_it(house: NightHouse) -> None:
    await types(house)
    campaign = await house.campaign()
    await house.rule(campaign, Rule(texts=(TextIs(attribute="Клас", value="А"),)))
    await client(house, 1, Клас="А")
    house.now = NIGHT
    other = house.other_rules()
    adding: list[int] = []

    class Leads:
        async def add(
            self, campaign_id: int, rows: AsyncIterable[LeadData] | Iterable[LeadData], source: str, user: int | None
        ) -> Added:
            adding.append(await other.run_due(house.now))
            return await house.leads.add(campaign_id, rows, source, user)

    rules = Rules(house.database, lambda: house.now, KYIV, house.tasks, Leads())
    assert await rules.run_due(house.now) == 1
    assert adding == [0]


async def test_whoever_dies_at_it_leaves_it_to_the_next(house: NightHouse) -> None:
    await types(house)
    campaign = await house.campaign()
    await house.rule(campaign, Rule(texts=(TextIs(attribute="Клас", value="А"),)))
    await client(house, 1, Клас="А")
    house.now = NIGHT

    class Killed(BaseException):
        pass

    class Leads:
        async def add(self, *args: Any) -> Added:
            raise Killed

    with pytest.raises(Killed):
        await Rules(house.database, lambda: house.now, KYIV, house.tasks, Leads()).run_due(house.now)
    assert await house.rules.run_due(house.now) == 0
    house.wait(minutes=10)
    assert await house.rules.run_due(house.now) == 1


async def test_what_fails_keeps_its_reason_is_tried_again_and_costs_the_others_nothing(house: NightHouse) -> None:
    await types(house)
    campaign, other = await house.campaign(), await house.campaign()
    rule = Rule(texts=(TextIs(attribute="Клас", value="А"),))
    await house.rule(campaign, rule)
    await house.rule(other, rule)
    await client(house, 1, Клас="А")
    house.now = NIGHT
    tries = 0

    class Leads:
        async def add(self, campaign_id: int, *args: Any) -> Added:
            nonlocal tries
            if campaign_id == other.id:
                return await house.leads.add(campaign_id, *args)
            tries += 1
            raise NotFound("There is no such thing.")

    rules = Rules(house.database, lambda: house.now, KYIV, house.tasks, Leads())
    assert await rules.run_due(house.now) == 1
    [failed] = await rules.of_campaign(campaign.id)
    assert failed.failure == "There is no such thing."
    for _ in range(20 * 12):
        house.wait(minutes=5)
        await rules.run_due(house.now)
    assert tries == 6  # then it is left to the next night
    house.now = NIGHT + timedelta(days=1)
    assert await house.rules.run_due(house.now) == 1
    [mended] = await rules.of_campaign(campaign.id)
    assert mended.failure == ""


async def test_who_was_a_lead_lately_is_none_again(house: NightHouse) -> None:
    await types(house)
    campaign = await house.campaign()
    contact = await client(house, 1, Клас="А")
    rule = Rule(texts=(TextIs(attribute="Клас", value="А"),), again_after=3)
    await house.rule(campaign, rule)
    for night, leads in enumerate((1, 1, 1, 1, 2)):
        house.now = NIGHT + timedelta(days=night)
        await house.rules.run_due(house.now)
        ids = [lead.id for lead in await house.all_leads(campaign)]
        assert len(ids) == leads, night
        await house.leads.close(campaign.id, ids, "test", None)
    assert (await house.rules.preview(rule, campaign.id)).count == 0
    assert await found(house, rule) == [contact]


@pytest.mark.parametrize("typed", [True, False])
async def test_conditions(house: NightHouse, typed: bool) -> None:
    """However values are written, and whether or not anybody has said of which kind they are."""
    if typed:
        await types(house)
    first = await client(house, 1, Платіж="2026-11-12", Борг="100.00", Анкета="1", Клас="А")
    second = await client(house, 2, Платіж="12.12.2026", Борг="-5,5", Анкета="ні")
    third = await client(house, 3, Клас="а")

    async def matching(**conditions: Any) -> list[int]:
        return await found(house, Rule(**conditions))

    assert await matching(dates=(DateWithin(attribute="Платіж", since=0, until=30),)) == [first]
    assert await matching(dates=(DateWithin(attribute="Платіж", since=0, until=40),)) == [first, second]
    assert await matching(dates=(DateWithin(attribute="Платіж", since=0, until=3000),)) == [first, second]
    assert await matching(dates=(DateWithin(attribute="Платіж", since=-30, until=9),)) == []
    above = NumberIs(attribute="Борг", comparison=Comparison.ABOVE, value=Decimal("99.9"))
    below = NumberIs(attribute="Борг", comparison=Comparison.BELOW, value=Decimal(0))
    equal = NumberIs(attribute="Борг", comparison=Comparison.EQUAL, value=Decimal(100))
    assert await matching(numbers=(above,)) == await matching(numbers=(equal,)) == [first]
    assert await matching(numbers=(below,)) == [second]
    assert await matching(flags=(FlagIs(attribute="Анкета"),)) == [first]
    assert await matching(flags=(FlagIs(attribute="Анкета", yes=False),)) == [second, third]
    assert await matching(texts=(TextIs(attribute="Клас", value="А"),)) == [first, third]
    both = {"texts": (TextIs(attribute="Клас", value="А"),), "numbers": (above,)}
    assert await matching(**both) == [first]


async def test_what_contacts_are_narrowed_by(house: NightHouse) -> None:
    inside = await house.person(
        "Коваль", "0671", region="Київ", categories=("ДМС",), source="сайт", consultant_id=house.ivan.id
    )
    await house.person("Шевчук", "0672", region="Львів", categories=("КАСКО",), source="пошта")
    await house.person("Не дзвонити", "0673", region="Київ", do_not_call=True)
    company = await house.person("ТОВ Борис", "0674", kind="company", region="Одеса")
    for rule in (
        Rule(region="Київ"),
        Rule(category="ДМС"),
        Rule(source="сайт"),
        Rule(consultant_id=house.ivan.id),
        Rule(category="ДМС", region="Київ", kind="person"),
    ):
        assert await found(house, rule) == [inside]
    assert await found(house, Rule(kind="company", region="Одеса")) == [company]
    assert await found(house, Rule(category="ДМС", region="Львів")) == []


async def test_unfinished_requests_of_a_topic(house: NightHouse) -> None:
    topic, other = await house.topic("Анкета"), await house.topic("Скарга")
    old, new, done = [await client(house, number, Клас="А") for number in range(3)]
    await house.request(old, topic_id=topic, created_at=house.now - timedelta(days=5))
    await house.request(old, topic_id=topic, created_at=house.now - timedelta(days=6))
    await house.request(new, topic_id=topic)
    await house.request(done, topic_id=topic, state="done", created_at=house.now - timedelta(days=5))
    await house.request(done, topic_id=other, created_at=house.now - timedelta(days=5))
    assert await found(house, Rule(unfinished=Unfinished(topic_id=topic))) == [old, new]
    assert await found(house, Rule(unfinished=Unfinished(topic_id=topic, older_than=5))) == [old]
    assert await found(house, Rule(unfinished=Unfinished(topic_id=topic, older_than=6))) == [old]
    assert await found(house, Rule(unfinished=Unfinished(topic_id=topic, older_than=7))) == []
    narrowed = Rule(unfinished=Unfinished(topic_id=topic), texts=(TextIs(attribute="Клас", value="Б"),))
    assert await found(house, narrowed) == []


async def test_values_nobody_is_found_by_are_compared_all_the_same(house: NightHouse) -> None:
    hidden = AttributeType(id=0, name="Клас", kind="text", searched=False)
    await house.contacts.attributes.define(hidden, None)
    contact = await client(house, 1, Клас="А")
    assert await found(house, Rule(texts=(TextIs(attribute="Клас", value="А"),))) == [contact]


async def test_contacts_the_search_has_not_been_told_of_are_found(house: NightHouse) -> None:
    contact = await client(house, 1, Клас="А")
    async with house.database.write() as connection:
        await connection.execute(contact_search.delete())
        due = {"first_id": contact, "last_id": contact}
        await connection.execute(contact_search_due.insert().values(due))
    assert await found(house, Rule(texts=(TextIs(attribute="Клас", value="А"),))) == [contact]


async def test_many_are_found_portion_by_portion(house: NightHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "PORTION", 3)
    everybody = [await client(house, number, Клас="А", Борг=str(number)) for number in range(25)]
    by_text = await house.rules.preview(Rule(texts=(TextIs(attribute="Клас", value="А"),)))
    by_number = await house.rules.preview(Rule(numbers=(NumberIs(attribute="Борг"),)))
    assert (by_text.count, by_number.count) == (25, 24)
    assert [sample.contact_id for sample in by_text.first] == everybody[:20]


async def changed(house: NightHouse, campaign: Campaign, **fields: Any) -> LeadRule:
    rule = LeadRule(campaign_id=campaign.id, name="Rule", rule=Rule(region="Київ"))
    return await house.rules.save(
        LeadRule(**{n: getattr(rule, n) for n in rule.__struct_fields__} | fields), house.boss
    )


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"name": " "}, "name"),
    ({"at": "24:00"}, "at"),
    ({"at": "2:00"}, "at"),
    ({"rule": Rule()}, "rule"),
    ({"rule": Rule(kind="person")}, "rule"),
    ({"rule": Rule(dates=(DateWithin(attribute=""),))}, "rule.dates[0].attribute"),
    ({"rule": Rule(dates=(DateWithin(attribute="А", since=2, until=1),))}, "rule.dates[0].until"),
    ({"rule": Rule(dates=(DateWithin(attribute="А", since=-9999),))}, "rule.dates[0].since"),
    ({"rule": Rule(texts=(TextIs(attribute="А", value=""),))}, "rule.texts[0].value"),
    ({"rule": Rule(region="Київ", rank=0)}, "rule.rank"),
    ({"rule": Rule(region="Київ", again_after=-1)}, "rule.again_after"),
    ({"rule": Rule(unfinished=Unfinished(topic_id=1, older_than=-1))}, "rule.unfinished.older_than"),
    ({"rule": Rule(flags=(FlagIs(attribute="А"),) * 21)}, "rule.flags"),
]


async def test_what_is_refused(house: NightHouse) -> None:
    campaign = await house.campaign()
    for fields, field in REFUSED:
        with pytest.raises(InvalidInput) as refused:
            await changed(house, campaign, **fields)
        assert refused.value.field == field
    assert await house.rules.of_campaign(campaign.id) == ()


async def test_rules_are_changed_switched_off_and_removed(house: NightHouse) -> None:
    campaign = await house.campaign()
    await house.contacts.create(ContactFields(name="Коваль", region="Київ", phones=(("", "0671234567"),)))
    kept = await changed(house, campaign)
    changed_ = await changed(house, campaign, id=kept.id, name="Kyiv", at="23:15", active=False)
    assert await house.rules.of_campaign(campaign.id) == (changed_,)
    house.now = NIGHT + timedelta(days=2)
    assert await house.rules.run_due(house.now) == 0
    with pytest.raises(NotAllowed):
        await house.rules.save(kept, house.olena)
    with pytest.raises(NotFound):
        await changed(house, campaign, id=99)
    await house.rules.remove(kept.id, house.boss)
    with pytest.raises(NotFound):
        await house.rules.remove(kept.id, house.boss)
