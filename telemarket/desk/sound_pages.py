"""Supervisors' own sounds: the list, making one from a text or a file, hearing it, removing it."""

import json

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import LANGUAGES, N_
from telemarket.core.roles import Permission, User, require
from telemarket.desk.context import fragment, page, services_of, text_of, translator_of, user_of
from telemarket.sounds.phrases import BUILT_IN
from telemarket.sounds.service import LARGEST_FILE, LONGEST_TEXT, Sound, SoundService

_LARGEST_FORM = 100_000  # beside the file


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [
        Route("/sounds", sounds, methods=["GET"]),
        Route("/sounds", keep, methods=["POST"], max_body_size=LARGEST_FILE + _LARGEST_FORM),
        Route("/sounds/preview", preview, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route("/sounds/{name}", edit, methods=["GET"]),
        Route("/sounds/{name}", remove, methods=["DELETE"]),
        Route("/sounds/{name}/file", file, methods=["GET"]),
    ]


async def sounds(request: Request) -> Response:
    """All of them, and the form for a new one."""
    require(user_of(request), Permission.MANAGE_PROJECTS)
    return await page(request, "sounds/page.html", sound=None, longest=LONGEST_TEXT, **await _list(request))


async def keep(request: Request) -> Response:
    """Keep what the form brings, a file or a text. Answers with the list as it is now."""
    user = user_of(request)
    require(user, Permission.MANAGE_PROJECTS)
    async with request.form() as form:
        sound = await _keep(services_of(request).sounds, form, user)
    await services_of(request).audit.append(user.id, "sound.keep", _subject(sound.name, sound.language))
    return await _answer(request, "sound-kept", translator_of(request).gettext("“%(name)s” is kept.", name=sound.name))


async def preview(request: Request) -> Response:
    """A text as it will sound."""
    require(user_of(request), Permission.MANAGE_PROJECTS)
    async with request.form() as form:
        sound = await services_of(request).sounds.preview(text_of(form, "text"), text_of(form, "language"))
    return Response(sound, media_type="audio/wav")


async def edit(request: Request) -> Response:
    """The form, filled with a sound there is."""
    require(user_of(request), Permission.MANAGE_PROJECTS)
    sound = await _sound(request)
    return fragment(request, "sounds/form.html", sound=sound, longest=LONGEST_TEXT)


async def file(request: Request) -> Response:
    """The sound itself."""
    require(user_of(request), Permission.MANAGE_PROJECTS)
    path = services_of(request).sounds.path(await _sound(request))
    return FileResponse(path, media_type="audio/wav", content_disposition_type="inline")


async def remove(request: Request) -> Response:
    """Forget a sound. Answers with the list as it is now."""
    user = user_of(request)
    require(user, Permission.MANAGE_PROJECTS)
    services, name, language = services_of(request), request.path_params["name"], _language(request)
    await services.sounds.remove(name, language)
    await services.audit.append(user.id, "sound.remove", _subject(name, language))
    return await _answer(request, "sound-removed", translator_of(request).gettext("“%(name)s” is removed.", name=name))


async def _keep(sounds: SoundService, form: FormData, user: User) -> Sound:
    name, language, title = text_of(form, "name").strip(), text_of(form, "language"), text_of(form, "title")
    upload, text = form.get("file"), text_of(form, "text")
    file_name = upload.filename or "" if isinstance(upload, UploadFile) else ""
    if bool(file_name) == bool(text.strip()):
        raise InvalidInput(N_("Give either a text or a file."), field="text")
    if isinstance(upload, UploadFile) and file_name:
        data = await upload.read()
        return await sounds.upload(name, data, language=language, title=title, file=file_name, author=user)
    return await sounds.say(name, text, language=language, title=title, author=user)


async def _answer(request: Request, event: str, told: str) -> HTMLResponse:
    headers = {"HX-Trigger": json.dumps({event: told})}  # in ASCII, as a header must be
    return fragment(request, "sounds/list.html", headers, **await _list(request))


async def _list(request: Request) -> dict[str, object]:
    service = services_of(request).sounds
    return {"sounds": await service.all(), "uses": await service.uses(), "built_in": BUILT_IN, "spoken": LANGUAGES}


async def _sound(request: Request) -> Sound:
    return await services_of(request).sounds.get(request.path_params["name"], _language(request))


def _language(request: Request) -> str:
    return request.query_params.get("language", "")


def _subject(name: str, language: str) -> str:
    return f"{name} {language}".strip()
