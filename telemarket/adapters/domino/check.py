"""What is well with a route over HTTP, and what is not."""

from collections.abc import AsyncIterator, Sequence
from urllib.parse import urlsplit

from telemarket.adapters.domino.options import DominoOptions
from telemarket.adapters.domino.rows import Row
from telemarket.adapters.domino.source import Source
from telemarket.backend import Finding
from telemarket.core.errors import TelemarketError
from telemarket.core.i18n import N_

_UNLIKELY_NUMBER = "0000000"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_MOST_NAMED = 40  # columns that a remedy lists


async def findings(source: Source, options: DominoOptions) -> AsyncIterator[Finding]:
    """From the connection by the view and its columns to the view of numbers; changes nothing."""
    address = urlsplit(options.url)
    if options.user and address.scheme == "http" and address.hostname not in _LOOPBACK:
        yield Finding(
            what=N_("The password crosses the network unprotected."),
            well=False,
            remedy=N_("Set url to an address with https, and ca_file if its certificate is your own."),
        )
    try:
        page = await source.page(None, patient=False)
    except TelemarketError as error:
        yield Finding(what=error.message, well=False, remedy=error.remedy)
        return
    documents = [row for row in page.rows if row.unid]
    yield Finding(
        what=N_("The view %(view)s can be read: %(count)s documents at once.", view=options.view, count=len(documents))
        if documents
        else N_("The view %(view)s shows no document to this user.", view=options.view),
        well=bool(documents),
        remedy=""
        if documents
        else N_("Check the view's selection, the user's access and the documents' reader fields."),
    )
    if documents:
        yield _columns(documents, options)
    if options.phone_view or options.phone_query:
        yield await _by_number(source, options)


def _columns(documents: Sequence[Row], options: DominoOptions) -> Finding:
    there = {column for row in documents for column, texts in row.values.items() if texts}
    missing = [column for column in options.columns if column.lower() not in there]
    if not missing:
        return Finding(what=N_("Each column that is read has values."), well=True)
    return Finding(
        what=N_("Columns without a value: %(columns)s.", columns=", ".join(missing)),
        well=False,
        remedy=N_(
            "Columns go by their programmatic names (column properties, last tab). There are: %(columns)s.",
            columns=", ".join(sorted(there)[:_MOST_NAMED]),
        ),
    )


async def _by_number(source: Source, options: DominoOptions) -> Finding:
    try:
        await source.find(_UNLIKELY_NUMBER)
    except TelemarketError as error:
        return Finding(what=error.message, well=False, remedy=error.remedy)
    by = options.phone_query or options.phone_view
    return Finding(what=N_("Numbers can be asked for by %(view)s.", view=by), well=True)
