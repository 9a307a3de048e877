"""What is reckoned for the night: turns by the house's clock, health of numbers, shares of work, marks to be sought."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.contacts.terms import attribute_mark, mark
from telemarket.dialer.health import Health, learn
from telemarket.dialer.model import Outcome
from telemarket.dialer.rule_matching import matches, search_of
from telemarket.dialer.rule_model import DateWithin, FlagIs, NumberIs, Rule, TextIs
from telemarket.dialer.sharing import MOST_A_DAY, Work, share_out
from telemarket.dialer.turns import last_due, moment_of

KYIV = ZoneInfo("Europe/Kyiv")
NOON = datetime(2026, 11, 2, 10, tzinfo=UTC)
TODAY = date(2026, 11, 2)


@pytest.mark.parametrize("first", [datetime(2026, 10, 23, 12, tzinfo=UTC), datetime(2027, 3, 26, 12, tzinfo=UTC)])
@pytest.mark.parametrize("at", ["00:00", "02:00", "03:30", "04:00", "23:59"])
def test_whatever_the_clock_does_each_day_has_one_turn(first: datetime, at: str) -> None:
    """In Kyiv it goes back on 25 October 2026, and forward on 28 March 2027, each time at or to three and four."""
    days = [last_due(first + timedelta(minutes=minute), at, KYIV) for minute in range(4 * 24 * 60)]
    turns = list(dict.fromkeys(days))
    assert days == sorted(days)
    assert [later - sooner for sooner, later in pairwise(turns)] == [timedelta(days=1)] * 4


def test_a_turn_in_the_hour_left_out_comes_as_much_later() -> None:
    assert moment_of(date(2027, 3, 28), "03:30", KYIV).astimezone(KYIV).hour == 4
    assert moment_of(date(2026, 10, 25), "03:30", KYIV).isoformat() == "2026-10-25T00:30:00+00:00"


def test_a_number_is_silent_from_its_first_failure_on() -> None:
    health = Health(number="+380671234567")
    for days in (0, 10, 29):
        health = learn(health, Outcome.NO_ANSWER, NOON + timedelta(days=days), silent_after=30)
        assert health.dead_at is None
    assert (health.failures, health.silent_since) == (3, NOON)
    dead = learn(health, Outcome.MACHINE, NOON + timedelta(days=30), silent_after=30)
    assert (dead.dead_at, dead.dead_why) == (NOON + timedelta(days=30), "silent")
    assert learn(health, Outcome.MACHINE, NOON + timedelta(days=30), silent_after=0).dead_at is None
    assert learn(dead, Outcome.ANSWERED, NOON, silent_after=30) == Health(number=dead.number, answered_at=NOON)


@pytest.mark.parametrize("outcome", [Outcome.NO_SUCH_NUMBER, Outcome.OUT_OF_SERVICE])
def test_the_networks_word_is_enough(outcome: Outcome) -> None:
    dead = learn(Health(number="+380671234567", answered_at=NOON), outcome, NOON, silent_after=0)
    assert (dead.dead_why, dead.answered_at) == ("invalid", NOON)


def work(lead: int, *operators: int, rank: int = 100, overdue: bool = False) -> Work:
    return Work(kind="lead", operators=frozenset(operators), lead_id=lead, rank=rank, overdue=overdue)


def test_overdue_work_comes_first_then_the_foremost() -> None:
    everything = [work(1, 7), work(2, 7, rank=1), work(3, 7, rank=900, overdue=True)]
    for order in permutations(everything):
        assert [each.lead_id for each in share_out(order, {})[7]] == [3, 2, 1]


def test_whoever_has_more_of_his_own_gets_less_of_the_pool() -> None:
    shares = share_out([work(lead, 7) for lead in range(4)] + [work(lead, 7, 8, 9) for lead in range(4, 12)], {})
    assert {operator: len(share) for operator, share in shares.items()} == {7: 4, 8: 4, 9: 4}
    done = share_out([work(lead, 7, 8) for lead in range(4)], {7: 2})
    assert {operator: len(share) for operator, share in done.items()} == {7: 1, 8: 3}


def test_nobody_gets_more_than_a_day_can_hold() -> None:
    shares = share_out([work(lead, 7) for lead in range(500)] + [work(lead, 7, 8) for lead in range(500, 1000)], {})
    assert {operator: len(share) for operator, share in shares.items()} == {7: 500 + MOST_A_DAY, 8: MOST_A_DAY}


@given(st.lists(st.sets(st.integers(1, 5), min_size=1), max_size=60))
def test_everything_falls_on_somebody_it_may_fall_on_and_once(eligible: list[set[int]]) -> None:
    everything = [work(lead, *operators) for lead, operators in enumerate(eligible)]
    shares = share_out(everything, {})
    given_ = {each.lead_id: operator for operator, share in shares.items() for each in share}
    assert len(given_) == sum(map(len, shares.values())) == len(everything)
    assert all(given_[lead] in operators for lead, operators in enumerate(eligible))


def test_days_of_a_window_are_sought_one_by_one() -> None:
    rule = Rule(region="Київ", dates=(DateWithin(attribute="Платіж", since=1, until=2),))
    days = [attribute_mark("Платіж", day) for day in ("2026-11-03", "2026-11-04")]
    region = mark("region", "Київ")
    sought = search_of(rule, TODAY, {"Платіж": "date"}, (), sqlite=True)
    assert sought.startswith(f'(("{days[0]}" OR "{days[1]}") AND "{region}") NOT ')
    untyped = search_of(rule, TODAY, {}, (), sqlite=True)
    assert untyped.startswith(f'("{region}") NOT ')


def test_what_the_search_does_not_know_is_not_sought() -> None:
    rule = Rule(
        numbers=(NumberIs(attribute="Борг"),),
        flags=(FlagIs(attribute="Анкета", yes=False),),
        texts=(TextIs(attribute="Клас", value="А"),),
        dates=(DateWithin(attribute="Платіж", since=-3000, until=0),),
    )
    assert search_of(rule, TODAY, {"Платіж": "date", "Анкета": "flag"}, {"Клас"}, sqlite=False) == ""


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_value_however_odd_breaks_a_rule(text: str, name: str) -> None:
    contact = {"kind": "person", "region": "", "source": "", "consultant_id": None, "categories": []}
    rule = Rule(
        dates=(DateWithin(attribute=name),),
        numbers=(NumberIs(attribute=name),),
        flags=(FlagIs(attribute=name),),
        texts=(TextIs(attribute=name, value=text),),
    )
    matches(rule, {**contact, "attributes": {name: text}}, TODAY)
    search_of(rule, TODAY, {name: "date"}, (), sqlite=True)
