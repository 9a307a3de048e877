"""The administrator's own queues 400 and 401 and extensions 10X, with operators anna (101) and boris (102)."""

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from telemarket.asterisk.ami import AmiClient
from telemarket.asterisk.pbx.endpoints import Operator
from telemarket.asterisk.pbx.sipp import Run
from tests.integration.centre import PASSWORD, Centre

EXTENSIONS = {"anna": "101", "boris": "102"}
DIALPLAN = """
[house]
exten => _40X,1,Answer()
 same => n,Queue(${EXTEN},t,,,12)
 same => n,Wait(1)
 same => n,Hangup()
exten => _10X,1,Dial(PJSIP/${EXTEN},4,t)
 same => n,Wait(1)
 same => n,Hangup()
[telephones]
exten => _10X,1,Dial(PJSIP/${EXTEN},10)
[telemarket](+)
exten => _40X,1,Goto(house,${EXTEN},1)
exten => _10[1-9],1,Goto(house,${EXTEN},1)
[telemarket-operators]
exten => _40X,1,Goto(house,${EXTEN},1)
exten => _10X,1,Goto(house,${EXTEN},1)
"""
QUEUES = """
[400]
strategy = linear
timeout = 4
retry = 1
joinempty = yes
ringinuse = no
member => PJSIP/101
[401]
strategy = ringall
timeout = 10
retry = 1
joinempty = yes
member => PJSIP/101
member => Local/102@telephones/n,0,Boris,PJSIP/102
"""
TESTER = "[tester]\nsecret = tester\npermit = 127.0.0.1/32\nread =\nwrite = all\n"
FEATURES = "[general]\ntransferannouncesound = {quiet}\nxfersound = {quiet}\n[featuremap]\natxfer => *2\n"


def write_dialplan(folder: Path) -> None:
    """What the administrator has written himself."""
    etc = folder / "etc"
    etc.mkdir(parents=True, exist_ok=True)
    (etc / "extensions_local.conf").write_text(DIALPLAN)
    (etc / "queues_local.conf").write_text(QUEUES)
    (etc / "manager_local.conf").write_text(TESTER)


class House(Centre):
    """Telemarket beside it: project 077 for both queues and the extensions, operators in no project of its own."""

    ami_port = 0

    async def open(self, stack: AsyncExitStack, crm_url: str = "", **phones: dict[str, Any]) -> dict[str, Run]:
        """Start everything; `phones` says how each operator's telephone behaves."""
        await self.prepare(crm_url=crm_url)
        runs = {}
        for login, how in phones.items():
            runs[login] = await stack.enter_async_context(self.sipp.phone(**how))
            extension = EXTENSIONS[login]
            await self._identity.create_user(
                login, name=login.title(), password=PASSWORD, role="operator", telephone="phone", endpoint=extension
            )
            self._telephones.append(Operator(endpoint=extension, kind="static", contact=runs[login].contact))
        self._write_telephones()
        await self.start()
        return runs

    def _configuration(self) -> str:
        port = self.ami_port or self.pbx.ports.ami
        return (
            super()._configuration().replace(f"ami_port = {self.pbx.ports.ami}", f"ami_port = {port}")
            + f"""
[following]
enabled = true
ami_password = "{self.pbx.access.following_password}"
queues = {{ "400" = "077", "401" = "077" }}
extensions = {{ "_10X" = "077" }}
"""
        )

    def _is_well(self, health: dict[str, Any]) -> bool:
        return super()._is_well(health) and bool(health["following"])

    async def transfer(self, action: str, login: str, extension: str) -> None:
        """Have an operator's telephone pass its call on: BlindTransfer or Atxfer."""
        async with AmiClient("127.0.0.1", self.pbx.ports.ami, "tester", "tester") as ami:
            await ami.wait_connected()
            await ami.action(action, Channel=self.channel(login), Context="telemarket-operators", Exten=extension)

    def channel(self, login: str) -> str:
        """The channel of an operator's telephone."""
        names = [line.split("!")[0] for line in self.channels().splitlines()]
        return next(name for name in names if name.startswith(f"PJSIP/{EXTENSIONS[login]}-"))

    def allow_attended_transfers(self) -> None:
        """The administrator's features.conf, with a silent announcement: sounds need not be installed."""
        quiet = self.pbx.folder / "quiet"
        quiet.with_suffix(".ulaw").write_bytes(b"\xff" * 800)
        (self.pbx.folder / "etc/features.conf").write_text(FEATURES.format(quiet=quiet))
        self.pbx.command("module reload features")

    async def journal(self, call_id: str) -> list[str]:
        """The kinds of a call's entries."""
        return [row["kind"] for row in await self.rows("journal", call_id=call_id)]

    async def serve(self, login: str) -> None:
        """The operator takes calls of Telemarket's own project from now on."""
        await self._projects.change_operators("077", add=[login])
        await self.stop()
        await self.start()

    async def end_sessions(self, login: str) -> None:
        """Whoever is signed in as this operator is no more."""
        user = await self._identity.user_by_login(login)
        await self._identity.set_password(user.id, "another long password")

    async def connected(self, count: int) -> None:
        """Wait until so many channels are in conversation."""
        async with asyncio.timeout(15):
            while [line.split("!")[-2] != "" for line in self.channels().splitlines()].count(True) < count:
                await asyncio.sleep(0.05)

    async def import_queue_log(self, log: Path) -> dict[str, Any]:
        """What `telemarket queue-log import` says."""
        config = ("-c", str(self.folder / "telemarket.toml"))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "telemarket", *config, "queue-log", "import", str(log), "--json"),
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()
        assert process.returncode == 0
        outcome: dict[str, Any] = json.loads(said)
        return outcome
