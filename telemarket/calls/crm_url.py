"""The address of an outside CRM's page for a call: a template an administrator writes, filled safely.

The template is Jinja2 with values, conditions and a few filters, no more. Every value is percent-encoded, so
what a caller sends can change neither the host nor the shape of the address.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

import jinja2

from telemarket.calls.views import CallView
from telemarket.core.errors import InvalidInput
from telemarket.core.filling import FAILURES, Values, filling, forbidden
from telemarket.core.i18n import N_

LONGEST_TEMPLATE = 1000
LONGEST_URL = 4000

_MAPPINGS = ("attributes", "backend_keys")

_BACKEND = re.compile(r"backend:([a-z][a-z0-9_-]{0,39})")

Variables = Mapping[str, Mapping[str, object]]


class CrmContact(Protocol):
    """What a template may know of the contact."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def company(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def backend(self) -> str: ...
    @property
    def backend_key(self) -> str: ...
    @property
    def backend_keys(self) -> dict[str, str]: ...
    @property
    def attributes(self) -> dict[str, str]: ...


def backend_of(template: str) -> str:
    """The backend whose own page is meant, of `backend:NAME`; empty for an address."""
    found = _BACKEND.fullmatch(template)
    return found[1] if found else ""


def render_crm_url(template: str, call: CallView, contact: CrmContact | None) -> str:
    """The address to open for this call.

    Variables: `call` (id, ani, caller_name, dnis, arrived_at), `project` (number, name) and `contact` (id, name,
    company, email, attributes, backend_keys: the identifier each backend knows him by, backend and backend_key: the
    first of them), whose values are empty while nobody is matched. Raises InvalidInput (field "crm_url") when the
    template or its result cannot be used.
    """
    return _render(
        template,
        {
            "call": {
                "id": call.id,
                "ani": call.ani,
                "caller_name": call.caller_name,
                "dnis": call.dnis,
                "arrived_at": call.arrived_at.isoformat(timespec="seconds"),
            },
            "project": {"number": call.project.number, "name": call.project.name},
            "contact": _contact_variables(contact),
        },
    )


def check_crm_url(template: str) -> None:
    """Try the template on a sample, with and without a contact, so that a mistake shows when it is saved.

    Raises InvalidInput (field "crm_url").
    """
    if backend_of(template):
        return
    call = dict.fromkeys(("id", "ani", "caller_name", "dnis", "arrived_at"), "1")
    project = dict.fromkeys(("number", "name"), "1")
    unknown = _contact_variables(None)
    known = {**unknown, **{key: "1" for key in unknown if key not in _MAPPINGS}}
    for contact in (known, unknown):
        _render(template, {"call": call, "project": project, "contact": contact})


def _contact_variables(contact: CrmContact | None) -> dict[str, object]:
    if contact is None:
        texts = dict.fromkeys(("id", "name", "company", "email", "backend", "backend_key"), "")
        return {**texts, **{name: Values() for name in _MAPPINGS}}
    return {
        "id": contact.id,
        "name": contact.name,
        "company": contact.company,
        "email": contact.email,
        "backend": contact.backend,
        "backend_key": contact.backend_key,
        **{name: Values(getattr(contact, name)) for name in _MAPPINGS},
    }


def _render(template: str, variables: Variables) -> str:
    try:
        url = _compiled(template).render(variables)
    except FAILURES as error:
        raise _refused(N_("The address cannot be filled in: %(problem)s.", problem=str(error))) from error
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise _refused(N_("The address must begin with http:// or https:// and a host."))
    if len(url) > LONGEST_URL:
        raise _refused(N_("The address becomes longer than %(limit)s characters.", limit=LONGEST_URL))
    return url


@lru_cache(maxsize=256)
def _compiled(template: str) -> jinja2.Template:
    if len(template) > LONGEST_TEMPLATE:
        raise _refused(N_("The address is longer than %(limit)s characters.", limit=LONGEST_TEMPLATE))
    if any((c.isspace() and c != " ") or not c.isprintable() for c in template):
        raise _refused(N_("The address must be one line."))
    if what := forbidden(_ENVIRONMENT, template):
        raise _refused(N_("The address may hold values and conditions only, not “%(what)s”.", what=what))
    return _ENVIRONMENT.from_string(template)


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, field="crm_url")


def _percent_encode(value: Any) -> str:
    return quote(str(value), safe="", errors="replace")


_ENVIRONMENT = filling(_percent_encode)
