"""`telemarket simulate`: a day of the call centre or a campaign in virtual time, and how many operators it takes."""

import asyncio
import math
import sys
from collections.abc import Callable
from functools import reduce
from typing import Any

import click
import msgspec
from click.core import ParameterSource

from telemarket.calls.model import Project
from telemarket.calls.plan import Hours
from telemarket.calls.projects import ProjectService
from telemarket.cli.main import Context
from telemarket.cli.simulate_campaign import campaign
from telemarket.cli.storage import json_option, open_database
from telemarket.simulation.day import Day, simulate
from telemarket.simulation.figures import Figures
from telemarket.simulation.forecast import compare
from telemarket.simulation.report import day_report, day_summary, staffing_report
from telemarket.simulation.staffing import staffing_table

_MOST_OPERATORS = 5_000
_POSITIVE = click.FloatRange(0, min_open=True)
_ZERO_OR_MORE = click.FloatRange(0)


class _Rates(click.ParamType[tuple[float, ...]]):
    """Calls an hour: one number, or one for each half-hour."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> tuple[float, ...]:
        if isinstance(value, tuple):
            return value
        try:
            rates = tuple(float(each) for each in str(value).split(","))
        except ValueError:
            self.fail("give numbers with commas in between, for example 60,90,120", param, context)
        if not all(0 <= rate < 1e6 for rate in rates) or not any(rates):
            self.fail("calls an hour are 0 or more, and not always 0", param, context)
        return rates


class _Aim(click.ParamType[tuple[float, float]]):
    """80/20: this share of calls within so many seconds."""

    name = "percent/seconds"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> tuple[float, float]:
        if isinstance(value, tuple):
            return value
        percent, slash, seconds = str(value).partition("/")
        try:
            aim = float(percent) / 100.0, float(seconds)
        except ValueError:
            aim = -1.0, -1.0
        if not slash or not 0 < aim[0] < 1 or not 0 <= aim[1] < 1e6:
            self.fail("write it as 80/20: 80 % of the calls within 20 s", param, context)
        return aim


_LOAD = (
    click.option("--calls-per-hour", "rates", required=True, type=_Rates(), help="One, or one each half-hour: 60,90."),
    click.option("--talk", type=_POSITIVE, default=180.0, show_default=True, help="Mean seconds of talk; exponential."),
    click.option("--answer", type=_ZERO_OR_MORE, default=3.0, show_default=True, help="Seconds until one picks up."),
    click.option("--wrap-up", type=click.IntRange(0), default=30, show_default=True, help="Seconds after a call."),
    click.option("--patience", type=_POSITIVE, help="Mean seconds until a caller gives up; exponential. None: never."),
    click.option(
        "--service-level", "aim", type=_Aim(), default="80/20", show_default=True, help="Percent within seconds."
    ),
)


def _load(function: Callable[..., None]) -> Callable[..., None]:
    """The options that describe the calls, and the aim."""
    return reduce(lambda decorated, option: option(decorated), reversed(_LOAD), function)


@click.group("simulate")
def command() -> None:
    """Try a day out in virtual time, with the engine that answers the phone, or ask Erlang's formulas.

    Callers arrive as a Poisson process.
    """


command.add_command(campaign)


@command.command("day")
@click.option("--operators", type=click.IntRange(1, _MOST_OPERATORS), help="How many are on shift.")
@_load
@click.option("--hours", type=click.FloatRange(0.5, 24), default=8.0, show_default=True, help="How long calls come.")
@click.option(
    "--unanswered",
    type=click.FloatRange(0, 0.9),
    default=0.0,
    show_default=True,
    help="Share of offers an operator does not answer; he is back a minute after.",
)
@click.option("--project", "number", metavar="NUMBER", help="Take over what is stored of this project.")
@click.option("--repeat", type=click.IntRange(1, 10_000), default=10, show_default=True, help="Independent days.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same days.")
@json_option
@click.pass_context
def day(
    click_context: click.Context,
    /,
    operators: int | None,
    rates: tuple[float, ...],
    hours: float,
    aim: tuple[float, float],
    number: str | None,
    repeat: int,
    seed: int,
    as_json: bool,
    **habits: Any,
) -> None:
    """Simulate days and hold them against Erlang C, or with --patience against Erlang A.

    With --project, operators, wrap-up, the seconds of the service level and everything a caller hears are the
    project's, unless given here; working hours and overflow are left out.
    """
    share, within = aim
    project = _project(click_context, number)
    if project is not None:
        operators = operators or len(project.operator_ids)
        if _left_out(click_context, "wrap_up"):
            habits["wrap_up"] = project.wrapup_seconds
        if _left_out(click_context, "aim"):
            within = float(project.plan.answer_within)
        habits["project"] = project
    if not operators:
        raise click.UsageError("Say how many --operators, or name a --project that has some.")
    if len(rates) == 1:
        rates *= math.ceil(hours * 2)
    elif not _left_out(click_context, "hours"):
        raise click.UsageError("With calls for each half-hour there is nothing left for --hours to say.")
    planned = Day(operators=operators, rates=rates, within=within, **habits)
    days = _simulate(planned, repeat, seed)
    compared = compare(planned, days, share)
    if as_json:
        click.echo(msgspec.json.encode(day_summary(planned, days, compared, share)))
    else:
        for line in day_report(planned, days, compared, share):
            click.echo(line)


@command.command("staffing")
@_load
@json_option
def staffing(rates: tuple[float, ...], aim: tuple[float, float], as_json: bool, **habits: Any) -> None:
    """How many operators each half-hour needs for the service level, by Erlang C, or with --patience by Erlang A."""
    share, within = aim
    planned = Day(operators=1, rates=rates, within=within, **habits)
    rows = list(staffing_table(planned, share))
    if as_json:
        click.echo(msgspec.json.encode(rows))
    else:
        for line in staffing_report(planned, rows):
            click.echo(line)


def _simulate(planned: Day, repeat: int, seed: int) -> list[list[Figures]]:
    half_hours = repeat * (planned.warm_up + len(planned.rates))
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=half_hours, label="Simulating", file=sys.stderr, hidden=hidden) as bar:
        return [simulate(planned, f"{seed}/{number}", lambda: bar.update(1)) for number in range(repeat)]


def _left_out(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.DEFAULT


def _project(context: click.Context, number: str | None) -> Project | None:
    if number is None:
        return None
    settings = context.ensure_object(Context).settings

    async def run() -> Project:
        async with open_database(settings) as database:
            return await ProjectService(database).project(number)

    found = asyncio.run(run())
    plan = msgspec.structs.replace(found.plan, hours=Hours(), overflow=())
    return msgspec.structs.replace(found, plan=plan)
