"""`telemarket simulate campaign`: days of a campaign in virtual time, with the pacing that places real calls."""

import asyncio
import sys
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import msgspec

from telemarket.calls.projects import ProjectService
from telemarket.cli.main import Context
from telemarket.cli.storage import json_option, open_database
from telemarket.cli.whole_file import whole_file
from telemarket.dialer.pacing import DAY, Controller, Limits, Mode, Settings
from telemarket.simulation.dialing.figures import DayFigures
from telemarket.simulation.dialing.observed import Observed, observe
from telemarket.simulation.dialing.people import Callees, Detector, Operators, lognormal
from telemarket.simulation.dialing.report import campaign_report, campaign_summary, campaign_svg
from telemarket.simulation.dialing.world import Scenario, Shift, simulate

_POSITIVE = click.FloatRange(0, min_open=True)
_SHARE = click.FloatRange(0, 1)
_PERCENT = 100.0


def _read_file(context: click.Context, _: click.Parameter, path: Path | None) -> None:
    """The options of a TOML file become the defaults of those that are not typed."""
    if path is None:
        return
    try:
        told = tomllib.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"{path} cannot be read: {error}", context) from error
    known = {option.lstrip("-"): each for each in context.command.params for option in each.opts}
    if unknown := told.keys() - known.keys():
        names = ", ".join(sorted(unknown))
        raise click.BadParameter(f"{path}: {names} is no option of this command; leave it out.", context)
    for name, value in told.items():
        if not _fits(context, known[name], value):
            raise click.BadParameter(f"{path}: {name} = {value!r} is of a wrong kind; see --help.", context)
    context.default_map = {known[name].name: value for name, value in told.items()}


def _fits(context: click.Context, option: click.Parameter, value: Any) -> bool:
    """Whether a value of TOML is of the option's kind; what it must not say besides, click tells by itself."""
    flag, several = bool(getattr(option, "is_flag", False)), option.nargs > 1
    if isinstance(value, bool) is not flag or isinstance(value, list) is not several:
        return False
    try:
        option.type_cast_value(context, value)
    except click.BadParameter:
        return True
    except (TypeError, ValueError):
        return False
    return True


@click.command("campaign")
@click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    is_eager=True,
    expose_value=False,
    callback=_read_file,
    help="TOML with options by their names: operators = 20. What is typed counts more.",
)
@click.option("--operators", type=click.IntRange(1, 1000), required=True, help="How many are there.")
@click.option("--mode", type=click.Choice([mode.value for mode in Mode]), default="predictive", show_default=True)
@click.option("--target", type=click.FloatRange(0, 20), default=1.0, show_default=True, help="Percent abandoned.")
@click.option("--window-days", type=_POSITIVE, default=1.0, show_default=True, help="Over how long the limit holds.")
@click.option("--answer-rate", type=_SHARE, default=0.3, show_default=True, help="Share of calls people answer.")
@click.option("--swing", type=(float, float), help="Each hour the answer rate is times a number between: 0.5 1.3.")
@click.option("--machines", type=_SHARE, default=0.0, show_default=True, help="Share of calls machines answer.")
@click.option("--people-lost", type=_SHARE, default=0.003, show_default=True, help="Taken for machines.")
@click.option("--machines-passed", type=_SHARE, default=0.1, show_default=True, help="Taken for people.")
@click.option("--talk", type=_POSITIVE, default=120.0, show_default=True, help="Mean seconds; lognormal.")
@click.option("--wrap-up", type=_POSITIVE, default=20.0, show_default=True, help="Mean seconds; lognormal.")
@click.option("--pauses", type=_SHARE, default=0.0, show_default=True, help="Share of calls a pause follows.")
@click.option(
    "--incoming", type=click.FloatRange(0), default=0.0, show_default=True, help="Customers an hour who call."
)
@click.option("--lines", type=click.IntRange(1), default=1_000_000, help="Calls ringing at a time.  [default: any]")
@click.option("--hours", type=click.FloatRange(0.5, 14), default=8.0, show_default=True, help="How long a day is.")
@click.option("--days", type=click.IntRange(1, 366), default=5, show_default=True, help="Days after one to learn from.")
@click.option("--journal", metavar="PROJECT", help="Answer rates and talk as on the day before today.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same days.")
@click.option("--svg", type=click.Path(dir_okay=False, path_type=Path), help="Draw the days into this file.")
@json_option
@click.pass_context
def campaign(
    context: click.Context,
    /,
    mode: str,
    target: float,
    window_days: float,
    days: int,
    journal: str | None,
    seed: int,
    svg: Path | None,
    as_json: bool,
    **described: Any,
) -> None:
    """Simulate days of a campaign: how much operators are used, how many callees are abandoned, how long they wait.

    Answers come after 3 s and a gamma-distributed time of 8 s on average; calls nobody answers end after 2 to 6 s
    (30 %) or 25 s.
    """
    if svg is not None and not svg.absolute().parent.is_dir():
        raise click.UsageError(f"There is no folder {svg.absolute().parent}.")
    if journal is not None:
        seen = asyncio.run(_observed(context, journal))
        described |= {"talk": seen.talk, "hourly": seen.answer_rates, "hours": float(len(seen.answer_rates))}
    share = target / _PERCENT
    limits = Limits(target=share, window_seconds=window_days * DAY, lost_humans=_lost_humans(described))
    figures = _simulate(_scenario(**described), Controller(limits, Settings(mode=Mode(mode))), days, str(seed))
    if svg is not None:
        with whole_file(svg) as partial:
            partial.write_text(campaign_svg(figures, share))
    if as_json:
        click.echo(msgspec.json.encode(campaign_summary(figures, share)))
    else:
        for line in campaign_report(figures, share):
            click.echo(line)


def _scenario(
    *,
    operators: int,
    answer_rate: float,
    swing: tuple[float, float] | None,
    machines: float,
    people_lost: float,
    machines_passed: float,
    talk: float,
    wrap_up: float,
    pauses: float,
    incoming: float,
    lines: int,
    hours: float,
    hourly: tuple[float, ...] = (),
) -> Scenario:
    detector = Detector(takes=1.5, people_lost=people_lost, machines_passed=machines_passed) if machines else Detector()
    return Scenario(
        operators=Operators(
            count=operators,
            talk=lognormal(talk, 1.0),
            wrapup=lognormal(wrap_up, 0.5),
            pauses=pauses,
            incoming=incoming,
        ),
        callees=Callees(answer_rate=answer_rate, hourly=hourly, swing=swing, machines=machines),
        detector=detector,
        shift=Shift(hours=hours, lines=lines),
    )


def _lost_humans(described: dict[str, Any]) -> float:
    """The share of the detector's machines that are people."""
    if not described["machines"]:
        return 0.0
    people = float(described["answer_rate"] * described["people_lost"])
    return people / (people + described["machines"] * (1.0 - described["machines_passed"]) or 1.0)


def _simulate(scenario: Scenario, pacer: Controller, days: int, seed: str) -> list[DayFigures]:
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=days + 1, label="Simulating", file=sys.stderr, hidden=hidden) as bar:
        return simulate(scenario, pacer, days + 1, seed, lambda: bar.update(1))[1:]


async def _observed(context: click.Context, number: str) -> Observed:
    settings = context.ensure_object(Context).settings
    zone = ZoneInfo(settings.timezone)
    async with open_database(settings) as database:
        project = await ProjectService(database).project(number)
        return await observe(database, project.id, datetime.now(zone).date() - timedelta(days=1), zone)
