"""Signing in by NTLM, as IIS does it: three messages on one connection, which is signed in from then on."""

import base64
from weakref import WeakKeyDictionary

import spnego
from aiohttp import web
from spnego import ContextProxy
from spnego.exceptions import SpnegoError


class Ntlm:
    """Knows which connections are signed in. pyspnego takes users (DOMAIN:name:password, one a line) from the file
    that NTLM_USER_FILE names."""

    def __init__(self) -> None:
        self._contexts: WeakKeyDictionary[object, ContextProxy] = WeakKeyDictionary()

    def refusal(self, request: web.Request) -> web.Response | None:
        """The next question of the handshake; None once the connection is signed in."""
        assert request.transport is not None
        context = self._contexts.get(request.transport)
        if context is not None and context.complete:
            return None
        said = request.headers.get("Authorization", "").removeprefix("NTLM ")
        if not said:
            return _unauthorized("NTLM")
        if context is None:
            context = self._contexts[request.transport] = spnego.server(protocol="ntlm")
        try:
            answer = context.step(base64.b64decode(said))
        except SpnegoError:
            del self._contexts[request.transport]
            return _unauthorized("NTLM")
        return None if context.complete else _unauthorized(f"NTLM {base64.b64encode(answer or b'').decode()}")


def _unauthorized(challenge: str) -> web.Response:
    return web.Response(status=401, headers={"WWW-Authenticate": challenge})
