"""What a campaign's terms must keep to, and the built-in profiles."""

from typing import Any

import msgspec
import pytest

from telemarket.calls.plan import Hours, Opening
from telemarket.core.errors import InvalidInput
from telemarket.dialer.campaign_rows import decode_terms, encode_terms
from telemarket.dialer.model import Pace, Retry, Terms, Trunk
from telemarket.dialer.profiles import PROFILE_WORDS, PROFILES
from telemarket.dialer.terms_rules import check_terms


def profile(**changes: Any) -> Any:
    return msgspec.structs.replace(PROFILES["ua"], **changes)


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_is_valid_and_explained(name: str) -> None:
    check_terms(Terms(profile=PROFILES[name]))
    assert PROFILES[name].name == name
    assert PROFILE_WORDS[name]
    assert PROFILES[name].hours.week[6] == (Opening(since="08:00", until="21:00"),)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("terms.caller_ids[1]", {"caller_ids": ("+380441234567", "me")}),
        ("terms.trunks[0].endpoint", {"trunks": (Trunk(endpoint="PJSIP/provider"),)}),
        ("terms.trunks[0].endpoint", {"trunks": (Trunk(endpoint="Local/{number}@x,y"),)}),
        ("terms.trunks[0].lines", {"trunks": (Trunk(lines=0),)}),
        ("terms.trunks[1].prefixes", {"trunks": (Trunk(), Trunk(prefixes=("067",)))}),
        ("terms.skill", {"skill": "two words"}),
        ("terms.skill", {"skill": "English"}),
        ("terms.hours.timezone", {"hours": Hours(timezone="Europe/Atlantis")}),
        ("terms.profile.hours.timezone", {"profile": profile(hours=Hours(timezone="Europe/Kyiv"))}),
        ("terms.profile.hours.week", {"profile": profile(hours=Hours(week=((),)))}),
        ("terms.profile.target", {"profile": profile(target=0.5)}),
        ("terms.profile.window_days", {"profile": profile(window_days=0)}),
        ("terms.retries.engaged", {"retries": {"engaged": Retry()}}),
        ("terms.retries.unknown", {"retries": {"unknown": Retry()}}),
        ("terms.retries.busy.after", {"retries": {"busy": Retry(after=1)}}),
        ("terms.most_attempts", {"most_attempts": 0}),
        ("terms.per_person_a_day", {"per_person_a_day": 0}),
        ("terms.ring_seconds", {"ring_seconds": 10}),
        ("terms.pace.slow", {"pace": Pace(slow=1.5)}),
        ("terms.message", {"message": "../secret"}),
    ],
)
def test_what_is_wrong_is_named(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_terms(Terms(**changes))
    assert caught.value.field == field


def test_terms_are_kept_whole_and_known_again() -> None:
    terms = Terms(profile=PROFILES["uk-ofcom"], trunks=(Trunk(lines=3),))
    text = encode_terms(terms)
    assert decode_terms(text) == terms
    assert decode_terms(text) is decode_terms(text)
    assert decode_terms("") == Terms()
    with pytest.raises(InvalidInput) as caught:
        decode_terms('{"trunks": [{"line": 3}]}')
    assert caught.value.field.startswith("terms")
