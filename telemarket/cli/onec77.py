"""`telemarket backend onec77`: what a base of 1C:Enterprise 7.7 holds."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import msgspec

from telemarket.adapters.onec77.describe import AttributeView, Description, OutsideView, ThingView, describe
from telemarket.adapters.onec77.opening import opened_tables
from telemarket.cli.storage import json_option


@click.group("onec77")
def command() -> None:
    """Look into bases of 1C:Enterprise 7.7."""


@command.command("describe")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option("--url", default="", envvar="TELEMARKET_ONEC77_URL", help="SQLAlchemy URL of a base in SQL.")
@click.option(
    "--dictionary",
    type=click.Path(path_type=Path, dir_okay=False),
    help="1Cv7.DD or 1Cv7.DDS. Default: the one in FOLDER.",
)
@click.option("--code-page", default="", help="cp1251, cp866 or cp1125. Default: as the dictionary says.")
@click.option("--name", default="", help="Only what is called so, or begins so.")
@json_option
def show(folder: Path | None, url: str, dictionary: Path | None, code_page: str, name: str, as_json: bool) -> None:
    """Show what the base in FOLDER holds, by the names to use in a mapping.

    A base in SQL needs --dictionary; the URL with its password is better kept in the environment variable
    TELEMARKET_ONEC77_URL than on the command line.
    """
    if folder is None and not (url and dictionary):
        raise click.UsageError("Name the folder of a base, or --url and --dictionary of one in SQL.")
    with opened_tables(folder or Path(), url, dictionary, code_page) as tables:
        found = _only(describe(tables), name)
    if as_json:
        click.echo(msgspec.json.encode(found, enc_hook=str).decode())  # texts marked for translation in English
        return
    for line in _lines(found):
        click.echo(line)


def _only(found: Description, name: str) -> Description:
    def kept(things: Sequence[ThingView]) -> list[ThingView]:
        return [thing for thing in things if thing.name.casefold().startswith(name.casefold())]

    return msgspec.structs.replace(
        found, catalogs=kept(found.catalogs), registers=kept(found.registers), documents=kept(found.documents)
    )


def _lines(found: Description) -> Iterator[str]:
    yield f"Code page {found.code_page}"
    for heading, things in (
        ("Catalogs", found.catalogs),
        ("Registers", found.registers),
        ("Documents", found.documents),
    ):
        if things:
            yield f"\n{heading}"
        for thing in things:
            yield from _thing(thing)
    yield from _outside("Periodic attributes (of which catalog, the base does not say)", found.periodic)
    yield from _outside("Strings of unlimited length (of which catalog, the base does not say)", found.long_strings)


def _thing(thing: ThingView) -> Iterator[str]:
    traits = [*(["folders"] if thing.folders else []), *(["subordinate"] if thing.subordinate else [])]
    rows = f"{thing.rows:,} rows" if thing.rows is not None else thing.problem
    yield f"  {thing.name}  {', '.join([thing.table, rows, *traits])}"
    yield from (f"      {_attribute(attribute)}" for attribute in thing.attributes)
    if thing.lines:
        yield "    lines"
        yield from (f"      {_attribute(attribute)}" for attribute in thing.lines)


def _attribute(attribute: AttributeView) -> str:
    name = f"{attribute.name}…" if attribute.cut else attribute.name
    return f"{name:<24}{attribute.column:<12}{attribute.type}{attribute.length}"


def _outside(heading: str, attributes: Sequence[OutsideView]) -> Iterator[str]:
    if attributes:
        yield f"\n{heading}"
    yield from (f"  {attribute.name:<12}{attribute.values:,} values" for attribute in attributes)
