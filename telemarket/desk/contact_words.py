"""Values of contacts as people read them."""

from typing import Any

from telemarket.contacts.history import ContactChange
from telemarket.contacts.shown import NO, YES
from telemarket.core.i18n import N_, Message
from telemarket.desk import words

_MADE = {"desk": N_("at the desk"), "call": N_("by a call"), "erasure": N_("erasure")}
_MADE_BY = {
    "import": N_("import %(name)s"),
    "backend": N_("from the source %(name)s"),
    "merge": N_("merge of doubles"),
}


def origin(text: str) -> str:
    """Where a change was made (marked for translation)."""
    kind, _, name = text.partition(":")
    if kind in _MADE_BY:
        msgid = _MADE_BY[kind].msgid
        return N_(msgid, name=name) if "%(name)s" in msgid else _MADE_BY[kind]
    return _MADE.get(kind, text)


def lines(change: ContactChange, people: dict[int, str]) -> list[tuple[str, str | Message, str | Message]]:
    """What a change did: for each field its name, the old and the new value; further values each by its own name."""
    found: list[tuple[str, str | Message, str | Message]] = []
    for field, (old, new) in change.changes.items():
        if field == "attributes":
            names = dict.fromkeys([*(old or {}), *(new or {})])
            pairs = ((name, (old or {}).get(name, ""), (new or {}).get(name, "")) for name in names)
            found += [pair for pair in pairs if pair[1] != pair[2]]
        else:
            told = words.CONTACT_FIELDS.get(field, field)
            found.append((told, value(field, old, people), value(field, new, people)))
    return found


def value(field: str, stored: Any, people: dict[int, str]) -> str | Message:
    """A value of a field in words (marked for translation)."""
    if isinstance(stored, bool):
        return YES if stored else NO
    if field == "consultant_id":
        return people.get(stored, str(stored or ""))
    if field in ("kind", "consent"):
        return {**words.CONTACT_KINDS, **words.CONSENTS}.get(stored, str(stored))
    if isinstance(stored, list | tuple):
        return ", ".join(str(each[1]) if isinstance(each, list | tuple) else str(each) for each in stored)
    return str(stored) if stored else ""
