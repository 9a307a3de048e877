"""Asterisk through AMI: reachable, our rights, the dialplan, the limits of its HTTP server.

A conversation of its own instead of the daemon's client: that one goes on trying, this one says what is wrong.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from telemarket.cli.checks.findings import Finding, fail, ok, warn
from telemarket.core.errors import TelemarketError
from telemarket.core.settings import AsteriskSettings

AMI = "AMI"
DIALPLAN = "dialplan"
HTTP = "HTTP sessions"
INCOMING = "telemarket"  # the context of the dialplan fragment
NEEDED_ACTIONS = ("MixMonitor", "StopMixMonitor")
_LEAST_SESSIONS = 200
_DEFAULT_SESSIONS = 100
_REPLY_LIMIT = 2**20
_DEADLINE = 5.0


class AmiFailed(TelemarketError):
    """AMI cannot be asked."""

    error_id = "ami-failed"


async def manager(settings: AsteriskSettings) -> Sequence[Finding]:
    """Everything that is asked through AMI."""
    async with _sign_in(settings) as session:
        return [
            ok(AMI, "answers, user and password are right"),
            *_rights(await session.ask("ListCommands")),
            await _context(session, INCOMING, needed=False),
            await _context(session, settings.fallback_context, needed=True),
            _sessions(await session.ask("GetConfig", Filename="http.conf", Category="general")),
        ]


class _Session:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, action: str, **fields: str) -> str:
        """Asterisk's reply, as text. A value with a line end would be a second action, and is refused."""
        lines = [f"{name}: {value}" for name, value in {"Action": action, **fields}.items()]
        if any(character in line for line in lines for character in "\r\n"):
            raise AmiFailed(f"A value for the AMI action {action} has a line end in it.", remedy="Mend [asterisk].")
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode() + b"\r\n")
        async with asyncio.timeout(_DEADLINE):
            return (await self._reader.readuntil(b"\r\n\r\n")).decode("utf-8", "replace")

    async def banner(self) -> str:
        """The first line."""
        async with asyncio.timeout(_DEADLINE):
            return (await self._reader.readline()).decode("utf-8", "replace")


@asynccontextmanager
async def _sign_in(settings: AsteriskSettings) -> AsyncIterator[_Session]:
    where = f"{settings.ami_host}:{settings.ami_port}"
    mend = "Set enabled = yes in manager.conf, and ami_host and ami_port to what it binds to."
    try:
        async with asyncio.timeout(_DEADLINE):
            reader, writer = await asyncio.open_connection(settings.ami_host, settings.ami_port, limit=_REPLY_LIMIT)
    except (OSError, TimeoutError) as error:
        raise AmiFailed(f"{where} cannot be reached: {error or 'no answer'}", remedy=mend) from error
    try:
        session = _Session(reader, writer)
        if "Asterisk Call Manager" not in await session.banner():
            raise AmiFailed(f"{where} is something else than AMI", remedy=mend)
        reply = await session.ask(
            "Login", Username=settings.ami_user, Secret=settings.ami_password.get_secret_value(), Events="off"
        )
        if not _is_success(reply):
            remedy = "Compare ami_user and ami_password with manager.conf, and its permit with our address."
            raise AmiFailed(f"{where} refuses the user {settings.ami_user}", remedy=remedy)
        yield session
    except (OSError, TimeoutError, EOFError, asyncio.LimitOverrunError) as error:
        raise AmiFailed(f"{where} stopped answering: {type(error).__name__}", remedy=mend) from error
    finally:
        writer.close()


def _rights(reply: str) -> list[Finding]:
    """Asterisk lists only what this user may do."""
    missing = [action for action in NEEDED_ACTIONS if not re.search(rf"^{action}:", reply, re.MULTILINE)]
    if missing:
        mend = "Give the user write = system,call in manager.conf; load app_mixmonitor.so."
        return [fail("AMI rights", f"no {', '.join(missing)}: calls are not recorded", mend)]
    return [ok("AMI rights", "recording is permitted")]


async def _context(session: _Session, context: str, *, needed: bool) -> Finding:
    reply = await session.ask("Getvar", Variable=f"DIALPLAN_EXISTS({context})")
    match re.search(r"^Value: (.*?)\r$", reply, re.MULTILINE):
        case re.Match() as found if found[1] == "1":
            return ok(DIALPLAN, f"has [{context}]")
        case re.Match() as found if found[1] == "0":
            mend = "Include extensions_telemarket.conf in extensions.conf and run 'dialplan reload'."
            return (fail if needed else warn)(DIALPLAN, f"has no context [{context}]", mend)
        case _:
            return warn(DIALPLAN, f"[{context}] could not be asked for", "Load func_dialplan.so and give write = call.")


def _sessions(reply: str) -> Finding:
    """How many HTTP sessions Asterisk allows: each page's telephone takes one, the daemon two dozen."""
    if not _is_success(reply):
        return warn(HTTP, "the limit could not be asked for", "Give the user write = system, or look into http.conf.")
    found = re.search(r"sessionlimit\s*=\s*(\d+)", reply)
    limit = int(found[1]) if found else _DEFAULT_SESSIONS
    if limit < _LEAST_SESSIONS:
        mend = "Set sessionlimit = 1000 in http.conf and restart Asterisk."
        return warn(HTTP, f"at most {limit}: pages' telephones use them up", mend)
    return ok(HTTP, f"at most {limit}")


def _is_success(reply: str) -> bool:
    return reply.startswith("Response: Success")
