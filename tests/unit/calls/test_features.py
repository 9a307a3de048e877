"""Feature codes: keys pressed in a call become what the operator asks for, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.calls.features import Action, FeatureKeys, FeatureKind

KEYS = "0123456789*#ABCD"
TIMEOUT = 4.0
CODES = {
    "*3": Action(FeatureKind.HOLD),
    "*4": Action(FeatureKind.COMPLETE),
    "*5": Action(FeatureKind.CONFERENCE),
    "*6": Action(FeatureKind.RETURN),
    "*7": Action(FeatureKind.PARK),
    "*8": Action(FeatureKind.RECORDING),
    "*9": Action(FeatureKind.SWAP),
}
targets = st.text("0123456789", min_size=1, max_size=20)
kinds = st.sampled_from([("*1", FeatureKind.TRANSFER), ("*2", FeatureKind.CONSULT)])


def pressed(keys: str, feature: FeatureKeys | None = None, pause: float = 0.3) -> list[Action]:
    feature = feature or FeatureKeys(TIMEOUT)
    actions = (feature.press(key, number * pause) for number, key in enumerate(keys))
    return [action for action in actions if action is not None]


@pytest.mark.parametrize(("keys", "action"), CODES.items())
def test_a_code_is_understood_with_its_last_key(keys: str, action: Action) -> None:
    assert pressed(keys) == [action]


@given(kinds, targets)
def test_a_target_ends_with_the_hash(code: tuple[str, FeatureKind], target: str) -> None:
    keys, kind = code
    assert pressed(keys + target) == []
    assert pressed(keys + target + "#") == [Action(kind, target)]


@given(st.text("0123456789#ABCD", max_size=30))
def test_keys_without_a_star_are_the_other_sides(keys: str) -> None:
    assert pressed(keys) == []


@given(st.text(KEYS, max_size=30), kinds, targets)
def test_a_star_begins_afresh_whatever_came_before(before: str, code: tuple[str, FeatureKind], target: str) -> None:
    keys, kind = code
    assert pressed(before + keys + target + "#")[-1] == Action(kind, target)


@given(st.text(KEYS, max_size=40))
def test_whatever_is_pressed_gives_only_whole_actions(keys: str) -> None:
    actions = pressed(keys)
    assert len(actions) <= keys.count("*")
    for action in actions:
        with_target = action.kind in (FeatureKind.TRANSFER, FeatureKind.CONSULT)
        assert with_target == bool(action.target)
        assert len(action.target) <= 20
        assert action.target in keys


@given(st.text("0123456789", min_size=1, max_size=20), st.integers(0, 20))
def test_a_pause_forgets_what_was_begun(target: str, at: int) -> None:
    keys = f"*1{target}#"
    at = 1 + at % (len(keys) - 1)
    feature, now, actions = FeatureKeys(TIMEOUT), 0.0, []
    for number, key in enumerate(keys):
        now += TIMEOUT + 0.1 if number == at else TIMEOUT
        actions.append(feature.press(key, now))
    assert not any(actions)


@pytest.mark.parametrize("keys", ["*1#", "*0", "*#", "*A", "*1" + "5" * 21 + "#", "*12A3#"])
def test_what_is_no_code_does_nothing(keys: str) -> None:
    assert pressed(keys) == []


def test_codes_follow_one_another() -> None:
    assert pressed("*2205#*9*9*4") == [
        Action(FeatureKind.CONSULT, "205"),
        Action(FeatureKind.SWAP),
        Action(FeatureKind.SWAP),
        Action(FeatureKind.COMPLETE),
    ]
