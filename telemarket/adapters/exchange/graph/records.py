"""From Graph's contacts and users to records."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from telemarket.adapters.exchange.keys import key_of
from telemarket.backend import Record

CONTACT_FIELDS = (
    *("displayName", "givenName", "surname", "fileAs", "companyName", "jobTitle", "department", "officeLocation"),
    *("businessPhones", "homePhones", "mobilePhone", "emailAddresses", "businessHomePage", "categories"),
    *("businessAddress", "homeAddress", "otherAddress"),
)
USER_FIELDS = (
    *("displayName", "companyName", "jobTitle", "department", "officeLocation", "businessPhones", "mobilePhone"),
    *("faxNumber", "mail", "streetAddress", "postalCode", "city", "state", "country"),
)
_ADDRESSES = (("work", "businessAddress"), ("home", "homeAddress"), ("other", "otherAddress"))
_CONTACT_ADDRESS = ("street", "postalCode", "city", "state", "countryOrRegion")
_USER_ADDRESS = ("streetAddress", "postalCode", "city", "state", "country")

Values = Mapping[str, Any]


def contact_record(values: Values, template: str) -> Record:
    """The record of a contact; `template` makes the address that opens it."""
    company = _text(values, "companyName")
    person = bool(_text(values, "givenName") or _text(values, "surname"))
    name = _text(values, "displayName") or _text(values, "fileAs") or company
    addresses = ((kind, _joined(values.get(field) or {}, _CONTACT_ADDRESS)) for kind, field in _ADDRESSES)
    return Record(
        key=key_of(values["id"]),
        kind="company" if not person and name == company else "person",
        name=name,
        company=company,
        position=_text(values, "jobTitle"),
        phones=tuple(_phones(values)),
        emails=tuple(mail for each in values.get("emailAddresses") or () if (mail := _text(each, "address"))),
        addresses=tuple((kind, text) for kind, text in addresses if text),
        site=_text(values, "businessHomePage"),
        categories=tuple(values.get("categories") or ()),
        attributes=tuple(_attributes(values)),
        url=template.replace("{id}", quote(values["id"], safe="")),
    )


def user_record(values: Values) -> Record:
    """The record of one of the organisation's users."""
    address, mail = _joined(values, _USER_ADDRESS), _text(values, "mail")
    return Record(
        key=key_of(values["id"]),
        name=_text(values, "displayName"),
        company=_text(values, "companyName"),
        position=_text(values, "jobTitle"),
        phones=tuple(_phones(values)),
        emails=(mail,) if mail else (),
        addresses=(("work", address),) if address else (),
        attributes=tuple(_attributes(values)),
    )


def _phones(values: Values) -> Iterator[tuple[str, str]]:
    for kind, field in (("direct", "businessPhones"), ("home", "homePhones")):
        yield from ((kind, text) for text in values.get(field) or () if text)
    for kind, field in (("mobile", "mobilePhone"), ("fax", "faxNumber")):
        if text := _text(values, field):
            yield kind, text


def _attributes(values: Values) -> Iterator[tuple[str, str]]:
    for label, field in (("Department", "department"), ("Office", "officeLocation")):
        if text := _text(values, field):
            yield label, text


def _text(values: Values, field: str) -> str:
    return str(values.get(field) or "")


def _joined(values: Values, fields: tuple[str, ...]) -> str:
    return ", ".join(text for field in fields if (text := _text(values, field)))
