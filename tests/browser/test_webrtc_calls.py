"""The whole system: callers on the line, operators in a real browser that is their telephone, Asterisk between them.

The call centre is the demonstration's.
"""

import contextlib
import re
import signal
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

import pytest
from playwright.async_api import Browser, Dialog, Error, expect

from telemarket.demo.past import KYIV
from tests.browser.demonstration import NUMBER, WRAP_UP
from tests.browser.operator import OperatorPage, at_the_desk, seconds
from tests.integration.centre import Centre

pytestmark = pytest.mark.asyncio(loop_scope="module")


PLAYING = """() => {
  const { duration, currentTime } = document.querySelector("audio.player");
  return duration > 2 && currentTime > 0.2;
}"""


async def regular_clients(centre: Centre) -> list[tuple[str, str]]:
    """Name and number of those who called most, of the project's clients whose number is theirs alone."""
    async with centre.database.read() as connection:
        rows = await connection.exec_driver_sql(
            "select c.name, p.e164 from contacts c join phones p on p.contact_id = c.id join requests r on"
            " r.contact_id = c.id where p.kind = 'mobile' and c.company <> '' and r.project_id ="
            " (select id from projects where number = '077') group by p.e164"
            " having count(distinct c.id) = 1 order by count(*) desc, c.id limit 2"
        )
        return [(row.name, row.e164) for row in rows]


async def test_two_operators_take_calls_and_know_the_caller_before_it_rings(
    browser: Browser, centre: Centre, olena: OperatorPage, stack: AsyncExitStack
) -> None:
    taras = await stack.enter_async_context(at_the_desk(browser, centre.url, "taras"))
    await olena.picture("ready")
    await taras.page.keyboard.press("F2")
    await taras.state("ready")

    clients = dict(await regular_clients(centre))
    callers = [await centre.sipp.start_calls(NUMBER, caller=number, speak=True) for number in clients.values()]
    for operator in (olena, taras):
        await operator.telephone_call("ringing")
        moments = await operator.moments()
        assert moments["card"] < moments["invite"] < moments["ringing"], (
            "the telephone was called before the card stood"
        )
    assert not await centre.rows("journal", kind="call.card_late")
    assert {await olena.caller(), await taras.caller()} == set(clients), "each operator sees his own caller"
    await olena.picture("ringing")

    await olena.press("answer")
    await taras.press_key("F2", "answer")
    for operator in (olena, taras):
        await operator.state("talking")
        await operator.talks(centre.pbx)
    await write_request(olena)
    await olena.picture("talking")

    by_name = dict(zip(clients, callers, strict=True))
    olenas_call, olenas_caller = await olena.call_id(), by_name[await olena.caller()]
    taras_call, taras_caller = await taras.call_id(), by_name[await taras.caller()]
    await olena.press("hang-up")
    await olenas_caller.outcome()
    await olena.state("wrap-up")
    await olena.telephone_call("none")
    assert 0 < seconds(await olena.page.text_content("#agent-state-clock")) <= WRAP_UP
    await olena.picture("wrap-up")
    await taras.state("talking")
    await taras_caller.hang_up()
    await taras.state("wrap-up")
    for operator in (olena, taras):
        await operator.state("ready")

    ended = {call["id"]: (call["result"], call["ended_by"]) for call in await centre.calls(2)}
    assert ended == {olenas_call: ("answered", "operator"), taras_call: ("answered", "caller")}
    natalia = await stack.enter_async_context(at_the_desk(browser, centre.url, "natalia"))
    await recording_plays(centre, natalia, olenas_call)
    await recording_is_refused(centre, taras, olenas_call)


async def write_request(operator: OperatorPage) -> None:
    """Fill in the whole form, save, and see it in the history: by whom and when."""
    card = operator.card()
    deadline = (datetime.now(KYIV) + timedelta(days=1)).strftime("%Y-%m-%dT10:30")
    await expect(card.locator("[data-note]")).to_be_focused()
    await operator.page.keyboard.type("Пошкоджено бампер на парковці, просить прислати аварійного комісара.")
    await card.locator("[name=topic_id]").select_option(label="Страховий випадок")
    await card.locator("[name=category_id]").select_option(label="Обслуговування договору")
    await card.locator("[name=state]").select_option("waiting")
    await card.locator("[name=action_id]").select_option(label="Викликати аварійного комісара")
    await card.locator("[name=deadline]").fill(deadline)
    await card.locator("[name=consultant_id]").select_option(label="Світлана Ткаченко")
    await card.locator("[data-save]").click()
    entry = card.locator(".history .entry-now")
    await expect(entry.locator("time").first).to_contain_text("сьогодні")
    for text in ("Олена Ковальчук", "Пошкоджено бампер", "Страховий випадок", "Обслуговування договору", "очікує"):
        await expect(entry).to_contain_text(text)
    await expect(entry).to_contain_text(
        re.compile("Викликати аварійного комісара.*завтра 10:30.*Світлана Ткаченко", re.S)
    )


async def recording_plays(centre: Centre, listener: OperatorPage, call_id: str) -> None:
    """Whoever may listen plays the recording where it stands in the client's history."""
    [call] = await centre.rows("calls", id=call_id)
    await listener.page.goto(f"{centre.url}/contacts/{call['contact_id']}")
    await listener.page.locator(f'[data-recording$="{call_id}"]').click()
    await listener.page.wait_for_function(PLAYING, timeout=15_000)


async def recording_is_refused(centre: Centre, stranger: OperatorPage, call_id: str) -> None:
    """Another operator is offered no button for it, and the server refuses him all the same."""
    [call] = await centre.rows("calls", id=call_id)
    answer = await stranger.page.request.get(f"{centre.url}/recordings/{call_id}")
    assert answer.status == 403
    await stranger.page.goto(f"{centre.url}/contacts/{call['contact_id']}")
    await expect(stranger.page.locator(f'[data-recording$="{call_id}"]')).to_be_hidden()


async def test_a_page_reloaded_in_mid_ring_passes_the_call_on_and_comes_back_ready(
    browser: Browser, centre: Centre, olena: OperatorPage, stack: AsyncExitStack
) -> None:
    taras = await stack.enter_async_context(at_the_desk(browser, centre.url, "taras"))
    await taras.ready()
    caller = await centre.sipp.start_calls(NUMBER, speak=True)
    await olena.telephone_call("ringing")
    await olena.page.reload()
    await taras.telephone_call("ringing")
    await taras.press("answer")
    await taras.talks(centre.pbx)
    await olena.telephone("ready")
    await olena.state("ready")
    await caller.hang_up()
    await taras.state("wrap-up")
    assert (await centre.call())["result"] == "answered"


async def test_the_only_operators_page_reloaded_in_mid_ring_rings_again(centre: Centre, olena: OperatorPage) -> None:
    caller = await centre.sipp.start_calls(NUMBER, speak=True)
    await olena.telephone_call("ringing")
    await olena.page.reload()
    await olena.telephone_call("ringing")
    await olena.press("answer")
    await olena.talks(centre.pbx)
    await olena.press("hang-up")
    await caller.outcome()
    assert (await centre.call())["result"] == "answered"


async def test_a_page_reloaded_in_conversation_hangs_up_after_asking(centre: Centre, olena: OperatorPage) -> None:
    caller = await centre.sipp.start_calls(NUMBER, speak=True)
    await olena.press("answer")
    await olena.talks(centre.pbx)
    questions: list[str] = []

    async def agree(dialog: Dialog) -> None:
        questions.append(dialog.type)
        await dialog.accept()

    olena.page.on("dialog", agree)
    await olena.page.reload()
    await caller.outcome()
    assert questions == ["beforeunload"]
    await olena.state("wrap-up")
    await olena.telephone("ready")
    await olena.state("ready")
    call = await centre.call()
    assert (call["result"], call["ended_by"]) == ("answered", "operator")


async def test_the_caller_of_a_browser_that_crashes_goes_to_another_with_his_card(
    browser: Browser, centre: Centre, olena: OperatorPage, stack: AsyncExitStack
) -> None:
    caller = await centre.sipp.start_calls(NUMBER, speak=True)
    await olena.press("answer")
    await olena.talks(centre.pbx)
    name = await olena.caller()
    taras = await stack.enter_async_context(at_the_desk(browser, centre.url, "taras"))
    await taras.ready()
    async with olena.page.expect_event("crash"):
        with contextlib.suppress(Error):
            await olena.page.goto("chrome://crash")
    await expect(taras.bar).to_have_attribute("data-state", "ringing", timeout=40_000)
    await taras.press("answer")
    await taras.talks(centre.pbx)
    assert await taras.caller() == name
    await caller.hang_up()
    call = await centre.call()
    assert (call["result"], call["ended_by"]) == ("answered", "caller")


async def test_a_conversation_in_the_page_outlives_kill_9_of_the_daemon(centre: Centre, olena: OperatorPage) -> None:
    caller = await centre.sipp.start_calls(NUMBER, speak=True)
    await olena.press("answer")
    await olena.talks(centre.pbx)
    name = await olena.caller()
    await olena.card().locator("[data-note]").fill("Ще не збережено")
    await centre.stop(signal.SIGKILL)
    await expect(olena.page.locator("#connection-banner")).to_contain_text("Розмова триває")
    await olena.talks(centre.pbx)
    await centre.start()
    await expect(olena.page.locator("#connection-banner")).to_be_hidden(timeout=20_000)
    await olena.state("talking")
    assert await olena.caller() == name
    await expect(olena.card().locator("[data-note]")).to_have_value("Ще не збережено")
    await olena.press("hang-up")
    await olena.state("wrap-up")
    await caller.outcome()
    call = await centre.call()
    assert (call["result"], call["ended_by"]) == ("answered", "operator")


async def test_a_supervisor_listens_from_the_board(
    browser: Browser, centre: Centre, olena: OperatorPage, stack: AsyncExitStack
) -> None:
    natalia = await stack.enter_async_context(at_the_desk(browser, centre.url, "natalia"))
    [(_, number), *_] = await regular_clients(centre)
    caller = await centre.sipp.start_calls(NUMBER, caller=number, speak=True)
    await olena.press("answer")
    await olena.talks(centre.pbx)

    await natalia.page.click("#nav-board")
    row = natalia.page.locator("#board-talking .call")
    await row.get_by_role("button", name="Слухати").click()
    await natalia.state("watching")  # her telephone answers by itself
    await natalia.talks(centre.pbx)
    await expect(row).to_have_class("call is-watched")
    await olena.state("talking")
    call_id = await olena.call_id()
    listened = [row["subject"] for row in await centre.rows("audit_log") if row["action"] == "call.listen"]
    assert listened == [call_id]

    await natalia.press("leave")
    await natalia.state("offline")
    await caller.hang_up()
    await olena.state("wrap-up")
    await natalia.page.goto(f"{centre.url}/calls/{call_id}")
    await expect(natalia.page.locator("#timeline")).to_contain_text("Наталія Гриценко: прослуховування розмови")
    await expect(natalia.page.locator("#routing")).to_be_visible()
