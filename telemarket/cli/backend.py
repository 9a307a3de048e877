"""`telemarket backend`: the sources of contacts beside the own database."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click
import msgspec
from pydantic import SecretStr

from telemarket.adapters.service import BackendService, BackendView, check_source
from telemarket.adapters.syncing import opened, syncing
from telemarket.backend import BackendKind, Finding
from telemarket.cli.main import Context, pass_context
from telemarket.cli.onec77 import command as onec77
from telemarket.cli.progress import end_steps, show_step
from telemarket.cli.quiet import quiet_logs
from telemarket.cli.storage import json_option, open_database
from telemarket.contacts.sync.states import Counts, SyncStates
from telemarket.core.clock import utc_now
from telemarket.core.errors import ConfigurationError
from telemarket.core.settings import Settings


@click.group("backend")
def command() -> None:
    """Sources of contacts: list, check and synchronise them."""
    quiet_logs()


command.add_command(onec77)


@command.command("list")
@json_option
@pass_context
def show(context: Context, as_json: bool) -> None:
    """Show the configured backends and how their synchronisation stands."""
    views = asyncio.run(_overview(context.settings))
    if as_json:
        click.echo(_json(views))
        return
    if not views:
        click.echo("There are no backends: name one in the configuration, [backends.NAME].", err=True)
    for view in views:
        click.echo(f"{view.name:<16} {view.kind:<10} {view.title}")
        click.echo(f"{'':<16} {_standing(view)}")


@command.command("kinds")
@json_option
@pass_context
def kinds(context: Context, as_json: bool) -> None:
    """Show the kinds of backends there are, with their options."""
    found = asyncio.run(_kinds(context.settings))
    if as_json:
        click.echo(_json([_described(kind) for kind in found]))
        return
    for kind in found:
        click.echo(f"{kind.name}: {kind.title}")
        for option in _described(kind)["options"]:
            needed = "needed" if option["required"] else f"default {option['default']!r}"
            click.echo(f"  {option['name']:<20} {option['description']} ({needed})")


@command.command("check")
@click.argument("names", nargs=-1)
@json_option
@pass_context
def check(context: Context, names: tuple[str, ...], as_json: bool) -> None:
    """Try out the backends NAMES (default: all) and say what to mend. Exit status 1 if anything is not well."""
    findings = asyncio.run(_check(context.settings, names))
    if as_json:
        click.echo(_json(findings))
    else:
        for name, found in findings.items():
            for finding in found:
                mark = click.style("ok  ", fg="green") if finding.well else click.style("FAIL", fg="red")
                click.echo(f"{mark}  {name:<16} {finding.what}{f' -> {finding.remedy}' if finding.remedy else ''}")
    if not all(finding.well for found in findings.values() for finding in found):
        sys.exit(1)


@command.command("sync")
@click.argument("name")
@click.option("--from-nothing", is_flag=True, help="Forget the last place: read everything anew.")
@click.option("--accept-loss", is_flag=True, help="Also when the source has lost most of its records.")
@json_option
@pass_context
def sync(context: Context, name: str, from_nothing: bool, accept_loss: bool, as_json: bool) -> None:
    """Synchronise the backend NAME now."""
    try:
        counts = asyncio.run(_sync(context.settings, name, from_nothing=from_nothing, accept_loss=accept_loss))
    finally:
        end_steps()
    if as_json:
        click.echo(_json(counts))
        return
    click.echo(_summary(counts))
    for key, reason in counts.refusals:
        click.echo(f"  refused {key}: {reason}", err=True)


async def _overview(settings: Settings) -> list[BackendView]:
    async with opened(settings) as registry, open_database(settings) as database:
        return await BackendService(registry, SyncStates(database, utc_now)).overview()


async def _kinds(settings: Settings) -> list[BackendKind]:
    async with opened(settings) as registry:
        return list(registry.kinds())


async def _check(settings: Settings, names: Sequence[str]) -> dict[str, Sequence[Finding]]:
    async with opened(settings) as registry:
        sources = [registry.source(name) for name in names or registry.sources]
        findings = await asyncio.gather(*map(check_source, sources))
    return {source.name: found for source, found in zip(sources, findings, strict=True)}


async def _sync(settings: Settings, name: str, *, from_nothing: bool, accept_loss: bool) -> Counts:
    async with syncing(settings, accept_loss=accept_loss) as (registry, runner):
        source = registry.source(name)
        if source.backend is None:
            raise ConfigurationError(source.problem, remedy=f"Mend [backends.{name}].")

        def tell(counts: Counts) -> None:
            show_step(f"{source.title}: {_summary(counts)}")

        return await runner.run(source.backend, tell, from_nothing=from_nothing)


def _standing(view: BackendView) -> str:
    if view.problem:
        return f"left out: {view.problem}"
    state = view.state
    if state.running:
        return f"running: {_summary(state.counts)}"
    parts = [f"last success {_when(state.succeeded_at)}"]
    for what, each in (("failed", state), ("results not taken", view.results)):
        if each and each.failing and each.failure:
            parts.append(f"{what} {_when(each.failed_at)}: {each.failure.message} {each.failure.remedy}".rstrip())
    return "; ".join(parts)


def _json(value: object) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()  # texts marked for translation are their English selves


def _when(moment: datetime | None) -> str:
    return moment.isoformat(" ", "seconds") if moment else "never"


def _summary(counts: Counts) -> str:
    of = f" of {counts.total}" if counts.total is not None else ""
    return (
        f"{counts.read}{of} records: {counts.new} new, {counts.joined} joined, {counts.changed} changed, "
        f"{counts.unchanged} unchanged, {counts.gone} gone, {counts.refused} refused"
    )


def _described(kind: BackendKind) -> dict[str, Any]:
    options = [
        {
            "name": name,
            "description": field.description or "",
            "required": field.is_required(),
            "default": None if field.is_required() else _plain(field.get_default(call_default_factory=True)),
        }
        for name, field in kind.options.model_fields.items()
    ]
    return {"name": kind.name, "title": kind.title, "options": options}


def _plain(value: object) -> object:
    return "" if isinstance(value, SecretStr) else str(value) if not isinstance(value, (int, float, bool)) else value
