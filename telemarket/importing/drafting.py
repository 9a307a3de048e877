"""Rows made into drafts of contacts: every value checked, every number read, nothing looked up. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from telemarket.contacts.attributes import AttributeType, canonical
from telemarket.contacts.fields import is_email, phone_row
from telemarket.contacts.keys import mail_key, name_key
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.core.text import clean_line
from telemarket.importing.cells import Cell, ShortenedNumber, digits_text, text_of
from telemarket.importing.model import ATTRIBUTE, NAME_KEY, NAME_PARTS, Column
from telemarket.importing.model import Mapping as ImportMapping
from telemarket.importing.tables import Row
from telemarket.importing.values import NO, BadValue, attribute_reader, read_code, read_date, read_flag, shortened
from telemarket.numbers import NumberingPlan, extract

Key = tuple[str, str | int]
"""What kind of key, and its value in the form in which it is compared."""

_LIMITS = {"company": 200, "position": 200, "site": 500, "source": 80, "region": 200, "category": 80, "email": 254}
_LONGEST_NAME = 200
_LONGEST_ADDRESS = 500
_LONGEST_ATTRIBUTE = 500
_LONGEST_PHONES = 500


class Draft(msgspec.Struct, kw_only=True):
    """What a row says of a contact.

    `values` are those the row has, by column of the table of contacts (attributes only those of the file); `cleared`
    are columns, `address:KIND` and `attribute:NAME` whose cells are empty. `keys` find the contact, the first before
    the others; without keys it is new.
    `refusal` says why nothing can be made of the row (marked for translation).
    """

    row: int
    values: dict[str, Any] = {}
    phones: list[dict[str, Any]] = []
    cleared: list[str] = []
    keys: list[Key] = []
    refusal: str = ""

    @property
    def key(self) -> Key | None:
        """The first key: rows of one file that share it are one too many."""
        return self.keys[0] if self.keys else None


class Registers(msgspec.Struct, frozen=True, kw_only=True):
    """What values are held against: ids of people by case-folded login and name, and the types of attributes."""

    consultants: Mapping[str, int] = {}
    types: tuple[AttributeType, ...] = ()


class Drafter:
    """Makes drafts of the rows of one table.

    `headings` are those of the table; the mapping's columns are found by them. Raises InvalidInput (field "columns")
    where a column of the mapping is not there.
    """

    def __init__(
        self, mapping: ImportMapping, headings: Sequence[str], plan: NumberingPlan, registers: Registers | None = None
    ) -> None:
        self._mapping = mapping
        self._plan = plan
        self._registers = registers or Registers()
        places = {heading: place for place, heading in enumerate(headings)}
        used = [column for column in mapping.columns if column.target]
        missing = [column.heading for column in used if column.heading not in places]
        if missing:
            raise InvalidInput(
                N_("The file has no column “%(heading)s”.", heading=missing[0]),
                field="columns",
                remedy=N_("See that it is the right file and sheet, or choose its columns anew."),
            )
        self._steps = [(places[column.heading], column.heading, self._step(column)) for column in used]
        self._clears = mapping.empty == "clear"
        self._makes_name = bool(mapping.targets() & set(NAME_PARTS))

    def draft(self, row: Row) -> Draft | None:
        """What the row says; None for an empty one. Never raises for what stands in a cell."""
        number, cells = row
        draft = Draft(row=number, values={}, phones=[], cleared=[], keys=[])
        width = len(cells)
        if not any(map(text_of, cells)):
            return None
        heading = ""
        try:
            for place, heading, step in self._steps:  # noqa: B007 - told by whom a value is refused
                step(draft, cells[place] if place < width else "")
        except (BadValue, InvalidInput) as error:
            draft.refusal = N_("%(column)s: %(reason)s", column=heading, reason=error.message)
            return draft
        draft.cleared = [field for field in draft.cleared if field not in draft.values]  # another column has it
        if self._makes_name:
            _join_name(draft)
        self._find_keys(draft)
        return draft

    def _find_keys(self, draft: Draft) -> None:
        for kind in self._mapping.keys:
            if (value := _key_value(draft, kind)) is not None:
                draft.keys.append((kind, value))
        if draft.keys:
            return
        values = draft.values
        if self._mapping.keys and not self._mapping.add:
            draft.refusal = N_("The key is empty.")
        elif not (draft.phones or any(values.get(name) for name in ("name", "company", "emails"))):
            draft.refusal = N_("There is neither a name, a company, a telephone nor a mail.")

    # ---- what each column does to a draft

    def _step(self, column: Column) -> Callable[[Draft, Cell], None]:
        target, _, kind = column.target.partition(":")
        match target:
            case "phone":
                return self._phones(kind)
            case "email":
                return self._emails()
            case "category":
                return self._categories()
            case "address":
                return self._address(kind)
            case "attribute":
                return self._attribute(column)
            case "vip" | "do_not_call":
                return self._flag(target)
            case "consent":
                return self._consent
            case "consultant":
                return self._consultant
        return self._text(target, _LIMITS.get(target, _LONGEST_NAME))

    def _text(self, field: str, limit: int) -> Callable[[Draft, Cell], None]:
        def step(draft: Draft, cell: Cell) -> None:
            if text := line(cell, limit):
                draft.values[field] = text
            elif self._clears:
                draft.cleared.append(field)

        return step

    def _phones(self, kind: str) -> Callable[[Draft, Cell], None]:
        plan = self._plan

        def step(draft: Draft, cell: Cell) -> None:
            try:
                text = digits_text(cell)
            except ShortenedNumber as error:
                raise BadValue(shortened(str(error))) from error
            if not text or text in NO:
                return
            numbers = extract(line(text, _LONGEST_PHONES), plan)
            if not numbers:
                raise BadValue(N_("There is no telephone number in “%(text)s”.", text=text[:80]))
            known = {(phone["digits"], phone["extension"]) for phone in draft.phones}
            draft.phones += [phone_row(n, kind) for n in numbers if (n.digits, n.extension) not in known]

        return step

    def _emails(self) -> Callable[[Draft, Cell], None]:
        def step(draft: Draft, cell: Cell) -> None:
            found = draft.values.setdefault("emails", [])
            for part in text_of(cell).replace(";", " ").replace(",", " ").split():
                mail = line(part, _LIMITS["email"]).removeprefix("mailto:").strip("<>")
                if not (is_email(mail) and "." in mail.partition("@")[2]):
                    if mail in NO:
                        continue
                    raise BadValue(N_("“%(value)s” is no mail address.", value=mail[:80]))
                if mail not in found:
                    found.append(mail)
            self._drop_empty(draft, "emails")

        return step

    def _categories(self) -> Callable[[Draft, Cell], None]:
        def step(draft: Draft, cell: Cell) -> None:
            found = draft.values.setdefault("categories", [])
            for part in text_of(cell).replace(",", ";").split(";"):
                if (category := line(part, _LIMITS["category"])) and category not in found:
                    found.append(category)
            self._drop_empty(draft, "categories")

        return step

    def _drop_empty(self, draft: Draft, field: str) -> None:
        if not draft.values[field]:
            del draft.values[field]
            if self._clears:
                draft.cleared.append(field)

    def _address(self, kind: str) -> Callable[[Draft, Cell], None]:
        def step(draft: Draft, cell: Cell) -> None:
            if text := line(cell, _LONGEST_ADDRESS):
                draft.values.setdefault("addresses", []).append([kind, text])
            elif self._clears:
                draft.cleared.append(f"address:{kind}")

        return step

    def _attribute(self, column: Column) -> Callable[[Draft, Cell], None]:
        name = column.target.removeprefix(ATTRIBUTE)
        types = [each for each in self._registers.types if each.name == name]
        reader = _typed_reader(name, types, column.width) if types else attribute_reader(column.kind)
        width = column.width

        def step(draft: Draft, cell: Cell) -> None:
            if text := line(cell if reader else read_code(cell, width), _LONGEST_ATTRIBUTE):
                draft.values.setdefault("attributes", {})[name] = reader(cell) if reader else text
            elif self._clears:
                draft.cleared.append(column.target)

        return step

    def _flag(self, field: str) -> Callable[[Draft, Cell], None]:
        def step(draft: Draft, cell: Cell) -> None:
            if text_of(cell):
                draft.values[field] = read_flag(cell)
            elif self._clears:
                draft.values[field] = False

        return step

    def _consent(self, draft: Draft, cell: Cell) -> None:
        if text_of(cell):
            draft.values["consent"] = "given" if read_flag(cell) else "refused"
        elif self._clears:
            draft.values["consent"] = ""

    def _consultant(self, draft: Draft, cell: Cell) -> None:
        name = line(cell, _LONGEST_NAME)
        if not name:
            if self._clears:
                draft.values["consultant_id"] = None
        elif (user_id := self._registers.consultants.get(name.casefold())) is None:
            raise BadValue(N_("Nobody who signs in is called “%(name)s”.", name=name))
        else:
            draft.values["consultant_id"] = user_id


def _typed_reader(name: str, types: Sequence[AttributeType], width: int) -> Callable[[Cell], str]:
    """What an administrator has said of this attribute goes before what the column was taken for. Of types of several
    projects the first that the cell suits."""

    def read(cell: Cell) -> str:
        refusals = []
        for each in types:
            try:
                return canonical({name: _cell_text(cell, each.kind, width)}, [each])[name]
            except (BadValue, InvalidInput) as error:
                refusals.append(error)
        raise refusals[0]

    return read


def _cell_text(cell: Cell, kind: str, width: int) -> str:
    if kind in ("text", "choice"):
        return line(read_code(cell, width), _LONGEST_ATTRIBUTE)
    return read_date(cell) if kind == "date" else text_of(cell)


def line(cell: Cell, limit: int) -> str:
    """The cell as one line; raises InvalidInput if that is longer than `limit`."""
    text = cell.strip() if isinstance(cell, str) else text_of(cell)
    # Nearly every cell is plain: what is needed for the others costs ten times as much.
    if text.isprintable() and "  " not in text and len(text) <= limit:
        if "\ufffd" in text:
            raise BadValue(N_("It has characters that do not belong to the file's encoding."))
        return text
    return clean_line(text, field="", limit=limit)


def fold(text: str) -> str:
    """Texts that people would call the same are equal."""
    return " ".join(text.casefold().replace("ё", "е").replace("’", "'").replace("ʼ", "'").split())


def phone_key(phone: Mapping[str, Any]) -> str:
    """A telephone as a key: behind one number of a switchboard everybody has his own extension."""
    return f"{phone['digits']};ext={phone['extension']}"


def hashed(kind: str) -> bool:
    """Whether keys of this kind are the numbers that contacts keep of mails and names."""
    return kind in ("email", NAME_KEY)


def _key_value(draft: Draft, kind: str) -> str | int | None:
    values = draft.values
    if kind == "phone":
        return phone_key(draft.phones[0]) if draft.phones else None
    if kind == "email":
        return mail_key(values["emails"][0]) if values.get("emails") else None
    if kind == NAME_KEY:
        return name_key(values.get("name", ""), values.get("company", ""))
    return fold(values.get("attributes", {}).get(kind.removeprefix(ATTRIBUTE), "")) or None


def _join_name(draft: Draft) -> None:
    parts = [draft.values.pop(part, "") for part in NAME_PARTS]
    draft.cleared = [field for field in draft.cleared if field not in NAME_PARTS]
    if name := " ".join(filter(None, parts)):
        draft.values["name"] = name[:_LONGEST_NAME]
