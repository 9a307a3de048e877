"""What a whole call costs, and how fast the card comes.

On one private Asterisk, in turns, calls of the same length (2 s of talk, no sound) to the same telephone:

- through the Telemarket daemon with everything on: the caller looked up among 100,000 contacts, the card pushed to
  the live stream of one of 250 operators, ringing, bridge, recording, journal;
- through the dialplan's own `Dial()`;
- through a bare two-leg bridge with ari-client and with asyncari, nothing else.

JSON, CPU in ms per complete call, medians of the rounds:

- `daemon_cpu_ms`, `daemon_quiet_cpu_ms`: the daemon at 50 calls a second, and at 20, where what it does once for many
  calls weighs more;
- `ari_client_cpu_ms`, `asyncari_cpu_ms`: the others at 10 calls a second;
- `asterisk_cpu_ms`, `dial_asterisk_cpu_ms`: Asterisk at 50 calls a second, through the daemon and through `Dial()`;
- `daemon_to_ari_client`, `daemon_quiet_to_ari_client`, `asterisk_to_dial`: the ratios.

And what callers and operators got of it:

- `card_ms`: at 20 calls a second, from when Asterisk made the caller's channel to when his card was in the page;
- `calls_per_s`: answered a second by operators when 50 a second arrive;
- `lost`, `lost_by_peers`: callers no operator answered, through the daemon and through the others;
- of the daemon's `calls` how many were `answered`, `matched`, `recorded` and had their card delivered (`cards`);
- `load_before`: the machine's load average at the beginning.
"""

import asyncio
import csv
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import uvloop

from telemarket.asterisk.pbx.configuration import CDR_COLUMNS
from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.programs import find_sipp
from telemarket.asterisk.pbx.provide import provide_asterisk
from telemarket.asterisk.pbx.sipp import Sipp
from tests.bench import busy_centre
from tests.bench.child import Child, child
from tests.bench.measures import Cpu, percentiles, rate
from tests.integration.centre import DNIS, Centre

ROOTFS = Path(__file__).parents[2] / "var/pbx/rootfs"
OPERATORS = 250
TALK_SECONDS = 2.0
PATIENCE_SECONDS = 20.0
SETTLING_SECONDS = 1.0  # what calls leave behind: hang-ups, the journal's last group
ROUNDS = 3
WARMING_UP = (10, 5)  # calls a second, seconds
QUIET = (20, 15)
FULL = (50, 30)
DIAL = (50, 15)
PEERS = (10, 15)  # with more they lose calls on a busy machine
DIAL_NUMBER, ARI_CLIENT_NUMBER, ASYNCARI_NUMBER = "7001", "7002", "7003"
# In a context of its own: those calls are none of the daemon's, which looks for its own in the call detail records.
DIALPLAN = """
[telemarket](+)
exten => _700X,1,Goto(bench,${{EXTEN}},1)

[bench]
exten => {dial},1,Dial(PJSIP/op$[${{CALLERID(num)}} % {operators} + 1],20)
exten => {ari_client},1,Stasis(ari-client)
exten => {asyncari},1,Stasis(asyncari)
"""
AIMS = {
    "daemon_to_ari_client": "≤ 0.5",
    "daemon_quiet_to_ari_client": "≤ 0.5",
    "asterisk_to_dial": "≤ 1.6",
    "card_ms": "p95 < 50",
    "calls_per_s": "50",
    "lost": "0",
}


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """One load of calls: from when to when, how many were placed and complete, when they were answered.

    `cpu` is what each process looked at took, in seconds.
    """

    began: float
    ended: float
    placed: int
    complete: int
    answers: list[float]
    cpu: dict[str, float]

    @property
    def lost(self) -> int:
        """Calls that were not what they should have been."""
        return self.placed - self.complete

    def cpu_ms(self, name: str) -> float:
        """CPU per complete call."""
        return self.cpu[name] / max(1, self.complete) * 1000


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One turn of everything that is compared."""

    quiet: Load
    full: Load
    dial: Load
    ari_client: Load
    asyncari: Load


class Bench:
    """What runs during the benchmark, and the loads put on it."""

    def __init__(self, pbx: Instance, sipp: Sipp, centre: Centre, operators: Child) -> None:
        self._pbx = pbx
        self._sipp = sipp
        self._callers = busy_centre.callers()
        self.centre = centre
        self.operators = operators

    async def round(self) -> Round:
        """Every load once."""
        return Round(
            quiet=await self.daemon(*QUIET),
            full=await self.daemon(*FULL),
            dial=await self._load(DIAL_NUMBER, *DIAL),
            ari_client=await self._peer("with_ari_client", "ari-client", ARI_CLIENT_NUMBER),
            asyncari=await self._peer("with_asyncari", "asyncari", ASYNCARI_NUMBER),
        )

    async def daemon(self, calls_per_s: int, seconds: int) -> Load:
        """Calls through the daemon; complete are those an operator answered, not those that only heard music."""
        load = await self._load(DNIS, calls_per_s, seconds, client=self.centre.pid)
        calls = await self.centre.rows("calls", dnis=DNIS, result="answered")
        answers = [at for call in calls if load.began <= (at := _posix(call["answered_at"])) <= load.ended]
        return msgspec.structs.replace(load, complete=len(answers), answers=answers)

    async def _peer(self, module: str, app: str, number: str) -> Load:
        """Calls through another client for ARI."""
        access = self._pbx.access
        told = {
            "host": "127.0.0.1",
            "port": self._pbx.ports.http,
            "user": access.ari_user,
            "password": access.ari_password,
            "app": app,
            "endpoints": [f"PJSIP/{name}" for name in busy_centre.endpoints(OPERATORS)],
        }
        async with child(f"tests.bench.peers.{module}", told) as client:
            load = await self._load(number, *PEERS, client=client.pid)
            # Overloaded, they answer a caller and then fail to bridge him: answered is not enough.
            return msgspec.structs.replace(load, complete=min(load.complete, await client.finish()))

    async def _load(self, dnis: str, calls_per_s: int, seconds: int, **pids: int) -> Load:
        meters = {name: Cpu(pid) for name, pid in {"asterisk": self._pbx.pid() or 0, **pids}.items()}
        count, began = calls_per_s * seconds, time.time()
        callers, self._callers = self._callers[:count], self._callers[count:] + self._callers[:count]
        outcome = await self._sipp.call(
            dnis, caller=callers, count=count, rate=calls_per_s, talk=TALK_SECONDS, patience=PATIENCE_SECONDS
        )
        await asyncio.sleep(SETTLING_SECONDS)
        cpu = {name: meter.seconds for name, meter in meters.items()}
        return Load(
            began=began,
            ended=time.time(),
            placed=count,
            complete=outcome.successful,
            answers=[message.at for message in outcome.answers],
            cpu=cpu,
        )


def run() -> dict[str, Any]:
    """Measure."""
    return uvloop.run(_run())


async def _run() -> dict[str, Any]:
    load_before = os.getloadavg()[0]
    with TemporaryDirectory() as folder:
        async with _everything(Path(folder)) as bench:
            warming_up = await bench.daemon(*WARMING_UP)
            rounds = []
            for number in range(1, ROUNDS + 1):
                print(f"round {number} of {ROUNDS}…", flush=True)
                rounds.append(await bench.round())
                _print_round(rounds[-1])
            result = _costs(rounds) | await _service(bench, warming_up, rounds)
    result["load_before"] = round(load_before, 2)
    _print(result)
    return result


@asynccontextmanager
async def _everything(folder: Path) -> AsyncIterator[Bench]:
    """A PBX, a telephone, a call centre of many contacts, its daemon, its operators, all ready."""
    async with AsyncExitStack() as parts:
        pbx = Instance(folder / "pbx", provide_asterisk(ROOTFS, print))
        parts.callback(pbx.down)
        pbx.up()
        pbx.local_dialplan.write_text(
            DIALPLAN.format(
                dial=DIAL_NUMBER, ari_client=ARI_CLIENT_NUMBER, asyncari=ASYNCARI_NUMBER, operators=OPERATORS
            )
        )
        pbx.command("dialplan reload")
        sipp = Sipp(find_sipp(ROOTFS), folder / "sipp", pbx.sip_address)
        phone = await parts.enter_async_context(sipp.phone())
        (folder / "centre").mkdir()
        centre = Centre(pbx, sipp, folder / "centre")
        parts.push_async_callback(centre.close)
        await centre.prepare()
        print(f"filling with {busy_centre.CONTACTS:,} contacts…", flush=True)
        cookies = await busy_centre.fill(centre, OPERATORS, phone)
        await centre.start()
        operators = await parts.enter_async_context(
            child("tests.bench.operators", {"url": centre.url, "cookies": cookies})
        )
        yield Bench(pbx, sipp, centre, operators)


def _costs(rounds: list[Round]) -> dict[str, Any]:
    """CPU per call, in ms, and how it compares: medians of the rounds."""
    costs = {
        "daemon_cpu_ms": median(each.full.cpu_ms("client") for each in rounds),
        "daemon_quiet_cpu_ms": median(each.quiet.cpu_ms("client") for each in rounds),
        "ari_client_cpu_ms": median(each.ari_client.cpu_ms("client") for each in rounds),
        "asyncari_cpu_ms": median(each.asyncari.cpu_ms("client") for each in rounds),
        "asterisk_cpu_ms": median(each.full.cpu_ms("asterisk") for each in rounds),
        "dial_asterisk_cpu_ms": median(each.dial.cpu_ms("asterisk") for each in rounds),
    }
    ratios = {
        "daemon_to_ari_client": costs["daemon_cpu_ms"] / costs["ari_client_cpu_ms"],
        "daemon_quiet_to_ari_client": costs["daemon_quiet_cpu_ms"] / costs["ari_client_cpu_ms"],
        "asterisk_to_dial": costs["asterisk_cpu_ms"] / costs["dial_asterisk_cpu_ms"],
    }
    return {name: round(value, 2) for name, value in (costs | ratios).items()}


async def _service(bench: Bench, warming_up: Load, rounds: list[Round]) -> dict[str, Any]:
    """What callers and operators got of the daemon."""
    loads = [warming_up, *(each.quiet for each in rounds), *(each.full for each in rounds)]
    came: dict[str, float] = await bench.operators.finish()
    calls = await bench.centre.rows("calls", dnis=DNIS)
    began = _channels_began(bench.centre.pbx.cdr_file)
    delays = [(came[call] - at) * 1000 for call, at in began.items() if call in came and _in_quiet(at, rounds)]
    return {
        "card_ms": percentiles(delays),
        "calls_per_s": round(median(rate(each.full.answers) for each in rounds), 1),
        "lost": sum(load.lost for load in loads),
        "calls": len(calls),
        "answered": sum(call["result"] == "answered" for call in calls),
        "matched": sum(call["contact_id"] is not None for call in calls),
        "cards": sum(call["id"] in came for call in calls),
        "recorded": sum((bench.centre.recordings / call["recording"]).is_file() for call in calls),
        "lost_by_peers": sum(load.lost for each in rounds for load in (each.dial, each.ari_client, each.asyncari)),
    }


def _posix(stored: str) -> float:
    """A moment as SQLite keeps it."""
    return datetime.fromisoformat(f"{stored}+00:00").timestamp()


def _in_quiet(at: float, rounds: list[Round]) -> bool:
    return any(each.quiet.began <= at <= each.quiet.ended for each in rounds)


def _channels_began(cdr_file: Path) -> dict[str, float]:
    """When Asterisk made each channel, by its id."""
    with cdr_file.open(newline="", errors="replace") as file:
        return {row["uniqueid"]: float(row["start"]) for row in csv.DictReader(file, list(CDR_COLUMNS))}


def _print_round(measured: Round) -> None:
    print(f"{'':<14}{'calls/s':>9}{'calls':>7}{'lost':>6}{'client ms':>11}{'Asterisk ms':>13}")
    for name in Round.__struct_fields__:
        load: Load = getattr(measured, name)
        client = f"{load.cpu_ms('client'):.2f}" if "client" in load.cpu else ""
        print(
            f"{name:<14}{rate(load.answers):>9.1f}{load.placed:>7}"
            f"{load.lost:>6}{client:>11}{load.cpu_ms('asterisk'):>13.2f}",
            flush=True,
        )


def _print(result: dict[str, Any]) -> None:
    for name, value in result.items():
        shown = " ".join(f"{key} {each}" for key, each in value.items()) if isinstance(value, dict) else value
        print(f"{name:<28}{shown:<32}{AIMS.get(name, '')}")
