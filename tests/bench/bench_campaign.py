"""A predictive campaign on a real Asterisk: a hundred operators, whose callees answer, are busy, ring out or do not
exist (`Sipp.callees`; of ten numbers six are answered), and talk for some seconds.

JSON, of `seconds` in mid-campaign:

- `leads_per_minute`: attempts that ended, and `of_aim`, held against a thousand;
- `abandoned`: the share of answered calls for which no operator was free in time;
- `connected_ms`: from the callee's answer to the operator's voice, as the daemon saw it;
- `twice`: numbers the network was asked for more than once;
- `daemon_cpu`, `asterisk_cpu`: cores used;
- `load_before`: the machine's load average at the beginning.
"""

import asyncio
import os
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import uvloop

from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.programs import find_sipp
from telemarket.asterisk.pbx.provide import provide_asterisk
from telemarket.asterisk.pbx.sipp import Sipp
from telemarket.calls.views import DialMode
from telemarket.core.clock import utc_now
from telemarket.dialer.model import Outcome, Pace, Trunk
from tests.bench.measures import Cpu, percentiles
from tests.integration.centre import Centre
from tests.integration.dialer.outbound import PROFILE, Outbound, about_now

ROOTFS = Path(__file__).parents[2] / "var/pbx/rootfs"
OPERATORS = 100
LEADS = 4_000
TALK_SECONDS = 7.0
WARMING_UP = 30.0
SECONDS = 90.0
AIM = 1_000


def run() -> dict[str, Any]:
    """Measure."""
    return uvloop.run(_run())


async def _run() -> dict[str, Any]:
    load_before = os.getloadavg()[0]
    with TemporaryDirectory() as folder:
        async with AsyncExitStack() as parts:
            outbound = await _everything(Path(folder), parts)
            result = await _measure(outbound)
            result["twice"] = sum(times > 1 for times in (await outbound.called()).values())
    result["load_before"] = round(load_before, 2)
    for name, value in result.items():
        print(f"{name:<20}{value}")
    return result


async def _everything(folder: Path, parts: AsyncExitStack) -> Outbound:
    """A PBX, the world, a campaign under way and its operators, all ready."""
    pbx = Instance(folder / "pbx", provide_asterisk(ROOTFS, print))
    parts.callback(pbx.down)
    pbx.up()
    sipp = await parts.enter_async_context(Sipp(find_sipp(ROOTFS), folder / "sipp", pbx.sip_address))
    (folder / "centre").mkdir()
    centre = Centre(pbx, sipp, folder / "centre")
    parts.push_async_callback(centre.close)
    await centre.prepare()
    outbound = Outbound(centre, parts)
    await outbound.world(talk=TALK_SECONDS)
    print(f"{OPERATORS} operators sign in…", flush=True)
    logins = await outbound.operators(OPERATORS)
    campaign = await outbound.campaign(
        DialMode.PREDICTIVE,
        profile=msgspec.structs.replace(PROFILE, hours=about_now()),
        trunks=(Trunk(endpoint="PJSIP/{number}@trunk", lines=300, per_second=60),),
        pace=Pace(),
    )
    await outbound.add(campaign, range(LEADS))
    await centre.start()
    await outbound.at_work(logins)
    await outbound.start(campaign)
    return outbound


async def _measure(outbound: Outbound) -> dict[str, Any]:
    await asyncio.sleep(WARMING_UP)
    began = utc_now()
    daemon, asterisk = Cpu(outbound.centre.pid), Cpu(outbound.centre.pbx.pid() or 0)
    await asyncio.sleep(SECONDS)
    cpu = daemon.seconds / SECONDS, asterisk.seconds / SECONDS
    await asyncio.sleep(5.0)  # what is under way reaches the database
    rows = [row for row in await outbound.centre.rows("attempts") if row["ended_at"]]
    over = [row for row in rows if began <= _moment(row["ended_at"]) < began + timedelta(seconds=SECONDS)]
    answered = [row for row in over if row["answered_at"]]
    waits = [_moment(row["connected_at"]) - _moment(row["answered_at"]) for row in answered if row["connected_at"]]
    per_minute = len(over) * 60.0 / SECONDS
    return {
        "leads_per_minute": round(per_minute),
        "of_aim": round(per_minute / AIM, 2),
        "abandoned": round(sum(row["outcome"] == Outcome.DROPPED for row in over) / max(1, len(answered)), 4),
        "connected_ms": percentiles([wait.total_seconds() * 1000 for wait in waits]),
        "daemon_cpu": round(cpu[0], 2),
        "asterisk_cpu": round(cpu[1], 2),
        "seconds": SECONDS,
    }


def _moment(stored: str) -> datetime:
    """As SQLite keeps it."""
    return datetime.fromisoformat(f"{stored}+00:00")
