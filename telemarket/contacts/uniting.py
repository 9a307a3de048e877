"""Two contacts made into one: what becomes of each value. Pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from telemarket.contacts.model import Contact

_SINGLE = ("kind", "name", "company", "company_id", "position", "site", "source", "region", "consultant_id", "consent")
_ATTRIBUTE = "attributes."

Values = dict[str, Any]


class FieldChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A value in which the two differ: a field, or "attributes.NAME". `takes` says whose is kept unless somebody
    chooses: "kept" or "gone"."""

    field: str
    kept: Any
    gone: Any
    takes: str


def choices_between(kept: Contact, gone: Contact) -> tuple[FieldChoice, ...]:
    """Where both say something, and not the same: one of the two has to go."""
    return tuple(_choices(_plain(kept), _plain(gone)))


def united(kept: Mapping[str, Any], gone: Mapping[str, Any], taken: Collection[str]) -> Values:
    """The values of the contact that remains, from the rows of both: of the fields `taken` those of the one that goes.

    What only one of them says is kept, lists are put together, and a mark one of them has stays.
    """
    from_gone = {name for name in _SINGLE if gone[name] and not kept[name]} | (set(taken) & set(_SINGLE))
    values: Values = {name: gone[name] if name in from_gone else kept[name] for name in _SINGLE}
    values["consent_at"] = gone["consent_at"] if "consent" in from_gone else kept["consent_at"]
    for name in ("emails", "categories"):
        values[name] = _without_repeats([*kept[name], *gone[name]], lambda text: text.casefold())
    values["addresses"] = _without_repeats([*kept["addresses"], *gone["addresses"]], lambda pair: pair[1].casefold())
    values["attributes"] = gone["attributes"] | {
        name: value
        for name, value in kept["attributes"].items()
        if _ATTRIBUTE + name not in taken or name not in gone["attributes"]
    }
    values |= {name: kept[name] or gone[name] for name in ("vip", "do_not_call")}
    values["incomplete"] = kept["incomplete"] and gone["incomplete"]
    values["origins"] = _origins(kept, gone, from_gone, taken)
    return values


def united_phones(kept: Sequence[Values], gone: Sequence[Values]) -> list[Values]:
    """The telephones of both, each number once."""
    return _without_repeats([*kept, *gone], lambda row: (row["digits"], row["extension"]))


def _origins(
    kept: Mapping[str, Any], gone: Mapping[str, Any], from_gone: Collection[str], taken: Collection[str]
) -> dict[str, str]:
    origins = {}
    for field in gone["origins"] | kept["origins"]:
        name, _, part = field.partition(".")
        if name == "attributes":
            whose = gone if field in taken or part not in kept["attributes"] else kept
        elif part:
            whose = kept if field in kept["origins"] else gone
        else:
            whose = gone if name in from_gone else kept
        if field in whose["origins"]:
            origins[field] = whose["origins"][field]
    return origins


def _choices(kept: Values, gone: Values) -> list[FieldChoice]:
    found = [
        FieldChoice(
            field=name,
            kept=kept[name],
            gone=gone[name],
            takes="gone" if name == "consent" and gone[name] == "refused" else "kept",
        )
        for name in _SINGLE
        if kept[name] and gone[name] and kept[name] != gone[name]
    ]
    return found + [
        FieldChoice(field=_ATTRIBUTE + name, kept=value, gone=gone["attributes"][name], takes="kept")
        for name, value in kept["attributes"].items()
        if gone["attributes"].get(name, value) != value
    ]


def _plain(contact: Contact) -> Values:
    return {name: getattr(contact, name) for name in (*_SINGLE, "attributes")}


def _without_repeats(values: Sequence[Any], key: Any) -> list[Any]:
    found: dict[Any, Any] = {}
    for value in values:
        found.setdefault(key(value), value)
    return list(found.values())
