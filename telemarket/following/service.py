"""Following a PBX: one connection to AMI, one reader of its events, one picture of its calls."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import structlog

from telemarket.asterisk.ami import AmiClient, AmiError, Event, EventStream
from telemarket.calls import commands as do
from telemarket.calls.api import CardPort
from telemarket.calls.views import AgentView, BoardChanged, CallView
from telemarket.core.bus import EventBus
from telemarket.core.journal import Entry, JournalWriter
from telemarket.core.settings import AsteriskSettings, FollowingSettings
from telemarket.following.directory import Directory
from telemarket.following.follower import Follower
from telemarket.following.snapshot import reconcile, take_snapshot
from telemarket.following.store import OpenCall
from telemarket.following.views import agent_view, call_view

log = structlog.get_logger(__name__)

EVENT_CLASSES = "call,agent"
AUDIT_SECONDS = 60.0
BOARD_SECONDS = 1.0  # the board is told at most so often
DIRECTORY_SECONDS = 10.0
TRY_AGAIN_SECONDS = 1.0
LOOK_UP_SECONDS = 30.0
REMEMBERED = 10_000  # calls of Telemarket's own

LoadDirectory = Callable[[], Coroutine[Any, Any, Directory]]


class Following:
    """Follows the queues and extensions of `settings`.

    `is_own` tells the channels of calls Telemarket runs itself; `card_wait` is how long, in seconds, a card waits for
    the look-up of its caller.
    """

    def __init__(
        self,
        pbx: AsteriskSettings,
        settings: FollowingSettings,
        journal: JournalWriter,
        bus: EventBus,
        load_directory: LoadDirectory,
        *,
        is_own: Callable[[str], bool],
        card_wait: float,
    ) -> None:
        self.events = EventStream(EVENT_CLASSES)
        self.ami = AmiClient(
            pbx.ami_host,
            pbx.ami_port,
            settings.ami_user,
            settings.ami_password.get_secret_value(),
            events=self.events,
        )
        self._is_own = is_own
        self._been_own: OrderedDict[str, None] = OrderedDict()
        self.follower = Follower(self._belongs_to_telemarket)
        self.floor = self.follower.floor
        self._settings = settings
        self._journal = journal
        self._bus = bus
        self._load_directory = load_directory
        self._card_wait = card_wait
        self._cards: CardPort | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._look_ups: dict[str, asyncio.Task[None]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._board: asyncio.TimerHandle | None = None
        self._epoch = time.time() - time.monotonic()
        self._local: dict[type, Callable[[Any], object]] = {
            do.Journal: self._write_journal,
            do.LookUp: lambda command: self._look_up(command.call_id),
            do.PushCard: self._push_card,
            do.ForgetCard: lambda command: self._forget_card(command.call_id),
            do.OperatorChanged: bus.publish,
        }
        bus.subscribe(Entry, self._note_own)

    # ---- life

    async def start(self, cards: CardPort, open_calls: list[OpenCall]) -> None:
        """Begin to follow, with the calls the journal left open. Raises ConfigurationError."""
        self._cards = cards
        self._carry_out(self.floor.configure(await self._load_directory(), self.now()))
        for call in open_calls:
            self.floor.restore(call)
        await self.ami.start()
        for chore in (self._read, self._audit, self._follow_directory):
            self._own(self._persist(chore))

    async def close(self) -> None:
        """Stop looking. What the PBX does meanwhile shows when it is looked at again."""
        await self.ami.close()
        for timer in (self._timer, self._board):
            if timer is not None:
                timer.cancel()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def now(self) -> float:
        """POSIX seconds, which a step of the system's clock cannot set back."""
        return self._epoch + time.monotonic()

    # ---- what pages see and say

    def agent_view(self, user: int) -> AgentView | None:
        """The operator as the PBX shows him; None if he is not followed."""
        return agent_view(self.floor, user)

    def call_view(self, call_id: str) -> CallView | None:
        """A followed call that lives or is being written up."""
        return call_view(self.floor, call_id)

    def agent_views(self) -> tuple[AgentView, ...]:
        """Every followed operator."""
        return tuple(view for user in self.floor.desk.operators if (view := self.agent_view(user)))

    def call_views(self) -> tuple[CallView, ...]:
        """Every followed call that lives."""
        return tuple(view for call_id in self.floor.calls if (view := self.call_view(call_id)))

    def waiting(self, project_id: int) -> list[datetime]:
        """Since when callers wait in the project's queues."""
        return [
            datetime.fromtimestamp(call.arrived_at, UTC)
            for call in self.floor.calls.values()
            if call.waiting and call.project is not None and call.project.id == project_id
        ]

    def page(self, user: int, *, is_open: bool) -> None:
        """The operator opened his first page or closed his last."""
        self.floor.desk.page(user, is_open=is_open)
        self._carry_out(self.floor.time_passed(self.now()))

    def card_shown(self, user: int, call_id: str) -> None:
        """The operator's page has the card on its screen."""
        self._carry_out(self.floor.card_shown(user, call_id, self.now()))

    def contact_chosen(self, call_id: str, contact_id: int) -> bool:
        """It is said who calls; False if the call is not followed."""
        if self.floor.find(call_id) is None:
            return False
        self._carry_out(self.floor.looked_up(call_id, contact_id, self.now()))
        return True

    # ---- whose

    def _belongs_to_telemarket(self, channel_id: str) -> bool:
        return self._is_own(channel_id) or channel_id in self._been_own

    def _note_own(self, entry: Entry) -> None:
        """A call that Telemarket gives back to the dialplan stays its own, lest it be counted twice."""
        if entry.kind == "call.arrived" and entry.call_id and "source" not in entry.data:
            self._been_own[entry.call_id] = None
            if len(self._been_own) > REMEMBERED:
                self._been_own.popitem(last=False)

    # ---- chores

    async def _persist(self, chore: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """A chore that fails begins anew, with a new picture: without it no card would open any more."""
        while True:
            try:
                await chore()
            except Exception:
                log.exception("following failed and begins anew", chore=chore.__name__)
            await asyncio.sleep(TRY_AGAIN_SECONDS)
            self.events.interrupt()

    async def _read(self) -> None:
        while True:
            event = await self.events.get()
            if isinstance(event, Event):
                self._handle(event)
            elif self.ami.connected and not await self._look():
                await asyncio.sleep(TRY_AGAIN_SECONDS)
                self.events.interrupt()

    def _handle(self, event: Event) -> None:
        try:
            self._carry_out(self.follower.handle(event, self.now()))
        except Exception:  # the calls that come after it must be followed all the same
            log.exception("an event of the PBX could not be followed", event_name=event.name)
            self.events.interrupt()

    async def _audit(self) -> None:
        """Look at the PBX now and then, in case its events do not tell everything."""
        while True:
            await asyncio.sleep(AUDIT_SECONDS)
            if not self.ami.connected:
                continue
            told = len(self.floor.calls)
            if await self._look() and len(self.floor.calls) > told:
                log.warning("the PBX has calls that its events did not tell of", remedy="read = call,agent")

    async def _look(self) -> bool:
        """Hold our picture against the PBX's; False if that could not be asked for."""
        began = self.now()
        try:
            snapshot = await take_snapshot(self.ami, queues=bool(self._settings.queues))
        except AmiError as error:
            log.warning("queues and calls could not be asked for", error=str(error))
            return False
        for event in self.events.take():  # what happened meanwhile is newer than the picture
            if isinstance(event, Event):
                self._handle(event)
            else:  # and what is missing since must be asked for again
                self.events.interrupt()
        self._carry_out(reconcile(self.follower, snapshot, began, self.now()))
        return True

    async def _follow_directory(self) -> None:
        """People and projects may be changed by another process: take what is new."""
        while True:
            await asyncio.sleep(DIRECTORY_SECONDS)
            try:
                directory = await self._load_directory()
            except Exception as error:  # the database is away: go on with what is known
                log.warning("the followed people and projects could not be read", error=str(error))
                continue
            if directory != self.floor.directory:
                self._carry_out(self.floor.configure(directory, self.now()))
                self.events.interrupt()  # telephones may have changed hands

    # ---- commands

    def _carry_out(self, commands: list[do.Command]) -> None:
        for command in commands:
            self._local[type(command)](command)
        if commands and self._board is None:
            self._board = asyncio.get_running_loop().call_later(BOARD_SECONDS, self._tell_board)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self.floor.desk.next_deadline
        if deadline is not None:
            delay = max(0.0, deadline - self.now())
            self._timer = asyncio.get_running_loop().call_later(delay, self._time_passed)

    def _tell_board(self) -> None:
        self._board = None
        self._bus.publish(BoardChanged())

    def _time_passed(self) -> None:
        self._carry_out(self.floor.time_passed(self.now()))

    def _write_journal(self, command: do.Journal) -> None:
        entry = Entry(
            datetime.fromtimestamp(command.at, UTC), command.kind, command.data, command.call_id, command.agent_id
        )
        self._journal.append(entry)
        self._bus.publish(entry)

    def _look_up(self, call_id: str) -> None:
        self._look_ups[call_id] = self._own(self._find_out(call_id))

    async def _find_out(self, call_id: str) -> None:
        call = self.call_view(call_id)
        if call is None or self._cards is None:
            return
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                caller = await self._cards.prepare(call)
        except TimeoutError:
            log.warning("the look-up of a caller took too long", call=call_id)
            return
        self._carry_out(self.floor.looked_up(call_id, caller.contact_id, self.now()))

    def _push_card(self, command: do.PushCard) -> None:
        look_up = self._look_ups.get(command.call_id)
        if look_up is None or look_up.done():
            self._show(command)
        else:
            self._own(self._show_after(look_up, command))

    async def _show_after(self, look_up: asyncio.Task[None], command: do.PushCard) -> None:
        """A card says who calls, and an outside CRM's address needs to know it: wait for that, but not for long."""
        await asyncio.wait([look_up], timeout=self._card_wait)
        self._show(command)

    def _show(self, command: do.PushCard) -> None:
        call = self.call_view(command.call_id)
        if call is not None and self._cards is not None and self.floor.concerns(command.call_id, command.agent_id):
            try:
                self._cards.push(command.agent_id, call)
            except Exception:  # the call is followed all the same
                log.exception("a card could not be sent", call=command.call_id, agent=command.agent_id)

    def _forget_card(self, call_id: str) -> None:
        self._look_ups.pop(call_id, None)
        if self._cards is not None:
            self._cards.forget(call_id)

    def _own(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._disown)
        return task

    def _disown(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a task of following failed", exc_info=error)
