"""What every handler reaches for: the services, the signed-in person, his language, an answer in it."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from telemarket.casework.model import ChoiceList
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import LANGUAGES, N_, Translator, translator
from telemarket.core.roles import Permission, Role, User, allows
from telemarket.desk.navigation import entries_for
from telemarket.desk.parked import ParkedCalls
from telemarket.desk.rendering import render, script_strings
from telemarket.desk.security import content_policy
from telemarket.desk.services import DeskServices
from telemarket.numbers import NumberingPlan


def services_of(connection: HTTPConnection) -> DeskServices:
    """The services of this application."""
    services = connection.app.state.services
    assert isinstance(services, DeskServices)  # noqa: S101
    return services


def parked_of(connection: HTTPConnection) -> ParkedCalls:
    """The parked calls as pages are told of them."""
    parked = connection.app.state.parked
    assert isinstance(parked, ParkedCalls)  # noqa: S101
    return parked


def user_of(connection: HTTPConnection) -> User:
    """The signed-in person; the authentication middleware lets nobody else through."""
    user = connection.scope["user"]
    assert isinstance(user, User)  # noqa: S101
    return user


def translator_of(connection: HTTPConnection) -> Translator:
    """The reader's language: his own choice, else what his browser prefers, else the configured one."""
    settings = services_of(connection).settings
    user = connection.scope.get("user")
    chosen = user.language if isinstance(user, User) else ""
    return translator(chosen or _preferred(connection) or settings.language, settings.timezone)


def numbering_plan(connection: HTTPConnection) -> NumberingPlan:
    """How numbers typed here are read."""
    numbers = services_of(connection).settings.numbers
    return NumberingPlan(regions=tuple(numbers.regions), area_code=numbers.area_code)


def is_fragment(request: Request) -> bool:
    """Whether a script asks for a part of a page it has open already."""
    return request.headers.get("HX-Request") == "true"


def wants_json(request: Request) -> bool:
    """Whether a script asks, which shows errors itself."""
    return is_fragment(request) or "application/json" in request.headers.get("Accept", "")


def fragment(request: Request, template: str, headers: Mapping[str, str] | None = None, **context: Any) -> HTMLResponse:
    """A part of a page."""
    return HTMLResponse(render(template, translator_of(request), **_common(request), **context), headers=headers)


async def page(request: Request, template: str, **context: Any) -> HTMLResponse:
    """A page inside the shell, or alone if the shell is there already."""
    if is_fragment(request):
        return fragment(request, template, **context)
    services, text = services_of(request), translator_of(request)
    choices = await services.casework.choices(None)
    shell = {
        "view": template,
        "navigation": entries_for(user_of(request)),
        "pauses": choices[ChoiceList.PAUSE],
        "plugin_pages": [p for p in services.plugin_pages if user_of(request).role.covers(Role(p.role))],
        "demo": services.demo_call is not None,
        "strings": script_strings(text),
        "page_settings": _page_settings(user_of(request)),
    }
    html = render("shell.html", text, **_common(request), **shell, **context)
    return HTMLResponse(html, headers={"Content-Security-Policy": await _shell_policy(services)})


def _page_settings(user: User) -> dict[str, Any]:
    """What scripts know of the signed-in person."""
    return {
        "user": user.id,
        "name": user.name,
        "telephone": user.telephone,
        "listens_to_all": allows(user, Permission.LISTEN_RECORDING),
    }


async def _shell_policy(services: DeskServices) -> str:
    """Pages in the shell also reach the telephone's server, and frame the outside CRMs of projects that ask for it."""
    asterisk = services.settings.asterisk
    frames = [project.crm_url for project in await services.projects.load_all() if project.crm_open == "frame"]
    return content_policy([websocket_url(asterisk.websocket_url, asterisk.ari_url)], frames)


def websocket_url(configured: str, ari_url: str) -> str:
    """Where the page's telephone connects: as configured, else where ARI is served."""
    return configured or ari_url.replace("http", "ws", 1).rstrip("/").removesuffix("/ari") + "/ws"


def done(values: Mapping[str, Any] | None = None) -> JSONResponse:
    """A script's command was carried out."""
    return JSONResponse(dict(values or {}))


def toasted(told: str, event: str) -> Response:
    """A form was carried out: `told` is shown in the corner, and what waits for `event` in the page is asked anew."""
    # In ASCII, as a header must be.
    return Response(status_code=204, headers={"HX-Trigger": json.dumps({"told": told, event: ""})})


def text_of(form: FormData, field: str) -> str:
    """A text from a form; empty where there is none, or a file."""
    value = form.get(field)
    return value if isinstance(value, str) else ""


def whole(text: object, field: str) -> int:
    """A whole number from a form; raises InvalidInput."""
    try:
        number = int(str(text))
    except ValueError:
        number = -1
    if not 0 <= number < 2**31:
        raise InvalidInput(N_("This is not a number of the kind expected."), field=field)
    return number


def optional_whole(text: object, field: str) -> int | None:
    """A whole number from a form, None where it was left empty; raises InvalidInput."""
    return whole(text, field) if text not in (None, "") else None


def _common(request: Request) -> dict[str, Any]:
    text = translator_of(request)
    return {
        "user": request.scope.get("user"),
        "settings": services_of(request).settings,
        "language": text.language,
        "languages": LANGUAGES,
    }


def _preferred(connection: HTTPConnection) -> str:
    for part in connection.headers.get("Accept-Language", "").split(","):
        language = part.split(";")[0].strip()[:2].lower()
        if language in LANGUAGES:
            return language
    return ""
