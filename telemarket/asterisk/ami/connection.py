"""One connection to AMI: panoramisk's protocol with its sharp edges covered.

Panoramisk's own Manager sends unanswered actions again after a reconnect and drops the connection when a callback
raises, so only its protocol is used: actions, answers and their correlation. Events go to one function that only
queues them.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol

from telemarket.asterisk.ami.errors import AmiUnavailable
from telemarket.asterisk.ami.events import Event

log = structlog.get_logger(__name__)

LONGEST_MESSAGE = 1024 * 1024  # bytes; Asterisk's longest answers are a few thousand


class _Action(Action):  # type: ignore[misc]  # panoramisk has no types
    @property
    def multi(self) -> bool:
        """Whether events follow the response. Panoramisk guesses by the words of the message."""
        return str(self.responses[0].eventlist).lower() == "start"


class Connection(AMIProtocol):  # type: ignore[misc]
    """An asyncio protocol. When it ends, `on_end` is called at once and `lost` is done, with the reason.

    `on_event` is told every event that is no answer to an action; it must only queue it.
    """

    def __init__(self, on_end: Callable[[], None], on_event: Callable[[Event], None] | None = None) -> None:
        self.closed = False
        self._on_end = on_end
        self._on_event = on_event
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._unfinished_line = b""
        self._waiting: set[asyncio.Future[Any]] = set()

    async def perform(self, fields: dict[str, Any], deadline: float) -> list[Any]:
        """Send an action and return its messages: the response, then the events of its list if it has one.

        Raises AmiUnavailable if they do not come within `deadline` seconds.
        """
        if self.closed:
            raise AmiUnavailable("AMI: the connection is closed.")
        action = _Action(fields)
        self._waiting.add(action.future)
        try:
            self.send(action)
            answer = await asyncio.wait_for(action.future, deadline)
        except TimeoutError as error:
            raise AmiUnavailable(f"AMI {fields['Action']}: no answer within {deadline:g} s.") from error
        finally:
            self._waiting.discard(action.future)
            self.responses.pop(action.id, None)
        return answer if isinstance(answer, list) else [answer]

    def end(self, reason: str) -> None:
        """Close at once; whoever waits for an answer is told why there will be none."""
        if self.closed:
            return
        self.closed = True
        self._on_end()
        self.transport.abort()
        for future in self._waiting:
            if not future.done():
                future.set_exception(AmiUnavailable(f"AMI: {reason}."))
        if not self.lost.done():
            self.lost.set_result(reason)

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.encoding = "utf-8"
        self.factory = self  # panoramisk hands events to its factory

    def data_received(self, data: bytes) -> None:
        # Whole lines only: panoramisk decodes each piece by itself and would lose a character cut in two.
        lines, newline, self._unfinished_line = (self._unfinished_line + data).rpartition(b"\n")
        if len(self._unfinished_line) + sum(map(len, self.queue)) > LONGEST_MESSAGE:
            self.end("the answer is too long")
            return
        try:
            super().data_received(lines + newline)
        except Exception:  # it must not raise into the transport, whatever the peer says
            log.exception("AMI message not understood")
            self.end("a message could not be understood")

    def connection_lost(self, error: Exception | None) -> None:
        self.end(str(error) if isinstance(error, Exception) else "connection closed by Asterisk")

    def dispatch(self, message: Any) -> None:
        """Hand an event on; what was not asked for, or asked for in vain long ago, is dropped."""
        if self._on_event is None or message.action_id:
            return
        headers = {name: value[0] if isinstance(value, list) else value for name, value in message.items()}
        del headers["content"]  # panoramisk's own
        self._on_event(Event(message.event, headers))
