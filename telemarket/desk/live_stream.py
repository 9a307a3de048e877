"""The live stream of a page: a WebSocket that carries state and cards one way, acknowledgements and heartbeats back."""

import asyncio
from contextlib import suppress

import msgspec
import structlog
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from telemarket.calls.api import CallCentre
from telemarket.calls.views import AgentState
from telemarket.core.roles import Permission, allows
from telemarket.desk.cards import encode
from telemarket.desk.context import parked_of, services_of, translator_of, user_of
from telemarket.desk.live import Connection
from telemarket.desk.security import SIGNED_OUT
from telemarket.desk.services import DeskServices
from telemarket.desk.state import state_message
from telemarket.desk.streams import FELL_SILENT, GONE, next_text, still_signed_in

log = structlog.get_logger(__name__)

_LONGEST_MESSAGE = 4096
_TRY_AGAIN = 1013  # close code: too slow, or the session has to be looked at again


class _FromPage(msgspec.Struct):
    type: str
    call_id: str = ""


_PULSE = encode({"type": "pulse"})
_decoder = msgspec.json.Decoder(_FromPage)


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [WebSocketRoute("/desk/live", live)]


async def live(socket: WebSocket) -> None:
    """One page's stream, until either side ends it or the page falls silent."""
    services, user = services_of(socket), user_of(socket)
    await services.cards.people.active()
    await socket.accept()
    takes_calls = allows(user, Permission.TAKE_CALLS)
    connection = Connection(user.id, translator_of(socket), takes_calls=takes_calls)
    if services.hub.add(connection) and user.telephone != "page":
        services.call_centre.page_connected(user.id)  # a telephone in the page has to say that it is there
    try:
        if takes_calls:
            connection.put(parked_of(socket).message(connection.translator))
        _send_present_state(services, connection)
        async with asyncio.TaskGroup() as tasks:
            sender = tasks.create_task(_send(socket, connection))
            tasks.create_task(_receive(socket, connection, services, sender))
    finally:
        if services.hub.remove(connection):
            services.call_centre.page_lost(user.id)


def _telephone_came(centre: CallCentre, user_id: int) -> None:
    """A page's telephone is there. If it has come anew, what rings rings at a page that is gone."""
    if centre.agent_view(user_id).state is AgentState.RINGING:
        centre.page_lost(user_id)
    centre.page_connected(user_id)


def _send_present_state(services: DeskServices, connection: Connection) -> None:
    agent = services.call_centre.agent_view(connection.user_id)
    if agent.call:
        connection.put(services.cards.message(agent.id, agent.call, connection.translator))
    connection.put(state_message(services, agent, connection.translator))


async def _send(socket: WebSocket, connection: Connection) -> None:
    with suppress(*GONE):  # the receiver hears of it too
        while (message := await connection.get()) is not None:
            await socket.send_text(message)
        await socket.close(_TRY_AGAIN)


async def _receive(
    socket: WebSocket, connection: Connection, services: DeskServices, sender: "asyncio.Task[None]"
) -> None:
    try:
        code = await _listen(socket, connection, services)
        sender.cancel()  # first: after a close nothing can be sent
        await socket.close(code)
    except GONE:
        pass
    finally:
        sender.cancel()


async def _listen(socket: WebSocket, connection: Connection, services: DeskServices) -> int:
    """Take what the page sends: the code with which to close its stream."""
    while True:
        try:
            text = await next_text(socket, services.settings.calls.page_timeout)
        except TimeoutError:
            log.info("page fell silent", user_id=connection.user_id)
            return FELL_SILENT
        if await still_signed_in(socket) is None:
            return SIGNED_OUT
        if len(text) <= _LONGEST_MESSAGE:
            _take(services, connection, text)


def _take(services: DeskServices, connection: Connection, text: str) -> None:
    try:
        message = _decoder.decode(text)
    except msgspec.DecodeError:
        log.warning("a page sent something unreadable", user_id=connection.user_id)
        return
    if message.type == "shown":
        services.call_centre.card_shown(connection.user_id, message.call_id)
    elif message.type == "present":
        _telephone_came(services.call_centre, connection.user_id)
    elif message.type == "beat":
        connection.put(_PULSE)
