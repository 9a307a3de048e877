"""What the generated resource classes share: building a request, understanding the answer."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import msgspec

from telemarket.asterisk.ari.errors import AriError, AriNotFound
from telemarket.core.errors import InvalidInput

T = TypeVar("T")
Query = Mapping[str, str | int | bool | Sequence[str] | None]

_encode_json = msgspec.json.Encoder().encode


class Requester(Protocol):
    """Sends one request; `target` is path and query below /ari, encoded. Raises AriError."""

    async def request(self, method: str, target: str, body: bytes | None, *, idempotent: bool) -> bytes:
        """The body of the answer."""
        ...


def segment(value: str) -> str:
    """One part of a path, percent-encoded.

    Raises InvalidInput for what would name another path: nothing at all, or dots.
    """
    if value in ("", ".", ".."):
        raise InvalidInput(f"{value!r} cannot be an identifier in ARI.")
    return quote(value, safe="", errors="replace")


def query_string(query: Query) -> str:
    """`?a=1&b=x,y`, percent-encoded, without what is None; empty if all is None."""
    parts = [f"{name}={_query_value(value)}" for name, value in query.items() if value is not None]
    return "?" + "&".join(parts) if parts else ""


def _query_value(value: str | int | bool | Sequence[str]) -> str:
    if isinstance(value, str):
        return quote(value, safe="", errors="replace")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    # Asterisk takes lists comma-separated; it has no way to escape a comma inside a member.
    return quote(",".join(value), safe=",", errors="replace")


def keyed(name: str, value: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """A body with `value` under `name`; no body if there is none: Asterisk refuses a null."""
    return None if value is None else {name: value}


class Resource:
    """One group of ARI's requests. Every method raises AriError, and AriUnavailable when no answer came.

    What is None is left out, so that Asterisk's own default applies. `missing_ok` takes "not found" for
    success: what was to be ended is gone.
    """

    def __init__(self, requester: Requester) -> None:
        self._requester = requester

    async def _send(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        *,
        body: Mapping[str, Any] | None = None,
        idempotent: bool = False,
        missing_ok: bool = False,
    ) -> bytes:
        target = path + query_string(query) if query else path
        content = None if body is None else _encode_json(body)
        try:
            return await self._requester.request(method, target, content, idempotent=idempotent or method != "POST")
        except AriNotFound:
            if missing_ok:
                return b""
            raise

    async def _fetch(
        self,
        decoder: msgspec.json.Decoder[T],
        method: str,
        path: str,
        query: Query | None = None,
        *,
        body: Mapping[str, Any] | None = None,
        idempotent: bool = False,
    ) -> T:
        answer = await self._send(method, path, query, body=body, idempotent=idempotent)
        try:
            return decode(decoder, answer)
        except msgspec.DecodeError as error:
            raise AriError(0, method, path, f"the answer cannot be understood: {error}") from error


def decode(decoder: msgspec.json.Decoder[T], content: bytes) -> T:
    """Decode JSON; bytes that are not UTF-8 (a caller's name from a telephone) become U+FFFD.

    Raises msgspec.DecodeError.
    """
    try:
        return decoder.decode(content)
    except UnicodeDecodeError:
        return decoder.decode(content.decode("utf-8", "replace"))
