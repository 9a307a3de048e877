"""A project's forms: what they show they read back, and whatever is sent they take without failing."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.calls.hours_text import read_days, read_openings, write_openings
from telemarket.calls.model import Project
from telemarket.calls.plan import Hours, Node, NodeKind, Opening, Overflow, OverflowWhen, Plan, Relaxation, SkillNeed
from telemarket.calls.plan_rules import Surroundings
from telemarket.calls.project_fields import ProjectFields
from telemarket.core.errors import InvalidInput
from telemarket.desk.project_forms.draft import Draft
from telemarket.desk.project_forms.menu import Line, tree
from telemarket.desk.project_forms.operators import read_skills, write_skills
from telemarket.desk.project_forms.sections import SECTIONS

AROUND = Surroundings(number="077", queues=frozenset({"077", "078"}), logins=frozenset({"anna"}))

clock_times = st.integers(0, 24 * 60 - 1).map(lambda m: f"{m // 60:02}:{m % 60:02}")
openings = st.lists(st.builds(lambda s, u: Opening(since=s, until=u), clock_times, clock_times), max_size=3).map(tuple)
destinations = st.sampled_from(["", "queue:078", "operator:anna", "number:+380441234567", "voicemail", "node:start"])
seconds = st.integers(1, 3600).map(float) | st.just(7.5)
names = st.from_regex(r"[a-zа-я][a-zа-я0-9-]{0,8}", fullmatch=True).filter(lambda name: name == name.lower())
levels = st.integers(1, 100)
menus = st.builds(
    lambda sound, choices, otherwise: Node(kind=NodeKind.MENU, sound=sound, choices=choices, otherwise=otherwise),
    st.sampled_from(["", "welcome"]),
    st.dictionaries(st.sampled_from("1234567890*#"), destinations, max_size=4),
    destinations,
)
says = st.builds(lambda to: Node(kind=NodeKind.SAY, sound="welcome", then=to), destinations)
asks = st.builds(
    lambda to, digits, look_up: Node(kind=NodeKind.ASK, then=to, digits=digits, look_up=look_up),
    destinations,
    st.integers(1, 40),
    st.booleans(),
)
needs = st.builds(
    lambda skill, level, relax: SkillNeed(skill=skill, level=level, relax=tuple(relax)),
    names,
    levels,
    st.lists(st.builds(lambda after, level: Relaxation(after=after, level=level), seconds, levels), max_size=2),
)
rules = st.builds(
    lambda when, after, to: Overflow(when=when, after=after if when is OverflowWhen.WAITED else 0.0, to=to),
    st.sampled_from(OverflowWhen),
    seconds,
    destinations.filter(bool),
)
weeks = st.just(()) | st.tuples(*[openings] * 7)
plans = st.builds(
    lambda needs, week, days, menu, rules, sticky: Plan(
        skills=tuple(needs),
        hours=Hours(week=week, days={day.isoformat(): spans for day, spans in sorted(days.items())}),
        menu=menu,
        overflow=tuple(rules),
        sticky_seconds=sticky,
    ),
    st.lists(needs, max_size=2),
    weeks,
    st.dictionaries(st.dates(date(2026, 1, 1), date(2027, 12, 31)), openings, max_size=3),
    st.dictionaries(st.sampled_from(["start", "sales", "contract"]), menus | says | asks, max_size=3),
    st.lists(rules, max_size=3),
    seconds,
)


def project(plan: Plan) -> Project:
    return Project(id=1, number="077", name="КАСКО", dnis=("100", "200"), plan=plan)


@given(plans, st.sampled_from(list(SECTIONS.values())))
def test_a_form_reads_back_what_it_shows(plan: Plan, section: Any) -> None:
    shown = section.draft(project(plan))
    fields: ProjectFields = section.read(shown, project(plan))
    assert shown.problems == []
    assert fields.get("plan", plan) == plan


paths = st.from_regex(r"plan\.(hours|menu|overflow|skills)(\[[0-3]\]|\.[a-z]{1,8}){0,4}", fullmatch=True) | st.text(
    max_size=8
)


@given(st.lists(st.tuples(paths, st.text(max_size=8)), max_size=12), st.sampled_from(list(SECTIONS.values())))
def test_whatever_is_sent_is_taken_without_failing(fields: list[tuple[str, str]], section: Any) -> None:
    section.check(Draft.sent(fields), project(Plan()), AROUND)


@given(openings)
def test_hours_are_read_as_they_are_written(spans: tuple[Opening, ...]) -> None:
    assert read_openings(write_openings(spans)) == spans


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", ""),
        ("9-18", "09:00–18:00"),
        ("9.30 - 18", "09:30–18:00"),
        ("9:00–13:00; 14-18:30", "09:00–13:00, 14:00–18:30"),
        ("20-8", "20:00–08:00"),
        ("0-24", "00:00–24:00"),
    ],
)
def test_hours_as_people_write_them(text: str, read: str) -> None:
    assert write_openings(read_openings(text)) == read


def test_days_name_the_line_that_cannot_be_read() -> None:
    with pytest.raises(InvalidInput, match="2"):
        read_days("2026-12-25\n31.02.2026")
    with pytest.raises(InvalidInput, match="1"):
        read_days("2026-12-25 always")


@given(st.dictionaries(names, levels, max_size=4))
def test_skills_are_read_as_they_are_written(skills: dict[str, int]) -> None:
    assert read_skills(write_skills(skills)) == skills


def test_a_menu_is_drawn_from_its_first_step_each_step_once() -> None:
    menu = {
        "start": Node(kind=NodeKind.MENU, choices={"1": "", "2": "node:contract"}, otherwise="voicemail"),
        "contract": Node(kind=NodeKind.ASK, otherwise="node:start"),
        "island": Node(kind=NodeKind.SAY, sound="welcome"),
    }
    assert tree(menu) == [
        Line(0, "", "start", ""),
        Line(1, "1", "", ""),
        Line(1, "2", "contract", ""),
        Line(2, "then", "", ""),
        Line(2, "otherwise", "start", "", again=True),
        Line(1, "otherwise", "", "voicemail"),
    ]
    assert tree({}) == []
