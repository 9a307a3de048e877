"""Signing in and out, and what a person sets for himself."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from telemarket.core.errors import TelemarketError
from telemarket.core.i18n import LANGUAGES
from telemarket.desk.context import page, services_of, text_of, translator_of, user_of
from telemarket.desk.errors import status_of
from telemarket.desk.rendering import render


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [
        Route("/sign-in", sign_in_page, methods=["GET"]),
        Route("/sign-in", sign_in, methods=["POST"], max_body_size=8192),
        Route("/sign-out", sign_out, methods=["POST"]),
        Route("/profile", profile, methods=["GET"]),
        Route("/profile", save_profile, methods=["POST"], max_body_size=8192),
    ]


async def sign_in_page(request: Request) -> Response:
    """The form; somebody signed in already goes to the desk."""
    if request.scope["user"] is not None:
        return RedirectResponse("/", 303)
    return _sign_in_form(request)


async def sign_in(request: Request) -> Response:
    """Open a session."""
    form = await request.form()
    login = text_of(form, "login")
    services = services_of(request)
    try:
        token, user = await services.identity.sign_in(login, text_of(form, "password"), address_of(request))
    except TelemarketError as error:
        return _sign_in_form(request, login, error)
    response = RedirectResponse("/", 303)
    response.set_cookie(
        request.app.state.cookie,
        token,
        max_age=int(services.identity.session_life(user).total_seconds()),
        secure=request.app.state.secure,
        httponly=True,
        samesite="strict",
    )
    return response


async def sign_out(request: Request) -> Response:
    """End the session; the operator goes off duty with it."""
    services, user = services_of(request), user_of(request)
    services.call_centre.go_offline(user.id)
    await services.identity.sign_out(request.scope["token"], address_of(request))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(request.app.state.cookie, secure=request.app.state.secure, httponly=True, samesite="strict")
    return response


async def profile(request: Request) -> Response:
    """One's own language and theme."""
    return await page(request, "profile.html")


async def save_profile(request: Request) -> Response:
    """Keep them; the page loads anew in the language chosen."""
    form = await request.form()
    user = user_of(request)
    await services_of(request).identity.update_user(
        user.id, by=user, language=text_of(form, "language"), theme=text_of(form, "theme")
    )
    return Response(status_code=204, headers={"HX-Redirect": "/profile"})


def address_of(request: Request) -> str:
    """Where the request comes from, for the audit log."""
    return request.client.host if request.client else ""


def _sign_in_form(request: Request, login: str = "", error: TelemarketError | None = None) -> HTMLResponse:
    text = translator_of(request)
    html = render(
        "sign_in.html", text, login=login, error=error, language=text.language, languages=LANGUAGES, theme="auto"
    )
    return HTMLResponse(html, status_of(error) if error else 200)
