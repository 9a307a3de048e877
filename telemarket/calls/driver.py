"""Between the engine and the world: ARI events become facts, commands become requests.

Commands of one call are carried out one after the other, calls beside each other. Nothing here decides anything.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import structlog

from telemarket.asterisk.ari.client import AriClient
from telemarket.asterisk.ari.errors import AriError, AriUnavailable
from telemarket.asterisk.ari.events import ClientEvent, Connected, Disconnected
from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.api import CallerKnown, CardPort, Detect
from telemarket.calls.engine import Engine
from telemarket.calls.pbx_commands import PbxCommands
from telemarket.calls.pbx_facts import fact_of, take_snapshot
from telemarket.calls.views import BoardChanged, CallView
from telemarket.core.bus import EventBus
from telemarket.core.journal import Entry, JournalWriter

log = structlog.get_logger(__name__)

LOOK_UP_SECONDS = 30.0
AUDIT_SECONDS = 60.0
DOUBT_SECONDS = 0.5
"""How long after a request without an answer the PBX is looked at."""
ENDING = (do.HangUp, do.DestroyBridge, do.GiveBack, do.StopRecording)
"""Commands that are carried out also for a call that has ended."""


class Driver:
    """Runs one engine against one PBX."""

    def __init__(
        self,
        engine: Engine,
        ari: AriClient,
        pbx: PbxCommands,
        journal: JournalWriter,
        bus: EventBus,
        *,
        view_call: Callable[[str], CallView | None],
    ) -> None:
        self.engine = engine
        self._ari = ari
        self._pbx = pbx
        self._journal = journal
        self._bus = bus
        self._view_call = view_call
        self._cards: CardPort | None = None
        self._detect: Detect | None = None
        self._lanes: dict[str, deque[do.PbxCommand]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._looking: asyncio.Task[None] | None = None
        self._picture = asyncio.Lock()
        # POSIX time that a step of the system's clock cannot set back.
        self._epoch = time.time() - time.monotonic()
        self._local: dict[type, Callable[[Any], object]] = {
            do.Journal: self._write_journal,
            do.LookUp: lambda command: self._own(self._look_up(command.call_id)),
            do.PushCard: self._push_card,
            do.ForgetCard: lambda command: self._card_port.forget(command.call_id),
            do.OperatorChanged: bus.publish,
            do.QueueChanged: bus.publish,
            do.BoardChanged: lambda _: bus.publish(BoardChanged()),
            do.LookUpInput: lambda command: self._own(self._look_up_input(command)),
            do.Listen: self._listen,
        }

    @property
    def _card_port(self) -> CardPort:
        if self._cards is None:
            raise RuntimeError("take_up() has not been called")
        return self._cards

    # ---- life

    def take_up(self, cards: CardPort, restored: facts.Restored) -> None:
        """Give the engine, configured already, what the journal knew."""
        self._cards = cards
        self.submit(restored)

    def detect_with(self, detect: Detect) -> None:
        """Let `detect` find out who answers campaigns' calls; without it everybody is taken for a human."""
        self._detect = detect

    async def start(self) -> None:
        """Begin to follow the PBX."""
        self._ari.on_any_event(self._on_event)
        await self._ari.start()
        self._own(self._audit())

    async def close(self) -> None:
        """Let go of the PBX. Calls go on there; the next daemon adopts them."""
        await self._ari.close()
        if self._timer is not None:
            self._timer.cancel()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def now(self) -> float:
        """POSIX seconds."""
        return self._epoch + time.monotonic()

    # ---- facts

    def submit(self, fact: facts.Fact) -> None:
        """Tell the engine a fact and see to what it wants done."""
        try:
            commands = self.engine.handle(fact, self.now())
        except Exception:  # one call's trouble must not be everybody's
            log.exception("the engine failed", fact=type(fact).__name__)
            commands = self.engine.floor.take_commands()
        for command in commands:
            if isinstance(command, do.PbxCommand):
                self._enqueue(command)
            else:
                self._local[type(command)](command)
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self.engine.next_deadline
        if deadline is not None:
            delay = max(0.0, deadline - self.now())
            self._timer = asyncio.get_running_loop().call_later(delay, self.submit, facts.TimePassed())

    def _on_event(self, event: ClientEvent) -> None:
        if isinstance(event, Connected):
            self._own(self._look())
        elif isinstance(event, Disconnected):
            self.submit(facts.PbxLost())
        elif (fact := fact_of(event)) is not None:
            self.submit(fact)

    async def _look(self) -> None:
        """Take a snapshot; one that fails is tried again, soon, while there is a connection."""
        while self._ari.connected:
            if await self._take_snapshot():
                return
            await asyncio.sleep(DOUBT_SECONDS)

    async def _take_snapshot(self) -> bool:
        """Read the PBX while its events wait, so that picture and events fit together; False if that failed."""
        async with self._picture:  # an older one must not be taken for the newer
            release = self._ari.hold_events()
            try:
                snapshot = await take_snapshot(self._ari)
            except AriError as error:
                log.warning("the PBX could not be read", error=str(error))
                return False
            else:
                if self._ari.connected:
                    self.submit(snapshot)
                return self._ari.connected
            finally:
                release()

    async def _audit(self) -> None:
        """Hold our picture against the PBX now and then: what an event failed to tell comes out here.

        A channel may come or go while the PBX is being read. Only a difference found twice in a row is one.
        """
        suspects: set[str] = set()
        while True:
            await asyncio.sleep(AUDIT_SECONDS)
            differences = await self._differences() if self._ari.connected else set()
            if differences & suspects:
                log.warning("the PBX is not as it was thought to be", channels=sorted(differences & suspects))
                await self._look()
            suspects = differences

    async def _differences(self) -> set[str]:
        """Channels we believe in and the PBX has not, or the other way round."""
        believed = set(self.engine.floor.channels)
        try:
            found = {channel.id for channel in (await take_snapshot(self._ari)).channels}
        except AriError as error:
            log.warning("the PBX could not be read", error=str(error))
            return set()
        return (believed - found) | (found - set(self.engine.floor.channels))

    # ---- commands

    def _own(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._disown)
        return task

    def _disown(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a task of the driver failed", exc_info=error)

    def _enqueue(self, command: do.PbxCommand) -> None:
        lane = self._lanes.get(command.call_id)
        if lane is not None:
            lane.append(command)
            return
        self._lanes[command.call_id] = lane = deque((command,))
        self._own(self._drain(command.call_id, lane))

    async def _drain(self, call_id: str, lane: deque[do.PbxCommand]) -> None:
        try:
            while lane:
                command = lane.popleft()
                if call_id not in self.engine.floor.calls and not isinstance(command, ENDING):
                    continue  # the call ended meanwhile: under load this sheds what nobody needs any more
                await self._carry_out(command)
        finally:
            del self._lanes[call_id]

    async def _carry_out(self, command: do.PbxCommand) -> None:
        try:
            failure = await self._pbx.carry_out(command)
        except AriUnavailable as error:
            # Nobody knows what became of it: a picture of the PBX will tell, here or after the reconnect.
            log.warning("the PBX did not answer", command=type(command).__name__, error=str(error))
            self._look_soon()
        except Exception:  # the call's other commands must not be lost with this one
            log.exception("a command failed", command=type(command).__name__, call=command.call_id)
        else:
            if failure is not None:
                self.submit(failure)

    def _look_soon(self) -> None:
        if self._looking is None or self._looking.done():
            self._looking = self._own(self._look_again())

    async def _look_again(self) -> None:
        await asyncio.sleep(DOUBT_SECONDS)
        await self._look()

    def _write_journal(self, command: do.Journal) -> None:
        at = datetime.fromtimestamp(command.at, UTC)
        entry = Entry(at, command.kind, command.data, command.call_id, command.agent_id)
        self._journal.append(entry)
        self._bus.publish(entry)

    async def _look_up(self, call_id: str) -> None:
        call = self._view_call(call_id)
        if call is None:
            return
        known = CallerKnown()
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                known = await self._card_port.prepare(call)
        except TimeoutError:
            log.warning("the look-up of a caller took too long", call=call_id)
        except Exception:  # a card with the bare number is better than no call
            log.exception("the look-up of a caller failed", call=call_id)
        self.submit(
            facts.LookedUp(
                call_id=call_id,
                contact_id=known.contact_id,
                vip=known.vip,
                consultant_id=known.consultant_id,
                last_operator_id=known.last_operator_id,
            )
        )

    async def _look_up_input(self, command: do.LookUpInput) -> None:
        call = self._view_call(command.call_id)
        if call is None:
            return
        contact_id: int | None = None
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                contact_id = await self._card_port.look_up_input(call, command.value)
        except TimeoutError:
            log.warning("the look-up of what a caller keyed in took too long", call=command.call_id)
        except Exception:  # he is served all the same
            log.exception("the look-up of what a caller keyed in failed", call=command.call_id)
        self.submit(facts.InputLookedUp(call_id=command.call_id, contact_id=contact_id))

    def _listen(self, command: do.Listen) -> None:
        if self._detect is None:
            unknown = facts.DetectionEnded(call_id=command.call_id, verdict="unknown", greeting_seconds=0.0)
            asyncio.get_running_loop().call_soon(self.submit, unknown)
            return
        try:
            self._detect(command.call_id, command.channel_id, command.seconds)
        except Exception:  # after its time the callee counts as a human
            log.exception("nobody listens who answered", call=command.call_id)

    def _push_card(self, command: do.PushCard) -> None:
        call = self._view_call(command.call_id)
        if call is None:
            return
        try:
            self._card_port.push(command.agent_id, call)
        except Exception:  # the phone rings all the same, after the card's deadline
            log.exception("a card could not be sent", call=command.call_id, agent=command.agent_id)
