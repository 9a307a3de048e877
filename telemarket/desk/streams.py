"""What the streams have in common: how they end, what they are sent, and whose they are."""

import asyncio

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from telemarket.core.roles import User
from telemarket.desk.context import services_of, user_of

log = structlog.get_logger(__name__)

GONE = (WebSocketDisconnect, WebSocketDisconnected)
"""What reading from and writing to a stream raise once either side has closed it: a normal end."""

FELL_SILENT = 1001  # close code


async def next_text(socket: WebSocket, silence: float) -> str:
    """What the page sends next, empty if that is no text.

    Raises TimeoutError after `silence` seconds without anything, and one of GONE once the page is gone.
    """
    message = await asyncio.wait_for(socket.receive(), silence)
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message["code"])
    return message.get("text") or ""


async def still_signed_in(socket: WebSocket) -> User | None:
    """Whose stream it is by now; who could not be asked for stays, until the next heartbeat."""
    try:
        return await services_of(socket).identity.user_of(socket.scope["token"])
    except Exception as error:  # the database is away: no reason to end everybody's streams
        log.warning("a session cannot be looked up", error=str(error))
        return user_of(socket)
