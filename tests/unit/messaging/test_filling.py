"""Templates of messages: values, conditions, and mistakes that show when they are saved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.core.errors import InvalidInput
from telemarket.messaging.filling import LONGEST_FILLED, VARIABLES, check, fill_in, sample
from telemarket.messaging.model import Channel, Template


def sms(body: str) -> Template:
    return Template(id=1, project_id=1, name="n", channel=Channel.SMS, body=body)


def mail(subject: str, body: str = "text") -> Template:
    return Template(id=1, project_id=1, name="n", channel=Channel.MAIL, subject=subject, body=body)


def test_values_and_conditions() -> None:
    template = sms(
        "{{ customer.name|upper }}{% if promise.amount %}: {{ promise.amount }}{% endif %}"
        " {{ customer.values['Договір'] }}{{ customer.values.nothing }}{{ customer.values.items }}"
    )
    known = {"customer": {"name": "Коваль", "values": {"Договір": "К-7"}}, "promise": {"amount": "5"}}
    assert fill_in(template, known) == ("", "КОВАЛЬ: 5 К-7")
    assert fill_in(template, {"customer": {"name": "Коваль"}}) == ("", "КОВАЛЬ")
    assert fill_in(template, {"customer": {"name": "Коваль", "values": {"Договір": None}}}) == ("", "КОВАЛЬ")


def test_a_sample_names_each_value() -> None:
    named = [f"{name}.{part}" for name, parts in VARIABLES.items() for part in parts if part != "values"]
    _, body = sample(sms(" ".join(f"{{{{ {each} }}}}" for each in named)))
    assert body.split() == named


def test_a_blank_that_an_sms_would_need_another_alphabet_for_becomes_a_plain_one() -> None:
    assert fill_in(sms("{{ promise.amount }}"), {"promise": {"amount": "1\xa0200\u202f000"}}) == ("", "1 200 000")


@pytest.mark.parametrize(
    "body",
    [
        "{{ customer.nme }}",
        "{{ client.name }}",
        "{{ customer.name",
        "{% for a in customer %}{% endfor %}x",
        "{{ 'x' * 100000000 }}",
        "{{ customer.name() }}",
        "{{ customer.__class__ }}",
        "{% if promise.amount %}{{ promise.amout }}{% endif %}x",
        "{% if not promise.amount %}{{ promise.amout }}{% endif %}x",
        "{{ customer.name|tojson }}",
        "   ",
        "{{ customer }}",
        "{{ customer.values }}",
        "{{ customer.name.upper }}",
        "{{ customer.name['upper'] }}",
        "{{ customer.name|replace }}",
        "{{ customer.name < 3 }}",
        "{{ customer.name|replace(1, 2) }}",
        "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
        "{% if customer.name %}" * 200 + "x" + "{% endif %}" * 200,
        "{{ 'aaaaaaaaaa'" + "|replace('a', 'aaaaaaaaaa')" * 9 + " }}",
    ],
)
def test_what_is_broken_is_refused_when_it_is_saved(body: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(sms(body))
    assert refused.value.field == "body"


def test_a_broken_subject_says_so() -> None:
    with pytest.raises(InvalidInput, match="there is no value 'nme'") as refused:
        check(mail("{{ customer.nme }}"))
    assert refused.value.field == "subject"


def test_a_body_that_is_empty_only_for_some_is_no_mistake() -> None:
    check(sms("{% if promise.amount %}Чекаємо {{ promise.amount }}{% endif %}"))


@given(st.text())
def test_no_value_breaks_out_of_its_place(name: str) -> None:
    subject, body = fill_in(mail("{{ customer.name }}", "-{{ customer.name }}-"), {"customer": {"name": name}})
    assert "\n" not in subject
    assert "\r" not in subject
    assert body == f"-{name}-".replace("\xa0", " ").replace("\u202f", " ")


def test_an_sms_that_becomes_too_long_is_refused() -> None:
    known = {"customer": {"name": "x" * (LONGEST_FILLED[Channel.SMS] + 1)}}
    with pytest.raises(InvalidInput, match="longer than"):
        fill_in(sms("{{ customer.name }}"), known)
    assert fill_in(mail("s", "{{ customer.name }}"), known)[1]
