"""The live board for supervisors and the wall for everybody: their pages and their streams."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

import structlog
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from telemarket.casework.model import ChoiceList
from telemarket.core.roles import Permission, allows, require
from telemarket.desk.board_feed import BoardFeed
from telemarket.desk.context import page, services_of, translator_of, user_of
from telemarket.desk.rendering import render, script_strings
from telemarket.desk.security import SIGNED_OUT
from telemarket.desk.streams import FELL_SILENT, GONE, next_text, still_signed_in
from telemarket.desk.words import REASONS

log = structlog.get_logger(__name__)

_PULSE = '{"type":"pulse"}'
_NOT_ALLOWED = 1008


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [
        Route("/board", board, methods=["GET"]),
        Route("/board/wall", wall, methods=["GET"]),
        WebSocketRoute("/board/live", board_live),
        WebSocketRoute("/board/wall/live", wall_live),
    ]


async def board(request: Request) -> Response:
    """The live board; what is on it comes over its stream."""
    user = user_of(request)
    require(user, Permission.WATCH_BOARD)
    text = translator_of(request)
    pauses = (await services_of(request).casework.choices(None))[ChoiceList.PAUSE]
    values = {
        "user": user.id,
        "supervises": allows(user, Permission.SUPERVISE),
        "reasons": {reason: text.message(word) for reason, word in REASONS.items()},
    }
    return await page(request, "board/board.html", board_settings=values, board_pauses=[p.name for p in pauses])


async def wall(request: Request) -> Response:
    """Big figures for a screen on the wall; `project` in the address, as often as needed, says of which projects."""
    user, text = user_of(request), translator_of(request)
    require(user, Permission.WATCH_WALL)
    shown = {"language": text.language, "theme": user.theme, "strings": script_strings(text)}
    zone = services_of(request).settings.timezone
    return HTMLResponse(render("board/wall.html", text, zone=zone, **shown))


async def board_live(socket: WebSocket) -> None:
    """The board's stream."""
    await _stream(socket, Permission.WATCH_BOARD, feed_of(socket).board())


async def wall_live(socket: WebSocket) -> None:
    """The wall's stream."""
    await _stream(socket, Permission.WATCH_WALL, feed_of(socket).wall(socket.query_params.getlist("project")))


def feed_of(connection: HTTPConnection) -> BoardFeed:
    """What boards are fed from."""
    feed = connection.app.state.board
    assert isinstance(feed, BoardFeed)  # noqa: S101
    return feed


async def _stream(socket: WebSocket, permission: Permission, messages: AsyncGenerator[str, None]) -> None:
    """Send `messages` until the page goes, falls silent or may no longer look."""
    async with aclosing(messages):
        if not allows(user_of(socket), permission):
            await socket.close(_NOT_ALLOWED)
            return
        await socket.accept()
        async with asyncio.TaskGroup() as tasks:
            sender = tasks.create_task(_send(socket, messages))
            try:
                code = await _listen(socket, permission)
                sender.cancel()  # first: after a close nothing can be sent
                await socket.close(code)
            except GONE:
                pass
            finally:
                sender.cancel()


async def _send(socket: WebSocket, messages: AsyncGenerator[str, None]) -> None:
    with suppress(*GONE):  # the listener hears of it too
        async for message in messages:
            await socket.send_text(message)


async def _listen(socket: WebSocket, permission: Permission) -> int:
    """Answer heartbeats; each is the occasion to see whether the session still holds. The code to close with."""
    silence = services_of(socket).settings.calls.page_timeout
    while True:
        try:
            await next_text(socket, silence)
        except TimeoutError:
            log.info("a board fell silent", user_id=user_of(socket).id)
            return FELL_SILENT
        user = await still_signed_in(socket)
        if user is None:
            return SIGNED_OUT
        if not allows(user, permission):
            return _NOT_ALLOWED
        await socket.send_text(_PULSE)
