"""Plans: kept and read back as they were; what a supervisor cannot have meant is named where it stands."""

from typing import Any, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.calls.plan import (
    Announcements,
    CallbackPlan,
    Hours,
    Node,
    NodeKind,
    Opening,
    Overflow,
    OverflowWhen,
    Plan,
    Relaxation,
    SkillNeed,
)
from telemarket.calls.plan_rules import Surroundings, check_plan, find_problems
from telemarket.calls.plan_text import convert, decode_plan, encode_plan
from telemarket.core.errors import InvalidInput

AROUND = Surroundings(
    number="077",
    queues=frozenset({"077", "078"}),
    logins=frozenset({"anna"}),
    sounds=frozenset({"welcome", "closed"}),
)
ENGLISH = SkillNeed(skill="english", level=60)


def menu(**nodes: Node) -> dict[str, Node]:
    return nodes


def choose(otherwise: str = "", **choices: str) -> Node:
    return Node(
        kind=NodeKind.MENU, sound="welcome", choices={k[1:]: to for k, to in choices.items()}, otherwise=otherwise
    )


def say(then: str = "", sound: str = "welcome") -> Node:
    return Node(kind=NodeKind.SAY, sound=sound, then=then)


def waited(after: float, to: str = "voicemail") -> Overflow:
    return Overflow(when=OverflowWhen.WAITED, after=after, to=to)


def week(*openings: tuple[str, str]) -> Hours:
    return Hours(week=(tuple(Opening(since=s, until=u) for s, u in openings), *[()] * 6))


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"language": "de"}, "plan.language"),
    ({"priority": 1001}, "plan.priority"),
    ({"sticky_seconds": float("nan")}, "plan.sticky_seconds"),
    ({"max_waiting": -1}, "plan.max_waiting"),
    ({"answer_within": 0}, "plan.answer_within"),
    ({"greeting": "nothing"}, "plan.greeting"),
    ({"greeting": "../welcome"}, "plan.greeting"),
    ({"announcements": Announcements(every=5)}, "plan.announcements.every"),
    ({"skills": (ENGLISH, ENGLISH)}, "plan.skills[1].skill"),
    ({"skills": (SkillNeed(skill="two words"),)}, "plan.skills[0].skill"),
    ({"skills": (SkillNeed(skill="English"),)}, "plan.skills[0].skill"),
    ({"skills": (SkillNeed(skill="english", level=101),)}, "plan.skills[0].level"),
    (
        {"skills": (SkillNeed(skill="english", level=60, relax=(Relaxation(after=50, level=60),)),)},
        "plan.skills[0].relax[0].level",
    ),
    (
        {
            "skills": (
                SkillNeed(
                    skill="english", level=60, relax=(Relaxation(after=50, level=40), Relaxation(after=50, level=0))
                ),
            )
        },
        "plan.skills[0].relax[1].after",
    ),
    ({"hours": Hours(timezone="Mars/Olympus")}, "plan.hours.timezone"),
    ({"hours": Hours(week=((),) * 6)}, "plan.hours.week"),
    ({"hours": week(("9:00", "18:00"))}, "plan.hours.week[0][0].since"),
    ({"hours": week(("09:00", "18:60"))}, "plan.hours.week[0][0].until"),
    ({"hours": week(("24:00", "18:00"))}, "plan.hours.week[0][0].since"),
    ({"hours": week(("09:00", "09:00"))}, "plan.hours.week[0][0].until"),
    ({"hours": week(("09:00", "13:00"), ("12:59", "18:00"))}, "plan.hours.week[0][1].since"),
    ({"hours": Hours(days={"25.12.2026": ()})}, "plan.hours.days.25.12.2026"),
    ({"hours": Hours(days={"2026-12-25": (Opening(since="", until="10:00"),)})}, "plan.hours.days.2026-12-25[0].since"),
    ({"callback": CallbackPlan(key="12")}, "plan.callback.key"),
    ({"callback": CallbackPlan(key="A")}, "plan.callback.key"),
    ({"callback": CallbackPlan(attempts=0)}, "plan.callback.attempts"),
    ({"overflow": (waited(60, "somewhere"),)}, "plan.overflow[0].to"),
    ({"overflow": (waited(60, "queue:099"),)}, "plan.overflow[0].to"),
    ({"overflow": (waited(60, "queue:077"),)}, "plan.overflow[0].to"),
    ({"overflow": (waited(60, "operator:nobody"),)}, "plan.overflow[0].to"),
    ({"overflow": (waited(60, "message:nothing"),)}, "plan.overflow[0].to"),
    ({"overflow": (waited(60, "node:start"),)}, "plan.overflow[0].to"),
    ({"overflow": (waited(0),)}, "plan.overflow[0].after"),
    ({"overflow": (waited(60), waited(60))}, "plan.overflow[1].after"),
    ({"overflow": (Overflow(when=OverflowWhen.CLOSED, after=5, to="hangup"),)}, "plan.overflow[0].after"),
    ({"overflow": (Overflow(when=OverflowWhen.CLOSED, to="hangup"),) * 2}, "plan.overflow[1].when"),
    (
        {"menu": menu(start=say()), "overflow": (Overflow(when=OverflowWhen.NO_OPERATORS, to="node:start"),)},
        "plan.overflow[0].to",
    ),
    ({"menu": menu(first=choose(k1=""))}, "plan.menu"),
    ({"menu": menu(start=choose())}, "plan.menu.start"),
    ({"menu": menu(start=choose(kA=""))}, "plan.menu.start.choices.A"),
    ({"menu": menu(start=choose(k1="node:sales"))}, "plan.menu.start.choices.1"),
    ({"menu": menu(start=choose(k1="queue:099"))}, "plan.menu.start.choices.1"),
    ({"menu": menu(start=say(sound=""))}, "plan.menu.start.sound"),
    ({"menu": menu(start=say(then="node:start"))}, "plan.menu.start.then"),
    ({"menu": menu(start=choose("node:again", k1=""), again=say("node:start"))}, "plan.menu.again.then"),
    ({"menu": menu(start=choose("node:start", k1=""))}, "plan.menu.start.otherwise"),
    ({"menu": {"start": choose(k1="node:b c"), "b c": say()}}, "plan.menu.start.choices.1"),
    ({"menu": menu(start=Node(kind=NodeKind.SAY, sound="welcome", choices={"1": ""}))}, "plan.menu.start.choices"),
    ({"menu": menu(start=Node(kind=NodeKind.MENU, choices={"1": ""}, seconds=0))}, "plan.menu.start.seconds"),
]


@pytest.mark.parametrize(("fields", "field"), WRONG, ids=[f"{index}-{field}" for index, (_, field) in enumerate(WRONG)])
def test_what_is_wrong_is_named_where_it_stands(fields: dict[str, Any], field: str) -> None:
    plan = Plan(**fields)
    assert field in [problem.field for problem in find_problems(plan, AROUND) if not problem.warning]
    with pytest.raises(InvalidInput):
        check_plan(plan, AROUND, Plan())


def test_a_sensible_plan_has_nothing_wrong() -> None:
    plan = Plan(
        greeting="welcome",
        skills=(
            SkillNeed(skill="каско", level=60, relax=(Relaxation(after=50, level=40), Relaxation(after=90, level=0))),
        ),
        hours=Hours(timezone="Europe/Kyiv", week=(*[(Opening(since="22:00", until="06:00"),)] * 7,)),
        menu=menu(
            start=choose("node:contract", k1="", k2="queue:078", k3="operator:anna", k0="node:start"),
            contract=Node(kind=NodeKind.ASK, sound="welcome", look_up=True, otherwise="voicemail"),
        ),
        callback=CallbackPlan(key="*", offer_after=60),
        max_waiting=10,
        overflow=(
            Overflow(when=OverflowWhen.CLOSED, to="message:closed"),
            Overflow(when=OverflowWhen.FULL, to="number:+380441234567"),
            waited(60, "node:contract"),
            waited(120, "callback"),
        ),
    )
    assert find_problems(plan, AROUND) == []


def test_what_is_only_doubtful_may_be_kept() -> None:
    plan = Plan(
        menu=menu(start=choose(k1=""), island=say()), overflow=(Overflow(when=OverflowWhen.FULL, to="voicemail"),)
    )
    assert [(problem.field, problem.warning) for problem in find_problems(plan, AROUND)] == [
        ("plan.menu.island", True),
        ("plan.overflow[0].when", True),
    ]
    check_plan(plan, AROUND, Plan())


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('{"overflow": [{"when": "waited", "to": 5}]}', "plan.overflow[0].to"),
        ('{"overflow": [{"when": "sometimes", "to": "hangup"}]}', "plan.overflow[0].when"),
        ('{"greetings": "welcome"}', "plan"),
        ('{"menu": {"start": {"kind": "menu", "attempts": "3"}}}', "plan.menu.attempts"),
        ("[]", "plan"),
        ("{", "plan"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        decode_plan(text)
    assert refused.value.field == field


texts = st.text(max_size=20)
numbers = st.integers(-5, 2000) | st.floats()
hostile = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def whole(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Structs of this kind with every field given."""
    return st.builds(kind, **{name: st.from_type(hint) for name, hint in get_type_hints(kind).items()})


for part in (Hours, Node):
    st.register_type_strategy(part, whole(part))
plans = whole(Plan)


@given(st.dictionaries(st.sampled_from(Plan.__struct_fields__) | texts, hostile, max_size=6) | hostile)
def test_rubbish_is_refused_by_name_or_understood(rubbish: Any) -> None:
    try:
        fields = [problem.field for problem in find_problems(convert(rubbish, Plan, "plan"), AROUND)]
    except InvalidInput as refused:
        fields = [refused.field]
    assert all(field.startswith("plan") for field in fields)


@given(plans)
def test_whatever_a_plan_says_its_problems_are_found_without_failing(plan: Plan) -> None:
    problems = find_problems(plan, AROUND)
    if any(not problem.warning for problem in problems):
        with pytest.raises(InvalidInput):
            check_plan(plan, AROUND, Plan())


@given(plans.filter(lambda plan: "nan" not in repr(plan) and "inf" not in repr(plan)))
def test_a_plan_comes_back_from_its_text(plan: Plan) -> None:
    assert decode_plan(encode_plan(plan)) == plan
    assert msgspec.json.decode(encode_plan(plan)).keys() == set(Plan.__struct_fields__)
