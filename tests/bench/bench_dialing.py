"""What the pacing gets out of a campaign in virtual time, beside progressive dialing and the rules of other dialers.

Steps of a quarter of a second; talk lognormal with a variation of 1, wrap-up lognormal with 0.5 (20 s, of 60 s in
all 10 s); answered after 3 s + gamma(3, mean 8 s), at most 25 s; of the rest 30 % end after 2 to 6 s and 70 % after
25 s; abandoned without an operator within 2 s; days of 8 h from empty, of which 15 min of the operators' time are not
counted. The limit's window is 30 days, so that single days may be over it; in the variant `daily` it is one day, and
has to hold each day. A first day is learned from and not counted.

VICIdial's rule stands there with its default, and with the best of 10 settings, sought for each row on a day of its
own. `DAYS` in the environment is how many days are counted (2; the more, the closer), and `SETTING` picks variants by
name. Writes var/bench-dialing.json and var/bench-dialing.svg, anew with each row.

JSON: `rows` of `controller`, `operators`, `answer_rate`, `aht_s`, `variant`, `target`, `days`, `utilisation`,
`abandon`, `abandon_low`, `abandon_high` (Wilson's 95 % interval), `days_over` (days whose share is over the target),
`wait_s` of the connected, and `lines`, the most at a time.
"""

import json
import multiprocessing
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from telemarket.dialer.pacing import DAY, Controller, Limits, Mode, Settings
from telemarket.simulation.dialing.figures import DayFigures, bounds, total
from telemarket.simulation.dialing.people import Callees, Detector, Operators, lognormal
from telemarket.simulation.dialing.world import Pacer, Scenario, simulate
from telemarket.simulation.habits import uniform
from tests.bench.dialing_plot import plot
from tests.bench.peers.dialing_rules import Vicidial, VicidialParameters, Webitel, vicidial_choices

SIZES = (5, 10, 20, 50, 100)
DAYS = int(os.environ.get("DAYS", "2"))
PICKED = os.environ.get("SETTING", "").split(",")
LIMIT = 0.03
MONTH = 30 * DAY
STRICT = 0.01
PEOPLE_LOST, MACHINES, MACHINES_PASSED = 0.003, 0.25, 0.1
CONTROLLERS = ("telemarket", "progressive", "vicidial tuned", "vicidial", "webitel")


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign; `aht` is what a call costs an operator, in seconds."""

    variant: str
    operators: int
    answer_rate: float = 0.3
    aht: float = 140.0


class Job(msgspec.Struct, frozen=True):
    """A row."""

    controller: str
    setting: Setting
    target: float


def run() -> dict[str, Any]:
    """Simulate every row, on all processors."""
    print(
        f"{'variant':<10}{'answer':>7}{'AHT':>5}{'operators':>10}  {'controller':<15}{'target':>7}{'used':>8}", end=""
    )
    print(f"{'abandoned':>11}{'95 %':>18}{'days over':>11}", flush=True)
    out = Path("var")
    out.mkdir(exist_ok=True)
    rows = []
    with multiprocessing.get_context("spawn").Pool() as pool:
        for row in pool.imap(_row, list(_jobs())):
            rows.append(row)
            _print(row)
            (out / "bench-dialing.json").write_text(json.dumps({"rows": rows}))
            (out / "bench-dialing.svg").write_text(plot(rows))
    return {"rows": rows}


def _jobs() -> Iterator[Job]:
    for setting in _settings():
        yield Job("telemarket", setting, STRICT)
        for controller in CONTROLLERS:
            yield Job(controller, setting, LIMIT)


def _settings() -> Iterator[Setting]:
    kinds = [
        partial(Setting, variant="reference"),
        partial(Setting, variant="few answer", answer_rate=0.15),
        partial(Setting, variant="short", aht=60.0),
        *(partial(Setting, variant=variant) for variant in ("daily", "swing", "pauses", "trunk", "detector")),
    ]
    for kind in kinds:
        for operators in SIZES:
            setting = kind(operators=operators)
            if PICKED == [""] or setting.variant in PICKED:
                yield setting


def _row(job: Job) -> dict[str, Any]:
    scenario = _scenario(job.setting)
    days = simulate(scenario, _pacer(job, scenario), 1 + DAYS, "measured")[1:]
    whole = total(days)
    low, high = bounds(whole.abandoned, whole.live)
    return {
        "controller": job.controller,
        "operators": job.setting.operators,
        "answer_rate": job.setting.answer_rate,
        "aht_s": job.setting.aht,
        "variant": job.setting.variant,
        "target": job.target,
        "days": DAYS,
        "utilisation": round(whole.utilisation, 4),
        "abandon": round(whole.abandon, 5),
        "abandon_low": round(low, 5),
        "abandon_high": round(high, 5),
        "days_over": sum(day.abandon > job.target for day in days),
        "wait_s": round(whole.wait_seconds / max(1, whole.connected), 3),
        "lines": whole.most_lines,
    }


def _scenario(setting: Setting) -> Scenario:
    wrapup = 20.0 if setting.aht > 60.0 else 10.0
    staff = Operators(
        count=setting.operators,
        talk=lognormal(setting.aht - wrapup, 1.0),
        wrapup=lognormal(wrapup, 0.5),
        pauses=0.05 if setting.variant == "pauses" else 0.0,
    )
    callees = Callees(answer_rate=setting.answer_rate)
    detector = Detector()
    if setting.variant == "swing":
        callees = Callees(answer_rate=setting.answer_rate, swing=(0.5, 1.3))
    elif setting.variant == "trunk":
        callees = Callees(answer_rate=setting.answer_rate, trunk_delay=uniform(1.0, 4.0))
    elif setting.variant == "detector":
        callees = Callees(answer_rate=setting.answer_rate, machines=MACHINES)
        detector = Detector(takes=1.5, people_lost=PEOPLE_LOST, machines_passed=MACHINES_PASSED)
    return Scenario(operators=staff, callees=callees, detector=detector)


def _pacer(job: Job, scenario: Scenario) -> Pacer:
    match job.controller:
        case "telemarket":
            return Controller(_limits(job), Settings())
        case "progressive":
            return Controller(_limits(job), Settings(mode=Mode.PROGRESSIVE))
        case "vicidial tuned":
            return Vicidial(job.target, _tuned(scenario, job.target))
        case "vicidial":
            return Vicidial(job.target, VicidialParameters())
        case _:
            return Webitel(job.target)


def _limits(job: Job) -> Limits:
    lost = 0.0
    if job.setting.variant == "detector":
        people = job.setting.answer_rate * PEOPLE_LOST
        lost = people / (people + MACHINES * (1.0 - MACHINES_PASSED))
    window = DAY if job.setting.variant == "daily" else MONTH
    return Limits(target=job.target, window_seconds=window, lost_humans=lost)


def _tuned(scenario: Scenario, limit: float) -> VicidialParameters:
    """The best that keeps the limit, on another day; if none does, the one that abandons least."""

    def worth(parameters: VicidialParameters) -> tuple[bool, float]:
        day: DayFigures = simulate(scenario, Vicidial(limit, parameters), 1, "tuning")[0]
        kept = day.abandon <= limit
        return kept, day.utilisation if kept else -day.abandon

    return max(vicidial_choices(), key=worth)


def _print(row: dict[str, Any]) -> None:
    setting = f"{row['variant']:<10}{row['answer_rate']:>7}{row['aht_s']:>5.0f}{row['operators']:>10}"
    interval = f"{row['abandon_low']:.2%} … {row['abandon_high']:.2%}"
    print(
        f"{setting}  {row['controller']:<15}{row['target']:>7.0%}{row['utilisation']:>8.1%}"
        f"{row['abandon']:>11.2%}{interval:>18}{row['days_over']:>8}",
        flush=True,
    )
