"""The live stream's hub: who has a page open, and sending to all pages of one operator at once.

A message is never waited for: a browser too slow to take its messages is cut off and comes back by itself.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable

import structlog

from telemarket.core.i18n import Translator

log = structlog.get_logger(__name__)

BACKLOG = 64
"""Messages a page may be behind before its stream is cut."""

Render = Callable[[Translator], str]


class Connection:
    """One open page. Messages are JSON texts; None in the queue ends the stream."""

    def __init__(self, user_id: int, translator: Translator, *, takes_calls: bool = True) -> None:
        self.user_id = user_id
        self.translator = translator
        self.takes_calls = takes_calls
        self._queue: asyncio.Queue[str | None] = asyncio.Queue(BACKLOG)
        self.cut = False

    def put(self, message: str) -> None:
        """Queue `message`; a full queue cuts the stream."""
        if self.cut:
            return
        try:
            self._queue.put_nowait(message)
        except asyncio.QueueFull:
            log.warning("page too slow, its live stream is cut", user_id=self.user_id)
            self.end()

    def end(self) -> None:
        """Let the stream end; what was still queued is dropped."""
        self.cut = True
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(None)

    async def get(self) -> str | None:
        """The next message; None once the stream is to end."""
        return await self._queue.get()


class LiveHub:
    """The open pages of everybody signed in."""

    def __init__(self) -> None:
        self._connections: dict[int, list[Connection]] = defaultdict(list)
        self._languages: Counter[Translator] = Counter()

    def add(self, connection: Connection) -> bool:
        """Take in an open page; True if it is its operator's first."""
        mine = self._connections[connection.user_id]
        mine.append(connection)
        self._languages[connection.translator] += 1
        return len(mine) == 1

    def remove(self, connection: Connection) -> bool:
        """Forget a closed page; True if it was its operator's last."""
        mine = self._connections[connection.user_id]
        mine.remove(connection)
        self._languages[connection.translator] -= 1
        if not mine:
            del self._connections[connection.user_id]
        return not mine

    def send(self, user_id: int, render: Render) -> bool:
        """Send to every page of `user_id`, rendered once a language; False if he has none open."""
        connections = self._connections.get(user_id)
        if not connections:
            return False
        rendered: dict[Translator, str] = {}
        for connection in tuple(connections):
            translator = connection.translator
            if translator not in rendered:
                rendered[translator] = render(translator)
            connection.put(rendered[translator])
        return True

    def send_to_operators(self, render: Render) -> None:
        """Send to every page of everybody who takes calls."""
        for user_id, connections in tuple(self._connections.items()):
            if connections[0].takes_calls:
                self.send(user_id, render)

    def translators(self) -> set[Translator]:
        """The languages in which somebody has a page open."""
        return set(+self._languages)

    def end(self, user_id: int) -> None:
        """End the streams of `user_id`: his pages come back, with a session that holds or to the sign-in page."""
        for connection in tuple(self._connections.get(user_id, ())):
            connection.end()

    def close(self) -> None:
        """End every stream."""
        for user_id in tuple(self._connections):
            self.end(user_id)
