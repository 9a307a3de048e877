"""A whole call centre for a test: the real daemon as a process, the real PBX, sipp as callers and desk phones."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import sqlalchemy as sa

from telemarket.asterisk.pbx.endpoints import Operator, page_telephones, write_endpoints
from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.sipp import Run, Sipp
from telemarket.calls.plan import Plan
from telemarket.calls.projects import ProjectService
from telemarket.core import migrate
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.identity import IdentityService
from telemarket.demo.desk_client import DeskClient

PASSWORD = "correct horse battery"
DNIS = "100"
START_SECONDS = 20.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Centre:
    """One project (077, number 100) with the operators that `operator` adds."""

    def __init__(self, pbx: Instance, sipp: Sipp, folder: Path, database_url: str = "", extra: str = "") -> None:
        self.pbx = pbx
        self.sipp = sipp
        self.folder = folder
        self.port = free_port()
        self.recordings = folder / "recordings"
        self.database = Database(database_url or f"sqlite+aiosqlite:///{folder / 'telemarket.db'}")
        self._url = database_url or f"sqlite:///{folder / 'telemarket.db'}"
        self._extra = extra
        self._identity = IdentityService(self.database, utc_now, 12)
        self._projects = ProjectService(self.database)
        self._telephones: list[Operator] = []
        self._process: asyncio.subprocess.Process | None = None
        self.past: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    # ---- life

    async def prepare(self, **project: Any) -> None:
        await migrate.upgrade(self.database)
        fields = {"wrapup_seconds": 0, "ring_seconds": 20} | project
        await self._projects.add("077", name="КАСКО", dnis=[DNIS], **fields)

    async def start(self) -> None:
        """Start the daemon and wait until it follows the PBX."""
        config = self.folder / "telemarket.toml"
        config.write_text(self._configuration(), encoding="utf-8")
        with (self.folder / "daemon.log").open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "telemarket", "-c", str(config), "run"), stdout=output, stderr=output
            )
        async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as session:
            while not await self._healthy(session):
                assert self._process.returncode is None, self.log
                await asyncio.sleep(0.05)

    async def _healthy(self, session: aiohttp.ClientSession) -> bool:
        with contextlib.suppress(aiohttp.ClientError):
            async with session.get(f"{self.url}/healthz") as answer:
                health = await answer.json()
                return self._is_well(health)
        return False

    def _is_well(self, health: dict[str, Any]) -> bool:
        return bool(health["ok"] and health["ami"])

    async def stop(self, how: int = signal.SIGTERM) -> None:
        """End the daemon."""
        if self._process is not None and self._process.returncode is None:
            os.kill(self._process.pid, how)
            await asyncio.wait_for(self._process.wait(), 20)
        self._process = None

    async def close(self) -> None:
        await self.stop()
        await self.database.close()

    @property
    def log(self) -> str:
        return (self.folder / "daemon.log").read_text(errors="replace")

    def _configuration(self) -> str:
        access = self.pbx.access
        return f"""
data_dir = "{self.folder}"
[database]
url = "{self._url}"
[web]
port = {self.port}
[agi]
port = 0
[recording]
folder = "{self.recordings}"
[asterisk]
ari_url = "{self.pbx.ari_url}"
ari_user = "{access.ari_user}"
ari_password = "{access.ari_password}"
ami_port = {self.pbx.ports.ami}
ami_user = "{access.ami_user}"
ami_password = "{access.ami_password}"
cdr_file = "{self.pbx.cdr_file}"
{self._extra}
"""

    # ---- people

    async def add_operator(self, login: str, phone: Run, *, role: str = "operator", project: str = "077") -> None:
        """An operator of the project with the desk phone `phone`. Before `start`, or wait for the daemon to notice."""
        await self._identity.create_user(
            login, name=login.title(), password=PASSWORD, role=role, telephone="phone", endpoint=login
        )
        if project:
            await self._projects.change_operators(project, add=[login])
        self.add_telephone(login, phone)

    def add_telephone(self, endpoint: str, phone: Run) -> None:
        """The PBX knows this telephone, or a trunk, at a fixed address."""
        self._telephones.append(Operator(endpoint=endpoint, kind="static", contact=phone.contact))
        self._write_telephones()

    async def plan(self, **plan: Any) -> None:
        """Change the project's plan to this."""
        await self._projects.update("077", plan=Plan(**plan))

    async def add_project(self, number: str, dnis: str, **fields: Any) -> None:
        """Another project."""
        await self._projects.add(number, name=number, dnis=[dnis], **{"wrapup_seconds": 0, "ring_seconds": 20} | fields)

    async def connect_pages(self) -> None:
        """The PBX comes to know the telephones in people's pages."""
        self._telephones += page_telephones(await self._identity.telephones())
        self._write_telephones()

    def forget_telephone(self, login: str) -> None:
        """The PBX no longer knows this operator's telephone."""
        self._telephones = [telephone for telephone in self._telephones if telephone.endpoint != login]
        self._write_telephones()

    def _write_telephones(self) -> None:
        write_endpoints(self.pbx.endpoints_file, self._telephones)
        self.pbx.reload_pjsip()

    def desk(self, login: str, **how: Any) -> DeskClient:
        return DeskClient(self.url, login, PASSWORD, **how)

    @contextlib.asynccontextmanager
    async def ready(self, *logins: str, **how: Any) -> AsyncIterator[list[DeskClient]]:
        """Operators at their desks, ready in this order."""
        async with contextlib.AsyncExitStack() as desks:
            clients = []
            for login in logins:
                client = await desks.enter_async_context(self.desk(login, **how))
                await client.ready()
                await client.state("ready")
                clients.append(client)
            yield clients

    # ---- what happened

    async def rows(self, table: str, **values: Any) -> list[dict[str, Any]]:
        """Rows of a table as the daemon left them."""
        condition = " and ".join(f"{name} = :{name}" for name in values) or "1 = 1"
        async with self.database.read() as connection:
            query = f"select * from {table} where {condition}"  # noqa: S608
            found = await connection.execute(sa.text(query), values)
            return [dict(row) for row in found.mappings()]

    async def written(self, table: str, count: int = 1, **values: Any) -> list[dict[str, Any]]:
        """Rows of a table once there are `count`: pages are told of what happens before it is on the disk."""
        async with asyncio.timeout(20):
            while len(rows := await self.rows(table, **values)) < count:
                await asyncio.sleep(0.05)
        return rows

    async def calls(self, count: int = 1) -> list[dict[str, Any]]:
        """The calls, except those in `past`, once `count` of them have ended."""
        async with asyncio.timeout(20):
            while True:
                rows = [row for row in await self.rows("calls") if row["ended_at"] and row["id"] not in self.past]
                if len(rows) >= count:
                    return rows
                await asyncio.sleep(0.05)

    async def call(self) -> dict[str, Any]:
        """The one call, once it has ended."""
        rows = await self.calls(1)
        assert len(rows) == 1
        return rows[0]

    async def recording(self, call: dict[str, Any]) -> Path:
        """The finished recording of a call that has ended."""
        await self.written("recordings", call_id=call["id"], state="sound")
        return self.recordings / call["recording"]

    def channels(self) -> str:
        return self.pbx.command("core show channels concise").strip()

    async def quiet(self) -> None:
        """Wait until the PBX has no channel and no bridge."""
        async with asyncio.timeout(20):
            while self.channels() or "tm-" in self.pbx.command("bridge show all"):
                await asyncio.sleep(0.1)
