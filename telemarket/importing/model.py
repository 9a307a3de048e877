"""What an import is told: which column means what, what makes two rows the same contact, what to do then."""

from itertools import filterfalse
from typing import Any, Literal

import msgspec

from telemarket.contacts.model import ADDRESS_KINDS, PHONE_KINDS
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_

NAME_PARTS = ("surname", "first_name", "patronymic")
FIELDS = (
    "name",
    *NAME_PARTS,
    "phone",
    *(f"phone:{kind}" for kind in PHONE_KINDS),
    "email",
    "company",
    "position",
    *(f"address:{kind}" for kind in ADDRESS_KINDS),
    "site",
    "region",
    "category",
    "source",
    "consultant",
    "vip",
    "do_not_call",
    "consent",
)
"""What a column may be, beside an attribute; parts of a name make the name, several telephones add up."""
ATTRIBUTE = "attribute:"
ATTRIBUTE_KINDS = ("text", "number", "money", "date", "flag")
NAME_KEY = "name+company"
LONGEST_ATTRIBUTE_NAME = 80
HEADER_WITHIN = 30
"""Rows of a sheet among which its headings are."""
_LONGEST_HEADING = 200
_MOST_COLUMNS = 500


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column, found by its heading (or, in a file without headings, by its letter).

    `target` is one of FIELDS, `attribute:NAME`, or empty: not imported. `kind` says how an attribute's values are
    read; `width` how many digits a code has whose leading zeros a spreadsheet has swallowed (0: as it stands).
    """

    heading: str
    target: str = ""
    kind: str = "text"
    width: int = 0


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """How the rows of a table become contacts.

    `keys` say what makes a row a contact already known; the first for which the row has a value decides. Without
    keys every row is new. `empty` says what an empty cell does to a known contact. `phones` says whether a known
    contact gains the row's telephones, mails and categories, or has them instead of his own. `region` (ISO 3166)
    and `area_code` read numbers otherwise than the configuration says. `source` is noted at new contacts. `header` is
    the row of the headings, 0 where there are none; None: it is found by itself.
    """

    columns: tuple[Column, ...]
    keys: tuple[str, ...] = ()
    add: bool = True
    update: bool = True
    empty: Literal["leave", "clear"] = "leave"
    phones: Literal["add", "replace"] = "add"
    region: str = ""
    area_code: str = ""
    source: str = ""
    sheet: str = ""
    header: int | None = None

    def headings(self) -> set[str]:
        """The headings of the columns that are imported."""
        return {column.heading for column in self.columns if column.target}

    def targets(self) -> set[str]:
        """What the columns are."""
        return {column.target for column in self.columns if column.target}


class Counts(msgspec.Struct, kw_only=True):
    """How far an import is. `row` is the last row whose effect is stored; `total` is a guess until the end."""

    row: int = 0
    total: int = 0
    read: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0


def checked(mapping: Mapping) -> Mapping:
    """The same mapping; raises InvalidInput naming the field that makes no sense."""
    if not mapping.targets():
        raise InvalidInput(N_("No column is imported."), field="columns", remedy=N_("Say what a column means."))
    if len(mapping.columns) > _MOST_COLUMNS:
        raise InvalidInput(N_("Too many columns: at most %(limit)s.", limit=_MOST_COLUMNS), field="columns")
    check_header(mapping.header or 0)
    for column in mapping.columns:
        _check_column(column)
    for target in filterfalse(adds_up, mapping.targets()):
        if sum(column.target == target for column in mapping.columns) > 1:
            raise InvalidInput(N_("Two columns cannot both be “%(target)s”.", target=target), field="columns")
    for key in mapping.keys:
        if not key_columns(mapping, key):
            raise InvalidInput(N_("No column holds the key “%(key)s”.", key=key), field="keys")
    return mapping


def check_header(row: int) -> None:
    """Raises InvalidInput (field "header") for a row in which headings are not looked for."""
    if not 0 <= row <= HEADER_WITHIN:
        raise InvalidInput(
            N_("Headings stand in one of the first %(limit)s rows.", limit=HEADER_WITHIN), field="header"
        )


def adds_up(target: str) -> bool:
    """Whether several columns may have this target."""
    return target.partition(":")[0] in ("phone", "email", "category")


def key_columns(mapping: Mapping, key: str) -> set[str]:
    """The targets that make up `key`, where the mapping has them all; otherwise nothing."""
    targets = mapping.targets()
    if key == "phone":
        return {target for target in targets if target.partition(":")[0] == "phone"}
    if key == NAME_KEY:
        names = targets & {"name", *NAME_PARTS}
        return names | (targets & {"company"}) if names or "company" in targets else set()
    return targets & {key} if key == "email" or key.startswith(ATTRIBUTE) else set()


def _check_column(column: Column) -> None:
    name = column.target.removeprefix(ATTRIBUTE)
    if name != column.target:
        if not name.strip() or len(name) > LONGEST_ATTRIBUTE_NAME or column.kind not in ATTRIBUTE_KINDS:
            raise InvalidInput(N_("“%(name)s” cannot be the name of a further value.", name=name), field="columns")
    elif column.target and column.target not in FIELDS:
        raise InvalidInput(N_("A column cannot be “%(target)s”.", target=column.target), field="columns")
    if len(column.heading) > _LONGEST_HEADING or not 0 <= column.width <= 20:
        raise InvalidInput(N_("A heading is too long."), field="columns")


def as_json(value: msgspec.Struct) -> Any:
    """The value for a column of type JSON."""
    return msgspec.to_builtins(value)
