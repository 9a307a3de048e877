"""The FastAGI protocol as a pure object: bytes in, events out, no I/O.

Asterisk connects, sends a header of `name: value` lines ended by an empty one, and then answers each command
with a line `code result=…`. It may put a line `HANGUP` between them when the caller has hung up.
"""

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

import msgspec

from telemarket.core.errors import TelemarketError
from telemarket.hookspecs import AgiRequest

LINE_LIMIT = 16 * 1024  # bytes; a caller's name may be as long as a SIP message lets it be
HEADER_LIMIT = 64 * 1024
REPLY_LINES_LIMIT = 100  # of one usage text
VALUE_LIMIT = 900  # bytes; Asterisk cuts a command (each quote takes two) at 2047 and runs the rest as another

_VARIABLE = re.compile(r"_{0,2}[A-Za-z][A-Za-z0-9_]{0,79}")
_REPLY = re.compile(r"(\d{3})[ -](.*)")
_RESULT = re.compile(r"result=(-?\d+)(?: \((.*)\))?")
_CONTROL = dict.fromkeys((*range(32), *range(127, 160), 8232, 8233), " ")


class AgiProtocolError(TelemarketError):
    """The peer does not speak FastAGI, or a hook asked for something that cannot be said in it."""

    error_id = "agi-protocol"


class Reply(msgspec.Struct, frozen=True):
    """Asterisk's answer to one command. `code` 200 means done; `result` is None if it told none."""

    code: int
    result: int | None = None
    text: str = ""


class Hangup(msgspec.Struct, frozen=True):
    """The caller has hung up; Asterisk still carries out commands that need no caller."""


Event = AgiRequest | Reply | Hangup


class AgiConnection:
    """One connection's side of the conversation that listens."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._header: dict[str, str] | None = {}  # None once it is complete
        self._header_size = 0
        self._usage: list[str] | None = None  # lines of a usage text under way

    def receive(self, data: bytes) -> list[Event]:
        """What has become known with `data`.

        Raises AgiProtocolError when a limit is passed or a line is none of the protocol's.
        """
        self._buffer += data
        *lines, rest = self._buffer.split(b"\n")
        self._buffer = rest
        if len(rest) > LINE_LIMIT or any(len(line) > LINE_LIMIT for line in lines):
            raise AgiProtocolError(f"a line is longer than {LINE_LIMIT} bytes")
        events = [self._line(line.rstrip(b"\r").decode("utf-8", "replace")) for line in lines]
        return [event for event in events if event is not None]

    def _line(self, line: str) -> Event | None:
        if self._header is not None:
            return self._header_line(line, self._header)
        if self._usage is not None:
            return self._usage_line(line, self._usage)
        if line == "HANGUP":
            return Hangup()
        if line.startswith("520-"):
            self._usage = [line]
            return None
        if not (parts := _REPLY.fullmatch(line)):
            raise AgiProtocolError("a line is no answer to a command")
        result = _RESULT.match(parts[2])
        return Reply(int(parts[1]), int(result[1]) if result else None, (result[2] or "") if result else parts[2])

    def _header_line(self, line: str, header: dict[str, str]) -> AgiRequest | None:
        if not line:
            self._header = None
            return parse_request(header)
        self._header_size += len(line)
        if self._header_size > HEADER_LIMIT:
            raise AgiProtocolError(f"the header is longer than {HEADER_LIMIT} bytes")
        name, colon, value = line.partition(":")
        if not colon or not name.startswith("agi_"):
            raise AgiProtocolError("a line is none of an AGI header")
        # The first of two wins: what a caller smuggles into his name comes after his number.
        header.setdefault(name, value.strip())
        return None

    def _usage_line(self, line: str, usage: list[str]) -> Reply | None:
        usage.append(line)
        if line.startswith("520 "):
            self._usage = None
            return Reply(520, None, "\n".join(usage))
        if len(usage) > REPLY_LINES_LIMIT:
            raise AgiProtocolError(f"a usage text is longer than {REPLY_LINES_LIMIT} lines")
        return None


def parse_request(variables: Mapping[str, str]) -> AgiRequest:
    """The hook and arguments named by `agi://host:port/NAME?key=value&…`.

    Values may be percent-encoded; `+` stands for itself, since telephone numbers begin with it. Of two
    arguments with one name the first counts.
    """
    script = variables.get("agi_network_script") or _path_of(variables.get("agi_request", ""))
    name, _, query = script.partition("?")
    arguments: dict[str, str] = {}
    for pair in query.split("&"):
        key, _, value = pair.partition("=")
        if key:
            arguments.setdefault(unquote(key), unquote(value))
    return AgiRequest(name=unquote(name).strip("/"), arguments=arguments, variables=variables)


def _path_of(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.path.lstrip('/')}?{parts.query}"


def set_variable(name: str, value: str) -> bytes:
    """The command that sets a channel variable to exactly `value`, on one line whatever it holds.

    Control characters become spaces, and what passes VALUE_LIMIT is cut off. Raises AgiProtocolError when
    `name` is not a plain variable's name: `SHELL(…)` would be carried out as a function.
    """
    if not _VARIABLE.fullmatch(name):
        raise AgiProtocolError(f"{name!r} is not the name of a channel variable")
    cut = value.translate(_CONTROL).encode("utf-8", "replace")[:VALUE_LIMIT].decode("utf-8", "ignore")
    quoted = cut.replace("\\", "\\\\").replace('"', '\\"')
    return f'SET VARIABLE {name} "{quoted}"\n'.encode()
