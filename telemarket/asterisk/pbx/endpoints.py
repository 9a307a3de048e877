"""Operators' telephones in PJSIP's configuration."""

import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from telemarket.asterisk.pbx.errors import PbxError
from telemarket.core.errors import InvalidInput
from telemarket.core.people import Telephone

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
SECRET = re.compile(r"[A-Za-z0-9!@#$%^&*()_+=.,:/-]{8,80}")
CONTACT = re.compile(r"sip:[A-Za-z0-9_.+-]+@[A-Za-z0-9.:\[\]-]+")


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """A telephone: the browser page ("page"), a device that registers ("phone"), or one at a fixed address ("static").

    The first two sign in with `endpoint` and `secret`; the last is called at `contact`, a SIP URI, and cannot call.
    """

    endpoint: str
    kind: Literal["page", "phone", "static"] = "page"
    secret: str = ""
    contact: str = ""


def page_telephones(telephones: Iterable[Telephone]) -> list[Operator]:
    """The telephones in people's pages; one of another kind is the PBX's own."""
    return [
        Operator(endpoint=telephone.endpoint, kind="page", secret=telephone.sip_secret)
        for telephone in telephones
        if telephone.telephone == "page"
    ]


def render_operator_endpoints(operators: Sequence[Operator]) -> str:
    """PJSIP sections for `operators`, to be included after pjsip_telemarket.conf.

    Raises InvalidInput for a name, secret or address that cannot stand in the file.
    """
    return "; Written by Telemarket: changes are lost.\n" + "".join(map(_render, operators))


def write_endpoints(path: Path, operators: Sequence[Operator]) -> bool:
    """Put the endpoints of `operators` into `path`, whole or not at all; returns whether that changed it.

    Raises PbxError if the file cannot be written.
    """
    text = render_operator_endpoints(operators)
    try:
        return _replace(path, text)
    except OSError as error:
        raise PbxError(
            f"{path}: operators' telephones cannot be written: {error.strerror}.",
            remedy="Let the user Telemarket runs as write into the folder.",
        ) from error


def _replace(path: Path, text: str) -> bool:
    if path.exists() and path.read_text(encoding="ascii") == text:
        return False
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="ascii", delete=False) as file:
        file.write(text)
    temporary = Path(file.name)
    if path.exists():
        kept = path.stat()
        os.chown(temporary, kept.st_uid, kept.st_gid)
        temporary.chmod(kept.st_mode & 0o777)
    temporary.replace(path)
    return True


def _render(operator: Operator) -> str:
    name = operator.endpoint
    if not NAME.fullmatch(name):
        raise InvalidInput(
            f"Telephone {name!r}: not a name for an endpoint.",
            field="endpoint",
            remedy="Use up to 40 Latin letters, digits, dots, hyphens and underscores.",
        )
    if operator.kind == "static":
        return _static(name, operator.contact)
    if not SECRET.fullmatch(operator.secret):
        raise InvalidInput(
            f"Telephone {name}: its password is too short or has a character PJSIP cannot read.",
            field="secret",
            remedy="Use 8 to 80 Latin letters, digits and simple signs.",
        )
    return (
        f"\n[{name}](telemarket-{operator.kind})\nauth = {name}\naors = {name}\n"
        f"[{name}](telemarket-auth)\nusername = {name}\npassword = {operator.secret}\n"
        f"[{name}](telemarket-aor)\n"
    )


def _static(name: str, contact: str) -> str:
    if not CONTACT.fullmatch(contact):
        raise InvalidInput(
            f"Telephone {name}: {contact!r} is not a SIP address.", field="contact", remedy="Use sip:NAME@HOST:PORT."
        )
    # Never identified by name: a telephone without a password must not be able to call as this operator.
    return f"\n[{name}](telemarket-phone)\naors = {name}\nidentify_by = ip\n[{name}]\ntype = aor\ncontact = {contact}\n"
