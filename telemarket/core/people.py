"""The people who sign in, as stored: reading, adding, changing."""

import re
import secrets
from typing import Any, TypedDict

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import LANGUAGES, N_
from telemarket.core.roles import Role, User
from telemarket.core.tables import users
from telemarket.core.text import clean_line

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
_ENDPOINT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_THEMES = ("auto", "light", "dark")
_TELEPHONES = ("page", "phone")
_RECORD = ("", "always", "never")

COLUMNS = tuple(users.c[name] for name in User.__struct_fields__)


class PersonFields(TypedDict, total=False):
    """What may be said about a person; see `User` for the meaning."""

    name: str
    role: str
    language: str
    theme: str
    telephone: str
    endpoint: str
    record: str


class Telephone(msgspec.Struct, frozen=True, kw_only=True):
    """How an active person is rung. `sip_secret` is the password of a page's telephone; never show or log it."""

    user_id: int
    login: str
    name: str
    telephone: str  # page | phone
    endpoint: str
    sip_secret: str


def user_from(row: sa.Row[*tuple[Any, ...]]) -> User:
    """The person in a row that begins with `COLUMNS`."""
    return msgspec.convert(dict(zip(User.__struct_fields__, row, strict=False)), User)


def clean_login(login: str) -> str:
    """The login in lower case; raises InvalidInput (field "login") when it is not one."""
    login = login.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise InvalidInput(
            N_("“%(login)s” is not a login.", login=login[:64]),
            field="login",
            remedy=N_("Use up to 32 Latin letters, digits, dots, dashes and underscores."),
        )
    return login


def clean_fields(fields: PersonFields) -> PersonFields:
    """`fields` checked; raises InvalidInput naming the first that cannot be."""
    clean = fields.copy()
    if "name" in clean:
        clean["name"] = clean_line(clean["name"], field="name", limit=200, required=True)
    for field, allowed in (
        ("role", tuple(Role)),
        ("language", ("", *LANGUAGES)),
        ("theme", _THEMES),
        ("telephone", _TELEPHONES),
        ("record", _RECORD),
    ):
        if field in clean and clean[field] not in allowed:  # type: ignore[literal-required]
            raise InvalidInput(
                N_("It must be one of: %(allowed)s.", allowed=", ".join(filter(None, allowed))), field=field
            )
    if clean.get("endpoint") and not _ENDPOINT.fullmatch(clean["endpoint"]):
        raise InvalidInput(
            N_("“%(endpoint)s” is not the name of a PJSIP endpoint.", endpoint=clean["endpoint"][:80]),
            field="endpoint",
        )
    return clean


def page_endpoint(login: str) -> str:
    """The endpoint of a page's telephone: a prefix keeps it apart from the PBX's own."""
    return f"page-{login}"


def default_endpoint(login: str, role: str, telephone: str) -> str:
    """The endpoint of somebody for whom none is named: a display on the wall has no telephone at all."""
    return page_endpoint(login) if telephone == "page" and role != Role.DISPLAY else ""


def new_sip_secret() -> str:
    """A password for a page's telephone."""
    return secrets.token_urlsafe(24)


async def check_endpoint(connection: AsyncConnection, user_id: int | None, telephone: str, endpoint: str) -> None:
    """Raise InvalidInput unless this telephone can ring, and for this person alone."""
    if telephone == "phone" and not endpoint:
        raise InvalidInput(N_("A telephone of its own needs the name of its PJSIP endpoint."), field="endpoint")
    if not endpoint:
        return
    taken = sa.select(users.c.login).where(users.c.endpoint == endpoint, users.c.active, users.c.id != (user_id or 0))
    if login := await connection.scalar(taken):
        raise InvalidInput(
            N_("The endpoint %(endpoint)s already belongs to %(login)s.", endpoint=endpoint, login=login),
            field="endpoint",
        )


async def fetch_user(connection: AsyncConnection, user_id: int) -> User:
    """One person; raises NotFound."""
    row = (await connection.execute(sa.select(*COLUMNS).where(users.c.id == user_id))).first()
    if row is None:
        raise NotFound(N_("There is no such person."))
    return user_from(row)
