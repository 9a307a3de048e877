"""Errors as people meet them: a page, or JSON for a script; always the id, what was wrong and what to do."""

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from telemarket.casework.model import RequestConflict
from telemarket.core.errors import DatabaseUnavailable, InvalidInput, NotAllowed, NotFound, TelemarketError
from telemarket.core.i18n import N_
from telemarket.core.identity import SignInRefused, TooManyAttempts
from telemarket.desk.context import translator_of, wants_json
from telemarket.desk.rendering import render
from telemarket.desk.security import content_policy, put_security_headers
from telemarket.importing.errors import ImportBusy

log = structlog.get_logger(__name__)

_STATUSES: dict[type[TelemarketError], int] = {
    InvalidInput: 422,
    SignInRefused: 403,
    TooManyAttempts: 429,
    NotAllowed: 403,
    NotFound: 404,
    RequestConflict: 409,
    ImportBusy: 409,
    DatabaseUnavailable: 503,
}


class _Unexpected(TelemarketError):
    error_id = "internal"
    retryable = True


def status_of(error: TelemarketError) -> int:
    """The HTTP status that says the same."""
    return next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), 500)


async def telemarket_error(request: Request, error: Exception) -> Response:
    """An error raised on purpose."""
    assert isinstance(error, TelemarketError)  # noqa: S101
    return _answer(request, error, status_of(error))


async def http_error(request: Request, error: Exception) -> Response:
    """A refusal of the framework's: no such page, wrong method, body too large."""
    assert isinstance(error, HTTPException)  # noqa: S101
    if error.status_code == 404:
        return _answer(request, NotFound(N_("There is no such page.")), 404)
    return _answer(request, TelemarketError(N_("The request cannot be carried out.")), error.status_code)


async def unexpected_error(request: Request, error: Exception) -> Response:
    """A fault of ours; the framework logs the traceback after this answer."""
    log.error("a page failed", path=request.url.path, error=repr(error))
    message = N_("Something went wrong on the server.")
    remedy = N_("Try again; if it happens again, tell the administrator the time and what you did.")
    answer = _answer(request, _Unexpected(message, remedy=remedy), 500)
    # The framework sends this one past our middleware.
    put_security_headers(answer.headers, content_policy(), request.app.state.secure)
    return answer


def _answer(request: Request, error: TelemarketError, status: int) -> Response:
    text = translator_of(request)
    message, remedy = text.message(error.message), text.message(error.remedy)
    if wants_json(request):
        body = {
            "error_id": error.error_id,
            "message": message,
            "remedy": remedy,
            "retryable": error.retryable,
            "field": error.field if isinstance(error, InvalidInput) else "",
        }
        return JSONResponse(body, status)
    html = render(
        "error.html",
        text,
        message=message,
        remedy=remedy,
        error_id=error.error_id,
        language=text.language,
        theme="auto",
    )
    return HTMLResponse(html, status)
