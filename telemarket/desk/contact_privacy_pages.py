"""One person's data: handed out whole, and erased."""

import asyncio
import tempfile
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.core.roles import Permission, allows, require
from telemarket.desk.contact_care_pages import contact_of
from telemarket.desk.context import page, services_of, text_of, user_of

_SMALL_FORM = 4096


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [
        Route("/contacts/{contact_id:int}/personal", personal, methods=["GET"]),
        Route("/contacts/{contact_id:int}/export", export, methods=["POST"], max_body_size=_SMALL_FORM),
        Route("/contacts/{contact_id:int}/erase", erase, methods=["POST"], max_body_size=_SMALL_FORM),
    ]


async def personal(request: Request) -> Response:
    """What can be done with a person's data."""
    require(user_of(request), Permission.HAND_OUT_PERSONAL_DATA)
    contact = await contact_of(request)
    erases = allows(user_of(request), Permission.ERASE_PERSONAL_DATA)
    return await page(request, "contacts/personal.html", tab="personal", contact=contact, erases=erases)


async def export(request: Request) -> Response:
    """Everything about one person, as a ZIP file."""
    user = user_of(request)
    require(user, Permission.HAND_OUT_PERSONAL_DATA)
    contact = await contact_of(request)
    target = await asyncio.to_thread(_new_file)
    gone = BackgroundTask(target.unlink, missing_ok=True)
    try:
        await services_of(request).personal.export(contact.id, target, user.id)
    except BaseException:
        await asyncio.to_thread(target.unlink, missing_ok=True)
        raise
    return FileResponse(target, media_type="application/zip", filename=f"contact-{contact.id}.zip", background=gone)


def _new_file() -> Path:
    with tempfile.NamedTemporaryFile(prefix="telemarket-person-", suffix=".zip", delete=False) as made:
        return Path(made.name)


async def erase(request: Request) -> Response:
    """Erase one person's data; the number of the contact, typed, says that it is meant."""
    user = user_of(request)
    require(user, Permission.ERASE_PERSONAL_DATA)
    contact = await contact_of(request)
    if text_of(await request.form(), "confirmation").strip() != str(contact.id):
        raise InvalidInput(N_("Type the contact's number to erase his data."), field="confirmation")
    await services_of(request).personal.erase(contact.id, user.id)
    return Response(status_code=204, headers={"HX-Redirect": "/contacts"})
