"""From a contact as exchangelib gives it to a record."""

from typing import Any
from urllib.parse import quote, urljoin

from telemarket.adapters.exchange.keys import key_of
from telemarket.backend import Record

PHONE_KINDS = {
    "AssistantPhone": "other",
    "BusinessFax": "fax",
    "BusinessPhone": "direct",
    "BusinessPhone2": "direct",
    "Callback": "other",
    "CarPhone": "mobile",
    "CompanyMainPhone": "main",
    "HomeFax": "fax",
    "HomePhone": "home",
    "HomePhone2": "home",
    "Isdn": "other",
    "MobilePhone": "mobile",
    "OtherFax": "fax",
    "OtherTelephone": "other",
    "Pager": "other",
    "PrimaryPhone": "direct",
    "RadioPhone": "mobile",
    "Telex": "other",
    "TtyTddPhone": "other",
}
FIELDS = (
    *("display_name", "given_name", "surname", "file_as", "company_name", "job_title", "department", "office"),
    *("phone_numbers", "email_addresses", "physical_addresses", "business_homepage", "categories"),
)
LINK_FIELD = "web_client_read_form_query_string"
_ADDRESS_KINDS = {"Business": "work", "Home": "home", "Other": "other"}
_ADDRESS_PARTS = ("street", "zipcode", "city", "state", "country")


class Links:
    """Makes the address that opens a contact: by a template, or as the server says Outlook on the web does it."""

    def __init__(self, service_url: str, template: str) -> None:
        self._outlook = urljoin(service_url, "/owa/")
        self._template = template

    @property
    def fields(self) -> tuple[str, ...]:
        """What has to be asked for besides FIELDS."""
        return () if self._template else (LINK_FIELD,)

    def of(self, item: Any) -> str:
        """The address, empty if the server says nothing. Ids hold `+`, `/` and `=`."""
        if self._template:
            return self._template.replace("{id}", quote(item.id, safe=""))
        said = getattr(item, LINK_FIELD, None)
        return urljoin(self._outlook, said) if said else ""


def record_of(item: Any, links: Links) -> Record:
    """The record of an exchangelib `Contact`."""
    company = item.company_name or ""
    person = bool(item.given_name or item.surname)
    name = item.display_name or item.file_as or company
    return Record(
        key=key_of(item.id),
        kind="company" if not person and name == company else "person",
        name=name,
        company=company,
        position=item.job_title or "",
        phones=tuple(
            (PHONE_KINDS.get(each.label, "other"), each.phone_number)
            for each in item.phone_numbers or ()
            if each.phone_number
        ),
        emails=tuple(each.email for each in item.email_addresses or () if "@" in (each.email or "")),
        addresses=tuple(address for each in item.physical_addresses or () if (address := _address(each))[1]),
        site=item.business_homepage or "",
        categories=tuple(item.categories or ()),
        attributes=tuple(
            (label, value) for label, value in (("Department", item.department), ("Office", item.office)) if value
        ),
        url=links.of(item),
    )


def _address(given: Any) -> tuple[str, str]:
    parts = (getattr(given, part, None) for part in _ADDRESS_PARTS)
    return _ADDRESS_KINDS.get(given.label, "other"), ", ".join(part for part in parts if part)
