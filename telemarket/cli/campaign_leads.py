"""`telemarket campaign add-leads` and `export`: lists of leads in and out."""

import csv
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import click
import msgspec

from telemarket.cli.campaign_services import Services, with_services
from telemarket.cli.do_not_call import SOME_REFUSED
from telemarket.cli.lead_file import LeadColumns, LeadFile, open_leads
from telemarket.cli.main import Context, pass_context
from telemarket.cli.storage import dry_run_option, json_option
from telemarket.cli.whole_file import whole_file
from telemarket.contacts.search import ContactFilter
from telemarket.core.errors import InvalidInput
from telemarket.core.text import harmless_cell
from telemarket.dialer.lead_sources import from_backend, from_contacts, from_import
from telemarket.dialer.model import Added, LeadData

_campaign = click.argument("campaign_id", metavar="CAMPAIGN", type=int)


@click.command("add-leads")
@_campaign
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--sheet", default="", help="Sheet to read.  [default: the first with anything in it]")
@click.option("--number", "numbers", multiple=True, metavar="HEADING",
              help="A column of numbers, the one to be called first first. Repeatable.")  # fmt: skip
@click.option("--best-hour", "best_hours", multiple=True, metavar="HEADING",
              help="A column with the best hour, 0 to 23, of the numbers of each --number. Repeatable.")  # fmt: skip
@click.option("--name", default="", metavar="HEADING", help="The column of names.")
@click.option("--zone", default="", metavar="HEADING", help="The column of time zones, as Europe/Kyiv.")
@click.option("--rank", default="", metavar="HEADING", help="The column of ranks: 1 is called first.")
@click.option("--category", default="", help="Contacts of this category.")
@click.option("--region", default="", help="Contacts of this region.")
@click.option("--source", default="", help="Contacts from this source.")
@click.option("--attribute", metavar="NAME=VALUE", help="Contacts with this value.")
@click.option("--text", default="", help="Contacts found by this text.")
@click.option("--backend", default="", metavar="NAME", help="Contacts this backend knows.")
@click.option("--import-run", type=int, metavar="ID", help="Contacts an import added or changed.")
@dry_run_option
@json_option
@pass_context
def add_leads(
    context: Context, /, campaign_id: int, file: Path | None, dry_run: bool, as_json: bool, **told: Any
) -> None:
    """Add leads to CAMPAIGN: from FILE (a spreadsheet or a text), or contacts.

    Columns of FILE that look like telephones and names are taken for that if none are named; all others are shown to
    the operator. Who is a lead of the campaign already is passed over. With --dry-run doubles are found among a
    thousand rows at a time only.

    The exit status is 3 if rows were refused; the others are added.
    """

    async def work(services: Services) -> Added:
        return await _add(services, campaign_id, file, told)

    added = with_services(context.settings, work, dry_run=dry_run, bulk=True)
    if as_json:
        click.echo(msgspec.json.encode(added, enc_hook=str).decode())
    else:
        for where, why in added.refused:
            click.echo(f"{where}: {why}", err=True)
        verb = "Would add" if dry_run else "Added"
        click.echo(f"{verb} {added.added} leads; {added.doubles} doubles, {added.refused_count} refused.")
    if added.refused_count:
        sys.exit(SOME_REFUSED)


@click.command("export")
@_campaign
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@pass_context
def export(context: Context, campaign_id: int, file: Path) -> None:
    """Write every lead of CAMPAIGN, with what became of it, into FILE (CSV)."""
    if file.exists():
        raise click.UsageError(f"{file} exists already.")
    if not file.absolute().parent.is_dir():
        raise click.UsageError(f"There is no folder {file.absolute().parent}.")

    async def work(services: Services) -> int:
        await services.campaigns.get(campaign_id)
        rows = 0
        with whole_file(file) as partial, partial.open("w", encoding="utf-8-sig", newline="") as opened:
            writer = csv.writer(opened)
            async for row in services.leads.export(campaign_id):
                writer.writerow(map(harmless_cell, row))
                rows += 1
        return rows - 1

    click.echo(f"Wrote {with_services(context.settings, work)} leads to {file}.")


async def _add(services: Services, campaign_id: int, file: Path | None, told: dict[str, Any]) -> Added:
    contacts = {name: told[name] for name in ("category", "region", "source", "text") if told[name]}
    if told["attribute"]:
        name, _, value = (part.strip() for part in told["attribute"].partition("="))
        if not (name and value):
            raise InvalidInput("Give an attribute as NAME=VALUE.", field="attribute")
        contacts["attribute"] = (name, value)
    ways = [file is not None, bool(contacts), bool(told["backend"]), told["import_run"] is not None]
    if sum(ways) != 1:
        raise click.UsageError("Say where leads come from in one way: FILE, contacts, --backend or --import-run.")
    if file is not None:
        return await _from_file(services, campaign_id, file, told)
    rows: AsyncIterator[LeadData]
    if contacts:
        rows = from_contacts(services.database, services.plan, ContactFilter(**contacts))
        source = "contacts"
    elif told["backend"]:
        rows, source = from_backend(services.database, told["backend"]), f"backend {told['backend']}"
    else:
        rows, source = from_import(services.database, told["import_run"]), f"import {told['import_run']}"
    return await services.leads.add(campaign_id, rows, source, None)


async def _from_file(services: Services, campaign_id: int, path: Path, told: dict[str, Any]) -> Added:
    names = {name: told[name] for name in LeadColumns.__struct_fields__}
    opened: LeadFile = open_leads(path, told["sheet"], LeadColumns(**names), services.plan)
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=opened.total, label="Adding", file=sys.stderr, hidden=hidden) as bar:
        return await services.leads.add(campaign_id, opened.leads(bar.update), path.name, None)
