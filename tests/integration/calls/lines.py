"""The call engine and its driver in the test's own process, on a real PBX, with no daemon around them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import msgspec

from telemarket.asterisk.ari import AriClient
from telemarket.asterisk.ari.models import ChannelEnteredBridge
from telemarket.asterisk.pbx.endpoints import Operator, write_endpoints
from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.sipp import Run
from telemarket.calls import facts
from telemarket.calls.api import CallerKnown
from telemarket.calls.driver import Driver
from telemarket.calls.engine import Engine
from telemarket.calls.model import DialTerms, OperatorProfile, Project, lead_channel_id
from telemarket.calls.pbx_commands import PbxCommands
from telemarket.calls.pictures import Pictures
from telemarket.calls.views import AgentState, CallView, DialMode
from telemarket.core.bus import EventBus
from telemarket.core.journal import Entry

DEADLINE = 10.0
NUMBER = "380441112233"


class Cards:
    """Browsers that show every card at once. `shown` is when each call's first card was sent."""

    def __init__(self) -> None:
        self.driver: Driver | None = None
        self.shown: dict[str, float] = {}

    async def prepare(self, call: CallView) -> CallerKnown:
        return CallerKnown()

    async def look_up_input(self, call: CallView, value: str) -> int | None:
        return None

    def push(self, agent_id: int, call: CallView) -> bool:
        self.shown.setdefault(call.id, time.time())
        if self.driver is not None:
            shown = facts.CardShown(agent_id=agent_id, call_id=call.id)
            asyncio.get_running_loop().call_soon(self.driver.submit, shown)
        return True

    def forget(self, call_id: str) -> None:
        pass


class Lines:
    """Project 1 with the operators `anna` (1) and `boris` (2), whose telephones a test connects."""

    def __init__(self, pbx: Instance, sounds: str) -> None:
        self.pbx = pbx
        self.entries: list[Entry] = []
        self.cards = Cards()
        self.bridged: dict[str, float] = {}  # when two channels first were in the call's bridge
        self._sounds = sounds
        self._telephones: dict[str, Operator] = {}
        self._news = asyncio.Event()
        self._begin()

    def _begin(self) -> None:
        access, bus = self.pbx.access, EventBus()
        bus.subscribe(Entry, self._note)
        self.engine = Engine()
        self.ari = AriClient(self.pbx.ari_url, access.ari_user, access.ari_password, access.app)
        self.ari.on_event(ChannelEnteredBridge, self._entered)
        commands = PbxCommands(self.ari, None, "telemarket-fallback", self._sounds)  # type: ignore[arg-type]
        self.driver = Driver(self.engine, self.ari, commands, _Journal(), bus, view_call=self.view)  # type: ignore[arg-type]
        self.cards.driver = self.driver
        self._pictures = Pictures(self.engine, None)  # type: ignore[arg-type]

    async def __aenter__(self) -> Self:
        await self._start(facts.Restored(calls=(), operators=()))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.driver.close()

    async def _start(self, restored: facts.Restored) -> None:
        project = Project(
            id=1, number="077", name="Опитування", record=False, wrapup_seconds=0, operator_ids=frozenset({1, 2})
        )
        operators = [OperatorProfile(id=i, endpoint=f"PJSIP/{login}") for i, login in ((1, "anna"), (2, "boris"))]
        self.driver.submit(facts.Configured(projects=(project,), operators=tuple(operators)))
        self.driver.take_up(self.cards, restored)
        await self.driver.start()
        await self._until(lambda: self.engine.floor.pbx_connected)

    async def restart(self, restored: facts.Restored) -> None:
        """The daemon dies without a word, and another takes up what the journal knew."""
        await self.driver.close()
        self._begin()
        await self._start(restored)

    # ---- people

    def connect(self, endpoint: str, contact: str) -> None:
        """The PBX knows this telephone, or trunk, at this address."""
        self._telephones[endpoint] = Operator(endpoint=endpoint, kind="static", contact=contact)
        write_endpoints(self.pbx.endpoints_file, list(self._telephones.values()))
        self.pbx.reload_pjsip()

    def trunk(self, telephone: Run) -> None:
        """Whoever a campaign calls, whatever the number."""
        self.connect("trunk", telephone.contact)

    def ready(self, *agent_ids: int) -> None:
        """They sit at their desks and wait for calls."""
        for agent_id in agent_ids:
            self.driver.submit(facts.PageConnected(agent_id=agent_id))
            self.driver.submit(facts.WantsReady(agent_id=agent_id))

    def state(self, agent_id: int) -> AgentState:
        return self.engine.floor.agents[agent_id].state

    # ---- calls

    def dial(self, call_id: str, mode: DialMode = DialMode.PROGRESSIVE, agent_id: int | None = None, **how: Any) -> str:
        """A campaign calls its lead."""
        terms = DialTerms(
            campaign_id=3, lead_id=4, mode=mode, endpoint=f"PJSIP/{NUMBER}@trunk", operator_ids=frozenset({1, 2})
        )
        terms = msgspec.structs.replace(terms, **how)
        lead = facts.LeadDialed(call_id=call_id, project_id=1, number=NUMBER, terms=terms, agent_id=agent_id)
        self.driver.submit(lead)
        return call_id

    def view(self, call_id: str) -> CallView | None:
        call = self.engine.floor.calls.get(call_id)
        return self._pictures.call(call) if call else None

    async def entry(self, kind: str, call_id: str) -> Entry:
        """The journal's first entry of this kind about a call, past or to come."""

        def found() -> Entry | None:
            return next((e for e in self.entries if e.kind == kind and e.call_id == call_id), None)

        await self._until(found)
        entry = found()
        assert entry is not None
        return entry

    async def result(self, call_id: str) -> str:
        """How a call ended."""
        return str((await self.entry("call.ended", call_id)).data["result"])

    async def rings(self, call_id: str) -> None:
        """Wait until the lead's channel is being dialed."""
        line = self.engine.floor.legs[lead_channel_id(call_id)]
        await self._until(lambda: line.dialed)

    async def talks(self, call_id: str) -> float:
        """When two were brought together in this call, on the PBX."""
        await self._until(lambda: call_id in self.bridged)
        return self.bridged[call_id]

    async def _until(self, condition: Any) -> None:
        async with asyncio.timeout(DEADLINE):
            while not condition():
                self._news.clear()
                # The engine's own state has no event: look again soon.
                with_event = asyncio.create_task(self._news.wait())
                await asyncio.wait([with_event], timeout=0.05)
                with_event.cancel()

    def _note(self, entry: Entry) -> None:
        self.entries.append(entry)
        self._news.set()

    def _entered(self, event: ChannelEnteredBridge) -> None:
        if len(event.bridge.channels) > 1:
            call_id = event.bridge.id.removeprefix("tm-").removesuffix("-bridge")
            self.bridged.setdefault(call_id, time.time())
            self._news.set()


class _Journal:
    def append(self, entry: Entry) -> None:
        """The bus tells the test."""


@asynccontextmanager
async def refusing_telephone() -> AsyncIterator[tuple[str, "asyncio.Future[str]"]]:
    """A telephone that is busy, at this address; the first INVITE it was sent, headers and all."""
    loop = asyncio.get_running_loop()
    invited: asyncio.Future[str] = loop.create_future()
    transport, telephone = await loop.create_datagram_endpoint(lambda: _Refusing(invited), local_addr=("127.0.0.1", 0))
    telephone.transport = transport
    try:
        yield f"sip:phone@127.0.0.1:{transport.get_extra_info('sockname')[1]}", invited
    finally:
        transport.close()


class _Refusing(asyncio.DatagramProtocol):
    def __init__(self, invited: "asyncio.Future[str]") -> None:
        self._invited = invited
        self.transport: asyncio.DatagramTransport | None = None

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = data.decode()
        if not message.startswith("INVITE") or self.transport is None:
            return
        if not self._invited.done():
            self._invited.set_result(message)
        kept = [
            line for line in message.split("\r\n") if line.startswith(("Via:", "From:", "To:", "Call-ID:", "CSeq:"))
        ]
        answer = "\r\n".join(["SIP/2.0 486 Busy Here", *kept, "Content-Length: 0", "", ""])
        self.transport.sendto(answer.encode(), addr)
