"""`telemarket demo`: a whole call centre on this machine, to look at or (with --smoke) to prove."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec
import uvloop

from telemarket.cli.main import Context, pass_context
from telemarket.cli.progress import end_steps, show_step
from telemarket.core.clock import utc_now
from telemarket.core.errors import TelemarketError
from telemarket.core.logging import configure_logging
from telemarket.demo.centre import PASSWORD, PEOPLE, PROJECTS
from telemarket.demo.evidence import SmokeReport
from telemarket.demo.filling import fill
from telemarket.demo.hotline import say_menu
from telemarket.demo.house import House, check_port, free_port
from telemarket.demo.insurer import make_insurer
from telemarket.demo.show import show
from telemarket.demo.smoke import MOST_CALLS, run_smoke


@click.command("demo")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the demonstration.  [default: demo/ in data_dir]",
)
@click.option("--port", type=click.IntRange(1, 65535), default=8090, show_default=True, help="Port of the pages.")
@click.option("--fresh", is_flag=True, help="Forget what was written before, and begin anew.")
@click.option("--smoke", is_flag=True, help="No people: place calls, take them, report, and leave nothing behind.")
@click.option(
    "--calls", type=click.IntRange(1, MOST_CALLS), default=24, show_default=True, help="With --smoke: how many."
)
@click.option("--json", "as_json", is_flag=True, help="With --smoke: print one JSON object.")
@pass_context
def command(
    context: Context, folder: Path | None, port: int, fresh: bool, smoke: bool, calls: int, as_json: bool
) -> None:
    """Start a demonstration call centre on this machine. Ctrl-C stops everything.

    With --smoke the exit status is 1 if a call was lost, or a telephone rang before the card was there.
    """
    # Whoever ends us otherwise than by Ctrl-C wants the PBX stopped as well. A script's background jobs are begun to
    # ignore Ctrl-C: then none of these would end us.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))
    data = context.settings.data_dir.absolute()
    _forget_environment()
    if smoke:
        _smoke(data / "pbx/rootfs", calls, as_json)
    else:
        _show(data / "pbx/rootfs", folder or data / "demo", port, fresh)


def _forget_environment() -> None:
    """Variables that configure another Telemarket on this machine must not change the demonstration, nor be changed."""
    for name in [name for name in os.environ if name.startswith("TELEMARKET_")]:
        del os.environ[name]


def _show(rootfs: Path, folder: Path, port: int, fresh: bool) -> None:
    check_port(port)
    house = House.provide(folder, rootfs, show_step)
    with house.occupied():
        if fresh:
            house.clear()
        if not house.database.exists():
            show_step("Inventing the call centre: clients, and a year and a half of calls")
            asyncio.run(fill(house.database, utc_now()))
        with _running_pbx(house), house.log.open("a", encoding="utf-8") as log:
            make_insurer(house.insurer, utc_now().date())
            settings = house.configure(port, "page")
            configure_logging(settings.log, log)
            uvloop.run(show(house, settings, lambda url: _announce(house, url)))
        click.echo("Stopped.")


@contextmanager
def _running_pbx(house: House) -> Iterator[None]:
    try:
        house.install_sounds(show_step)
        asyncio.run(say_menu(house.database, house.folder / "sounds"))
    except TelemarketError as error:
        click.echo(f"Callers will hear no announcements: {error}", err=True)
    show_step(f"Starting Asterisk {house.pbx.asterisk.version}")
    try:
        house.pbx.up()
        end_steps()
        yield
    finally:
        house.pbx.down()


def _announce(house: House, url: str) -> None:
    click.echo(f"\nTelemarket runs. Open {click.style(url, bold=True)} and sign in:\n")
    serves = {person.login: [p.number for p in PROJECTS if person.login in p.operators] for person in PEOPLE}
    _print_row("login", "password", "role", "projects", "name")
    for person in PEOPLE:
        _print_row(person.login, PASSWORD, person.role, " ".join(serves[person.login]) or "-", person.name)
    click.echo("\nThen press Ready, choose who shall call and press 'Call me'. Or call in with a softphone:\n")
    for project in PROJECTS:
        click.echo(f"  sip:{project.dnis[0]}@{house.pbx.sip_address}   {project.name} ({project.number})")
    click.echo(f"\nConfiguration {house.config}\nLog           {house.log}\nCtrl-C stops everything.")


def _print_row(login: str, password: str, role: str, projects: str, name: str) -> None:
    click.echo(f"  {login:<10} {password:<12} {role:<12} {projects:<12} {name}")


def _smoke(rootfs: Path, calls: int, as_json: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="telemarket-smoke-") as folder:
        house = House.provide(Path(folder), rootfs, show_step)
        settled = False
        try:
            asyncio.run(fill(house.database, utc_now(), telephone="phone"))
            with _running_pbx(house):
                report = asyncio.run(run_smoke(house, house.configure(free_port(), "phone"), calls, show_step))
            settled = report.passed
        finally:
            end_steps()
            if not settled:
                _keep_log(house)
    _print_report(report, as_json)
    if not report.passed:
        raise SystemExit(1)


def _keep_log(house: House) -> None:
    """The folder goes, but who has to find out what went wrong needs the log."""
    if house.log.exists():
        _, kept = tempfile.mkstemp(prefix="telemarket-smoke-", suffix=".log")
        shutil.copyfile(house.log, kept)
        click.echo(f"The daemon's log: {kept}", err=True)


def _print_report(report: SmokeReport, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
        return
    for name, value in msgspec.structs.asdict(report).items():
        if name != "card_ms":
            click.echo(f"{name.replace('_', ' '):<20} {value:>6}")
    times = msgspec.structs.asdict(report.card_ms)
    click.echo(f"{'card after, ms':<20} {'  '.join(f'{name} {value:.1f}' for name, value in times.items()):>6}")
