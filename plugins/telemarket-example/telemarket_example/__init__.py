"""An example plugin: contacts from a CSV file, the AGI hook `limit`, and a page.

Telemarket calls the functions marked `@hookimpl`; each may take any of the arguments its hook offers.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from telemarket.hookspecs import AgiHook, AgiRequest, Backend, Page, PluginContext, hookimpl
from telemarket_example.contacts import ContactsFile, CsvBackend
from telemarket_example.page import application


@hookimpl
def telemarket_backends(context: PluginContext) -> Sequence[Backend]:
    return [CsvBackend(_file(context))]


@hookimpl
def telemarket_agi_hooks(context: PluginContext) -> Mapping[str, AgiHook]:
    return {"limit": partial(limit, _file(context))}


@hookimpl
def telemarket_pages(context: PluginContext) -> Sequence[Page]:
    app = application(_file(context))
    return [Page(name="contacts-file", title="Contacts file", role="supervisor", app=app)]


async def limit(file: ContactsFile, request: AgiRequest) -> Mapping[str, str]:
    """`agi://…/limit` sets EXAMPLE_LIMIT to what the caller may still spend, empty if he is unknown."""
    rows = await file.find(request.caller)
    return {"EXAMPLE_LIMIT": rows[0].limit if rows else ""}


def _file(context: PluginContext) -> ContactsFile:
    if "file" not in context.options:
        raise ValueError('name the CSV file: file = "/path/to/contacts.csv" in [plugins.options.example]')
    return ContactsFile(Path(context.options["file"]), region=context.options.get("region", "UA"))
