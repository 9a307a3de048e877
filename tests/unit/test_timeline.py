"""The course of a call and "why this operator?", in words."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import telemarket.calls
from telemarket.calls.plan import Strategy
from telemarket.core.i18n import translator
from telemarket.core.journal import Entry
from telemarket.desk.decision import explain
from telemarket.desk.names import Names
from telemarket.desk.timeline import KNOWN, steps_of

NAMES = Names(
    people={1: "Олена", 2: "Тарас", 3: "Ірина"},
    logins={"olena": "Олена", "taras": "Тарас"},
    projects={1: "КАСКО (077)"},
    queues={"077": "КАСКО"},
)
ENGLISH = translator("en")


def entry(kind: str, agent_id: int | None = None, **data: Any) -> Entry:
    return Entry(datetime(2026, 11, 10, 9, tzinfo=UTC), kind, data, "call", agent_id)


def lines(*entries: Entry, supervises: bool = True) -> list[str]:
    return [ENGLISH.message(step.text) for step in steps_of(entries, NAMES, supervises=supervises)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (entry("call.arrived", project=1, dnis="100"), "Arrived: КАСКО (077)"),
        (entry("call.arrived", project=None, dnis="+380440000000"), "no project has the number +380 44 000 00 00"),
        (entry("call.arrived", 1, project=1, direction="outbound"), "Олена called"),
        (entry("call.menu", node="start", digit="2"), "Pressed 2 in the menu start"),
        (entry("call.menu", node="start", digit=""), "Chose nothing in the menu start"),
        (entry("call.queued", project=1, skills={"english": 60}), "asked for: english 60"),
        (entry("call.queued", project=1, skills={}), "In the queue КАСКО (077)"),
        (entry("call.relaxed", levels={"english": 40}), "Enough from now on: english 40"),
        (entry("call.relaxed", levels={"english": 0}), "No skill is asked for any longer"),
        (entry("call.overflow", rule="waited", to="queue:077"), "the queue КАСКО: it had waited long enough"),
        (entry("call.overflow", rule="closed", to="voicemail"), "Passed on to voicemail: outside working hours"),
        (entry("call.withdrawn", 2, why="no-answer"), "Not taken by Тарас: no answer"),
        (entry("call.transferred", 1, to="operator:taras", attended=False), "Passed on to Тарас"),
        (entry("call.transferred", 1, to="taras", attended=True), "Handed over to Тарас"),
        (entry("call.transferred", 1, to="+380671234567", attended=True), "Handed over to +380 67 123 45 67"),
        (entry("call.watched", 3, mode="whisper"), "Ірина whispered to the operator"),
        (entry("call.taken_over", 1, by=3), "Ірина took the call over"),
        (entry("call.moved", by=3, to="operator:olena"), "Ірина moved the caller to Олена"),
        (entry("call.ended", result="abandoned", by="caller"), "caller gave up, ended by the caller"),
        (entry("call.withdrawn", 99, why="busy"), "Not taken by #99: telephone busy"),
    ],
)
def test_what_happened_is_said_in_words(said: Entry, expected: str) -> None:
    [line] = lines(said)
    assert expected in line


def test_a_kind_not_known_is_shown_by_its_name() -> None:
    assert lines(entry("call.teleported")) == ["call.teleported"]


def test_an_operator_is_not_told_that_he_was_listened_to() -> None:
    course = (entry("call.answered", 1), entry("call.watched", 3, mode="listen"), entry("call.unwatched", 3))
    assert lines(*course, supervises=False) == ["Олена answered"]
    assert len(lines(*course)) == 3


def test_every_kind_the_engine_writes_has_words() -> None:
    folder = Path(telemarket.calls.__file__).parent
    sources = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    written = set(re.findall(r'"((?:call|recording|voicemail)\.[a-z_]+)"', sources))
    assert written - KNOWN == set()


def sentences(**reasons: Any) -> list[str]:
    explained = explain(reasons, "Олена", NAMES)
    return [ENGLISH.message(sentence) for sentence in explained.sentences]


def test_the_strategy_the_skills_and_the_tried_are_explained() -> None:
    assert sentences(
        strategy="skill-level",
        available=3,
        idle_seconds=84,
        skills={"english": 40},
        waited=75.2,
        priority=12.4,
        tried_before={"2": "no-answer"},
    ) == [
        "Of 3 free operators, Олена has the highest skills of those asked for.",
        "Asked for by then: english 40.",
        "The caller had waited 1:15.",
        "Priority of the call: 12.",
        "Offered before to Тарас: no answer.",
    ]


@pytest.mark.parametrize(
    "strategy",
    [*Strategy, "last-operator", "consultant", "transferred", "parked", "picked", "own-call", "consulted"],
)
def test_every_strategy_has_a_sentence(strategy: str) -> None:
    assert len(sentences(strategy=strategy, by=2)) == 1


def test_who_was_passed_over_is_named_with_the_reason() -> None:
    explained = explain(
        {
            "strategy": "longest-idle",
            "others": [{"operator": 2, "idle_seconds": 12.0, "calls": 7}],
            "passed_over": [{"operator": 3, "lacks": {"english": [20, 60]}}],
        },
        "Олена",
        NAMES,
    )
    assert [(other.name, other.idle, other.calls) for other in explained.others] == [("Тарас", "0:12", 7)]
    assert explained.lacking == [("Ірина", "english 20 / 60")]


def test_reasons_of_an_unknown_shape_are_passed_over() -> None:
    assert sentences(strategy="by-the-stars") == []
