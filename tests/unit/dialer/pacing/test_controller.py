"""What the pacing of a campaign promises."""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemarket.core.i18n import translator
from telemarket.dialer.pacing import (
    DAY,
    Controller,
    ControllerState,
    Denominator,
    Limits,
    Mode,
    Orders,
    Outcome,
    Phase,
    Picture,
    Reason,
    Seat,
    Settings,
    words,
)

NOW = 1_700_000_000.0


def experienced(target: float = 0.03, mode: Mode = Mode.PREDICTIVE, **limits: float) -> Controller:
    """It has seen an hour of calls, of which 30 % were answered, and has the most of its budget left."""
    controller = Controller(Limits(target=target, **limits), Settings(mode=mode))
    dice = random.Random(1)
    for number in range(600):
        at = NOW - 3020 + 5 * number
        controller.dialed(str(number), at)
        if dice.random() < 0.3:
            controller.answered(str(number), at + dice.uniform(5, 15))
            controller.connected(str(number), at + 15)
            controller.handled(number % 7, dice.expovariate(1 / 120), dice.uniform(15, 25))
        else:
            controller.ended(str(number), at + 25, Outcome.NO_ANSWER)
    return controller


def seats(phase: Phase, count: int, since: float = NOW - 60, leaves: float | None = None) -> list[Seat]:
    return [Seat(operator, phase, since, leaves) for operator in range(count)]


def picture(*staff: Seat, **more: object) -> Picture:
    return Picture(now=NOW, seats=staff, **more)  # type: ignore[arg-type]


def test_for_free_operators_more_calls_are_placed_than_there_are_operators() -> None:
    decision = experienced().decide(picture(*seats(Phase.FREE, 10)))
    assert decision.dial > 10
    assert decision.answer_probability == pytest.approx(0.3, abs=0.1)
    assert decision.risk <= decision.threshold


def test_an_operator_about_to_be_free_is_dialed_for() -> None:
    controller = experienced()
    begun = controller.decide(picture(*seats(Phase.WRAPUP, 4, NOW))).dial
    nearly_done = controller.decide(picture(*seats(Phase.WRAPUP, 4, NOW - 18))).dial
    assert nearly_done > begun


def test_one_operator_is_enough() -> None:
    assert experienced().decide(picture(*seats(Phase.FREE, 1))).dial >= 1


@pytest.mark.parametrize("phase", [Phase.FREE, Phase.WRAPUP, Phase.TALKING])
def test_nobody_is_called_for_operators_who_leave(phase: Phase) -> None:
    decision = experienced().decide(picture(*seats(phase, 10, leaves=NOW)))
    assert (decision.dial, decision.reason) == (0, Reason.NOBODY)


def test_an_operator_who_leaves_before_the_answer_does_not_count() -> None:
    controller = experienced()
    staying = controller.decide(picture(*seats(Phase.WRAPUP, 5, NOW - 18, leaves=NOW + 3600))).dial
    leaving = controller.decide(picture(*seats(Phase.WRAPUP, 5, NOW - 18, leaves=NOW + 3))).dial
    assert (staying > 0, leaving) == (True, 0)


def test_an_operator_whose_pause_ends_counts_from_then_on() -> None:
    controller = experienced()
    assert controller.decide(picture(*seats(Phase.COMING, 5, NOW + 1))).dial > 0
    assert controller.decide(picture(*seats(Phase.COMING, 5, NOW + 600))).dial == 0


def test_when_a_line_fails_calls_are_held_back_at_once_and_come_back() -> None:
    controller = experienced()
    many = picture(*seats(Phase.FREE, 20))
    before = controller.decide(many).dial
    for number in range(20):
        controller.dialed(f"new {number}", NOW)
    controller.ended("new 0", NOW, Outcome.CONGESTION)
    held = controller.decide(many)
    assert (held.dial, held.reason) == (0, Reason.LINES_FAIL)
    later = controller.decide(msgspec.structs.replace(many, now=NOW + 5))
    assert 0 < later.dial < before
    controller.ended("new 1", NOW + 5, Outcome.BUSY)
    assert controller.decide(msgspec.structs.replace(many, now=NOW + 120)).dial == pytest.approx(before, abs=2)


def test_lines_that_fail_for_an_hour_are_tried_once_a_minute() -> None:
    controller = experienced()
    tried = 0
    in_the_beginning = 0
    for second in range(3600):
        if second == 300:
            in_the_beginning = tried
        now = NOW + second
        for _ in range(controller.decide(Picture(now=now, seats=seats(Phase.FREE, 20))).dial):
            tried += 1
            controller.dialed(f"try {tried}", now)
            controller.ended(f"try {tried}", now, Outcome.CONGESTION)
    assert 50 <= tried - in_the_beginning <= 60


def test_a_supervisor_stops_slows_and_caps() -> None:
    controller = experienced()
    busy = picture(*seats(Phase.FREE, 4), *seats(Phase.WRAPUP, 8, NOW - 18))
    usual = controller.decide(busy).dial
    assert controller.decide(busy, Orders(stop=True)).dial == 0
    assert controller.decide(busy, Orders(stop=True)).reason is Reason.STOPPED
    assert controller.decide(busy, Orders(slow=0.2)).dial < usual
    slowest = controller.decide(busy, Orders(slow=0.0))
    assert (slowest.dial, slowest.reason) == (4, Reason.PROGRESSIVE)
    assert controller.decide(busy, Orders(max_lines=3)).dial == 3
    assert controller.decide(busy, Orders(max_per_operator=0.5)).dial == 6


def test_calls_a_second_are_as_many_as_allowed() -> None:
    controller = experienced()
    free = seats(Phase.FREE, 20)
    placed = [controller.decide(Picture(now=NOW + i / 4, seats=free, rate=2.0)).dial for i in range(41)]
    assert sum(placed) == 22  # two saved up, and two a second


def test_customers_who_call_are_reckoned_with() -> None:
    controller = experienced()
    staff = seats(Phase.WRAPUP, 6, NOW - 18)
    alone = controller.decide(picture(*staff)).dial
    assert controller.decide(picture(*staff, incoming_rate=0.2)).dial < alone
    assert controller.decide(picture(*staff, waiting=3)).dial < alone


def test_progressive_never_has_more_calls_than_free_operators() -> None:
    controller = experienced(mode=Mode.PROGRESSIVE)
    staff = [*seats(Phase.FREE, 3), *seats(Phase.WRAPUP, 8, NOW - 30)]
    assert controller.decide(picture(*staff)).dial == 3
    assert controller.decide(picture(*staff, ringing=(NOW - 1, NOW - 2))).dial == 1
    assert controller.decide(picture(*staff, ringing=(NOW - 1, NOW - 2), waiting=1)).dial == 0


def test_a_budget_that_is_spent_leaves_one_call_each() -> None:
    controller = experienced()
    for number in range(40):
        controller.abandoned(str(number), NOW)
    decision = controller.decide(picture(*seats(Phase.FREE, 5)))
    assert (decision.dial, decision.reason) == (5, Reason.BUDGET)
    assert controller.decide(Picture(now=NOW + 31 * DAY, seats=seats(Phase.FREE, 5))).upper_bound == 0


def test_after_a_silence_each_free_operator_has_one_call_until_it_is_known_who_answers_now() -> None:
    controller, morning = experienced(), NOW + 16 * 3600
    staff = seats(Phase.FREE, 10)
    decision = controller.decide(Picture(now=morning, seats=staff))
    assert (decision.dial, decision.reason) == (10, Reason.PROGRESSIVE)
    for number in range(20):
        controller.dialed(f"first {number}", morning)
        controller.ended(f"first {number}", morning + 25, Outcome.NO_ANSWER)
    assert controller.decide(Picture(now=morning + 25, seats=staff)).dial > 10


def test_results_of_yesterday_that_are_learned_this_morning_say_nothing_of_this_morning() -> None:
    controller, morning = experienced(), NOW + 16 * 3600
    controller.dialed("nobody saw its end", NOW)
    for number in range(50):
        controller.dialed(f"yesterday {number}", NOW)
        controller.ended(f"yesterday {number}", NOW + 25, Outcome.NO_ANSWER)
    controller.dialed("first", morning)
    controller.ended("first", morning + 5, Outcome.BUSY)
    decision = controller.decide(Picture(now=morning + 6, seats=seats(Phase.FREE, 10)))
    assert (decision.dial, decision.reason) == (10, Reason.PROGRESSIVE)


def test_machine_verdicts_that_may_be_people_count_as_abandoned() -> None:
    controller = experienced(lost_humans=0.1)
    before = controller.spent()
    for number in range(50):
        controller.dialed(f"machine {number}", NOW)
        controller.ended(f"machine {number}", NOW + 5, Outcome.MACHINE)
    assert controller.spent().abandoned == pytest.approx(before.abandoned + 5)


def test_machines_are_counted_where_the_law_counts_answers() -> None:
    limits = Limits(target=0.03, denominator=Denominator.ANSWERED)
    controller = Controller(limits, Settings())
    controller.ended("unknown", NOW, Outcome.MACHINE)
    controller.connected("known", NOW)
    assert controller.spent().counted == 2


def test_a_restart_forgets_nothing() -> None:
    controller = experienced()
    controller.abandoned("1", NOW)
    stored = msgspec.json.encode(controller.to_state())
    assert len(stored) < 20_000
    again = Controller.from_state(
        controller.limits, controller.settings, msgspec.json.decode(stored, type=ControllerState)
    )
    assert again.spent().abandoned == controller.spent().abandoned
    staff = picture(*seats(Phase.WRAPUP, 8, NOW - 18), ringing=(NOW - 4,))
    first, second = controller.decide(staff), again.decide(staff)
    assert second.answer_probability == pytest.approx(first.answer_probability, rel=0.02)
    assert second.dial == pytest.approx(first.dial, abs=1)


def test_an_answer_rate_that_falls_is_followed() -> None:
    controller = experienced()
    for number in range(200):
        controller.dialed(f"late {number}", NOW + number)
        controller.ended(f"late {number}", NOW + number + 25, Outcome.NO_ANSWER)
    assert controller.decide(picture(*seats(Phase.FREE, 1))).answer_probability < 0.05


def test_a_shift_that_begins_with_everybody_free_is_taken_for_no_better_nor_worse_hour() -> None:
    """Of calls placed together, answers come first and those whom nobody answers last."""
    controller = experienced()
    dice = random.Random(2)
    over = sorted((dice.uniform(3, 20), call, True) if call % 10 < 3 else (25.0, call, False) for call in range(300))
    for call in range(300):
        controller.dialed(f"morning {call}", NOW)
    told = []
    for seconds, call, answered in over:
        if answered:
            controller.answered(f"morning {call}", NOW + seconds)
        else:
            controller.ended(f"morning {call}", NOW + seconds, Outcome.NO_ANSWER)
        told.append(controller.decide(picture(*seats(Phase.TALKING, 90))).answer_probability)
    assert 0.2 < min(told) <= max(told) < 0.4


def test_a_call_nothing_is_heard_of_keeps_the_others_from_teaching_for_a_while_only() -> None:
    controller = experienced()
    controller.dialed("lost", NOW)
    for call in range(200):
        controller.dialed(f"late {call}", NOW + call)
        controller.ended(f"late {call}", NOW + call + 25, Outcome.NO_ANSWER)
    assert controller.decide(picture(*seats(Phase.FREE, 10))).answer_probability < 0.1


def test_who_talks_longer_is_expected_later() -> None:
    controller = experienced()
    for _ in range(60):
        controller.handled(1, 30.0, 20.0)
        controller.handled(2, 300.0, 20.0)

    def expected(operator: int) -> float:
        return controller.decide(picture(*[Seat(operator, Phase.TALKING, NOW - 25)] * 5)).free_expected

    assert expected(1) > expected(2)


def test_a_decision_has_its_words_in_each_language() -> None:
    controller = experienced()
    said = words(controller.decide(picture(*seats(Phase.FREE, 3))))
    assert " more: 3.0 expected free in " in said
    stopped = words(controller.decide(picture(*seats(Phase.FREE, 3)), Orders(stop=True)))
    for language in ("uk", "ru"):
        assert translator(language).message(said) != said
        assert "stopped" not in translator(language).message(stopped)


phases = st.sampled_from([Phase.FREE, Phase.TALKING, Phase.WRAPUP, Phase.COMING])
someone = st.builds(
    Seat,
    operator=st.integers(0, 20),
    phase=phases,
    since=st.floats(NOW - 600, NOW),
    leaves=st.none() | st.floats(NOW - 10, NOW + 100),
)
ringing = st.lists(st.floats(NOW - 60, NOW), max_size=30)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(someone, max_size=40),
    ringing,
    st.integers(0, 10),
    st.integers(0, 100),
    st.none() | st.integers(0, 50),
)
def test_never_fewer_than_none_nor_more_than_lines_and_caps(
    staff: list[Seat], rings: list[float], waiting: int, lines: int, most: int | None
) -> None:
    decision = experienced().decide(
        picture(*staff, ringing=rings, waiting=waiting, lines=lines), Orders(max_lines=most)
    )
    assert 0 <= decision.dial <= lines
    if most is not None:
        assert decision.dial <= max(0, most - len(rings) - waiting)
    assert 0 <= decision.risk <= 1


@settings(max_examples=60, deadline=None)
@given(st.lists(someone, min_size=1, max_size=20), ringing)
def test_fewer_operators_are_never_called_more_for(staff: list[Seat], rings: list[float]) -> None:
    controller = experienced()
    all_of_them = controller.decide(picture(*staff, ringing=rings)).dial
    assert controller.decide(picture(*staff[1:], ringing=rings)).dial <= all_of_them
