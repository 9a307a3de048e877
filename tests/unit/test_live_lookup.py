"""Backends asked live: the quick ones first, the bad ones in words, nobody waits for anybody."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest

from telemarket.backend import Backend, Record
from telemarket.contacts.live import MAX_FOUND, Answer, Breaker, LiveLookup
from telemarket.numbers import Number, NumberingPlan, normalise

LookUp = Callable[[str, str], Awaitable[Sequence[Record]]]


class Plugin(Backend):
    """A backend whose answer is a function."""

    def __init__(self, name: str, look_up: LookUp) -> None:
        self.name = name
        self.title = name.upper()
        self.asked = 0
        self._look_up = look_up

    async def look_up(self, e164: str, digits: str) -> Sequence[Record]:
        self.asked += 1
        return await self._look_up(e164, digits)


async def knows(e164: str, digits: str) -> Sequence[Record]:
    return [Record(key=digits, name=f"Owner of {e164}")]


async def hangs(e164: str, digits: str) -> Sequence[Record]:
    await asyncio.Event().wait()
    return []


async def raises(e164: str, digits: str) -> Sequence[Record]:
    raise RuntimeError("http://crm.example/find?number=380671234567 did not answer")


async def talks_rubbish(e164: str, digits: str) -> Sequence[Record]:
    return [42]  # type: ignore[list-item]


class Stubborn:
    """Waits until released, whatever cancellation says."""

    def __init__(self) -> None:
        self.released = asyncio.Event()

    async def __call__(self, e164: str, digits: str) -> Sequence[Record]:
        while not self.released.is_set():
            try:
                await self.released.wait()
            except asyncio.CancelledError:
                continue
        return []


@pytest.fixture
def number() -> Number:
    found = normalise("0671234567", NumberingPlan())
    assert found is not None
    return found


async def collect(answers: AsyncIterator[Answer]) -> list[Answer]:
    return [answer async for answer in answers]


async def test_every_answer_names_its_origin(number: Number) -> None:
    [answer] = await collect(LiveLookup([Plugin("crm", knows)]).ask(number))
    found = (Record(key="380671234567", name="Owner of +380671234567"),)
    assert answer == Answer(backend="crm", title="CRM", found=found)


async def test_a_bad_backend_costs_the_others_nothing(number: Number) -> None:
    stubborn = Stubborn()
    bad = {"hangs": hangs, "raises": raises, "rubbish": talks_rubbish, "stubborn": stubborn}
    backends = [Plugin(name, look_up) for name, look_up in bad.items()]
    live = LiveLookup([*backends, Plugin("crm", knows)], deadline=0.05)
    answers = {answer.backend: answer async for answer in live.ask(number)}
    assert answers["crm"].found
    assert answers["hangs"].failure == answers["stubborn"].failure == "No answer within 0.05 s."
    assert answers["raises"].failure == "Failed: RuntimeError."
    assert answers["rubbish"].failure.startswith("Failed: ")
    stubborn.released.set()


async def test_the_quick_are_not_held_up_by_the_slow(number: Number) -> None:
    slow = asyncio.Event()

    async def waits(e164: str, digits: str) -> Sequence[Record]:
        await slow.wait()
        return []

    names = []
    async for answer in LiveLookup([Plugin("slow", waits), Plugin("quick", knows)], deadline=60).ask(number):
        names.append(answer.backend)
        slow.set()
    assert names == ["quick", "slow"]


async def test_a_backend_that_keeps_failing_is_left_alone(number: Number) -> None:
    plugin = Plugin("crm", raises)
    live = LiveLookup([plugin], failures=2, pause=1000)
    answers = [await collect(live.ask(number)) for _ in range(4)]
    assert plugin.asked == 2
    assert answers[-1][0].failure == "Paused after repeated failures."


async def test_what_backends_say_is_cut_and_cleaned(number: Number) -> None:
    async def shouts(e164: str, digits: str) -> Sequence[Record]:
        loud = Record(key="1", name="\x00a" * 10_000, attributes=(("l\x1b", "v"),) * 1000, url="javascript:alert(1)")
        return [loud] * 1000

    [answer] = await collect(LiveLookup([Plugin("crm", shouts)]).ask(number))
    assert len(answer.found) == MAX_FOUND
    first = answer.found[0]
    assert (set(first.name), first.attributes[0], first.url) == ({"a"}, ("l", "v"), "")
    assert len(first.attributes) < 1000


async def test_nothing_is_left_running_when_the_card_goes_away(number: Number) -> None:
    cancelled = asyncio.Event()

    async def waits(e164: str, digits: str) -> Sequence[Record]:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return []

    live = LiveLookup([Plugin("slow", waits), Plugin("quick", knows)], deadline=60)
    asking = live.ask(number)
    await anext(asking)
    await asking.aclose()  # type: ignore[attr-defined]
    await asyncio.wait_for(cancelled.wait(), 5)


def test_the_breaker_lets_one_question_through_after_the_pause() -> None:
    now = 0.0
    breaker = Breaker(failures=2, pause=10, time=lambda: now)
    for _ in range(2):
        assert breaker.lets_through()
        breaker.failed("no answer")
    assert not breaker.lets_through()
    now = 15.0
    assert [breaker.lets_through(), breaker.lets_through()] == [True, False]
    breaker.succeeded()
    assert breaker.lets_through()
