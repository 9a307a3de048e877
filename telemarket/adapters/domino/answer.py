"""An answer by HTTP, and what is wrong with it."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from http.client import responses
from typing import Any

import msgspec

from telemarket.backend import BackendRefused, BackendUnavailable
from telemarket.core.errors import TelemarketError
from telemarket.core.i18n import N_
from telemarket.core.text import trim_line

_START = 100  # bytes among which a page begins
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


class NotThere(BackendRefused):
    """The server does not know what it was asked for: a document, a view, or the scope they are in."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Status, headers (names in lower case), cookies and body. `where` is the path that was asked, without its query,
    which may carry personal data."""

    where: str
    status: int
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: bytes

    @property
    def is_page(self) -> bool:
        """Whether this is a page for people. The header tells nothing: Domino calls JSON text/html, too."""
        return self.body[:_START].lstrip()[:1] == b"<"

    @property
    def asks_to_sign_in(self) -> bool:
        """Whether the server wants to know who asks: also by its login form, with status 200, or on the way to it."""
        if self.status == HTTPStatus.UNAUTHORIZED:
            return True
        if self.status == HTTPStatus.OK:
            return self.is_page
        return self._is_redirect and "login" in self.headers.get("location", "").lower()

    def checked(self) -> "Answer":
        """This answer, if it is what was asked for; raises BackendRefused or BackendUnavailable."""
        if self.status in (HTTPStatus.OK, HTTPStatus.CREATED) and not self.is_page:
            return self
        raise self._error()

    def json(self) -> Any:
        """The body as JSON; UTF-8 whatever the header says, and control characters within texts are let pass."""
        try:
            return json.loads(self.body.decode("utf-8", "replace"), strict=False)
        except (ValueError, RecursionError) as error:
            raise BackendUnavailable(
                N_("%(where)s: the answer is no JSON: %(problem)s.", where=self.where, problem=str(error))
            ) from error

    @property
    def _is_redirect(self) -> bool:
        return 300 <= self.status < 400

    def _error(self) -> TelemarketError:
        where, reason = self.where, self._reason()
        if self.status in _BUSY:
            return BackendUnavailable(
                N_("%(where)s: Domino is busy (%(status)s).", where=where, status=self.status),
                retry_after=_seconds(self.headers.get("retry-after", "")),
            )
        if self.status >= 500:
            return BackendUnavailable(
                N_(
                    "%(where)s: Domino failed with %(status)s: %(reason)s",
                    where=where,
                    status=self.status,
                    reason=reason,
                )
            )
        if self._is_redirect:
            return BackendRefused(
                N_("%(where)s: Domino sends on to another address (%(status)s).", where=where, status=self.status),
                remedy=N_("Set url to the address the server itself uses; https where it insists on that."),
            )
        refusal = NotThere if self.status == HTTPStatus.NOT_FOUND else BackendRefused
        return refusal(
            N_("%(where)s: Domino refuses with %(status)s: %(reason)s", where=where, status=self.status, reason=reason),
            remedy=_REMEDIES.get(self.status, ""),
        )

    def _reason(self) -> str:
        """What the server says about it: both of its APIs put a message into JSON."""
        try:
            said = json.loads(self.body.decode("utf-8", "replace"), strict=False)
        except (ValueError, RecursionError):
            said = None
        message = said.get("message") if isinstance(said, dict) else None
        return trim_line(str(message or responses.get(self.status, "")), 200)


_REMEDIES: dict[int, str] = {
    HTTPStatus.FORBIDDEN: N_(
        "Give the user at least reader access to the database, and let the server offer this route."
    ),
    HTTPStatus.NOT_FOUND: N_(
        "Check database, view and scope; views whose names are in brackets are hidden from browsers."
    ),
}


def _seconds(retry_after: str) -> float | None:
    """The value of Retry-After where it is a number of seconds."""
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None
