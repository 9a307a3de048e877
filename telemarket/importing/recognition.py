"""What the columns of a table are, told from their headings and their contents."""

from collections.abc import Sequence

import msgspec

from telemarket.importing.cells import Cell, text_of
from telemarket.importing.contents import Look, look_at
from telemarket.importing.headings import Meaning, attribute_name, meaning
from telemarket.importing.model import (
    ATTRIBUTE,
    HEADER_WITHIN,
    NAME_KEY,
    NAME_PARTS,
    Column,
    Mapping,
    adds_up,
    key_columns,
)
from telemarket.importing.tables import Row
from telemarket.numbers import NumberingPlan


class Recognised(msgspec.Struct, frozen=True, kw_only=True):
    """One column: what it may be, how surely (0 to 1), and some of its values."""

    column: Column
    confidence: float
    examples: tuple[str, ...] = ()


class Recognition(msgspec.Struct, frozen=True, kw_only=True):
    """A table's columns. `header` is the row of the headings, 0 if there are none."""

    header: int
    columns: tuple[Recognised, ...]

    def mapping(self, sheet: str = "") -> Mapping:
        """What would be imported if nobody objected."""
        mapping = Mapping(columns=tuple(each.column for each in self.columns), sheet=sheet)
        return msgspec.structs.replace(mapping, keys=_likely_keys(mapping))


def recognise_rows(sample: Sequence[Row], plan: NumberingPlan, header: int) -> Recognition:
    """Look at the first rows of a table, whose headings are in the row `header` (0: nowhere)."""
    below = [cells for number, cells in sample if number > header]
    columns = []
    for place, title in enumerate(headings_of(sample, header)):
        values = [cells[place] for cells in below if place < len(cells)]
        look = look_at(values, plan)
        found = _meaning(title if header else "", look)
        examples = tuple(dict.fromkeys(filter(None, (text_of(value)[:60] for value in values))))[:3]
        column = Column(heading=title, target=found.target, kind=found.kind, width=found.width)
        columns.append(Recognised(column=column, confidence=found.confidence, examples=examples))
    return Recognition(header=header, columns=tuple(_settled(columns)))


def find_header(sample: Sequence[Row]) -> int:
    """The number of the row of headings, below whatever titles stand over the table; 0: there is none."""
    best, best_score = 0, 0.0
    widest = max((sum(map(bool, map(text_of, cells))) for _, cells in sample), default=0)
    for number, cells in sample[:HEADER_WITHIN]:
        texts = [text_of(cell) for cell in cells]
        filled = [text for text in texts if text]
        if (
            not filled
            or len(filled) * 2 < min(widest, 10)
            or any(not isinstance(cell, str) for cell in cells if text_of(cell))
        ):
            continue
        known = sum(meaning(text).confidence > 0.6 for text in filled if len(text) <= 80)
        digits = sum(any(map(str.isdecimal, text)) and meaning(text).confidence < 0.6 for text in filled)
        score = known + 0.1 * len(set(filled)) - digits
        if known and score > best_score:
            best, best_score = number, score
    return best


def header_with(sample: Sequence[Row], headings: set[str], likely: int) -> int:
    """The number of the row that holds all of `headings`, be it `likely` or another; `likely` if none does."""
    numbers = [number for number, _ in sample[:HEADER_WITHIN]]
    return next((each for each in (likely, *numbers, 0) if headings.issubset(headings_of(sample, each))), likely)


def headings_of(sample: Sequence[Row], header: int) -> list[str]:
    """A name for each column: its heading, told apart from an equal one before it, or its letter."""
    width = max((len(cells) for _, cells in sample), default=0)
    cells: Sequence[Cell] = next((row for number, row in sample if number == header), ())
    titles: list[str] = []
    for place in range(width):
        title = " ".join(text_of(cells[place]).split())[:180] if place < len(cells) else ""
        title = title or letter(place)
        while title in titles:
            title += " " + letter(place)
        titles.append(title)
    return titles


def letter(place: int) -> str:
    """A, B, … Z, AA, as spreadsheets name columns."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name


def _meaning(title: str, look: Look) -> Meaning:
    said, shown = meaning(title) if title else Meaning("", 0.0), look.best()
    base = said.target.partition(":")[0]
    if not look.filled:
        return Meaning("", 0.9) if said.target.startswith(ATTRIBUTE) else said
    if not said.target:
        return shown if said.confidence < 0.5 else said
    if base in ("phone", "email"):
        share = look.shares.get(base, 0.0)
        if share < 0.2 and shown.target:  # "Тел." above mails
            return shown
        return Meaning(said.target, round(said.confidence * (0.4 + 0.6 * min(1.0, share / 0.6)), 2))
    if said.target.startswith(ATTRIBUTE) and said.confidence <= 0.5:
        if shown.target in ("phone", "email", "site"):
            return shown
        return Meaning(said.target, said.confidence, look.kind())
    if said.target == "name" and said.confidence < 0.9 and shown.target == "company":
        return Meaning("company", 0.8)
    if said.target == "company" and shown.target == "name":
        return Meaning("name", 0.6)
    return said


def _settled(columns: list[Recognised]) -> list[Recognised]:
    """Only one column can be the name, the company and so on: the surest is, the others are further values."""
    targets = {each.column.target for each in columns}
    settled = [_part_or_whole(each, targets) for each in columns]
    taken: set[str] = set()
    for place in sorted(range(len(settled)), key=lambda place: -settled[place].confidence):
        if settled[place].column.target in taken:
            settled[place] = _as_attribute(settled[place])
        if settled[place].column.target in taken:
            settled[place] = _as_attribute(settled[place], letter(place))
        if (target := settled[place].column.target) and not adds_up(target):
            taken.add(target)
    return settled


def _part_or_whole(each: Recognised, targets: set[str]) -> Recognised:
    """ "Ім'я" is a part of the name only beside a surname."""
    if each.column.target == "first_name" and "surname" not in targets:
        return msgspec.structs.replace(each, column=msgspec.structs.replace(each.column, target="name"))
    if each.column.target == "name" and targets.issuperset(NAME_PARTS[:2]):
        return _as_attribute(each)
    return each


def _as_attribute(each: Recognised, told_apart: str = "") -> Recognised:
    name = attribute_name(f"{told_apart} {each.column.heading}")
    column = msgspec.structs.replace(each.column, target=ATTRIBUTE + name)
    return Recognised(column=column, confidence=0.4, examples=each.examples)


def _likely_keys(mapping: Mapping) -> tuple[str, ...]:
    """Telephone, mail, or else name and company; without telephone and mail a contract's number goes first."""
    keys = [key for key in ("phone", "email", NAME_KEY) if key_columns(mapping, key)]
    contracts = [
        column.target
        for column in mapping.columns
        if column.target.startswith(ATTRIBUTE) and column.kind == "text" and meaning(column.heading).confidence > 0.8
    ]
    return (contracts[0],) if contracts and keys[:1] in ([], [NAME_KEY]) else tuple(keys)
