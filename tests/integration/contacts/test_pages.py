"""The pages of contacts over HTTP: what they show, to whom, and what they do."""

import io
import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from telemarket.contacts.attributes import AttributeType
from telemarket.contacts.model import ContactFields
from tests.desk import PASSWORD, SHARED, Desk, running_desk, signed_in


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


async def administrator(desk: Desk) -> str:
    await desk.services.identity.create_user("root", PASSWORD, name="Адміністратор", role="administrator")
    return "root"


async def listed(client: httpx.AsyncClient, query: str) -> list[str]:
    page = await client.get(f"/contacts?{query}", headers={"HX-Request": "true", "HX-Target": "contact-results"})
    assert page.status_code == 200
    return re.findall(r'class="result-name"[^>]*>([^<]*)<', page.text)


async def test_contacts_are_found_and_narrowed(desk: Desk) -> None:
    contacts = desk.services.contacts
    await contacts.create(ContactFields(name="Шевченко Іван", region="Львів", consultant_id=desk.operator.id))
    await contacts.create(ContactFields(kind="company", name="Шевченко і партнери", attributes={"Договір": "АА-77"}))
    await contacts.ensure_for_caller("0971234567", "")
    async with signed_in(desk) as client:
        both = ["Шевченко і партнери", "Шевченко Іван"]
        assert await listed(client, "q=schewtsch") == both
        assert await listed(client, "q=шевч&mine=1") == await listed(client, "region=Львів") == ["Шевченко Іван"]
        assert await listed(client, "kind=company") == ["Шевченко і партнери"]
        assert await listed(client, "attribute=Договір&value=АА-77") == ["Шевченко і партнери"]
        assert await listed(client, "incomplete=1") == ["+380 97 123 45 67"]
        assert await listed(client, "q=ніхто") == []
        page = (await client.get("/contacts")).text
        assert "<option>Львів</option>" in page
        assert (await client.get("/contacts?consultant=x")).status_code == 422


async def test_a_long_list_comes_page_by_page(desk: Desk) -> None:
    for number in range(60):
        await desk.services.contacts.create(ContactFields(name=f"Іваненко {number:02}"))
    async with signed_in(desk) as client:
        first = (await client.get("/contacts?q=іван", headers={"HX-Request": "true"})).text
        further = re.search(r'hx-get="(/contacts\?[^"]+)"', first.split("more-contacts")[1])
        assert further is not None
        rest = (await client.get(further[1].replace("&amp;", "&"), headers={"HX-Request": "true"})).text
    assert (first.count("result-name"), rest.count("result-name")) == (50, 11)  # Inna Ivanivna is one of them
    assert "more-contacts" not in rest


async def test_a_card_shows_values_by_their_kind_and_where_they_come_from(desk: Desk) -> None:
    contacts = desk.services.contacts
    for name, kind in (("Діє до", "date"), ("Сума", "money"), ("Постійний", "flag")):
        await contacts.attributes.define(AttributeType(id=0, name=name, kind=kind), None)
    values = {"Діє до": "31.12.2026", "Сума": "50000", "Постійний": "так", "Інше": "<b>"}
    company = await contacts.create(ContactFields(kind="company", name="ТОВ «Борис»"))
    person = await contacts.create(
        ContactFields(name="Коваль", company="ТОВ «Борис»", company_id=company.id, attributes=values, do_not_call=True)
    )
    async with signed_in(desk) as client:
        card = (await client.get(f"/contacts/{person.id}")).text
        for shown in ("31.12.2026", "50\u00a0000", "так", "&lt;b&gt;", "Не телефонувати"):
            assert shown in card
        assert f'href="/contacts/{company.id}"' in card
        people = (await client.get(f"/contacts/{company.id}/people", headers={"HX-Request": "true"})).text
        assert "Коваль" in people
        form = (await client.get(f"/contacts/{person.id}/edit", headers={"HX-Request": "true"})).text
        assert 'value="2026-12-31"' in form
        assert 'value="50000.00"' in form
        fields = {"name": "Коваль", "attribute_name": ["Діє до"], "attribute": ["колись"]}
        refused = await client.post(f"/contacts/{person.id}", data=fields, headers={"HX-Request": "true"})
        assert (refused.status_code, refused.json()["field"]) == (422, "attributes")


async def test_changes_say_who_what_and_when(desk: Desk) -> None:
    contact = await desk.services.contacts.create(ContactFields(name="Коваль"), desk.operator.id)
    fields = ContactFields(name="Коваленко", attributes={"Поліс": "77"})
    await desk.services.contacts.update(contact.id, fields, desk.colleague.id)
    async with signed_in(desk) as client:
        page = (await client.get(f"/contacts/{contact.id}/changes")).text
        for shown in ("Тарас Коваль", "<del>Коваль</del>", "<ins>Коваленко</ins>", "Поліс", "<ins>77</ins>"):
            assert shown in page
        assert "/doubles" not in page  # for supervisors


async def test_doubles_are_compared_merged_and_made_two_again(desk: Desk) -> None:
    contacts, hanna = desk.services.contacts, desk.shared[1]
    twin = await contacts.create(
        ContactFields(name="Мельник Ганна", company="Клініка", region="Київ", phones=(("home", SHARED),))
    )
    async with signed_in(desk, "iryna") as supervisor:
        everybody = (await supervisor.get("/contacts/doubles")).text
        assert f"/merge?with={twin.id}" in everybody
        mine = (await supervisor.get(f"/contacts/{hanna.id}/doubles")).text
        assert f"/contacts/{hanna.id}/merge?with={twin.id}" in mine
        preview = (await supervisor.get(f"/contacts/{hanna.id}/merge?with={twin.id}")).text
        assert "Клініка АОН" in preview
        assert 'name="take:company"' in preview
        form = {"with": twin.id, "take:company": "gone", "take:name": "kept"}
        merged = await supervisor.post(f"/contacts/{hanna.id}/merge", data=form)
        assert merged.status_code == 204
        kept = await contacts.get(hanna.id)
        assert (kept.name, kept.company, kept.region) == ("Мельник Ганна Степанівна", "Клініка", "Київ")
        assert await contacts.search("мельник ганна") == [kept]
        changes = (await supervisor.get(f"/contacts/{hanna.id}/changes")).text
        undo = re.search(r'hx-post="(/contacts/merges/\d+/undo)"', changes)
        assert undo is not None
        assert (await supervisor.post(undo[1], data={"contact_id": hanna.id})).status_code == 204
    assert (await contacts.get(hanna.id)).company == "Клініка АОН"
    assert len(await contacts.search("мельник ганна")) == 2


async def test_one_persons_data_are_handed_out_and_erased(desk: Desk) -> None:
    path = f"/contacts/{desk.inna.id}"
    async with signed_in(desk, await administrator(desk)) as root:
        handed_out = await root.post(f"{path}/export")
        assert handed_out.headers["content-type"] == "application/zip"
        with zipfile.ZipFile(io.BytesIO(handed_out.content)) as archive:
            assert any("Новоха" in archive.read(name).decode() for name in archive.namelist() if "json" in name)
        by_accident = await root.post(f"{path}/erase", data={"confirmation": ""}, headers={"HX-Request": "true"})
        assert (by_accident.status_code, by_accident.json()["field"]) == (422, "confirmation")
        assert (await root.post(f"{path}/erase", data={"confirmation": str(desk.inna.id)})).status_code == 204
        assert await listed(root, "q=новоха") == await listed(root, "q=новоха&archived=1") == []


async def test_further_values_are_defined_changed_and_removed(desk: Desk) -> None:
    async with signed_in(desk, "iryna") as supervisor:
        fields = {"name": "Програма", "kind": "choice", "choices": "Стандарт\nПреміум", "searched": "1"}
        assert (await supervisor.post("/contacts/attributes", data=fields)).status_code == 204
        assert "Стандарт, Преміум" in (await supervisor.get("/contacts/attributes")).text
        [defined] = await desk.services.contacts.attributes.all()
        refused = await supervisor.post(
            "/contacts/attributes", data={"name": "x", "kind": "choice"}, headers={"HX-Request": "true"}
        )
        assert (refused.status_code, refused.json()["field"]) == (422, "choices")
        form = await supervisor.get(f"/contacts/attributes/{defined.id}", headers={"HX-Request": "true"})
        assert 'value="Програма"' in form.text
        changed = {**fields, "id": defined.id, "name": "Тариф"}
        assert (await supervisor.post("/contacts/attributes", data=changed)).status_code == 204
        assert [each.name for each in await desk.services.contacts.attributes.all()] == ["Тариф"]
        assert (await supervisor.post(f"/contacts/attributes/{defined.id}/remove")).status_code == 204
    assert await desk.services.contacts.attributes.all() == ()


@pytest.mark.parametrize(
    ("login", "method", "path"),
    [
        ("olena", "GET", "/contacts/doubles"),
        ("olena", "GET", "/contacts/1/doubles"),
        ("olena", "GET", "/contacts/1/doubles/found?q=мель"),
        ("olena", "GET", "/contacts/1/merge?with=2"),
        ("olena", "POST", "/contacts/1/merge"),
        ("olena", "POST", "/contacts/merges/1/undo"),
        ("olena", "GET", "/contacts/1/personal"),
        ("olena", "POST", "/contacts/1/export"),
        ("olena", "POST", "/contacts/1/erase"),
        ("iryna", "POST", "/contacts/1/erase"),
        ("olena", "GET", "/contacts/attributes"),
        ("olena", "GET", "/contacts/attributes/0"),
        ("olena", "POST", "/contacts/attributes"),
        ("olena", "POST", "/contacts/attributes/1/remove"),
    ],
)
async def test_what_a_role_does_not_permit(desk: Desk, login: str, method: str, path: str) -> None:
    async with signed_in(desk, login) as client:
        assert (await client.request(method, path)).status_code == 403


async def test_another_site_cannot_have_data_erased(desk: Desk) -> None:
    async with signed_in(desk, await administrator(desk)) as root:
        headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        path = f"/contacts/{desk.inna.id}/erase"
        assert (await root.post(path, data={"confirmation": "1"}, headers=headers)).status_code == 403
    assert (await desk.services.contacts.get(desk.inna.id)).name == "Новоха Інна Іванівна"
