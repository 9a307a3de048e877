"""Who answered: our detector and Asterisk's AMD() on a set of calls made by speech synthesis.

The split "test", whose voices and texts the model has not seen, goes through our detector from memory, and a part of it
through real Asterisk with each of the detectors. JSON: `rows`, each with `detector`, `through` ("memory" or
"asterisk"), `clips`, `right` (share of all with the right verdict), `people`, `people_lost` (taken for a machine or an
assistant), `lost_low` and `lost_high` (Wilson's interval of their share, 95 %), `people_undecided`, `machines`
(assistants too), `machines_found` (as either), `machines_as_people`, `person_s_p50`, `person_s_p95` and
`machine_s_p50` (seconds until the verdict), `cpu_ms` (per second of sound: from memory of this process, else of this
process and Asterisk together, playing and signalling included) and `confusion` (verdicts by kind of clip).
`real_time_ratio`: seconds of CPU from memory per second of sound.
"""

import asyncio
import math
import tempfile
import time
import wave
from collections import Counter, defaultdict
from collections.abc import Sequence
from multiprocessing import Pool
from os import getpid
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

from telemarket.asterisk.ari import AriClient
from telemarket.asterisk.ari.models import StasisStart
from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.provide import provide_asterisk
from telemarket.dialer.detection.detector import ModelDetector
from telemarket.dialer.detection.heard import RATE, DetectionSettings, Heard, Method, Verdict
from telemarket.dialer.detection.service import DetectionService
from tests.bench.measures import Cpu
from tests.pbx import ROOTFS
from tools.greetings.clips import Clip, make, plan

CLIPS, SAMPLE = 1500, 150
AT_ONCE = 10  # calls through Asterisk
PIECE = 320  # bytes of 20 ms
SETTINGS = DetectionSettings()
MACHINES = (Verdict.MACHINE, Verdict.SCREENED)
DEADLINE = 10.0
DIALPLAN = """
[bench-detection]
exten => _[a-z]!,1,Answer()
 same => n,Playback({folder}/${{EXTEN}})
 same => n,Wait(20)
"""


class Judged(NamedTuple):
    """A clip's verdict, and the CPU it took, in seconds, where that was measured."""

    label: str
    kind: str
    heard: Heard
    cpu: float = 0.0


def run() -> dict[str, Any]:
    """Measure from memory, then through Asterisk."""
    with Pool(2) as pool:
        judged = pool.map(_judge, plan(CLIPS), chunksize=20)
    rows = [_row("model", "memory", judged, sum(each.cpu for each in judged))]
    with tempfile.TemporaryDirectory() as folder:
        rows += asyncio.run(_through_asterisk(Path(folder)))
    _print(rows)
    return {"rows": rows, "real_time_ratio": round(rows[0]["cpu_ms"] / 1000, 5)}


def _judge(clip: tuple[str, int]) -> Judged:
    label, kind, pcm = make(clip[0], "test", clip[1])
    began = time.process_time()
    detector = ModelDetector(SETTINGS)
    pieces = (pcm[at : at + PIECE] for at in range(0, len(pcm), PIECE))
    heard = next((found for piece in pieces if (found := detector.feed(piece))), None)
    return Judged(label, kind, heard or detector.finish(), time.process_time() - began)


# ---- through Asterisk


async def _through_asterisk(folder: Path) -> list[dict[str, Any]]:
    pbx = Instance(folder / "pbx", provide_asterisk(ROOTFS, print))
    pbx.folder.mkdir()
    try:
        pbx.up()
        pbx.local_dialplan.write_text(DIALPLAN.format(folder=folder))
        pbx.command("dialplan reload")
        clips = {f"{kind}{seed}": make(kind, "test", seed) for kind, seed in plan(SAMPLE)}
        for name, clip in clips.items():
            _write(folder / f"{name}.wav", clip.pcm)
        access = pbx.access
        async with (
            AriClient(pbx.ari_url, access.ari_user, access.ari_password, access.app) as ari,
            DetectionService(ari) as service,
        ):
            await ari.wait_connected()
            return [await _with(method, clips, pbx, ari, service) for method in Method]
    finally:
        pbx.down()


async def _with(
    method: Method, clips: dict[str, Clip], pbx: Instance, ari: AriClient, service: DetectionService
) -> dict[str, Any]:
    asterisk, own = Cpu(pbx.pid() or 0), Cpu(getpid())
    gate = asyncio.Semaphore(AT_ONCE)

    async def heard_of(name: str, clip: Clip) -> Judged:
        async with gate:
            channel = f"tm-{name}-{method}-leg"
            await _play(name, channel, ari)
            heard = await service.listen(channel, method=method, settings=SETTINGS)
            await ari.channels.hangup(channel, missing_ok=True)
            return Judged(clip.label, clip.kind, heard)

    judged = await asyncio.gather(*(heard_of(name, clip) for name, clip in clips.items()))
    return _row(method.value, "asterisk", judged, asterisk.seconds + own.seconds)


async def _play(name: str, channel: str, ari: AriClient) -> None:
    """Make a call that has been answered with this clip."""
    answered = asyncio.Event()

    def entered(event: StasisStart) -> None:
        if event.channel.id == channel:
            answered.set()

    end = ari.on_event(StasisStart, entered)
    async with asyncio.timeout(DEADLINE):
        await ari.channels.originate_with_id(channel, endpoint=f"Local/{name}@bench-detection", app=ari.app)
        await answered.wait()
    end()


def _write(path: Path, pcm: bytes) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm)


# ---- figures


def _row(detector: str, through: str, judged: Sequence[Judged], cpu: float) -> dict[str, Any]:
    people = [each.heard for each in judged if each.label == Verdict.HUMAN]
    machines = [each.heard for each in judged if each.label in MACHINES]
    lost = sum(heard.verdict in MACHINES for heard in people)
    low, high = wilson(lost, len(people))
    found = [heard.seconds for heard in machines if heard.verdict in MACHINES]
    answered = [heard.seconds for heard in people if heard.verdict is Verdict.HUMAN]
    confusion: dict[str, Counter[str]] = defaultdict(Counter)
    for each in judged:
        confusion[each.kind][each.heard.verdict.value] += 1
    return {
        "detector": detector,
        "through": through,
        "clips": len(judged),
        "right": round(sum(_is_right(each) for each in judged) / len(judged), 4),
        "people": len(people),
        "people_lost": lost,
        "lost_low": round(low, 4),
        "lost_high": round(high, 4),
        "people_undecided": len(people) - lost - len(answered),
        "machines": len(machines),
        "machines_found": len(found),
        "machines_as_people": sum(heard.verdict is Verdict.HUMAN for heard in machines),
        "person_s_p50": round(median(answered), 2),
        "person_s_p95": round(quantiles(answered, n=20)[-1], 2),
        "machine_s_p50": round(median(found or [0.0]), 2),
        "cpu_ms": round(1000 * cpu / sum(each.heard.seconds for each in judged), 2),
        "confusion": {kind: dict(counts) for kind, counts in confusion.items()},
    }


def _is_right(judged: Judged) -> bool:
    """Of what has no verdict, such as music, it is right to say that it is unknown."""
    right = judged.label if judged.label in set(Verdict) else Verdict.UNKNOWN
    return judged.heard.verdict == right


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Bounds, with 95 % confidence, of a share that was found as `hits` of so many."""
    z = 1.96
    share, spread = hits / of, z * z / of
    middle = share + spread / 2
    reach = z * math.sqrt(share * (1 - share) / of + spread / 4 / of)
    return max(0.0, (middle - reach) / (1 + spread)), (middle + reach) / (1 + spread)


def _print(rows: Sequence[dict[str, Any]]) -> None:
    shown = [name for name in rows[0] if name != "confusion"]
    for name in shown:
        print(f"{name:20}", *(f"{row[name]!s:>12}" for row in rows))
    for row in rows:
        print(f"\n{row['detector']} through {row['through']}: verdicts by kind of clip")
        for kind, counts in row["confusion"].items():
            print(f"  {kind:12}", ", ".join(f"{verdict} {count}" for verdict, count in sorted(counts.items())))
