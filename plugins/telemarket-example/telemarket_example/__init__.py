"""An example plugin: the kind of backend `csv`, the AGI hook `limit`, and a page.

Telemarket calls the functions marked `@hookimpl`; each may take any of the arguments its hook offers.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from telemarket.backend import BackendKind
from telemarket.hookspecs import AgiHook, AgiRequest, Page, PluginContext, hookimpl
from telemarket_example.backend import KIND
from telemarket_example.contacts import ContactsFile, FileUnreadable
from telemarket_example.page import application


@hookimpl
def telemarket_backend_kinds() -> Sequence[BackendKind]:
    return [KIND]


@hookimpl
def telemarket_agi_hooks(context: PluginContext) -> Mapping[str, AgiHook]:
    return {"limit": partial(limit, _file(context))}


@hookimpl
def telemarket_pages(context: PluginContext) -> Sequence[Page]:
    app = application(_file(context))
    return [Page(name="contacts-file", title="Contacts file", role="supervisor", app=app)]


async def limit(file: ContactsFile, request: AgiRequest) -> Mapping[str, str]:
    """`agi://…/limit` sets EXAMPLE_LIMIT to what the caller may still spend, empty if that is not known."""
    try:
        found = await file.find(request.caller)
    except FileUnreadable:
        found = ()
    amounts = [limit.amount for record in found for limit in record.limits]
    return {"EXAMPLE_LIMIT": str(amounts[0]) if amounts else ""}


def _file(context: PluginContext) -> ContactsFile:
    if "file" not in context.options:
        raise ValueError('name the CSV file: file = "/path/to/contacts.csv" in [plugins.options.example]')
    options = context.options
    return ContactsFile(
        Path(options["file"]), region=options.get("region", "UA"), currency=options.get("currency", "UAH")
    )
