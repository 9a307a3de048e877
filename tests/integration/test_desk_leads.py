"""Commands about a campaign's lead over HTTP: who may, what is refused in words, what the stream then tells."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import msgspec
import pytest
import sqlalchemy as sa

from telemarket.calls.views import DialMode
from telemarket.core.clock import utc_now
from telemarket.core.roles import Role
from telemarket.demo.past import KYIV
from telemarket.dialer.tables import day_tasks, promises
from tests.campaign import NAME, STEPAN, WHO, Reminders, new_reminders
from tests.desk import INNA, PASSWORD, Desk, receive, running_desk, signed_in, stream
from tests.fakes.call_centre import new_call

JSON = {"Accept": "application/json"}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


@pytest.fixture
async def campaign(desk: Desk) -> Reminders:
    return await new_reminders(desk)


@pytest.fixture
async def operator(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(desk) as client:
        yield client


async def talk(desk: Desk, campaign: Reminders) -> None:
    await campaign.connect()
    desk.call_centre.answer(desk.operator.id)


async def give(operator: httpx.AsyncClient, disposition_id: int, **form: str) -> None:
    values = {"call_id": "c-1", "disposition_id": str(disposition_id), **form}
    answer = await operator.post("/desk/lead/result", data=values, headers=JSON)
    assert (answer.status_code, answer.json()) == (200, {})


async def test_a_lead_is_called_or_skipped_from_his_card(
    desk: Desk, campaign: Reminders, operator: httpx.AsyncClient
) -> None:
    me = desk.operator.id
    await campaign.preview()
    assert (await operator.post("/desk/lead/dial", data={"call_id": "c-1"})).json() == {}
    assert desk.call_centre.asked == [("preview_dial", me)]
    await campaign.preview("c-2")
    assert (await operator.post("/desk/lead/skip", data={"call_id": "c-2", "reason": " bad-time "})).status_code == 200
    assert desk.call_centre.asked[-1] == ("preview_skip", me, "bad-time")


@pytest.mark.parametrize("path", ["/desk/lead/dial", "/desk/lead/skip"])
async def test_a_key_pressed_too_late_does_nothing_to_the_next_lead(
    desk: Desk, campaign: Reminders, operator: httpx.AsyncClient, path: str
) -> None:
    await campaign.preview("c-2")
    refused = await operator.post(path, data={"call_id": "c-1", "reason": "called"}, headers=JSON)
    assert refused.status_code == 403
    assert refused.json()["message"] == "Цього клієнта у вас на екрані вже немає."
    assert desk.call_centre.asked == []


@pytest.mark.parametrize("reason", ["", "  ", "х" * 201])
async def test_a_skip_has_a_reason_of_some_words(campaign: Reminders, operator: httpx.AsyncClient, reason: str) -> None:
    await campaign.preview()
    refused = await operator.post("/desk/lead/skip", data={"call_id": "c-1", "reason": reason}, headers=JSON)
    assert (refused.status_code, refused.json()["field"]) == (422, "reason")


async def test_a_result_is_kept_and_every_page_of_the_operator_shows_it(
    desk: Desk, campaign: Reminders, operator: httpx.AsyncClient
) -> None:
    await talk(desk, campaign)
    promise = await campaign.offered("promise")
    async with stream(desk, operator) as page:
        call = (await receive(page, "state"))["agent"]["call"]
        assert call["caller"] == WHO
        assert call["lead"] == {"campaign": NAME, "mode": "predictive", "result": ""}
        day = utc_now().astimezone(KYIV).date() + timedelta(days=3)
        await give(operator, promise.id, amount="1 200,50", currency="UAH", pay_by=day.isoformat(), note="у четвер")
        part = await receive(page, "card_part", part="lead_row")
        assert "1\xa0200,5" in part["html"]
        state = await receive(page, "state")
        assert state["agent"]["call"]["lead"]["result"] == promise.name
    assert await campaign.chosen("c-1") == promise.name
    async with desk.database.read() as connection:
        [made] = await connection.execute(sa.select(promises.c.amount, promises.c.currency, promises.c.due_on))
    assert tuple(made) == (Decimal("1200.50"), "UAH", day)


async def test_a_time_is_the_operators_own(desk: Desk, campaign: Reminders, operator: httpx.AsyncClient) -> None:
    await talk(desk, campaign)
    at = (utc_now() + timedelta(days=9)).astimezone(KYIV).replace(second=0, microsecond=0)
    await give(operator, (await campaign.offered("callback-mine")).id, due=f"{at:%Y-%m-%dT%H:%M}")
    card = desk.services.cards.card("c-1")
    assert card is not None
    assert card.lead is not None
    assert card.lead.choice.chosen is not None
    assert card.lead.choice.chosen.due == at


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"disposition_id": "none"}, "disposition_id"),
        ({"due": "soon"}, "due"),
        ({"amount": "багато"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "1e999999999", "pay_by": "2030-01-01"}, "amount"),
        ({"amount": "10", "pay_by": "31.12"}, "pay_by"),
        ({"amount": "10"}, "pay_by"),
        ({"amount": "10", "pay_by": "2020-01-01"}, "pay_by"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_field(
    desk: Desk, campaign: Reminders, operator: httpx.AsyncClient, form: dict[str, str], field: str
) -> None:
    await talk(desk, campaign)
    values = {"call_id": "c-1", "disposition_id": str((await campaign.offered("promise")).id), **form}
    refused = await operator.post("/desk/lead/result", data=values, headers=JSON)
    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert await campaign.chosen("c-1") == ""
    card = desk.services.cards.card("c-1")
    assert card is not None
    assert card.lead is not None
    assert card.lead.choice.result is None, "what was refused is not shown as chosen"


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
async def test_anothers_conversation_is_refused_in_the_operators_language(
    desk: Desk, campaign: Reminders, language: str
) -> None:
    await campaign.attempt("c-1", desk.colleague.id, outcome="answered")
    await desk.services.identity.update_user(desk.operator.id, language=language)
    form = {"call_id": "c-1", "disposition_id": str((await campaign.offered("close")).id)}
    async with signed_in(desk) as operator:
        refused = await operator.post("/desk/lead/result", data=form, headers=JSON)
    words = {
        "uk": "Тут розмовляв інший оператор.",
        "ru": "Здесь разговаривал другой оператор.",
        "en": "Another operator has talked here.",
    }
    assert (refused.status_code, refused.json()["message"]) == (403, words[language])
    assert await campaign.chosen("c-1") == ""


async def test_a_screen_on_the_wall_may_do_none_of_it(desk: Desk) -> None:
    await desk.services.identity.create_user("wall", PASSWORD, name="Стіна", role=Role.DISPLAY, endpoint="109")
    async with signed_in(desk, "wall") as wall:
        for path in ("/desk/lead/dial", "/desk/lead/skip", "/desk/lead/result"):
            assert (await wall.post(path, data={"call_id": "c-1"}, headers=JSON)).status_code == 403


async def test_other_sites_cannot_choose(desk: Desk, campaign: Reminders, operator: httpx.AsyncClient) -> None:
    await talk(desk, campaign)
    form = {"call_id": "c-1", "disposition_id": str((await campaign.offered("close")).id)}
    refused = await operator.post("/desk/lead/result", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403
    assert await campaign.chosen("c-1") == ""


async def test_a_number_dialed_for_a_campaign_makes_no_contact(desk: Desk, campaign: Reminders) -> None:
    cards, mode = desk.services.cards, DialMode.PREDICTIVE
    assert (await cards.prepare(campaign.call("c-1", mode))).contact_id is None
    assert (await cards.prepare(campaign.call("c-2", mode, INNA))).contact_id == desk.inna.id
    assert (await cards.prepare(new_call("c-3", STEPAN))).contact_id is not None


async def test_the_note_about_a_lead_who_is_no_contact_is_kept(
    desk: Desk, campaign: Reminders, operator: httpx.AsyncClient
) -> None:
    await talk(desk, campaign)
    note = {"call_id": "c-1", "text": "Передзвонити доньці", "consultant_id": str(desk.operator.id)}
    assert (await operator.post("/requests", data=note)).status_code == 200
    assert "Передзвонити доньці" in (await operator.get("/requests")).text
    async with stream(desk, operator) as page:
        assert "Передзвонити доньці" in (await receive(page, "card"))["html"]


async def test_the_card_tells_what_was_before_and_a_page_opened_anew_what_was_chosen(
    desk: Desk, campaign: Reminders, operator: httpx.AsyncClient
) -> None:
    await campaign.past()
    await campaign.attempt("before-3", None, at=utc_now() - timedelta(hours=2), outcome="skipped", reason="bad-time")
    await talk(desk, campaign)
    agreed = await campaign.offered("close")
    await give(operator, agreed.id)
    desk.services.cards.forget("c-1")  # as a daemon that was started anew
    async with stream(desk, operator) as page:
        await receive(page, "card")
        html = (await receive(page, "card_part", part="lead_about"))["html"]
        for text in ("невдалий час", "Тарас Коваль", "після зарплати", "1\xa0200 UAH", "К-1100039", "4\xa0200"):
            assert text in html
        async with stream(desk, operator) as other:
            assert (await receive(other, "state"))["agent"]["call"]["lead"]["result"] == agreed.name


async def test_a_lead_that_cannot_be_read_leaves_the_number(
    desk: Desk, campaign: Reminders, operator: httpx.AsyncClient
) -> None:
    call = msgspec.structs.replace(campaign.call("c-1", DialMode.PREDICTIVE), lead_id=999)
    await desk.call_centre.ring(desk.operator.id, call)
    async with stream(desk, operator) as page:
        card = await receive(page, "card")
        assert "Дані кампанії прочитати не вдалося" in card["html"]
        assert "+380 67 111 22 33" in card["html"]
        lead = (await receive(page, "state"))["agent"]["call"]["lead"]
        assert lead == {"campaign": "", "mode": "predictive", "result": ""}


async def test_only_ones_own_conversations_of_the_week_wait_for_a_result(
    desk: Desk, campaign: Reminders, operator: httpx.AsyncClient
) -> None:
    me, now = desk.operator.id, utc_now()
    agreed = await campaign.offered("close")
    await campaign.attempt("old", me, at=now - timedelta(days=9), outcome="answered")
    await campaign.attempt("called-again", me, at=now - timedelta(hours=1), outcome="answered")
    await campaign.attempt("given", me, outcome="answered", disposition_id=agreed.id)
    await campaign.attempt("others", desk.colleague.id, outcome="answered")
    await campaign.attempt("mine", me, outcome="answered")
    page = (await operator.get("/day")).text
    assert WHO in page
    every = ("mine", "others", "old", "given", "called-again")
    assert [name for name in every if f"/day/missing/{name}" in page] == ["mine"]
    assert agreed.name in (await operator.get("/day/missing/mine")).text
    assert (await operator.get("/day/missing/others", headers=JSON)).status_code == 404
    await desk.call_centre.ring(me, campaign.call("mine", DialMode.PREDICTIVE))
    desk.call_centre.end(me)
    assert "/day/missing/mine" not in (await operator.get("/day/missing")).text, "he may still choose on the card"


async def test_a_task_is_done_by_whose_it_is(desk: Desk, operator: httpx.AsyncClient) -> None:
    today = utc_now().astimezone(KYIV).date()
    await plan(desk, (desk.operator.id, 1, 501), (desk.colleague.id, 1, 502))
    page = (await operator.get("/day")).text
    assert desk.inna.name in page
    assert f"/day/tasks/{today}/lead/501/done" in page
    done = await operator.post(f"/day/tasks/{today}/lead/501/done")
    assert "is-done" in done.text
    assert "alert" not in done.text
    await operator.post(f"/day/tasks/{today}/lead/502/done")
    for address in ("yesterday/lead/501", f"{today}/lead/first", f"{today}/lead/{'9' * 30}"):
        refused = await operator.post(f"/day/tasks/{address}/done", headers=JSON)
        assert refused.status_code in (404, 422), address
    [others] = await desk.services.day_tasks.of_operator(desk.colleague.id, today)
    assert not others.done


async def test_an_old_page_ticks_no_other_task_off(desk: Desk, operator: httpx.AsyncClient) -> None:
    """The day was planned anew while it was open: another task has the place of the one he saw."""
    me, today = desk.operator.id, utc_now().astimezone(KYIV).date()
    await plan(desk, (me, 1, 502), (me, 2, 503))
    answer = await operator.post(f"/day/tasks/{today}/lead/501/done")
    assert "Цього завдання у списку вже немає" in answer.text
    assert f"/day/tasks/{today}/lead/502/done" in answer.text, "the list as it is now comes along"
    assert "is-done" not in answer.text
    await operator.post(f"/day/tasks/{today}/lead/503/done")
    tasks = await desk.services.day_tasks.of_operator(me, today)
    assert [task.lead_id for task in tasks if task.done] == [503]


async def plan(desk: Desk, *places: tuple[int, int, int]) -> None:
    """Whose task of today it is, in which place, and about which lead."""
    plain = {"day": utc_now().astimezone(KYIV).date(), "kind": "lead", "contact_id": desk.inna.id}
    async with desk.database.write() as connection:
        for owner, place, lead in places:
            row = {"operator_id": owner, "position": place, "lead_id": lead}
            await connection.execute(day_tasks.insert().values(plain | row))
