"""An Asterisk that is none: as much of ARI as the contract tests ask for, and a socket the test may say anything on."""

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any, Self

from aiohttp import web

USER, PASSWORD = "telemarket", "secret"


class FakeAri:
    """One Stasis application's view of a PBX, on a free port of loopback.

    `say` puts any bytes on the events socket as a text frame; `deaf` makes new sockets ignore pings; `answers` maps a
    path below /ari to raw HTTP bodies that are returned instead of the truth.
    """

    def __init__(self) -> None:
        self.url = ""
        self.deaf = False
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.requests: list[str] = []
        self._channels: dict[str, dict[str, Any]] = {}
        self._bridges: dict[str, dict[str, Any]] = {}
        self._variables: dict[tuple[str, str], str] = {}
        self._disallowed: list[dict[str, str]] = []
        self._socket: web.WebSocketResponse | None = None
        self._app = ""
        self._authorization = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        application = web.Application(middlewares=[self._check])
        application.add_routes(
            [
                web.get("/ari/events", self._events),
                web.get("/ari/asterisk/ping", self._ping),
                web.get("/ari/applications/{app}", self._application),
                web.put("/ari/applications/{app}/eventFilter", self._filter),
                web.get("/ari/channels", self._list_channels),
                web.post("/ari/channels/create", self._create),
                web.get("/ari/channels/{channel}", self._channel),
                web.delete("/ari/channels/{channel}", self._hangup),
                web.post("/ari/channels/{channel}/dial", self._dial),
                web.get("/ari/channels/{channel}/variable", self._get_variable),
                web.post("/ari/channels/{channel}/variable", self._set_variable),
                web.get("/ari/bridges", self._list_bridges),
                web.post("/ari/bridges/{bridge}", self._create_bridge),
                web.post("/ari/bridges/{bridge}/addChannel", self._add_channel),
                web.delete("/ari/bridges/{bridge}", self._destroy),
            ]
        )
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_exception: object) -> None:
        if self._socket is not None:
            await self._socket.close()
        await self._runner.cleanup()

    async def say(self, frame: bytes) -> None:
        """Send a text frame with these bytes, whatever they are."""
        assert self._socket is not None
        await self._socket.send_frame(frame, web.WSMsgType.TEXT)

    # -- the events socket

    async def _events(self, request: web.Request) -> web.WebSocketResponse:
        self._app = request.query["app"]
        socket = web.WebSocketResponse(autoping=not self.deaf, autoclose=not self.deaf)
        await socket.prepare(request)
        self._socket = socket
        async for _ in socket:
            pass
        return socket

    async def _tell(self, kind: str, **details: Any) -> None:
        if self._socket is not None and not self._socket.closed:
            event = {"type": kind, "application": self._app, "timestamp": _now(), **details}
            await self._socket.send_json(event)

    # -- requests

    @web.middleware
    async def _check(self, request: web.Request, handler: Any) -> web.StreamResponse:
        path = request.path.removeprefix("/ari")
        self.requests.append(f"{request.method} {path}")
        if request.headers.get("Authorization") != self._authorization:
            return _refuse(401, "Authentication required")
        if path in self.answers:
            status, body = self.answers[path]
            return web.Response(status=status, body=body)
        response: web.StreamResponse = await handler(request)
        return response

    async def _ping(self, _request: web.Request) -> web.Response:
        return web.json_response({"ping": "pong", "timestamp": _now(), "asterisk_id": "fake"})

    async def _application(self, request: web.Request) -> web.Response:
        if request.match_info["app"] != self._app:
            return _refuse(404, "Application not found")
        return web.json_response(
            {
                "name": self._app,
                "channel_ids": list(self._channels),
                "bridge_ids": list(self._bridges),
                "endpoint_ids": [],
                "device_names": [],
                "events_allowed": [],
                "events_disallowed": self._disallowed,
            }
        )

    async def _filter(self, request: web.Request) -> web.Response:
        self._disallowed = (await request.json())["disallowed"]
        return await self._application(request)

    async def _list_channels(self, _request: web.Request) -> web.Response:
        return web.json_response(list(self._channels.values()))

    async def _create(self, request: web.Request) -> web.Response:
        name = request.query["channelId"]
        if name in self._channels:
            return _refuse(409, "Channel with given unique ID already exists")
        channel = self._channels[name] = _channel(name, request.query["endpoint"])
        body = await request.json() if request.can_read_body else {"variables": {}}
        self._variables |= {(name, variable): value for variable, value in body["variables"].items()}
        await self._tell("StasisStart", channel=channel, args=request.query.get("appArgs", "").split(","))
        return web.json_response(channel)

    async def _channel(self, request: web.Request) -> web.Response:
        channel = self._channels.get(request.match_info["channel"])
        return web.json_response(channel) if channel else _refuse(404, "Channel not found")

    async def _dial(self, request: web.Request) -> web.Response:
        if request.match_info["channel"] not in self._channels:
            return _refuse(404, "Channel not found")
        return web.Response(status=204)

    async def _hangup(self, request: web.Request) -> web.Response:
        channel = self._channels.pop(request.match_info["channel"], None)
        if channel is None:
            return _refuse(404, "Channel not found")
        await self._tell("StasisEnd", channel=channel)
        await self._tell("ChannelDestroyed", channel=channel, cause=16, cause_txt="Normal Clearing")
        return web.Response(status=204)

    async def _get_variable(self, request: web.Request) -> web.Response:
        value = self._variables.get((request.match_info["channel"], request.query["variable"]))
        return _refuse(404, "Variable not found") if value is None else web.json_response({"value": value})

    async def _set_variable(self, request: web.Request) -> web.Response:
        self._variables[request.match_info["channel"], request.query["variable"]] = request.query["value"]
        return web.Response(status=204)

    async def _list_bridges(self, _request: web.Request) -> web.Response:
        return web.json_response(list(self._bridges.values()))

    async def _create_bridge(self, request: web.Request) -> web.Response:
        name = request.match_info["bridge"]
        if name in self._bridges:
            return _refuse(409, f"Bridge with id '{name}' already exists")
        bridge = self._bridges[name] = _bridge(name)
        return web.json_response(bridge)

    async def _add_channel(self, request: web.Request) -> web.Response:
        bridge = self._bridges[request.match_info["bridge"]]
        for name in request.query["channel"].split(","):
            bridge["channels"].append(name)
            await self._tell("ChannelEnteredBridge", bridge=bridge, channel=self._channels[name])
        return web.Response(status=204)

    async def _destroy(self, request: web.Request) -> web.Response:
        bridge = self._bridges.pop(request.match_info["bridge"], None)
        if bridge is None:
            return _refuse(404, "Bridge not found")
        await self._tell("BridgeDestroyed", bridge=bridge)
        return web.Response(status=204)


def _refuse(status: int, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def _channel(name: str, endpoint: str) -> dict[str, Any]:
    nobody = {"name": "", "number": ""}
    return {
        "id": name,
        "protocol_id": "",
        "name": f"{endpoint}-00000001",
        "state": "Down",
        "caller": nobody,
        "connected": nobody,
        "accountcode": "",
        "dialplan": {"context": "", "exten": "s", "priority": 1, "app_name": "", "app_data": ""},
        "creationtime": _now(),
        "language": "en",
    }


def _bridge(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "technology": "simple_bridge",
        "bridge_type": "mixing",
        "bridge_class": "stasis",
        "creator": "Stasis",
        "name": "",
        "channels": [],
        "creationtime": _now(),
    }
