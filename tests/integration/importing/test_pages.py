"""The page of an import's columns, however little a file and a profile have to do with each other."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from telemarket.importing.model import Column, Mapping
from tests.desk import Desk, running_desk, signed_in


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(desk, "iryna") as signed:
        yield signed


async def handed_in(client: httpx.AsyncClient, text: str) -> str:
    """The address of the page of an import of this text."""
    answer = await client.post("/imports", files={"file": ("clients.csv", text.encode())})
    return answer.headers["HX-Redirect"]


def rows_of(preview: httpx.Response) -> list[str]:
    """The numbers of the rows that a preview shows."""
    return re.findall(r'<td class="number">(\d+)</td>', preview.text)


async def test_a_profile_for_another_file_leads_to_the_form_and_is_put_right_there(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    columns = (Column(heading="Клієнт", target="name"), Column(heading="Договір", target="attribute:Договір"))
    mapping = Mapping(columns=columns, keys=("attribute:Договір",))
    profile = await desk.services.imports.profiles.save("Інший файл", mapping)
    path = await handed_in(client, "Клієнт;ПІБ;Телефон\nТак;Коваль Тарас;0671234567\n")
    assert (await client.post(f"{path}/profile", data={"profile": profile.id})).status_code == 204
    shown = await client.get(path)
    assert shown.status_code == 200
    assert re.search(r'role="alert">[^§]*attribute:Договір', shown.text)
    assert 'name="target-2"' in shown.text
    form = {"target-0": "name", "target-2": "phone", "key": ["2"], "add": "1", "update": "1"}
    tried = await client.post(f"{path}/preview", data=form)
    assert tried.status_code == 200
    assert '<div id="import-problem" hx-swap-oob="true"></div>' in tried.text


@pytest.mark.parametrize("text", ["11;22;33\n44;55;66\n", "Телефон;ПІБ;VIP;ВІП\n0671234567;Іван Ко;так;так\n"])
async def test_whatever_is_recognised_the_form_is_shown(client: httpx.AsyncClient, text: str) -> None:
    shown = await client.get(await handed_in(client, text))
    assert shown.status_code == 200
    assert 'id="import-form"' in shown.text


UNKNOWN = "Nr;Kwota\nАА-1;100.00\nАА-2;200.50\nАА-3;300.10\n"


async def test_headings_that_nobody_knows_are_pointed_at(desk: Desk, client: httpx.AsyncClient) -> None:
    imports = desk.services.imports
    path = await handed_in(client, UNKNOWN)
    assert (await client.post(f"{path}/header", data={"header": "1"})).status_code == 204
    assert "Kwota" in (await client.get(path)).text
    columns = {"target-0": "attribute:", "attribute-0": "Договір", "target-1": "attribute:", "kind-1": "money"}
    form = {**columns, "key": ["0"], "add": "1", "name": "Польща"}
    assert rows_of(await client.post(f"{path}/preview", data=form)) == ["2", "3", "4"]
    assert (await client.post(f"{path}/start", data=form)).status_code == 204
    chosen = await imports.profiles.named("Польща")
    assert chosen.mapping.header == 1

    again = await handed_in(client, UNKNOWN)
    assert (await client.post(f"{again}/profile", data={"profile": chosen.id})).status_code == 204
    assert 'value="Договір"' in (await client.get(again)).text


async def test_headings_taken_for_such_by_mistake_are_rows(client: httpx.AsyncClient) -> None:
    path = await handed_in(client, "Телефон;ПІБ\n0671234567;Коваль Тарас\n")
    await client.post(f"{path}/header", data={"header": "0"})
    form = {"target-1": "name", "add": "1"}
    assert rows_of(await client.post(f"{path}/preview", data=form)) == ["1", "2"]
    refused = await client.post(f"{path}/header", data={"header": "31"}, headers={"HX-Request": "true"})
    assert refused.status_code == 422
