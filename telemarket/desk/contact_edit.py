"""What a person edited in the form of a contact: only that is written, however old the form is.

The form carries a digest of each value it was filled with. A value sent back as it was is no edit, whatever somebody
else or a source has made of it meanwhile; one that both have changed is shown to the person again.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET
from starlette.datastructures import FormData

from telemarket.contacts.model import ADDRESS_KINDS, Contact, ContactFields, Phone
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_, Message
from telemarket.desk import contact_words, words
from telemarket.desk.contact_form import read_contact

FILLED = "filled"
"""The form's field with the digests."""
_FIELDS = ContactFields.__struct_fields__
_ATTRIBUTE = "attributes."  # each further value is a field of its own
_DIGEST_BYTES = 6

Values = dict[str, Any]


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written, and what there is now in those of its fields that were changed elsewhere meanwhile."""

    fields: ContactFields
    conflicts: Values

    def told(self, people: dict[int, str]) -> list[tuple[str | Message, str | Message]]:
        """The conflicts in words: names of fields, and values (marked for translation)."""
        return [
            (
                words.CONTACT_FIELDS.get(field) or field.removeprefix(_ATTRIBUTE),
                contact_words.value(field, value, people),
            )
            for field, value in self.conflicts.items()
        ]


def filled_with(contact: Contact) -> str:
    """What the form carries of the contact it is filled with."""
    return msgspec.json.encode({name: _digest(value) for name, value in _shown(contact).items()}).decode()


def read_edit(form: FormData, current: Contact) -> Edit:
    """What was edited in the form of a contact that is `current` now. Raises InvalidInput."""
    written = read_contact(form)
    filled = _filled(form)
    if filled is None:
        return Edit(fields=written, conflicts={})
    now, sent = _shown(current), _sent(written)
    if written.attributes is not UNSET:
        sent = {name: "" for name in filled if name.startswith(_ATTRIBUTE)} | sent
    empty = _digest("")
    edited = {name: value for name, value in sent.items() if _digest(value) != filled.get(name, empty)}
    conflicts = {
        name: now.get(name, "")
        for name, value in edited.items()
        if now.get(name, "") != value and _digest(now.get(name, "")) != filled.get(name, empty)
    }
    return Edit(fields=_only(edited, written, current), conflicts=conflicts)


def as_typed(contact: Contact, fields: ContactFields) -> Contact:
    """The contact with what was typed in the form, to be shown there again."""
    typed = {name: value for name in _FIELDS if (value := getattr(fields, name)) is not UNSET}
    if "phones" in typed:
        typed["phones"] = tuple(Phone(kind=kind, raw=text) for kind, text in typed["phones"])
    return msgspec.structs.replace(contact, **typed)


def _filled(form: FormData) -> Mapping[str, str] | None:
    if FILLED not in form:
        return None
    try:
        return msgspec.json.decode(str(form[FILLED]), type=dict[str, str])
    except msgspec.DecodeError as error:
        raise InvalidInput(N_("The form is damaged. Open it again."), field=FILLED) from error


def _shown(contact: Contact) -> Values:
    """What the form shows of a contact, as it is sent back."""
    values = {name: getattr(contact, name) for name in _FIELDS}
    values["phones"] = tuple((phone.kind, phone.raw) for phone in contact.phones)
    values["addresses"] = tuple((kind or ADDRESS_KINDS[-1], text) for kind, text in contact.addresses)
    values["categories"] = tuple(", ".join(contact.categories).split(","))
    return _sent(ContactFields(**values))


def _sent(fields: ContactFields) -> Values:
    """The fields that are in the form, by name, without the blanks and empty rows around what they say."""
    values: Values = {}
    for name in _FIELDS:
        value = getattr(fields, name)
        if name == "attributes" and value is not UNSET:
            values |= {_ATTRIBUTE + label: text.strip() for label, text in value.items()}
        elif isinstance(value, tuple):
            values[name] = tuple(each for each in map(_bare, value) if _says_something(each))
        elif value is not UNSET:
            values[name] = _bare(value)
    return values


def _bare(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_bare, value))
    return value.strip() if isinstance(value, str) else value


def _says_something(value: str | tuple[str, str]) -> bool:
    return bool(value[1] if isinstance(value, tuple) else value)


def _only(edited: Values, written: ContactFields, current: Contact) -> ContactFields:
    """What was written, but nothing of what was left as the form had it."""
    given = {name: getattr(written, name) for name in edited if not name.startswith(_ATTRIBUTE)}
    attributes = {name.removeprefix(_ATTRIBUTE): text for name, text in edited.items() if name.startswith(_ATTRIBUTE)}
    if attributes:
        given["attributes"] = current.attributes | attributes
    return ContactFields(**given)


def _digest(value: Any) -> str:
    return hashlib.blake2b(msgspec.json.encode(value), digest_size=_DIGEST_BYTES).hexdigest()
