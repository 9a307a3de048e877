"""What a template becomes for one customer."""

from collections.abc import Mapping
from typing import Any

from telemarket.core.errors import InvalidInput
from telemarket.core.filling import FAILURES, Values, filling, forbidden
from telemarket.core.i18n import N_
from telemarket.messaging.model import Channel, Template

VARIABLES: Mapping[str, tuple[str, ...]] = {
    "customer": ("name", "company", "number", "values"),
    "project": ("number", "name"),
    "operator": ("name",),
    "result": ("name", "due"),
    "promise": ("amount", "currency", "pay_by"),
}
"""What a template may name, each a text; `customer.values` are the lead's and the contact's, by their names."""
_MAPPING = "values"
LONGEST_FILLED = {Channel.MAIL: 50_000, Channel.SMS: 1000}
"""Characters of a body; an SMS of 1,000 Cyrillic ones is charged as fifteen."""
LONGEST_SUBJECT = 200
# Numbers are written with blanks that no line breaks at: a single one would make an SMS of 160 characters one of 70.
_BLANKS = str.maketrans({"\xa0": " ", "\u202f": " "})

Known = Mapping[str, Mapping[str, Any]]
"""The values, by the names in VARIABLES; what is not known may be left out."""


def fill_in(template: Template, known: Known) -> tuple[str, str]:
    """Subject and body for a customer. Raises InvalidInput (field `subject` or `body`) for a template that is broken
    or becomes too long; an empty body is refused too: nobody wants that message."""
    values = {name: _all(names, known.get(name, {})) for name, names in VARIABLES.items()}
    subject = " ".join(_filled(template.subject, values, "subject").split())[:LONGEST_SUBJECT]
    body = _filled(template.body, values, "body").strip()
    if not body:
        raise InvalidInput(N_("The message would be empty."), field="body")
    if len(body) > (limit := LONGEST_FILLED[template.channel]):
        raise InvalidInput(N_("The message becomes longer than %(limit)s characters.", limit=limit), field="body")
    return subject, body


def sample(template: Template) -> tuple[str, str]:
    """Subject and body with each value's own name in its place. Raises InvalidInput as `fill_in`."""
    names = {name: {each: f"{name}.{each}" for each in parts if each != _MAPPING} for name, parts in VARIABLES.items()}
    return fill_in(template, names)


def check(template: Template) -> None:
    """Try the template with values and without, so that a mistake shows when it is saved. Raises InvalidInput as
    `fill_in`, but for a body that is empty only because nothing is known."""
    for field, text in (("subject", template.subject), ("body", template.body)):
        try:
            what = forbidden(_ENVIRONMENT, text)
        except FAILURES as error:
            raise _broken(error, field) from error
        if what:
            text = N_("A message may hold values and conditions only, not “%(what)s”.", what=what)
            raise InvalidInput(text, field=field)
    sample(template)
    nothing = {name: _all(names, {}) for name, names in VARIABLES.items()}
    _filled(template.subject, nothing, "subject")
    _filled(template.body, nothing, "body")


def _all(names: tuple[str, ...], known: Mapping[str, Any]) -> dict[str, Any]:
    return {name: Values(known.get(name, {})) if name == _MAPPING else known.get(name, "") for name in names}


def _filled(text: str, values: Known, field: str) -> str:
    try:
        return _ENVIRONMENT.from_string(text).render(values).translate(_BLANKS)
    except FAILURES as error:
        raise _broken(error, field) from error


def _broken(error: Exception, field: str) -> InvalidInput:
    problem = str(error).rstrip(".") or type(error).__name__
    return InvalidInput(N_("The message cannot be filled in: %(problem)s.", problem=problem), field=field)


_ENVIRONMENT = filling(str)
