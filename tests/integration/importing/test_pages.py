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
