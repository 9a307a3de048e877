"""What becomes of a row: a new contact, a change of a known one, nothing, or its refusal. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from telemarket.contacts.duplicates import may_be_one
from telemarket.contacts.fields import check_counts
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.importing.drafting import Draft, Key, fold, phone_key
from telemarket.importing.model import ATTRIBUTE
from telemarket.importing.model import Mapping as ImportMapping

Action = Literal["new", "updated", "unchanged", "refused"]
_COUNTED = ("emails", "addresses", "categories", "attributes")


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A contact as it is stored: values by column, and the rows of its telephones."""

    id: int
    values: dict[str, Any]
    phones: list[dict[str, Any]]


class Decision(msgspec.Struct, kw_only=True):
    """What will happen to a row. `values` and `phones` are to be written; `phones` is None where they stay.

    `reason` says why a row is refused, or left (marked for translation).
    """

    row: int
    action: Action
    contact_id: int | None = None
    values: dict[str, Any] = {}
    phones: list[dict[str, Any]] | None = None
    reason: str = ""

    @property
    def changed(self) -> list[str]:
        """What an update changes, by column, `phones` and `attribute:NAME` included."""
        fields = [name for name in self.values if name != "attributes"]
        return [*fields, *(["phones"] if self.phones is not None else []), *self.changed_attributes]

    changed_attributes: list[str] = []


def may_be(draft: Draft, key: Key, known: Known) -> bool:
    """Whether the draft may be this contact, who has its key: of those behind one telephone, only the one with the
    same extension and with a name that is not somebody else's."""
    kind, value = key
    if kind != "phone":
        return True
    same = any(phone_key(phone) == value for phone in known.phones)
    return same and may_be_one(draft.values.get("name", ""), known.values["name"])


def decide(draft: Draft, found: Sequence[Known], mapping: ImportMapping, first_row: int | None) -> Decision:
    """What becomes of the draft, which `found` contacts may be; `first_row` is an earlier row with the same key."""
    if draft.refusal:
        return _refused(draft, draft.refusal)
    if first_row is not None:
        return _refused(draft, N_("Row %(row)s has the same key.", row=first_row))
    if len(found) > 1:
        same = [known for known in found if fold(known.values["name"]) == fold(draft.values.get("name", ""))]
        if len(same) != 1:
            ids = ", ".join(str(known.id) for known in found[:5])
            return _refused(draft, N_("Several contacts have this key: %(ids)s.", ids=ids))
        found = same
    if not found:
        if not mapping.add:
            return _refused(draft, N_("There is no contact with this key."))
        new = Decision(row=draft.row, action="new", values=_of_new(draft, mapping), phones=draft.phones)
        return _within_limits(draft, new, {}, [])
    update = _update(draft, found[0], mapping)
    return _within_limits(draft, update, found[0].values, found[0].phones) if update.action == "updated" else update


def _within_limits(
    draft: Draft, decision: Decision, before: Mapping[str, Any], phones: Sequence[dict[str, Any]]
) -> Decision:
    """The decision, or its refusal where the contact would come to have more than its form takes."""
    values, after = decision.values, decision.phones or ()
    grown = {name: values[name] for name in _COUNTED if len(values.get(name, ())) > len(before.get(name, ()))}
    try:
        check_counts(grown, after if len(after) > len(phones) else ())
    except InvalidInput as error:
        return _refused(draft, error.message)
    return decision


def _of_new(draft: Draft, mapping: ImportMapping) -> dict[str, Any]:
    values = dict(draft.values)
    if mapping.source and not values.get("source"):
        values["source"] = mapping.source
    if values.get("company") and not values.get("name"):
        values["kind"] = "company"
    return values


def _update(draft: Draft, known: Known, mapping: ImportMapping) -> Decision:
    if not mapping.update:
        return Decision(row=draft.row, action="unchanged", contact_id=known.id, reason=N_("It is known already."))
    wanted = _wanted(draft, known, adds=mapping.phones == "add")
    values = {name: value for name, value in wanted.items() if value != known.values[name]}
    phones = _phones(draft.phones, known.phones, adds=mapping.phones == "add")
    attributes = _differing(known.values["attributes"], values.get("attributes", known.values["attributes"]))
    action: Action = "updated" if values or phones is not None else "unchanged"
    return Decision(
        row=draft.row,
        action=action,
        contact_id=known.id,
        values=values,
        phones=phones,
        changed_attributes=[ATTRIBUTE + name for name in attributes],
    )


def _wanted(draft: Draft, known: Known, *, adds: bool) -> dict[str, Any]:
    """The values as they shall be, of the columns the row speaks of."""
    wanted: dict[str, Any] = {}
    for name, value in draft.values.items():
        before = known.values[name]
        if name in ("emails", "categories"):
            wanted[name] = _joined(before, value) if adds else value
        elif name == "addresses":
            kinds = {kind for kind, _ in value}
            wanted[name] = [*value, *([kind, text] for kind, text in before if kind not in kinds)]
            if sorted(wanted[name]) == sorted(map(list, before)):
                wanted[name] = before
        elif name == "attributes":
            wanted[name] = {**before, **value}
        else:
            wanted[name] = value
    for field in draft.cleared:
        _clear(field, known.values, wanted)
    return wanted


def _clear(field: str, before: Mapping[str, Any], wanted: dict[str, Any]) -> None:
    kind, colon, name = field.partition(":")
    if not colon:
        wanted[field] = [] if field in ("emails", "categories") else ""
    elif kind == "address":
        wanted["addresses"] = [pair for pair in wanted.get("addresses", before["addresses"]) if pair[0] != name]
    else:
        attributes = wanted.get("attributes", before["attributes"])
        wanted["attributes"] = {key: value for key, value in attributes.items() if key != name}


def _joined(before: Iterable[str], added: Iterable[str]) -> list[str]:
    known = list(before)
    folded = set(map(fold, known))
    return [*known, *(each for each in added if fold(each) not in folded)]


def _phones(
    given: Sequence[dict[str, Any]], known: Sequence[dict[str, Any]], *, adds: bool
) -> list[dict[str, Any]] | None:
    """The telephones as they shall be; None where they are that already."""
    have = {(phone["digits"], phone["extension"]) for phone in known}
    fresh = [phone for phone in given if (phone["digits"], phone["extension"]) not in have]
    if adds or not given:
        return [*known, *fresh] if fresh else None
    wanted = {(phone["digits"], phone["extension"]) for phone in given}
    kept = [phone for phone in known if (phone["digits"], phone["extension"]) in wanted]
    return [*kept, *fresh] if fresh or len(kept) < len(known) else None


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [name for name in {**before, **after} if before.get(name) != after.get(name)]


def _refused(draft: Draft, reason: str) -> Decision:
    return Decision(row=draft.row, action="refused", reason=reason)
