"""The form of a contact: everything about him is written in it, and read back from it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from telemarket.contacts.model import ContactFields
from tests.desk import Desk, running_desk, signed_in
from tests.forms import repeated_fields


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


@pytest.fixture
async def operator(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(desk) as client:
        yield client


async def form_of(client: httpx.AsyncClient, contact_id: int) -> dict[str, list[str]]:
    response = await client.get(f"/contacts/{contact_id}/edit")
    assert response.status_code == 200
    return repeated_fields(response.text, "contact-form")


async def test_a_form_sent_back_as_it_came_changes_nothing(desk: Desk, operator: httpx.AsyncClient) -> None:
    before = await desk.services.contacts.get(desk.inna.id)
    response = await operator.post(f"/contacts/{desk.inna.id}", data=await form_of(operator, desk.inna.id))
    assert response.status_code == 200
    assert await desk.services.contacts.get(desk.inna.id) == before
    assert await desk.services.changes.of_contact(desk.inna.id) == []


async def test_all_of_a_contact_is_written_in_the_form(desk: Desk, operator: httpx.AsyncClient) -> None:
    contacts = desk.services.contacts
    company = await contacts.create(ContactFields(kind="company", name="СК Здорово"))
    fields = await form_of(operator, desk.inna.id)
    fields |= {
        "email": ["a@example.com", "", "b@example.com"],
        "address_kind": ["legal", "other"],
        "address": ["Київ, вул. Хрещатик, 1", ""],
        "categories": ["ДМС, КАСКО,"],
        "region": ["Київ"],
        "company_id": [str(company.id)],
        "consultant_id": [str(desk.operator.id)],
        "consent": ["refused"],
        "do_not_call": ["1"],
        "attribute_name": ["Поліс", "Агент", ""],
        "attribute": ["1100040", "Коваль", ""],
    }
    assert (await operator.post(f"/contacts/{desk.inna.id}", data=fields)).status_code == 200
    contact = await contacts.get(desk.inna.id)
    assert contact.emails == ("a@example.com", "b@example.com")
    assert contact.addresses == (("legal", "Київ, вул. Хрещатик, 1"),)
    assert (contact.categories, contact.region) == (("ДМС", "КАСКО"), "Київ")
    assert (contact.company_id, contact.consultant_id) == (company.id, desk.operator.id)
    assert (contact.consent, contact.do_not_call) == ("refused", True)
    assert contact.attributes == {"Поліс": "1100040", "Агент": "Коваль"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("email", "нікому"),
        ("address_kind", "moon"),
        ("company_id", "9999"),
        ("consultant_id", "x"),
        ("attribute_name", ""),
    ],
)
async def test_what_cannot_be_kept_is_refused(desk: Desk, operator: httpx.AsyncClient, name: str, value: str) -> None:
    fields = await form_of(operator, desk.inna.id)
    fields |= {
        "address": ["Київ"],
        "address_kind": ["home"],
        "attribute": ["1"],
        "attribute_name": ["Поліс"],
        name: [value],
    }
    response = await operator.post(f"/contacts/{desk.inna.id}", data=fields)
    assert response.status_code in (400, 422)
    assert await desk.services.contacts.get(desk.inna.id) == desk.inna


async def test_an_old_form_writes_only_what_was_edited_in_it(desk: Desk, operator: httpx.AsyncClient) -> None:
    """A source, or a colleague, has changed the contact since the form was opened."""
    contacts = desk.services.contacts
    start = ContactFields(position="лікар", categories=("ДМС",), attributes={"Ліміт": "100", "Агент": "Коваль"})
    await contacts.update(desk.inna.id, start, None)
    old = await form_of(operator, desk.inna.id)
    meanwhile = ContactFields(
        position="головний лікар",
        emails=("inna@example.com",),
        phones=(("mobile", "0509990000"),),
        categories=("ДМС", "КАСКО"),
        attributes={"Ліміт": "80", "Агент": "Коваль", "Поліс": "АА 7"},
        do_not_call=True,
    )
    await contacts.update(desk.inna.id, meanwhile, None)
    attributes = dict(zip(old["attribute_name"], old["attribute"], strict=True)) | {"Агент": "", "Програма": "Базова"}
    edited = {"vip": ["1"], "attribute_name": list(attributes), "attribute": list(attributes.values())}
    response = await operator.post(f"/contacts/{desk.inna.id}", data=old | edited)
    assert "contact-form" not in response.text
    after = await contacts.get(desk.inna.id)
    assert (after.position, after.emails, after.categories) == (
        "головний лікар",
        ("inna@example.com",),
        ("ДМС", "КАСКО"),
    )
    assert [phone.e164 for phone in after.phones] == ["+380509990000"]
    assert after.attributes == {"Ліміт": "80", "Поліс": "АА 7", "Програма": "Базова"}
    assert (after.vip, after.do_not_call) == (True, True)


async def test_what_two_have_changed_is_asked_again_with_both_values(desk: Desk, operator: httpx.AsyncClient) -> None:
    contacts = desk.services.contacts
    await contacts.update(desk.inna.id, ContactFields(position="лікар", attributes={"Поліс": "1"}), None)
    edited = await form_of(operator, desk.inna.id)
    edited |= {"position": ["завідувачка"], "region": ["Львів"], "email": ["inna@example.com", ""]}
    edited["attribute"][edited["attribute_name"].index("Поліс")] = "2"
    meanwhile = ContactFields(
        position="головний лікар", region="Київ", site="https://example.com", attributes={"Поліс": "2"}
    )
    await contacts.update(desk.inna.id, meanwhile, None)
    before = await contacts.get(desk.inna.id)

    asked = await operator.post(f"/contacts/{desk.inna.id}", data=edited)
    assert await contacts.get(desk.inna.id) == before
    notice = asked.text.split('role="alert"')[1].split("</ul>")[0]
    assert "головний лікар" in notice
    assert "Київ" in notice
    assert notice.count("<li>") == 2
    form = repeated_fields(asked.text, "contact-form")
    assert (form["position"], form["region"], form["email"][0]) == (["завідувачка"], ["Львів"], "inna@example.com")

    form["region"] = ["Київ"]
    assert "contact-form" not in (await operator.post(f"/contacts/{desk.inna.id}", data=form)).text
    after = await contacts.get(desk.inna.id)
    assert (after.position, after.region, after.emails) == ("завідувачка", "Київ", ("inna@example.com",))
    assert (after.site, after.attributes) == ("https://example.com", {"Поліс": "2"})


@pytest.mark.parametrize("filled", ["", "{", "[]", '{"name": 1}'])
async def test_a_damaged_form_is_refused(desk: Desk, operator: httpx.AsyncClient, filled: str) -> None:
    fields = await form_of(operator, desk.inna.id) | {"filled": [filled], "name": ["Інша"]}
    assert (await operator.post(f"/contacts/{desk.inna.id}", data=fields)).status_code in (400, 422)
    assert await desk.services.contacts.get(desk.inna.id) == desk.inna
