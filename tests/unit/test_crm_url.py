"""The address of an outside CRM: a template, and values that cannot break out of it."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.calls.crm_url import check_crm_url, render_crm_url
from telemarket.calls.views import CallState, CallView, ProjectView
from telemarket.contacts.model import Contact
from telemarket.core.errors import InvalidInput

CALL = CallView(
    id="1700000000.12",
    state=CallState.RINGING,
    project=ProjectView(id=1, number="077", name="КАСКО"),
    ani="+380671234567",
    caller_name="Новоха",
    dnis="0443334455",
    contact_id=7,
    agent_id=1,
    arrived_at=datetime(2026, 11, 10, 12, tzinfo=UTC),
)
CONTACT = Contact(id=7, name="Новоха & Co", attributes={"policy": "1100039"}, backend_keys={"onec77": "42"})


def test_values_are_percent_encoded() -> None:
    url = render_crm_url("https://crm.example/?tel={{ call.ani }}&who={{ contact.name }}", CALL, CONTACT)
    assert "%2B380671234567" in url
    assert parse_qs(urlsplit(url).query) == {"tel": ["+380671234567"], "who": ["Новоха & Co"]}


def test_conditions_defaults_and_attributes() -> None:
    template = (
        "https://crm.example/{% if contact.id %}card/{{ contact.backend_key }}{% else %}new{% endif %}"
        "?k={{ contact.backend_keys.onec77 }}{{ contact.backend_keys.crm }}"
        "&p={{ contact.attributes.policy|default('none', true) }}&q={{ project.number ~ '-' ~ call.dnis }}"
    )
    check_crm_url(template)
    assert render_crm_url(template, CALL, CONTACT) == "https://crm.example/card/42?k=42&p=1100039&q=077-0443334455"
    assert render_crm_url(template, CALL, None) == "https://crm.example/new?k=&p=none&q=077-0443334455"


@pytest.mark.parametrize(
    "template",
    [
        "https://crm.example/{{ call.nothing }}",
        "https://crm.example/{{ nothing }}",
        "https://crm.example/{{ call.ani",
        "https://crm.example/{% for i in [1] %}{{ i }}{% endfor %}",
        "https://crm.example/{{ 'a' * 1000000000 }}",
        "https://crm.example/{{ range(9) }}",
        "https://crm.example/{{ call.ani.__class__ }}",
        "https://crm.example/{{ call.ani|center(1000000000) }}",
        "https://crm.example/{% include 'etc/passwd' %}",
        "https://crm.example/{% set x = 1 %}",
        "https://crm.example/\n{{ call.ani }}",
        "javascript:alert({{ call.ani }})",
        "//crm.example/{{ call.ani }}",
        "{{ contact.name }}",
        "https://crm.example/" + "a" * 1000,
    ],
)
def test_a_template_that_cannot_be_used_is_refused_when_saved(template: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_crm_url(template)
    assert refused.value.field == "crm_url"


@given(st.text(max_size=300))
def test_no_caller_name_changes_the_shape_of_the_address(name: str) -> None:
    call = msgspec.structs.replace(CALL, caller_name=name)
    parts = urlsplit(render_crm_url("https://crm.example/x/{{ call.caller_name }}?a=1", call, None))
    assert (parts.netloc, parts.query, parts.fragment) == ("crm.example", "a=1", "")
    assert parts.path.count("/") == 2


def test_an_address_that_grows_too_long_is_refused() -> None:
    call = msgspec.structs.replace(CALL, caller_name="я" * 10_000)
    with pytest.raises(InvalidInput, match="longer"):
        render_crm_url("https://crm.example/{{ call.caller_name }}", call, None)


@pytest.mark.parametrize(
    "text", ["{{ call.ani|replace }}", "{{ call.ani < 3 }}", "{{ " + "(" * 400 + ")" * 400 + " }}"]
)
def test_what_jinja_itself_does_not_check_is_refused_too(text: str) -> None:
    with pytest.raises(InvalidInput):
        check_crm_url(f"https://crm.example/{text}")
