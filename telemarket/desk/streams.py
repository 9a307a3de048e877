"""What the streams have in common: how they end, what they are sent, and whose they are."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from telemarket.core.roles import Permission, User, allows
from telemarket.desk.context import services_of, user_of
from telemarket.desk.security import SIGNED_OUT

log = structlog.get_logger(__name__)

GONE = (WebSocketDisconnect, WebSocketDisconnected)
"""What reading from and writing to a stream raise once either side has closed it: a normal end."""

FELL_SILENT = 1001  # close code
_NOT_ALLOWED = 1008
_PULSE = '{"type":"pulse"}'


async def push(socket: WebSocket, permission: Permission, messages: AsyncGenerator[str, None]) -> None:
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
