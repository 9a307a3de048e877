"""Messages to customers on the desk, without a browser: their texts, which result sends them, what became of them."""

from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from telemarket.desk import message_words
from telemarket.dialer.model import Act
from telemarket.messaging.filling import VARIABLES
from telemarket.messaging.model import Channel, MessageState
from tests.campaign import WHO, new_reminders
from tests.desk import Desk, running_desk, signed_in
from tests.forms import form_fields
from tests.messages import SMS, message, sent_by_result, written

FRAGMENT = {"HX-Request": "true"}
TEXTS = "/projects/077/messages"
RESULTS = "/projects/077/results"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


@pytest.fixture
async def supervisor(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(desk, "iryna") as client:
        client.headers.update({**FRAGMENT, "Accept-Language": "en"})
        yield client


async def shown(client: httpx.AsyncClient, path: str, **headers: str) -> str:
    answer = await client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


async def form(client: httpx.AsyncClient, path: str) -> dict[str, str]:
    return form_fields((await client.get(path)).text, "plan-form")


async def send(client: httpx.AsyncClient, path: str, fields: dict[str, str], do: str = "save") -> str:
    answer = await client.post(path, data={**fields, "do": do})
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_who_is_no_supervisor_sees_and_does_nothing_with_messages(desk: Desk) -> None:
    await desk.services.identity.update_user(desk.colleague.id, role="senior")
    sms, _ = await written(desk)
    failed = await message(desk, sms, MessageState.FAILED)
    for login in ("olena", "taras"):
        async with signed_in(desk, login) as client:
            for path in (TEXTS, "/messages"):
                assert (await client.get(path)).status_code == 403, (login, path)
            for path in (TEXTS, f"{TEXTS}/preview", f"/messages/{failed}/again", f"/messages/{failed}/withdraw"):
                assert (await client.post(path, data={})).status_code == 403, (login, path)
    assert (await desk.services.outbox.page()).messages[0].state is MessageState.FAILED


async def test_texts_are_written_corrected_and_taken_away(desk: Desk, supervisor: httpx.AsyncClient) -> None:
    added = form_fields(await send(supervisor, TEXTS, await form(supervisor, TEXTS), do="add:templates"), "plan-form")
    new = {"templates[0].name": "Реквізити", "templates[0].channel": "sms", "templates[0].body": "{{ client.name }}"}
    wrong = await send(supervisor, TEXTS, added | new)
    assert 'id="templates[0].body.problem-1"' in wrong
    assert form_fields(wrong, "plan-form")["templates[0].body"] == "{{ client.name }}"
    assert await desk.services.templates.of_project(1) == ()
    right = added | new | {"templates[0].body": "{{ customer.name }}, дякуємо"}
    assert "result-answered" in await send(supervisor, TEXTS, right)
    two = form_fields(await send(supervisor, TEXTS, await form(supervisor, TEXTS), do="add:templates"), "plan-form")
    mail = {"templates[1].name": "реквізити", "templates[1].channel": "mail", "templates[1].body": "Дякуємо"}
    refused = await send(supervisor, TEXTS, two | mail)
    assert 'id="templates[1].subject.problem-1"' in refused
    mail["templates[1].subject"] = "Оплата"
    assert 'id="templates[1].name.problem-1"' in await send(supervisor, TEXTS, two | mail)
    mail["templates[1].name"] = "Лист"
    assert "result-answered" in await send(supervisor, TEXTS, two | mail)
    kept = await desk.services.templates.of_project(1)
    assert [(each.name, each.channel, each.subject) for each in kept] == [
        ("Лист", Channel.MAIL, "Оплата"),
        ("Реквізити", Channel.SMS, ""),
    ]
    rest = form_fields(
        await send(supervisor, TEXTS, await form(supervisor, TEXTS), do="remove:templates[0]"), "plan-form"
    )
    assert "result-answered" in await send(supervisor, TEXTS, rest)
    assert [each.name for each in await desk.services.templates.of_project(1)] == ["Реквізити"]


async def test_an_old_form_does_not_undo_anothers_texts(desk: Desk, supervisor: httpx.AsyncClient) -> None:
    await written(desk, SMS)
    mine = await form(supervisor, TEXTS) | {"templates[0].body": "Мій текст"}
    await send(supervisor, TEXTS, await form(supervisor, TEXTS) | {"templates[0].body": "Її текст"})
    told = await send(supervisor, TEXTS, mine)
    assert [each.body for each in await desk.services.templates.of_project(1)] == ["Її текст"]
    again = form_fields(told, "plan-form")
    assert again["templates[0].body"] == "Мій текст"
    assert "result-answered" in await send(supervisor, TEXTS, again)
    assert [each.body for each in await desk.services.templates.of_project(1)] == ["Мій текст"]


async def preview(client: httpx.AsyncClient, body: str, channel: str = "sms", subject: str = "") -> str:
    fields = {"channel": channel, "subject": subject, "body": body}
    sent = {"path": "templates[7]", **{f"templates[7].{name}": value for name, value in fields.items()}}
    answer = await client.post(f"{TEXTS}/preview", data=sent)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


async def test_a_text_is_shown_as_a_customer_reads_it(supervisor: httpx.AsyncClient) -> None:
    read = await preview(supervisor, "{{ customer.name }}: {{ promise.amount }} по {{ customer.values['Договір'] }}")
    assert "Anna Koval: 4,200 по Договір" in read
    latin = await preview(supervisor, "a" * 160)
    assert "160 characters, charged as 1 SMS" in latin
    assert "161 characters, charged as 2 SMS" in await preview(supervisor, "a" * 161)
    assert "71 characters, charged as 2 SMS" in await preview(supervisor, "ж" * 71)
    mail = await preview(supervisor, "Дякуємо", "mail", "{{ project.name }}")
    assert "Страхування КАСКО" in mail
    assert "charged" not in mail
    assert "plan-problem" in await preview(supervisor, "{{ customer.nam }}")
    assert "plan-problem" in await preview(supervisor, "{% for each in 'ab' %}{{ each }}{% endfor %}")
    assert "plan-problem" not in await preview(supervisor, " ")


async def test_every_value_has_a_name_for_people(supervisor: httpx.AsyncClient, desk: Desk) -> None:
    known = {f"{name}.{part}" for name, parts in VARIABLES.items() for part in parts} - {"customer.values"}
    assert set(message_words.VALUES) == known
    await written(desk, SMS)
    page = await shown(supervisor, TEXTS)
    for name in known:
        assert f'data-insert="{{{{ {name} }}}}"' in page


async def test_a_channel_nobody_carries_is_told_of(desk: Desk, supervisor: httpx.AsyncClient) -> None:
    await written(desk)
    page = await shown(supervisor, TEXTS)
    assert "No mail server is set up" in page
    assert "No SMS centre is set up" not in page


async def test_a_result_sends_a_text_of_its_own_project(desk: Desk, supervisor: httpx.AsyncClient) -> None:
    assert 'name="dispositions[0].template_id"' not in await shown(supervisor, RESULTS)
    mail, sms = await written(desk)
    fields = await form(supervisor, RESULTS)
    sends = {"dispositions[0].template_id": str(sms.id)}
    assert "result-answered" in await send(supervisor, RESULTS, fields | sends)
    kept = await desk.services.dispositions.of_project(1)
    assert [each.template_id for each in kept][:2] == [sms.id, None]
    assert kept[0].name in await shown(supervisor, TEXTS)
    last = next(place for place, each in enumerate(kept) if each.act is Act.DO_NOT_CALL)
    fields = await form(supervisor, RESULTS)
    assert fields["dispositions[0].template_id"] == str(sms.id)
    for template_id in (sms.id, 4711):
        refused = await send(supervisor, RESULTS, fields | {f"dispositions[{last}].template_id": str(template_id)})
        assert f'id="dispositions[{last}].template_id.problem-1"' in refused
    assert "result-answered" in await send(
        supervisor, RESULTS, fields | {f"dispositions[{last}].template_id": str(mail.id)}
    )


async def test_the_operator_sees_which_result_sends(desk: Desk) -> None:
    _, sms = await written(desk)
    await sent_by_result(desk, Act.PROMISE, sms)
    campaign = await new_reminders(desk)
    await campaign.preview("c-2")
    async with signed_in(desk) as operator:
        card = await shown(operator, "/desk/cards/c-2")
        assert card.count("icons.svg#messages") == 1
        assert "надсилає SMS «Реквізити»" in card
        answer = await desk.services.lead_reader.choice(1)
        assert [answer.sends(each) for each in answer.dispositions if each.act is Act.PROMISE] == [sms]


async def test_a_chosen_result_puts_its_message_on_the_supervisors_list(
    desk: Desk, supervisor: httpx.AsyncClient
) -> None:
    _, sms = await written(desk)
    result = await sent_by_result(desk, Act.CLOSE, sms)
    campaign = await new_reminders(desk)
    await campaign.attempt("c-1", desk.operator.id, outcome="answered")
    async with signed_in(desk) as operator:
        chosen = await operator.post("/desk/lead/result", data={"call_id": "c-1", "disposition_id": result.id})
        assert chosen.status_code == 200, chosen.text
    page = await shown(supervisor, "/messages?state=queued")
    for told in (f"{WHO}, сплатіть 4200 грн.", "+380 67 111 22 33", "/calls/c-1", desk.operator.name):
        assert told in page


async def test_the_card_tells_what_was_sent(desk: Desk) -> None:
    async with signed_in(desk) as operator:
        assert "card-messages" not in await shown(operator, f"/contacts/{desk.inna.id}")
        mail, sms = await written(desk)
        await message(desk, mail, MessageState.SENT, call_id=None)
        await message(desk, sms, MessageState.FAILED, "Номер <не> існує", call_id=None)
        page = await shown(operator, f"/contacts/{desk.inna.id}")
        assert page.index("сплатіть 4200 грн.") < page.index("До зустрічі!")
        assert "Номер <не> існує" in page
        assert 'data-state="sent"' in page
        saved = await operator.post(
            "/requests", data={"contact_id": desk.inna.id, "text": "Дзвонила"}, headers=FRAGMENT
        )
        assert "сплатіть 4200 грн." in saved.text


async def test_the_list_narrows_and_goes_on(desk: Desk, supervisor: httpx.AsyncClient) -> None:
    assert "tasks" not in await shown(supervisor, "/messages")
    mail, sms = await written(desk)
    for number in range(52):
        await message(desk, sms, MessageState.SENT, call_id=None, recipient=f"+38067000{number:04}")
    await message(desk, mail, MessageState.UNKNOWN, call_id=None, recipient="inna@example.org")
    first = await shown(supervisor, "/messages")
    assert "inna@example.org" in first
    assert "+380 67 000 00 51" in first
    assert "+380 67 000 00 02" not in first
    more = unescape(first.partition('id="more-messages" hx-get="')[2].partition('"')[0])
    further = await shown(supervisor, more)
    assert "+380 67 000 00 02" in further
    assert "more-messages" not in further
    assert "+380 67 000 00 51" not in further
    for narrowed, found in {"state=unknown": True, "channel=sms": False, "project=1": True, "project=2": False}.items():
        page = await shown(supervisor, f"/messages?{narrowed}", **{"HX-Target": "message-results"})
        assert ("inna@example.org" in page) is found, narrowed
    assert (await supervisor.get("/messages?after=nonsense")).status_code == 422


async def test_a_supervisor_sends_again_and_takes_back(desk: Desk, supervisor: httpx.AsyncClient) -> None:
    mail, sms = await written(desk)
    unknown = await message(desk, sms, MessageState.UNKNOWN, call_id=None)
    waits = await message(desk, sms, call_id=None)
    sent = await message(desk, mail, MessageState.SENT, call_id=None)
    page = await shown(supervisor, "/messages")
    assert page.count("hx-confirm=") == 1
    answer = await supervisor.post(f"/messages/{unknown}/again")
    assert (answer.status_code, "messages-changed" in answer.headers["HX-Trigger"]) == (204, True)
    assert (await supervisor.post(f"/messages/{waits}/withdraw")).status_code == 204
    states = {each.id: each.state for each in (await desk.services.outbox.page()).messages}
    assert states == {unknown: MessageState.QUEUED, waits: MessageState.WITHDRAWN, sent: MessageState.SENT}
    for path in (f"/messages/{sent}/again", f"/messages/{sent}/withdraw", f"/messages/{waits}/withdraw"):
        assert (await supervisor.post(path)).status_code == 422, path
    for number in ("4711", "9" * 20):
        assert (await supervisor.post(f"/messages/{number}/again")).status_code == 404, number
