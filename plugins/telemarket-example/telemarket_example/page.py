"""The page /plugins/contacts-file: what became of the file."""

from html import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from telemarket_example.contacts import ContactsFile, FileUnreadable


def application(file: ContactsFile) -> Starlette:
    """The page as an ASGI application; Telemarket mounts it and has checked the visitor's role."""

    async def show(_request: Request) -> HTMLResponse:
        try:
            content = await file.content()
            state = f"{len(content.records)} contacts, {len(content.refused)} rows refused"
        except FileUnreadable as error:
            state = str(error)
        return HTMLResponse(
            f"<!doctype html><html lang='en'><title>Contacts file</title>"
            f"<h1>Contacts file</h1><p>{escape(str(file.path))}</p><p role='status'>{escape(state)}</p>"
        )

    return Starlette(routes=[Route("/", show)])
