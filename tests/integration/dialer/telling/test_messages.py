"""Messages that results send: put, corrected, sent once, tried again, never sent twice; on both databases."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from telemarket.contacts.attributes import AttributeType
from telemarket.contacts.model import ContactFields
from telemarket.core.errors import InvalidInput, NotAllowed, NotFound
from telemarket.core.personal import Person
from telemarket.dialer.model import Act
from telemarket.messaging.model import Channel, Message, MessageState, NotTaken, Refused, Uncertain
from telemarket.messaging.of_contacts import MessagesOfContacts
from telemarket.messaging.outbox import CORRECTION
from telemarket.messaging.sender import LEASE, PATIENCE, Sender
from tests.integration.dialer.telling.post import Post, PostHouse

PROMISE = {"amount": Decimal("1200.50"), "currency": "UAH", "pay_by": date(2026, 11, 5)}


async def promised(house: PostHouse, **person: object) -> Message:
    """Somebody promised to pay, and the minute for corrections is over: his message."""
    await house.choose(await house.talked(**person), Act.PROMISE, **PROMISE)  # type: ignore[arg-type]
    house.now += CORRECTION
    [message] = await house.outgoing()
    return message


async def states(house: PostHouse) -> list[MessageState]:
    return [message.state for message in await house.outgoing()]


async def test_a_promise_is_confirmed_by_sms_a_minute_later(house: PostHouse) -> None:
    post = Post()
    sender = house.sender(post)
    await house.choose(await house.talked(), Act.PROMISE, **PROMISE)
    assert not await sender.send_next(), "it can still be corrected"
    house.now += CORRECTION
    assert await sender.send_next()
    [given] = post.given
    assert (given.recipient, given.body) == ("+380670000001", "Петро Коваль, чекаємо 1 200,5 UAH до 05.11.2026.")
    [sent] = await house.outgoing()
    assert (sent.state, sent.reference, sent.sent_at) == (MessageState.SENT, "ref-1", house.now)
    assert not await sender.send_next()


async def test_a_mail_goes_to_the_main_address(house: PostHouse) -> None:
    attempt = await house.talked(emails=("koval@example.com", "other@example.com"))
    await house.choose(attempt, Act.CLOSE)
    house.now += CORRECTION
    post = Post()
    assert await house.sender(post, Channel.MAIL).send_next()
    [given] = post.given
    assert (given.recipient, given.subject) == ("koval@example.com", "Дякуємо")
    assert given.body == "Петро Коваль: Погодився. Olena, договір К-7"


VALUES = (
    "{{ customer.values['Ліміт'] }}; {{ customer.values['Діє до'] }}; {{ customer.values['Прострочено'] }}"
    "{% if customer.values['Боржник'] %}; боржник{% endif %}{% if customer.values['VIP'] %}; VIP{% endif %}"
)


async def test_further_values_are_written_as_people_read_them(house: PostHouse) -> None:
    project = await house.project()
    for name, kind in (("Ліміт", "money"), ("Діє до", "date"), ("Боржник", "flag"), ("VIP", "flag")):
        await house.contacts.attributes.define(AttributeType(id=0, name=name, kind=kind), None)
    _, sms = await house.templates.of_project(project)
    await house.templates.save(project, [msgspec.structs.replace(sms, body=VALUES)], house.boss)
    await house.have_sent({Act.PROMISE: sms.id})
    attributes = {"Ліміт": "4200", "Діє до": "31.12.2026", "Боржник": "ні", "VIP": "так"}
    attempt = await house.talked(attributes=attributes, values={"Прострочено": 12})
    await house.choose(attempt, Act.PROMISE, **PROMISE)
    [message] = await house.outgoing()
    assert message.body == "4 200; 31.12.2026; 12; VIP"


async def test_a_corrected_result_takes_its_message_back(house: PostHouse) -> None:
    attempt = await house.talked(emails=("koval@example.com",))
    await house.choose(attempt, Act.PROMISE, **PROMISE)
    await house.choose(attempt, Act.CLOSE)
    [message] = await house.outgoing()
    assert message.channel is Channel.MAIL
    await house.choose(attempt, Act.RETRY)
    assert await house.outgoing() == ()


async def test_what_has_left_stays_and_is_not_told_twice(house: PostHouse) -> None:
    attempt = await house.talked()
    await house.choose(attempt, Act.PROMISE, **PROMISE)
    house.now += CORRECTION
    post = Post()
    await house.sender(post).send_next()
    await house.choose(attempt, Act.RETRY)
    await house.choose(attempt, Act.PROMISE, **PROMISE)
    house.now += CORRECTION
    assert not await house.sender(post).send_next()
    assert await states(house) == [MessageState.SENT]


async def test_without_an_address_it_failed_until_there_is_one(house: PostHouse) -> None:
    attempt = await house.talked()
    await house.choose(attempt, Act.CLOSE)
    [message] = await house.outgoing()
    assert (message.state, message.reason) == (MessageState.FAILED, "No mail address of the customer is known.")
    with pytest.raises(InvalidInput, match="Add one to his contact"):
        await house.outbox.send_again(message.id, house.boss)
    await house.contacts.update(message.contact_id or 0, ContactFields(emails=("koval@example.com",)), None)
    await house.outbox.send_again(message.id, house.boss)
    post = Post()
    await house.sender(post, Channel.MAIL).send_next()
    assert [given.recipient for given in post.given] == ["koval@example.com"]


async def pass_time(house: PostHouse, sender: Sender) -> None:
    """Ten minutes and ten more, until no message waits."""
    while MessageState.QUEUED in await states(house):
        if not await sender.send_next():
            house.now += timedelta(minutes=10)


async def two_promises(house: PostHouse) -> None:
    """Two customers are to be written to."""
    campaign = await house.campaign()
    await house.add(campaign, "0670000001", "0670000002")
    for _ in range(2):
        await house.choose(await house.talk(campaign), Act.PROMISE, **PROMISE)
    house.now += CORRECTION


async def test_a_gateway_that_is_away_is_tried_for_a_day_and_no_longer(house: PostHouse) -> None:
    message = await promised(house)
    post = Post(*[NotTaken("no connection")] * 2000)
    await pass_time(house, house.sender(post))
    [failed] = await house.outgoing()
    assert (failed.state, failed.reason) == (MessageState.FAILED, "no connection")
    assert PATIENCE < house.now - message.queued_at < PATIENCE + timedelta(hours=1)
    assert len(post.given) > 100, "when it comes back nothing waits for hours"


async def test_trouble_of_one_message_delays_no_other_and_itself_ever_longer(house: PostHouse) -> None:
    await two_promises(house)
    post = Post(NotTaken("mailbox full", only_this=True))
    sender = house.sender(post)
    assert [await sender.send_next(), await sender.send_next(), await sender.send_next()] == [True, True, False]
    assert sorted(await states(house)) == [MessageState.QUEUED, MessageState.SENT]
    post.says = [NotTaken("mailbox full", only_this=True)] * 2000
    await pass_time(house, sender)
    assert len(post.given) < 25


async def test_while_the_gateway_is_away_nobody_elses_is_tried_at_once(house: PostHouse) -> None:
    await two_promises(house)
    post = Post(NotTaken("no connection"))
    running = asyncio.create_task(house.sender(post).run())
    await post.busy.wait()
    async with asyncio.timeout(10):
        while MessageState.SENDING in await states(house):
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait([running])
    assert len(post.given) == 1


async def test_what_was_corrected_while_the_gateway_had_it_is_not_tried_again(house: PostHouse) -> None:
    attempt = await house.talked()
    await house.choose(attempt, Act.PROMISE, **PROMISE)
    house.now += CORRECTION
    post = Post(NotTaken("no connection"))
    post.free.clear()
    sending = asyncio.create_task(house.sender(post).send_next())
    await post.busy.wait()
    await house.choose(attempt, Act.RETRY)
    post.free.set()
    await sending
    [message] = await house.outgoing()
    assert (message.state, message.reason) == (MessageState.WITHDRAWN, "The operator chose another result.")


async def test_what_a_supervisor_withdrew_the_same_result_does_not_send(house: PostHouse) -> None:
    attempt = await house.talked()
    await house.choose(attempt, Act.PROMISE, **PROMISE)
    [message] = await house.outgoing()
    await house.outbox.withdraw(message.id, house.boss)
    await house.choose(attempt, Act.PROMISE, note="Завтра", **PROMISE)
    assert await states(house) == [MessageState.WITHDRAWN]


async def test_what_a_supervisor_sends_again_a_correction_does_not_hide(house: PostHouse) -> None:
    attempt = await house.talked()
    await house.choose(attempt, Act.PROMISE, **PROMISE)
    house.now += CORRECTION
    await house.sender(Post(Uncertain("lost"))).send_next()
    [unknown] = await house.outgoing()
    await house.outbox.send_again(unknown.id, house.boss)
    await house.choose(attempt, Act.RETRY)
    await house.choose(attempt, Act.PROMISE, **PROMISE)
    assert [message.id for message in await house.outgoing()] == [unknown.id]


async def test_what_is_refused_failed_and_says_why(house: PostHouse) -> None:
    await promised(house)
    await house.sender(Post(Refused("no such subscriber"))).send_next()
    [message] = await house.outgoing()
    assert (message.state, message.reason) == (MessageState.FAILED, "no such subscriber")


@pytest.mark.parametrize("said", [Uncertain("lost"), RuntimeError("bug")])
async def test_what_may_have_been_sent_is_not_sent_again_by_itself(house: PostHouse, said: Exception) -> None:
    message = await promised(house)
    post = Post(said)
    sender = house.sender(post)
    await sender.send_next()
    house.now += timedelta(days=2)
    assert not await sender.send_next()
    assert await states(house) == [MessageState.UNKNOWN]
    await house.outbox.send_again(message.id, house.boss)
    await sender.send_next()
    assert await states(house) == [MessageState.SENT]
    assert len(post.given) == 2


async def test_a_daemon_that_died_while_sending_leaves_it_unknown(house: PostHouse) -> None:
    await promised(house)
    post = Post()
    post.free.clear()
    dying = asyncio.create_task(house.sender(post).send_next())
    await post.busy.wait()
    other = Post()
    assert not await house.sender(other).send_next(), "another daemon leaves it alone"
    house.now += LEASE
    assert await house.sender(other).send_next()
    assert await states(house) == [MessageState.UNKNOWN]
    assert other.given == []
    post.free.set()
    await dying
    assert await states(house) == [MessageState.UNKNOWN], "a late word changes nothing: a person may have acted on it"


async def test_an_orderly_end_waits_for_the_last_word(house: PostHouse) -> None:
    await promised(house)
    post = Post()
    post.free.clear()
    ending = asyncio.create_task(house.sender(post).run())
    await post.busy.wait()
    ending.cancel()
    post.free.set()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert await states(house) == [MessageState.SENT]


async def test_two_daemons_send_each_message_once(house: PostHouse) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *[f"06700000{place:02}" for place in range(6)])
    for _ in range(6):
        await house.choose(await house.talk(campaign), Act.PROMISE, **PROMISE)
    house.now += CORRECTION
    post = Post()
    senders = house.sender(post), house.sender(post)
    while any(await asyncio.gather(*(sender.send_next() for sender in senders))):
        pass
    assert len(post.given) == 6
    assert len({given.id for given in post.given}) == 6


async def test_who_asked_meanwhile_not_to_be_called_gets_no_sms(house: PostHouse) -> None:
    message = await promised(house)
    await house.do_not_call.add(message.recipient, user=None)
    post = Post()
    await house.sender(post).send_next()
    assert post.given == []
    [message] = await house.outgoing()
    assert (message.state, message.reason) == (MessageState.WITHDRAWN, "The number is on the do-not-call list.")


async def test_without_a_gateway_it_waits_a_day_and_says_why(house: PostHouse) -> None:
    await promised(house)
    nothing = house.sender(None)
    assert await nothing.send_next()
    [message] = await house.outgoing()
    assert (message.state, message.reason) == (MessageState.QUEUED, "No SMS centre is configured.")
    assert not await nothing.send_next(), "all is said"
    house.now += PATIENCE
    assert await nothing.send_next()
    [message] = await house.outgoing()
    assert (message.state, message.reason) == (MessageState.FAILED, "No SMS centre is configured.")


async def test_one_without_a_gateway_leaves_messages_to_another_daemon(house: PostHouse) -> None:
    await promised(house)
    await house.sender(None).send_next()
    assert await house.sender(Post()).send_next()
    assert await states(house) == [MessageState.SENT]


async def test_a_supervisor_takes_back_what_waits_and_nothing_else(house: PostHouse) -> None:
    message = await promised(house)
    with pytest.raises(NotAllowed):
        await house.outbox.withdraw(message.id, house.olena)
    with pytest.raises(InvalidInput, match="too late"):
        await house.outbox.send_again(message.id, house.boss)
    with pytest.raises(NotFound):
        await house.outbox.withdraw(message.id + 1, house.boss)
    await house.outbox.withdraw(message.id, house.boss)
    post = Post()
    assert not await house.sender(post).send_next()
    [message] = await house.outgoing()
    assert (message.state, message.reason) == (MessageState.WITHDRAWN, "Taken back by Boss.")
    with pytest.raises(InvalidInput, match="too late"):
        await house.outbox.withdraw(message.id, house.boss)


async def test_pages_follow_each_other_and_filters_hold(house: PostHouse) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *[f"06700000{place:02}" for place in range(5)])
    for _ in range(5):
        await house.choose(await house.talk(campaign), Act.PROMISE, **PROMISE)
    await house.choose(await house.talked("0680000000"), Act.CLOSE)
    first = await house.outbox.page(limit=4)
    second = await house.outbox.page(limit=4, after=first.after)
    assert second.after is None
    ids = [message.id for page in (first, second) for message in page.messages]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 6
    assert len((await house.outbox.page(state=MessageState.FAILED)).messages) == 1
    assert len((await house.outbox.page(channel=Channel.SMS)).messages) == 5
    assert (await house.outbox.page(project_id=await house.project("078"))).messages == ()
    with pytest.raises(InvalidInput):
        await house.outbox.page(after="yesterday")


async def test_a_result_sends_only_what_its_project_has(house: PostHouse) -> None:
    project = await house.project()
    mail, sms = await house.templates.of_project(project)
    with pytest.raises(InvalidInput, match="no SMS either") as refused:
        await house.have_sent({Act.DO_NOT_CALL: sms.id})
    assert refused.value.field == "dispositions[8].template_id"
    await house.have_sent({Act.DO_NOT_CALL: mail.id})
    with pytest.raises(InvalidInput, match="no such template"):
        await house.have_sent({Act.CLOSE: sms.id + 100})
    await house.templates.save(project, [mail], house.boss)
    with pytest.raises(InvalidInput, match="no such template"):
        await house.have_sent({Act.PROMISE: sms.id})


async def test_a_template_taken_away_sends_nothing_any_more(house: PostHouse) -> None:
    await house.templates.save(await house.project(), [], house.boss)
    await house.choose(await house.talked(), Act.PROMISE, **PROMISE)
    assert await house.outgoing() == ()


async def test_messages_are_part_of_a_persons_data(house: PostHouse) -> None:
    message = await promised(house)
    person = Person(contact_ids=(message.contact_id or 0,))
    room = MessagesOfContacts()
    async with house.database.write() as connection:
        [row] = (await room.collect(connection, person)).rows
        assert (row["recipient"], row["body"]) == (message.recipient, message.body)
        assert await room.erase(connection, person) == 1
    post = Post()
    assert not await house.sender(post).send_next()
    [left] = await house.outgoing()
    assert (left.recipient, left.body, left.contact_id) == ("", "", None)


async def test_they_follow_a_merge_and_come_back(house: PostHouse) -> None:
    gone = (await promised(house)).contact_id or 0
    kept = await house.person("Коваль П.")
    room = MessagesOfContacts()
    async with house.database.write() as connection:
        keys = await room.move(connection, gone, kept)
    assert [message.contact_id for message in await house.outbox.of_contact(kept)] == [kept]
    async with house.database.write() as connection:
        await room.move_back(connection, keys, kept, gone)
    assert [message.contact_id for message in await house.outbox.of_contact(gone)] == [gone]
