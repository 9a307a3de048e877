"""Three ways to sign in at Domino: basic authentication, its login form, and the REST API's token."""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from telemarket.adapters.domino.answer import Answer
from telemarket.adapters.domino.options import DominoOptions
from telemarket.backend import BackendRefused
from telemarket.core.i18n import N_

Send = Callable[..., Awaitable[Answer]]
Headers = Mapping[str, str]

LOGIN = "/names.nsf?Login"
AUTH = "/api/v1/auth"
_SESSION_COOKIES = ("DomAuthSessId", "LtpaToken", "LtpaToken2")


class SignIn:
    """Basic authentication, or nobody at all: headers that never change. Base of the others."""

    renewable = False

    def __init__(self, options: DominoOptions) -> None:
        self._user = options.user
        self._password = options.password.get_secret_value()

    async def headers(self, send: Send) -> Headers:  # noqa: ARG002 - for those who override it
        """What each request carries; `send` serves to get it."""
        if not self._user:
            return {}
        return {"Authorization": f"Basic {b64encode(f'{self._user}:{self._password}'.encode()).decode()}"}

    def forget(self, headers: Headers) -> None:
        """The server no longer accepts `headers`."""


class _Renewable(SignIn):
    """Headers that are asked for with name and password, and again when they have expired."""

    renewable = True

    def __init__(self, options: DominoOptions) -> None:
        super().__init__(options)
        self._headers: Headers = {}
        self._asking = asyncio.Lock()

    async def headers(self, send: Send) -> Headers:
        async with self._asking:  # several requests at once sign in once
            if not self._headers:
                self._headers = await self._asked(send)
            return self._headers

    def forget(self, headers: Headers) -> None:
        if self._headers is headers:
            self._headers = {}

    async def _asked(self, send: Send) -> Headers:
        raise NotImplementedError


class Session(_Renewable):
    """The login form of session authentication: a cookie."""

    async def _asked(self, send: Send) -> Headers:
        form = {"Username": self._user, "Password": self._password, "RedirectTo": "/"}
        answer = await send("POST", LOGIN, headers={}, data=form)
        cookies = {name: value for name, value in answer.cookies.items() if name in _SESSION_COOKIES and value}
        if not cookies:  # a refused name gets the form again, with status 200
            raise refused_sign_in()
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}


class Token(_Renewable):
    """The token of the Domino REST API."""

    async def _asked(self, send: Send) -> Headers:
        body: dict[str, Any] = {"username": self._user, "password": self._password}
        answer = await send("POST", AUTH, headers={}, json=body)
        if answer.status == 401:
            raise refused_sign_in()
        token = answer.checked().json()
        bearer = token.get("bearer") if isinstance(token, dict) else None
        if not bearer:
            raise BackendRefused(N_("%(where)s gave no token.", where=answer.where))
        return {"Authorization": f"Bearer {bearer}"}


def refused_sign_in() -> BackendRefused:
    """Name or password are wrong, as far as can be told."""
    return BackendRefused(
        N_("Domino refuses the name or the password."),
        remedy=N_(
            "Check user and password (the Internet password of the person document), and that the account is not "
            "locked. Where the server has no basic authentication, set session = true."
        ),
    )


def sign_in_of(options: DominoOptions) -> SignIn:
    """How the configuration signs in."""
    if options.route == "rest":
        return Token(options)
    return Session(options) if options.session and options.user else SignIn(options)
