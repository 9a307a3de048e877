"""Which channels a dead daemon leaves waiting, and when the watchdog acts."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from telemarket.asterisk.ari.errors import unreachable
from telemarket.asterisk.ari.models import Bridge, CallerID, Channel, DialplanCEP
from telemarket.calls.model import lead_channel_id
from telemarket.calls.watchdog import Watchdog, find_waiting
from telemarket.cli.watchdog import liveness_url
from telemarket.core.settings import WebSettings

NOW = datetime(2026, 11, 2, tzinfo=UTC)


def channel(name: str, *, state: str = "Up", app: str = "Stasis", data: str = "telemarket,5001") -> Channel:
    nobody = CallerID(name="", number="")
    where = DialplanCEP(context="telemarket", exten="5001", priority=1, app_name=app, app_data=data)
    return Channel(
        id=name,
        protocol_id="",
        name=f"PJSIP/{name}",
        state=state,
        caller=nobody,
        connected=nobody,
        accountcode="",
        dialplan=where,
        creationtime=NOW,
        language="en",
    )


def bridge(kind: str, *channels: str) -> Bridge:
    return Bridge(
        id="tm-bridge",
        technology="simple_bridge",
        bridge_type=kind,
        bridge_class="stasis",
        creator="Stasis",
        name="",
        channels=list(channels),
        creationtime=NOW,
    )


@pytest.mark.parametrize(
    ("who", "bridges", "waits"),
    [
        (channel("caller"), [], True),
        (channel("caller"), [bridge("mixing", "caller", "tm-1")], False),
        (channel("caller"), [bridge("mixing", "caller")], True),
        (channel("caller"), [bridge("holding", "caller", "another")], True),
        (channel("caller", data="telemarket"), [], True),
        (channel("caller", data="another-app,5001"), [], False),
        (channel("caller", data="telemarket2,5001"), [], False),
        (channel("caller", app="Queue", data="telemarket,"), [], False),
        (channel("tm-1"), [], False),
    ],
)
def test_a_caller_waits_who_is_held_in_our_application_with_nobody_to_talk_to(
    who: Channel, bridges: list[Bridge], waits: bool
) -> None:
    assert bool(find_waiting("telemarket", [who], bridges).callers) is waits


@pytest.mark.parametrize(
    ("name", "state", "ends"),
    [
        ("tm-1", "Ringing", True),
        ("tm-1", "Down", True),
        ("tm-1", "Up", False),
        ("1.1", "Ringing", False),
        (lead_channel_id("a"), "Up", True),
    ],
)
def test_only_our_own_ringing_legs_and_leads_met_with_silence_are_ended(name: str, state: str, ends: bool) -> None:
    waiting = find_waiting("telemarket", [channel(name, state=state, app="AppDial2", data="")], [])
    assert bool(waiting.useless_legs) is ends


def test_a_lead_who_talks_is_left_in_peace() -> None:
    lead = lead_channel_id("a")
    assert not find_waiting("telemarket", [channel(lead)], [bridge("mixing", lead, "tm-1")]).useless_legs


class Daemon:
    """A daemon whose signs of life, and a rescue whose doing, are scripted."""

    def __init__(self, answers: list[bool | type[OSError]]) -> None:
        self._answers = answers
        self.rescues: list[int] = []  # after how many probes
        self.probes = 0
        self.done = asyncio.Event()

    async def probe(self) -> bool:
        if self.probes == len(self._answers):
            self.done.set()
            await asyncio.Event().wait()
        self.probes += 1
        answer = self._answers[self.probes - 1]
        if isinstance(answer, bool):
            return answer
        raise answer

    async def rescue(self) -> None:
        self.rescues.append(self.probes)
        raise unreachable("GET", "/channels", "no answer")


@pytest.fixture
def watch() -> Callable[[list[bool | type[OSError]]], "asyncio.Future[list[int]]"]:
    async def run(answers: list[bool | type[OSError]]) -> list[int]:
        daemon = Daemon(answers)
        # Three missed signs of life: 0 s + 10 ms + 10 ms are less than 15 ms.
        watchdog = Watchdog(daemon.probe, daemon.rescue, silence=0.015, interval=0.01, deadline=0.005)
        task = asyncio.create_task(watchdog.run())
        async with asyncio.timeout(20):
            await daemon.done.wait()
        task.cancel()
        return daemon.rescues

    return lambda answers: asyncio.ensure_future(run(answers))


async def test_it_acts_while_the_daemon_is_silent_and_no_longer(
    watch: Callable[[list[bool | type[OSError]]], "asyncio.Future[list[int]]"],
) -> None:
    gone = ConnectionRefusedError
    assert await watch([True, False, True, gone, True]) == []
    assert await watch([True, gone, gone, False, True, gone, True]) == [3, 4]
    assert await watch([gone, gone, gone, gone]) == []  # never seen alive: a wrong address, perhaps


@pytest.mark.parametrize(
    ("web", "url"),
    [
        (WebSettings(), "http://127.0.0.1:8090/healthz/live"),
        (WebSettings(host="0.0.0.0", port=80), "http://127.0.0.1:80/healthz/live"),
        (WebSettings(host="::", port=80), "http://[::1]:80/healthz/live"),
        (WebSettings.model_validate({"host": "desk", "tls_certificate": "c.pem"}), "https://desk:8090/healthz/live"),
    ],
)
def test_the_daemon_is_asked_on_this_machine(web: WebSettings, url: str) -> None:
    assert liveness_url(web) == url
