"""What is well with a route over HTTP, and what is not."""

from collections.abc import AsyncIterator, Sequence
from urllib.parse import urlsplit

from telemarket.adapters.domino.options import DominoOptions
from telemarket.adapters.domino.records import RowMapping
from telemarket.adapters.domino.snapshot import nobody_in
from telemarket.adapters.domino.source import Page, Source
from telemarket.backend import Finding, Record
from telemarket.core.errors import TelemarketError
from telemarket.core.i18n import N_

_UNLIKELY_NUMBER = "0000000"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_MOST_NAMED = 40  # columns that a remedy lists


async def findings(source: Source, mapping: RowMapping, options: DominoOptions) -> AsyncIterator[Finding]:
    """From the connection by the view and its columns to the view of numbers; changes nothing."""
    address = urlsplit(options.url)
    if options.user and address.scheme == "http" and address.hostname not in _LOOPBACK:
        yield Finding(
            what=N_("The password crosses the network unprotected."),
            well=False,
            remedy=N_("Set url to an address with https, and ca_file if its certificate is your own."),
        )
    try:
        page = await source.sample()
    except TelemarketError as error:
        yield Finding(what=error.message, well=False, remedy=error.remedy)
        return
    documents = [row for row in page.rows if row.unid]
    if not documents:
        nobody = nobody_in(options.view)
        yield Finding(what=nobody.message, well=False, remedy=nobody.remedy)
        return
    yield Finding(
        what=N_("The view %(view)s can be read.", view=options.view),
        well=True,
    )
    yield await _columns(source, page, options)
    yield _telephones([mapping.record(row) for row in documents])
    if options.phone_view or options.phone_query:
        yield await _by_number(source, options)


async def _columns(source: Source, page: Page, options: DominoOptions) -> Finding:
    try:
        there = await source.columns(page)
    except TelemarketError as error:
        return Finding(what=error.message, well=False, remedy=error.remedy)
    missing = [column for column in options.columns if column.lower() not in there]
    if not missing:
        return Finding(what=N_("The view has each column that is read."), well=True)
    return Finding(
        what=N_("The view has no column %(columns)s.", columns=", ".join(missing)),
        well=False,
        remedy=N_(
            "Columns go by their programmatic names (column properties, last tab). There are: %(columns)s.",
            columns=", ".join(sorted(there)[:_MOST_NAMED]),
        ),
    )


def _telephones(records: Sequence[Record]) -> Finding:
    reachable = sum(bool(record.phones) for record in records)
    return Finding(
        what=N_("%(some)s of the first %(all)s documents have a telephone.", some=reachable, all=len(records)),
        well=bool(reachable),
        remedy="" if reachable else N_("Name the columns that hold the numbers in columns."),
    )


async def _by_number(source: Source, options: DominoOptions) -> Finding:
    try:
        await source.find(_UNLIKELY_NUMBER)
    except TelemarketError as error:
        return Finding(what=error.message, well=False, remedy=error.remedy)
    by = options.phone_query or options.phone_view
    return Finding(what=N_("Numbers can be asked for by %(view)s.", view=by), well=True)
