"""`telemarket contacts`: look people up, join doubles, hand out or erase one person's data."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click
import msgspec

from telemarket import belongings
from telemarket.adapters.syncing import opened
from telemarket.cli.main import Context, pass_context
from telemarket.cli.storage import dry_run_option, json_option, open_database
from telemarket.cli.whole_file import whole_file
from telemarket.contacts.duplicates import Double, Duplicates
from telemarket.contacts.history import ChangeReader, ContactChange
from telemarket.contacts.merges import Merges
from telemarket.contacts.model import Contact
from telemarket.contacts.personal import PersonalDataService
from telemarket.contacts.service import ContactService
from telemarket.core.audit import AuditLog
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.settings import Settings
from telemarket.numbers import NumberingPlan
from telemarket.recordings.retention import Retention

T = TypeVar("T")

_contact = click.argument("contact_id", metavar="CONTACT", type=int)
_LONGEST_LIST = 500


@click.group("contacts")
def command() -> None:
    """Look contacts up, join doubles, hand out or erase one person's data. CONTACT is a contact's number."""


@command.command("show")
@_contact
@json_option
@pass_context
def show(context: Context, contact_id: int, as_json: bool) -> None:
    """Show all that is known about CONTACT."""
    contact = _run(context.settings, lambda database: _contacts(context.settings, database).get(contact_id))
    if as_json:
        click.echo(msgspec.json.encode(contact).decode())
        return
    for name, value in msgspec.structs.asdict(contact).items():
        if name == "phones":
            value = [
                f"{phone.e164 or phone.raw}{f' ext. {phone.extension}' if phone.extension else ''}" for phone in value
            ]
        if value:
            click.echo(f"{name.replace('_', ' ')}: {_text(value)}")


@command.command("search")
@click.argument("text")
@click.option("--limit", type=click.IntRange(1, _LONGEST_LIST), default=20, show_default=True)
@json_option
@pass_context
def search(context: Context, text: str, limit: int, as_json: bool) -> None:
    """Find contacts by the beginnings of words, or by a number or part of one."""
    found = _run(context.settings, lambda database: _contacts(context.settings, database).search(text, limit))
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    for contact in found:
        click.echo(_line(contact))


@command.command("history")
@_contact
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@json_option
@pass_context
def history(context: Context, contact_id: int, limit: int, as_json: bool) -> None:
    """Show who changed what about CONTACT, newest first."""

    async def work(database: Database) -> list[ContactChange]:
        await _contacts(context.settings, database).get(contact_id)
        return await ChangeReader(database).of_contact(contact_id, limit=limit)

    found = _run(context.settings, work)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    zone = ZoneInfo(context.settings.timezone)
    for change in found:
        who = f"{change.by}, {change.origin}" if change.by else change.origin
        click.echo(f"{change.at.astimezone(zone):%Y-%m-%d %H:%M:%S}  {who}")
        for field, (old, new) in change.changes.items():
            click.echo(f"    {field}: {_text(old)} → {_text(new)}")


@command.command("duplicates")
@_contact
@json_option
@pass_context
def duplicates(context: Context, contact_id: int, as_json: bool) -> None:
    """Show who is probably the same as CONTACT: with the same number, mail or name."""

    async def work(database: Database) -> list[Double]:
        contact = await _contacts(context.settings, database).get(contact_id)
        return await Duplicates(database).of_contact(contact)

    found = _run(context.settings, work)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    for double in found:
        click.echo(f"{_line(double.contact)}  same {', '.join(double.reasons)}")


@command.command("merge")
@click.argument("kept", type=int)
@click.argument("gone", type=int)
@click.option("--take", "taken", multiple=True, metavar="FIELD", help="Of FIELD keep the value of GONE. Repeatable.")
@dry_run_option
@pass_context
def merge(context: Context, kept: int, gone: int, taken: tuple[str, ...], dry_run: bool) -> None:
    """Make the contact GONE a part of the contact KEPT, with its numbers, calls and requests."""

    async def work(merges: Merges) -> int:
        takes = set(taken)
        for choice in (await merges.preview(kept, gone)).choices:
            if choice.takes == "gone":  # a refusal is not lost by joining contacts
                takes.add(choice.field)
            click.echo(f"{choice.field}: {_text(choice.gone if choice.field in takes else choice.kept)}")
        return await merges.merge(kept, gone, takes, None)

    merge_id = _merging(context.settings, work, dry_run=dry_run)
    if dry_run:
        click.echo(f"Would make {gone} a part of {kept}.")
    else:
        click.echo(f"Made {gone} a part of {kept}. To undo it: telemarket contacts unmerge {merge_id}")


@command.command("unmerge")
@click.argument("merge_id", metavar="MERGE", type=int)
@dry_run_option
@pass_context
def unmerge(context: Context, merge_id: int, dry_run: bool) -> None:
    """Undo a merge: both contacts are what they were before it."""
    _merging(context.settings, lambda merges: merges.undo(merge_id, None), dry_run=dry_run)
    click.echo(f"{'Would undo' if dry_run else 'Undid'} the merge {merge_id}.")


@command.command("export")
@_contact
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@pass_context
def export(context: Context, contact_id: int, file: Path) -> None:
    """Write everything about the person CONTACT into the ZIP file FILE: for himself, if he asks what is kept."""
    if file.exists():
        raise click.UsageError(f"{file} exists already.")
    with whole_file(file) as partial:
        names = _personal(context.settings, lambda personal: personal.export(contact_id, partial, None))
    click.echo(f"Wrote {file}: {', '.join(names)}.")


@command.command("erase")
@_contact
@click.option("--yes", is_flag=True, help="Do not ask.")
@dry_run_option
@pass_context
def erase(context: Context, contact_id: int, yes: bool, dry_run: bool) -> None:
    """Erase the data of the person CONTACT for ever. Calls and requests stay, without name, number and words."""
    if not (yes or dry_run):
        click.confirm(f"Erase everything about contact {contact_id}? This cannot be undone.", abort=True)
    counts = _personal(context.settings, lambda personal: personal.erase(contact_id, None), dry_run=dry_run)
    told = ", ".join(f"{count} of {room}" for room, count in counts.items())
    click.echo(f"{'Would erase' if dry_run else 'Erased'} contact {contact_id}: {told}.")


def _line(contact: Contact) -> str:
    numbers = ", ".join(phone.e164 or phone.raw for phone in contact.phones[:2])
    return (
        f"{contact.id:>8}  {contact.title or '(without a name)'}  {contact.company if contact.name else ''}  {numbers}"
    )


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(map(_text, value))
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_text(each)}" for name, each in value.items())
    return "—" if value in (None, "") else str(value)


def _plan(settings: Settings) -> NumberingPlan:
    return NumberingPlan(regions=tuple(settings.numbers.regions), area_code=settings.numbers.area_code)


def _contacts(settings: Settings, database: Database) -> ContactService:
    return ContactService(database, _plan(settings), utc_now)


def _merging(settings: Settings, work: Callable[[Merges], Awaitable[T]], *, dry_run: bool) -> T:
    async def with_merges(database: Database) -> T:
        async with opened(settings) as registry:
            return await work(belongings.merges(database, _plan(settings), utc_now, registry.trust()))

    return _run(settings, with_merges, dry_run=dry_run)


def _personal(settings: Settings, work: Callable[[PersonalDataService], Awaitable[T]], *, dry_run: bool = False) -> T:
    async def with_personal(database: Database) -> T:
        retention = Retention(database, settings.recordings_dir, AuditLog(database, utc_now), utc_now)
        return await work(belongings.personal_data(database, settings, _plan(settings), utc_now, retention))

    return _run(settings, with_personal, dry_run=dry_run)


def _run(settings: Settings, work: Callable[[Database], Awaitable[T]], *, dry_run: bool = False) -> T:
    async def run() -> T:
        async with open_database(settings, dry_run=dry_run) as database:
            return await work(database)

    return asyncio.run(run())
