"""`telemarket check`: what is wrong with this installation, each line with the mend."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

import click
import msgspec
import sqlalchemy as sa

from telemarket.asterisk.ari import AriClient, AriRefused, AriUnavailable
from telemarket.calls.projects import ProjectService
from telemarket.cli.checks import ami, database, following, machine, mail, pbx, plugins, sms
from telemarket.cli.checks.findings import DEADLINE, Check, Finding, Level, fail, ok, run_checks, warn
from telemarket.cli.main import Context, pass_context
from telemarket.cli.quiet import quiet_logs
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.errors import ConfigurationError
from telemarket.core.identity import IdentityService
from telemarket.core.settings import Settings

_COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}
_CONNECTIONS = 8


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array of findings.")
@pass_context
def command(context: Context, as_json: bool) -> None:
    """Find what is wrong with this installation and how to mend it. Exit status 1 if anything fails."""
    quiet_logs()
    findings = _findings(context)
    if as_json:
        click.echo(msgspec.json.encode(findings))
    else:
        width = max(len(finding.what) for finding in findings)
        for finding in findings:
            click.echo(_line(finding, width))
    if any(finding.level is Level.FAIL for finding in findings):
        sys.exit(1)


def _findings(context: Context) -> list[Finding]:
    what = "configuration"
    try:
        settings = context.settings
    except ConfigurationError as error:
        return [fail(what, error.message, error.remedy or "Mend it, then check again: all the rest depends on it.")]
    found = ok(what, str(context.config.absolute()) if context.config else "defaults and environment")
    return [found, *asyncio.run(check(settings))]


async def check(settings: Settings) -> Sequence[Finding]:
    """Look at every part of the installation `settings` describes."""
    asterisk = settings.asterisk
    client = AriClient(
        asterisk.ari_url,
        asterisk.ari_user,
        asterisk.ari_password.get_secret_value(),
        asterisk.app,
        connections=_CONNECTIONS,
        deadline=DEADLINE / 2,
    )
    try:
        return await run_checks(
            [
                Check(machine.DATA, partial(machine.data_folder, settings)),
                Check(machine.WEB, partial(machine.web_address, settings)),
                Check(database.DATABASE, partial(_schema, settings)),
                Check(pbx.ARI, partial(pbx.asterisk, client)),
                _through_ari(pbx.APP, partial(pbx.application, client)),
                _through_ari(pbx.CLOCK, partial(pbx.clock, client)),
                _through_ari(pbx.TELEPHONES, partial(_telephones, settings, client)),
                Check(ami.AMI, partial(ami.manager, asterisk)),
                Check(following.FOLLOWING, partial(_following, settings)),
                Check(machine.RECORDINGS, partial(machine.recordings_folder, settings)),
                _through_ari(pbx.RECORDINGS, partial(pbx.recordings_folder, client, settings)),
                Check(machine.SOUNDS, partial(machine.sounds_folder, settings)),
                Check(mail.MAIL, partial(mail.smtp, settings.smtp)),
                Check(sms.SMS, partial(sms.smpp, settings.sms)),
                Check(plugins.PLUGINS, partial(plugins.plugins, settings.plugins)),
            ]
        )
    finally:
        await client.close()


def _through_ari(what: str, look: Callable[[], Awaitable[Sequence[Finding]]]) -> Check:
    """A check that cannot say more than the check of ARI itself when that cannot be used."""

    async def try_to() -> Sequence[Finding]:
        try:
            return await look()
        except (AriUnavailable, AriRefused):
            return [warn(what, "not looked at", "Mend ARI first.")]

    return Check(what, try_to)


async def _schema(settings: Settings) -> Sequence[Finding]:
    if missing := _missing_file(settings):
        return [warn(database.DATABASE, f"{missing} is not there yet", "Run 'telemarket db upgrade'.")]
    opened = Database(settings.database_url, pool_size=1)
    try:
        return await database.schema(opened)
    finally:
        await opened.close()


async def _telephones(settings: Settings, client: AriClient) -> Sequence[Finding]:
    unknown = [warn(pbx.TELEPHONES, "operators are not known without a database", "Mend the database first.")]
    if _missing_file(settings):
        return unknown
    opened = Database(settings.database_url, pool_size=1)
    try:
        people = await IdentityService(opened, utc_now, settings.web.session_hours).telephones()
    except (sa.exc.SQLAlchemyError, OSError):
        return unknown
    finally:
        await opened.close()
    return await pbx.telephones(client, [(person.login, person.endpoint) for person in people])


async def _following(settings: Settings) -> Sequence[Finding]:
    if not settings.following.enabled or _missing_file(settings):
        return []
    opened = Database(settings.database_url, pool_size=1)
    try:
        projects = [project.number for project in await ProjectService(opened).load_all()]
        people = await IdentityService(opened, utc_now, settings.web.session_hours).users(active_only=True)
    finally:
        await opened.close()
    return await following.follow(settings, projects, [person.login for person in people])


def _missing_file(settings: Settings) -> Path | None:
    """The file of an SQLite database that does not exist: to look at it would create it."""
    url = sa.make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    path = Path(url.database)
    return None if path.exists() else path


def _line(finding: Finding, width: int) -> str:
    level = click.style(f"{finding.level:<4}", fg=_COLOURS[finding.level])
    mend = f" -> {finding.mend}" if finding.mend else ""
    return f"{level}  {finding.what:<{width}}  {finding.found}{mend}"
