"""The form of a contact: what a person wrote in it."""

from collections.abc import Iterator
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request

from telemarket.contacts.model import ADDRESS_KINDS, CONSENTS, CONTACT_KINDS, PHONE_KINDS, Contact, ContactFields
from telemarket.contacts.search import ContactFilter
from telemarket.contacts.service import ContactService
from telemarket.desk.card import Card
from telemarket.desk.context import optional_whole, services_of

_TEXTS = ("kind", "name", "company", "position", "site", "source", "region", "consent")
_OFFERED = 20  # companies to choose from
_CHECKS = ("vip", "do_not_call")


async def form_context(request: Request, card: Card, contact: Contact) -> dict[str, Any]:
    """What the form's template needs."""
    services = services_of(request)
    types = await services.contacts.attributes.offered(card.call.project.id if card.call else None)
    typed = {each.name for each in types}
    return {
        "card": card,
        "types": types,
        "untyped": [(name, value) for name, value in contact.attributes.items() if name not in typed],
        "zip": zip,
        "contact": contact,
        "kinds": PHONE_KINDS,
        "contact_kinds": CONTACT_KINDS,
        "address_kinds": ADDRESS_KINDS,
        "consents": CONSENTS,
        "companies": await _companies(services.contacts, contact),
        "consultants": await services.cards.people.active(),
    }


async def _companies(contacts: ContactService, contact: Contact) -> list[Contact]:
    """Whose person the contact is, or may be by what is written as his company."""
    if contact.kind == "company":
        return []
    wanted = ContactFilter(text=contact.company, kind="company")
    found = (await contacts.find(wanted, _OFFERED)).contacts if contact.company else ()
    others = [each for each in found if each.id not in (contact.id, contact.company_id)]
    return others if contact.company_id is None else [await contacts.get(contact.company_id), *others]


def read_contact(form: FormData) -> ContactFields:
    """What the form says. What there may be several of comes as fields of one name, or as pairs of fields; a field
    that is not in the form is not changed, but for the boxes to tick and the telephones. Raises InvalidInput."""
    given: dict[str, Any] = {name: str(form[name]) for name in _TEXTS if name in form}
    given |= {name: name in form for name in _CHECKS}
    if "email" in form:
        given["emails"] = tuple(map(str, form.getlist("email")))
    if "categories" in form:
        given["categories"] = tuple(str(form["categories"]).split(","))
    if "address" in form:
        given["addresses"] = tuple(_pairs(form, "address_kind", "address"))
    if "attribute" in form:
        # What has neither name nor value is an empty line of the form; a value without a name is refused later.
        pairs = [pair for pair in _pairs(form, "attribute_name", "attribute") if any(pair)]
        given["attributes"] = dict(pairs)
    for name in ("company_id", "consultant_id"):
        if name in form:
            given[name] = optional_whole(form[name], name)
    given["phones"] = tuple(pair for pair in _pairs(form, "phone_kind", "phone") if pair[1])
    return ContactFields(**given)


def _pairs(form: FormData, first: str, second: str) -> Iterator[tuple[str, str]]:
    for one, other in zip(form.getlist(first), form.getlist(second), strict=False):
        yield str(one).strip(), str(other).strip()
