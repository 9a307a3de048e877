"""Commands about a campaign's lead over HTTP: who may, what is refused in words, what the stream then tells."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import msgspec
import pytest

from telemarket.calls.tables import calls
from telemarket.calls.views import AgentState, DialMode
from telemarket.core.clock import utc_now
from telemarket.core.errors import NotAllowed
from telemarket.core.i18n import N_
from telemarket.core.roles import Role
from telemarket.dialer.day_tasks import DayTask, TaskKind
from telemarket.dialer.model import Chosen
from telemarket.dialer.tables import attempts
from tests.desk import INNA, PASSWORD, Desk, receive, running_desk, signed_in, stream
from tests.fakes.call_centre import new_call
from tests.fakes.dialer import CAMPAIGN, LEAD, new_attempt, new_lead, new_lead_call

JSON = {"Accept": "application/json"}
STEPAN = "+380671112233"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


@pytest.fixture
async def operator(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(desk) as client:
        yield client


async def preview(desk: Desk, call_id: str = "c-1") -> None:
    call = new_lead_call(call_id, STEPAN, DialMode.PREVIEW)
    await desk.services.cards.prepare(call)
    desk.services.cards.push(desk.operator.id, call)
    desk.call_centre.set_call(desk.operator.id, call, AgentState.PREVIEW)


async def talk(desk: Desk, call_id: str = "c-1", number: str = STEPAN) -> None:
    await desk.call_centre.ring(desk.operator.id, new_lead_call(call_id, number))
    desk.call_centre.answer(desk.operator.id)


async def test_a_lead_is_called_or_skipped_from_his_card(desk: Desk, operator: httpx.AsyncClient) -> None:
    me = desk.operator.id
    await preview(desk)
    assert (await operator.post("/desk/lead/dial", data={"call_id": "c-1"})).json() == {}
    assert desk.call_centre.asked == [("preview_dial", me)]
    await preview(desk, "c-2")
    assert (await operator.post("/desk/lead/skip", data={"call_id": "c-2", "reason": " bad-time "})).status_code == 200
    assert desk.call_centre.asked[-1] == ("preview_skip", me, "bad-time")


@pytest.mark.parametrize("path", ["/desk/lead/dial", "/desk/lead/skip"])
async def test_a_key_pressed_too_late_does_nothing_to_the_next_lead(
    desk: Desk, operator: httpx.AsyncClient, path: str
) -> None:
    await preview(desk, "c-2")
    refused = await operator.post(path, data={"call_id": "c-1", "reason": "called"}, headers=JSON)
    assert refused.status_code == 403
    assert refused.json()["message"] == "Цього клієнта у вас на екрані вже немає."
    assert desk.call_centre.asked == []


@pytest.mark.parametrize("reason", ["", "  ", "х" * 201])
async def test_a_skip_has_a_reason_of_some_words(desk: Desk, operator: httpx.AsyncClient, reason: str) -> None:
    await preview(desk)
    refused = await operator.post("/desk/lead/skip", data={"call_id": "c-1", "reason": reason}, headers=JSON)
    assert (refused.status_code, refused.json()["field"]) == (422, "reason")


async def test_a_result_is_kept_and_every_page_of_the_operator_shows_it(
    desk: Desk, operator: httpx.AsyncClient
) -> None:
    await talk(desk)
    promise = next(each for each in await offered(desk) if each.act == "promise")
    async with stream(desk, operator) as page:
        state = await receive(page, "state")
        assert state["agent"]["call"]["lead"] == {
            "campaign": "Нагадування про платіж", "mode": "predictive", "result": "",
        }  # fmt: skip
        form = {"amount": "1 200,50", "currency": "UAH", "pay_by": "2030-03-01", "note": "після зарплати"}
        await give(operator, promise.id, **form)
        part = await receive(page, "card_part", part="lead")
        assert promise.name in part["html"]
        assert "1\xa0200,5" in part["html"]
        state = await receive(page, "state")
        assert state["agent"]["call"]["lead"]["result"] == promise.name
    wanted = Chosen(
        disposition_id=promise.id,
        note="після зарплати",
        amount=Decimal("1200.50"),
        currency="UAH",
        pay_by=date(2030, 3, 1),
    )
    assert desk.dialer.chosen == [("c-1", wanted, desk.operator.id)]


async def test_a_time_is_the_operators_own(desk: Desk, operator: httpx.AsyncClient) -> None:
    await talk(desk)
    callback = next(each for each in await offered(desk) if each.act == "callback-mine")
    await give(operator, callback.id, due="2030-07-01T10:30")
    assert desk.dialer.chosen[0][1].due == datetime(2030, 7, 1, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"disposition_id": "none"}, "disposition_id"),
        ({"disposition_id": "1", "due": "soon"}, "due"),
        ({"disposition_id": "1", "amount": "багато"}, "amount"),
        ({"disposition_id": "1", "amount": "NaN"}, "amount"),
        ({"disposition_id": "1", "pay_by": "31.12"}, "pay_by"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_field(
    desk: Desk, operator: httpx.AsyncClient, form: dict[str, str], field: str
) -> None:
    await talk(desk)
    refused = await operator.post("/desk/lead/result", data={"call_id": "c-1", **form}, headers=JSON)
    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert desk.dialer.chosen == []


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
async def test_what_the_dialer_refuses_is_told_in_the_operators_language(desk: Desk, language: str) -> None:
    await talk(desk)
    desk.dialer.refusal = NotAllowed(N_("There is no such task."))  # any text that is translated
    await desk.services.identity.update_user(desk.operator.id, language=language)
    async with signed_in(desk) as operator:
        refused = await operator.post("/desk/lead/result", data={"call_id": "c-1", "disposition_id": "1"}, headers=JSON)
    told = {"uk": "Такого завдання немає.", "ru": "Такой задачи нет.", "en": "There is no such task."}
    assert (refused.status_code, refused.json()["message"]) == (403, told[language])
    card = desk.services.cards.card("c-1")
    assert card is not None
    assert card.lead is not None
    assert card.lead.choice.result is None, "what was refused is not shown as chosen"


async def test_a_screen_on_the_wall_may_do_none_of_it(desk: Desk) -> None:
    await desk.services.identity.create_user("wall", PASSWORD, name="Стіна", role=Role.DISPLAY, endpoint="109")
    async with signed_in(desk, "wall") as wall:
        for path in ("/desk/lead/dial", "/desk/lead/skip", "/desk/lead/result"):
            assert (await wall.post(path, data={"call_id": "c-1"}, headers=JSON)).status_code == 403


async def test_other_sites_cannot_choose(desk: Desk, operator: httpx.AsyncClient) -> None:
    await talk(desk)
    refused = await operator.post(
        "/desk/lead/result", data={"call_id": "c-1", "disposition_id": "1"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert refused.status_code == 403
    assert desk.dialer.chosen == []


async def test_a_number_dialed_for_a_campaign_makes_no_contact(desk: Desk) -> None:
    assert (await desk.services.cards.prepare(new_lead_call("c-1", STEPAN))).contact_id is None
    assert (await desk.services.cards.prepare(new_lead_call("c-2", INNA))).contact_id == desk.inna.id
    assert (await desk.services.cards.prepare(new_call("c-3", STEPAN))).contact_id is not None


async def test_a_page_opened_anew_knows_the_result(desk: Desk, operator: httpx.AsyncClient) -> None:
    agreed = (await offered(desk))[0]
    mine = new_attempt("c-1", disposition_id=agreed.id, outcome="answered")
    desk.dialer.the_lead = new_lead(past=(mine, new_attempt("old", reason="bad-time", outcome="skipped")))
    await talk(desk)
    async with stream(desk, operator) as page:
        card = await receive(page, "card")
        assert "невдалий час" in card["html"]
        assert (await receive(page, "state"))["agent"]["call"]["lead"]["result"] == agreed.name


async def test_a_lead_that_cannot_be_read_leaves_the_number(desk: Desk, operator: httpx.AsyncClient) -> None:
    desk.dialer.the_lead = msgspec.structs.replace(desk.dialer.the_lead, id=99)
    await talk(desk)
    async with stream(desk, operator) as page:
        card = await receive(page, "card")
        assert "Дані кампанії прочитати не вдалося" in card["html"]
        assert "+380 67 111 22 33" in card["html"]
        lead = (await receive(page, "state"))["agent"]["call"]["lead"]
        assert lead == {"campaign": "", "mode": "predictive", "result": ""}


async def test_only_ones_own_conversations_of_the_week_wait_for_a_result(
    desk: Desk, operator: httpx.AsyncClient
) -> None:
    now = utc_now()
    me, other = desk.operator.id, desk.colleague.id
    agreed = (await offered(desk))[0]
    await keep(desk, "mine", me, now)
    await keep(desk, "others", other, now)
    await keep(desk, "old", me, now - timedelta(days=9))
    await keep(desk, "given", me, now, disposition_id=agreed.id)
    page = (await operator.get("/day")).text
    waiting = [name for name in ("mine", "others", "old", "given") if f"/day/missing/{name}" in page]
    assert waiting == ["mine"]
    assert agreed.name in (await operator.get("/day/missing/mine")).text
    assert (await operator.get("/day/missing/others", headers=JSON)).status_code == 404
    await talk(desk, "mine")
    desk.call_centre.end(me)
    assert "/day/missing/mine" not in (await operator.get("/day/missing")).text, "he may still choose on the card"


async def test_a_task_is_done_by_whose_it_is(desk: Desk, operator: httpx.AsyncClient) -> None:
    today = utc_now().astimezone().date()
    for place, owner in ((1, desk.operator), (2, desk.colleague)):
        task = DayTask(day=today, operator_id=owner.id, position=place, kind=TaskKind.LEAD, name="Іван")
        desk.dialer.tasks.append(task)
    done = await operator.post(f"/day/tasks/{today}/1/done")
    assert "is-done" in done.text
    for address in (f"{today}/2", "yesterday/1", f"{today}/first"):
        refused = await operator.post(f"/day/tasks/{address}/done", headers=JSON)
        assert refused.status_code in (404, 422), address
    assert [task.done_at is not None for task in desk.dialer.tasks] == [True, False]


async def offered(desk: Desk):  # type: ignore[no-untyped-def]
    """The results of the project."""
    return (await desk.services.lead_reader.choice(1)).dispositions


async def give(operator: httpx.AsyncClient, disposition_id: int, **form: str) -> None:
    values = {"call_id": "c-1", "disposition_id": str(disposition_id), **form}
    answer = await operator.post("/desk/lead/result", data=values, headers=JSON)
    assert (answer.status_code, answer.json()) == (200, {})


async def keep(desk: Desk, call_id: str, agent_id: int, at: datetime, disposition_id: int | None = None) -> None:
    """What the journal and the dialer have of a conversation that is over."""
    call = {"id": call_id, "project_id": 1, "agent_id": agent_id, "arrived_at": at, "answered_at": at, "ended_at": at}
    attempt = {"id": call_id, "campaign_id": CAMPAIGN, "lead_id": LEAD, "number": STEPAN, "claimed_at": at}
    async with desk.database.write() as connection:
        await connection.execute(calls.insert().values(call))
        await connection.execute(attempts.insert().values(attempt | {"disposition_id": disposition_id}))
