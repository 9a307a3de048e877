"""The live board for supervisors and the wall for everybody: their pages and their streams."""

from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from telemarket.casework.model import ChoiceList
from telemarket.core.roles import Permission, allows, require
from telemarket.desk.board_feed import BoardFeed
from telemarket.desk.context import page, services_of, translator_of, user_of
from telemarket.desk.rendering import render, script_strings
from telemarket.desk.streams import push
from telemarket.desk.words import REASONS


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
    await push(socket, Permission.WATCH_BOARD, feed_of(socket).board())


async def wall_live(socket: WebSocket) -> None:
    """The wall's stream."""
    await push(socket, Permission.WATCH_WALL, feed_of(socket).wall(socket.query_params.getlist("project")))


def feed_of(connection: HTTPConnection) -> BoardFeed:
    """What boards are fed from."""
    feed = connection.app.state.board
    assert isinstance(feed, BoardFeed)  # noqa: S101
    return feed
