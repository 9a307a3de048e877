"""Cards on their way: prepared, pushed over the live stream, acknowledged, filled later, chosen, saved."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from telemarket.agent.account import Account
from telemarket.agent.client import AgentClient
from telemarket.backend import Backend, Record
from telemarket.calls.views import AgentState, CallState, ProjectView
from telemarket.contacts.model import Match
from telemarket.desk.card import Card
from tests.desk import INNA, SHARED, Desk, close_code, receive, running_desk, signed_in, stream
from tests.fakes.call_centre import KASKO, new_call

HOSTILE = "<script>alert(1)</script>\"'${SHELL(id)}{{7*7}}"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


@pytest.fixture
async def operator(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(desk) as client:
        yield client


async def test_the_card_knows_the_caller_and_all_that_was_before(desk: Desk, operator: httpx.AsyncClient) -> None:
    async with stream(desk, operator) as page:
        assert await desk.call_centre.ring(desk.operator.id, new_call("c-1", INNA))
        card = await receive(page, "card", call_id="c-1")
        for text in ("Новоха Інна Іванівна", "СК Здорово", "VIP", "+380 67 234 56 78", "i.novokha@zdorovo.example",
                     "Страхування КАСКО", "077", "+380 44 490 00 77", "1100039", "50 000 грн", "Рекомендація",
                     "Госпіталізація погоджена", "Тарас Коваль"):  # fmt: skip
            assert text in card["html"]
        state = await receive(page, "state")
        assert state["agent"]["state"] == "ringing"
        assert state["agent"]["call"]["caller"] == "Новоха Інна Іванівна"


async def test_a_card_nobody_can_see_is_told_to_the_driver(desk: Desk) -> None:
    assert await desk.call_centre.ring(desk.operator.id, new_call("c-1", INNA)) is False


async def test_the_browsers_acknowledgement_reaches_the_call_centre(desk: Desk, operator: httpx.AsyncClient) -> None:
    async with stream(desk, operator) as page:
        await desk.call_centre.ring(desk.operator.id, new_call("c-1", INNA))
        await page.send("rubbish")
        await page.send(msgspec.json.encode({"type": "shown", "call_id": "c-1"}).decode())
        await page.send('{"type":"beat"}')
        await receive(page, "pulse")
    assert desk.call_centre.shown == [(desk.operator.id, "c-1")]


async def test_every_tab_gets_the_card_and_the_last_one_counts(desk: Desk, operator: httpx.AsyncClient) -> None:
    pages = desk.call_centre.pages
    async with stream(desk, operator) as first:
        async with stream(desk, operator) as second:
            await receive(second, "state")
            await desk.call_centre.ring(desk.operator.id, new_call("c-1", INNA))
            assert (await receive(first, "card"))["html"] == (await receive(second, "card"))["html"]
        await first.send('{"type":"beat"}')
        await receive(first, "pulse")
        assert pages[desk.operator.id] == 1
    await asyncio.wait_for(desk.call_centre.gone.wait(), 5)
    assert pages[desk.operator.id] == 0


async def test_a_reloaded_page_has_its_card_and_state_at_once(desk: Desk, operator: httpx.AsyncClient) -> None:
    await desk.call_centre.ring(desk.operator.id, new_call("c-1", INNA))
    desk.call_centre.answer(desk.operator.id)
    async with stream(desk, operator) as page:
        card = await receive(page, "card")
        assert card["present"] is True
        assert "Новоха" in card["html"]
        assert (await receive(page, "state"))["agent"]["state"] == "talking"


async def test_after_a_restart_the_card_is_read_anew(desk: Desk, operator: httpx.AsyncClient) -> None:
    call = msgspec.structs.replace(
        new_call("c-adopted", INNA), state=CallState.TALKING, contact_id=desk.inna.id, agent_id=desk.operator.id
    )
    desk.call_centre.set_call(desk.operator.id, call, AgentState.TALKING)
    async with stream(desk, operator) as page:
        await receive(page, "card", call_id="c-adopted")
        who = await receive(page, "card_part", part="who")
        assert "Новоха" in who["html"]
        assert "Госпіталізація" in (await receive(page, "card_part", part="history"))["html"]


async def test_a_silent_page_counts_as_gone(tmp_path: Path) -> None:
    async with running_desk(tmp_path, page_timeout=0.2) as desk, signed_in(desk) as operator:
        frozen = stream(desk, operator)
        async with frozen as page:
            assert await close_code(page) is not None
            assert desk.call_centre.pages[desk.operator.id] == 0


async def test_an_unknown_number_gets_a_contact_at_once(desk: Desk, operator: httpx.AsyncClient) -> None:
    async with stream(desk, operator) as page:
        await desk.call_centre.ring(desk.operator.id, new_call("c-1", "+380501112233", name="Степан"))
        card = await receive(page, "card")
        assert "Степан" in card["html"]
    call = desk.call_centre.calls["c-1"]
    assert call.contact_id is not None
    assert (await desk.services.contacts.get(call.contact_id)).phones[0].e164 == "+380501112233"


@pytest.mark.parametrize("ani", ["", "anonymous", "unknown"])
async def test_a_withheld_number_leaves_the_choice_to_the_operator(
    desk: Desk, operator: httpx.AsyncClient, ani: str
) -> None:
    async with stream(desk, operator) as page:
        await desk.call_centre.ring(desk.operator.id, new_call("c-1", ani))
        card = await receive(page, "card")
        assert "Номер приховано" in card["html"]
        assert "data-new-contact" in card["html"]
    assert desk.call_centre.calls["c-1"].contact_id is None


async def test_several_contacts_with_one_number_make_a_chooser(desk: Desk, operator: httpx.AsyncClient) -> None:
    oleh, hanna = desk.shared
    async with stream(desk, operator) as page:
        await desk.call_centre.ring(desk.operator.id, new_call("c-1", SHARED))
        card = await receive(page, "card")
        assert oleh.name in card["html"]
        assert hanna.name in card["html"]
        chosen = await operator.post("/desk/cards/c-1/contact", data={"contact_id": hanna.id})
        assert chosen.status_code == 204
        who = await receive(page, "card_part", part="who")
        assert hanna.name in who["html"]
        assert oleh.name not in who["html"]
    assert desk.call_centre.chosen == [("c-1", hanna.id)]
    match = await desk.services.contacts.match(SHARED)
    assert match.contact == hanna, "the choice is remembered"


async def test_a_new_contact_beside_a_call_becomes_the_caller(desk: Desk, operator: httpx.AsyncClient) -> None:
    async with stream(desk, operator):
        await desk.call_centre.ring(desk.operator.id, new_call("c-1", "anonymous"))
        form = await operator.get("/contacts/new?call_id=c-1", headers={"HX-Request": "true"})
        assert "contact-form" in form.text
        saved = await operator.post("/contacts", data={"name": "Гнат", "phone": "067 111 22 33", "call_id": "c-1"})
        assert "Гнат" in saved.text
    ((call_id, contact_id),) = desk.call_centre.chosen
    assert call_id == "c-1"
    assert (await desk.services.contacts.get(contact_id)).name == "Гнат"


class Slow(Backend):
    """A backend that never answers."""

    name, title = "exchange", "Exchange"

    async def look_up(self, e164: str, digits: str) -> Sequence[Record]:
        await asyncio.Event().wait()
        return ()


class Quick(Backend):
    """A backend that knows a limit."""

    name, title = "onec", "1C"

    async def look_up(self, e164: str, digits: str) -> Sequence[Record]:
        return [Record(key="7", name="Новоха І. І.", attributes=(("Ліміт", "49 000"),), url="javascript:alert(1)")]


async def test_slow_backends_fill_their_places_later_or_say_they_failed(tmp_path: Path) -> None:
    async with running_desk(tmp_path, backends=[Slow(), Quick()]) as desk, signed_in(desk) as operator:
        async with stream(desk, operator) as page:
            await desk.call_centre.ring(desk.operator.id, new_call("c-1", INNA))
            card = await receive(page, "card")
            assert "запитуємо Exchange…" in card["html"]
            failed = await receive(page, "card_part", part="look-up-exchange")
            assert "Exchange не відповідає" in failed["html"]
        living = await operator.get("/desk/cards/c-1")
        assert "49 000" in living.text
        assert "javascript" not in living.text


class Broken:
    """Contacts whose database is away."""

    async def match(self, ani: str) -> Match:
        raise OSError("the database is away")


async def test_a_failed_look_up_still_shows_the_number(desk: Desk, operator: httpx.AsyncClient) -> None:
    desk.services.cards._reader._contacts = Broken()  # type: ignore[assignment]
    async with stream(desk, operator) as page:
        await desk.call_centre.ring(desk.operator.id, new_call("c-1", INNA))
        card = await receive(page, "card")
    assert "+380 67 234 56 78" in card["html"]
    assert "Не вдалося дізнатися" in card["html"]


async def test_a_card_pushed_before_it_is_known_is_completed(desk: Desk, operator: httpx.AsyncClient) -> None:
    call = new_call("c-1", INNA)
    async with stream(desk, operator) as page:
        await receive(page, "state")
        assert desk.services.cards.push(desk.operator.id, call)
        assert "Шукаємо" in (await receive(page, "card"))["html"]
        assert "Новоха" in (await receive(page, "card_part", part="who"))["html"]
        assert "Госпіталізація" in (await receive(page, "card_part", part="history"))["html"]
        assert "КАСКО" in (await receive(page, "card_part", part="work"))["html"]


async def test_what_a_caller_sends_is_text_and_nothing_else(desk: Desk, operator: httpx.AsyncClient) -> None:
    async with stream(desk, operator) as page:
        await desk.call_centre.ring(desk.operator.id, new_call("c-1", "+380501112233", name=HOSTILE))
        card = await receive(page, "card")
    assert "<script" not in card["html"]
    assert "&lt;script&gt;" in card["html"]
    assert "{{7*7}}" in card["html"]


async def test_the_outside_crm_is_opened_with_the_callers_values(desk: Desk, operator: httpx.AsyncClient) -> None:
    project = ProjectView(
        id=1, number="077", name="КАСКО", crm_url="https://crm.example/?t={{ call.ani }}&n={{ contact.name }}",
        crm_open="window",
    )  # fmt: skip
    async with stream(desk, operator) as page:
        await desk.call_centre.ring(desk.operator.id, new_call("c-1", INNA, project=project))
        card = await receive(page, "card")
    assert card["crm_open"] == "window"
    assert card["crm_url"].startswith("https://crm.example/?t=%2B380672345678&n=%D0%9D")


CRM = "https://crm.example/{{ project.number }}?n={{ contact.name }}"
INNAS_PAGE = "?n=%D0%9D%D0%BE%D0%B2%D0%BE%D1%85%D0%B0%20"


async def test_an_outside_crm_waits_until_it_is_known_who_calls(desk: Desk, operator: httpx.AsyncClient) -> None:
    project = msgspec.structs.replace(KASKO, crm_url=CRM, crm_open="window")
    async with stream(desk, operator) as page:
        await receive(page, "state")
        assert desk.services.cards.push(desk.operator.id, new_call("c-1", INNA, project=project))
        assert (await receive(page, "card"))["crm_url"] is None
        found = await receive(page, "crm", call_id="c-1")
        assert found["crm_url"].startswith(f"https://crm.example/077{INNAS_PAGE}")
        assert found["crm_open"] == "window"


async def test_an_outside_crm_of_the_project_the_call_was_passed_to(desk: Desk, operator: httpx.AsyncClient) -> None:
    before, after = (msgspec.structs.replace(KASKO, number=number, crm_url=CRM) for number in ("077", "078"))
    await desk.call_centre.ring(desk.colleague.id, new_call("c-1", INNA, project=before))
    async with stream(desk, operator) as page:
        await receive(page, "state")
        assert desk.services.cards.push(desk.operator.id, new_call("c-1", INNA, project=after))
        assert (await receive(page, "card"))["crm_url"] is None, "not the page of the project it came from"
        assert (await receive(page, "crm"))["crm_url"].startswith(f"https://crm.example/078{INNAS_PAGE}")


async def test_an_outside_crm_opens_though_the_card_cannot_be_read_anew(
    desk: Desk, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_card: Card) -> None:
        raise OSError("the database is away")

    await desk.call_centre.ring(desk.colleague.id, new_call("c-1", INNA))
    monkeypatch.setattr(desk.services.cards._reader, "fill", fails)
    async with stream(desk, operator) as page:
        await receive(page, "state")
        project = msgspec.structs.replace(KASKO, crm_url=CRM)
        assert desk.services.cards.push(desk.operator.id, new_call("c-1", INNA, project=project))
        assert (await receive(page, "crm"))["crm_url"].startswith(f"https://crm.example/077{INNAS_PAGE}")


async def test_the_agent_opens_the_outside_crm_and_not_the_desk_meanwhile(
    desk: Desk, operator: httpx.AsyncClient
) -> None:
    opened: asyncio.Queue[str] = asyncio.Queue()

    async def browser(address: str) -> bool:
        opened.put_nowait(address)
        return True

    project = msgspec.structs.replace(KASKO, crm_url=CRM)
    desk.call_centre.set_call(desk.operator.id, new_call("c-1", INNA, project=project), AgentState.RINGING)
    [(cookie, token)] = operator.cookies.items()
    agent = asyncio.create_task(AgentClient(Account(desk.url, "olena", cookie, token), browser, print).run())
    async with asyncio.timeout(10):
        address = await opened.get()
    agent.cancel()
    await asyncio.wait([agent])
    assert address.startswith(f"https://crm.example/077{INNAS_PAGE}")


async def test_a_saved_note_stands_in_the_history_by_whom_and_when(desk: Desk, operator: httpx.AsyncClient) -> None:
    async with stream(desk, operator):
        await desk.call_centre.ring(desk.operator.id, new_call("c-1", INNA))
        form = note(desk, "Просить передзвонити", call_id="c-1", deadline="2026-12-01T09:30")
        saved = await operator.post("/requests", data=form)
        assert saved.status_code == 200
        assert "Олена Петренко" in saved.text
        assert "request-saved" in saved.headers["hx-trigger"]
        again = await operator.get("/desk/cards/c-1")
        assert "Просить передзвонити" in again.text
    stored = await desk.services.casework.request_of_call("c-1")
    assert stored is not None
    assert (stored.project_id, stored.author_id) == (KASKO.id, desk.operator.id)
    assert stored.fields.deadline == datetime(2026, 12, 1, 7, 30, tzinfo=UTC), "typed in Kyiv's time"


async def test_two_who_save_at_once_see_each_others_words(desk: Desk, operator: httpx.AsyncClient) -> None:
    await desk.call_centre.ring(desk.operator.id, new_call("c-1", INNA))
    async with signed_in(desk, "taras") as colleague:
        await colleague.post("/requests", data=note(desk, "Версія Тараса", call_id="c-1"))
        conflict = await operator.post("/requests", data=note(desk, "Версія Олени", call_id="c-1"))
    assert "Версія Тараса" in conflict.text
    assert "hx-trigger" not in conflict.headers
    stored = await desk.services.casework.request_of_call("c-1")
    assert stored is not None
    assert stored.fields.text == "Версія Тараса"
    version = {"version": stored.updated_at.isoformat()}
    await operator.post("/requests", data={**note(desk, "Версія Олени", call_id="c-1"), **version})
    stored = await desk.services.casework.request_of_call("c-1")
    assert stored is not None
    assert stored.fields.text == "Версія Олени"


async def test_a_note_for_nobody_says_what_to_do(desk: Desk, operator: httpx.AsyncClient) -> None:
    await desk.call_centre.ring(desk.operator.id, new_call("c-1", "anonymous"))
    refused = await operator.post("/requests", data={"call_id": "c-1", "text": "?"}, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert refused.json()["remedy"].startswith("Оберіть контакт")


async def test_the_language_follows_the_person(desk: Desk, operator: httpx.AsyncClient) -> None:
    async with stream(desk, operator) as page:
        saved = await operator.post("/profile", data={"language": "ru", "theme": "dark"})
        assert saved.headers["hx-redirect"] == "/profile"
        assert await close_code(page) == 1013, "the page comes back in the language chosen"
    profile = await operator.get("/profile")
    assert '<html lang="ru" data-theme="dark">' in profile.text
    async with stream(desk, operator) as page:
        await desk.call_centre.ring(desk.operator.id, new_call("c-1", INNA))
        assert "Сохранить" in (await receive(page, "card"))["html"]


def note(desk: Desk, text: str, **more: str) -> dict[str, Any]:
    return {"contact_id": desk.inna.id, "text": text, "state": "open", **more}
