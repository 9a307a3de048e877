"""The attributes a mapping asks for of one catalog, register or document, and how the value of each is shown."""

from collections.abc import Callable, Iterator, Mapping

from telemarket.adapters.onec77.names import CATALOG
from telemarket.adapters.onec77.source import Row, Source, Thing
from telemarket.adapters.onec77.values import Reference, day

Value = Callable[[Row], str]


class Catalogs:
    """The names of elements of catalogs that references point to, each catalog read once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._names: dict[str, Mapping[str, str]] = {}

    def names(self, thing: Thing) -> Mapping[str, str]:
        """Names by identifier."""
        if thing.key not in self._names:
            self._names[thing.key] = self._source.names(thing)
        return self._names[thing.key]


class Columns:
    """Collects attributes of `thing`; then `rows` reads them. The first cell of a row is the identifier.

    `references` names the catalogs its attributes point into. Methods raise UnknownName.
    """

    def __init__(self, source: Source, catalogs: Catalogs, thing: Thing, references: Mapping[str, str]) -> None:
        self.thing = thing
        self.attributes: list[str] = []
        self._source = source
        self._catalogs = catalogs
        self._targets = {name: source.find(CATALOG, catalog) for name, catalog in references.items()}
        self._shown: list[Value] = []
        for name in references:
            source.attribute(thing, name)

    @property
    def targets(self) -> list[Thing]:
        """The catalogs that references point into."""
        return list(self._targets.values())

    def rows(self) -> Iterator[Row]:
        """Every row there is."""
        return self._source.rows(self.thing, self.attributes)

    def resolved(self, row: Row) -> list[str]:
        """The names behind the references of a row that are shown."""
        return [shown(row) for shown in self._shown] if self._shown else []

    def value(self, name: str) -> Value:
        """How to show the attribute `name` of a row: a day as 2026-11-22, a reference by the name it points to."""
        if not name:
            return lambda _: ""
        if name in self._targets:
            return self._shown_reference(name)
        place = self._place(name)
        if self._source.attribute(self.thing, name).type == "D":
            return lambda row: found.isoformat() if (found := day(row[place])) else ""
        return lambda row: row[place].strip()

    def target(self, name: str) -> Callable[[Row], str] | None:
        """How to find the key of the record that the attribute `name` points to; None if it is no reference."""
        if name not in self._targets:
            return None
        pointer, into, key = self.pointer(name), self._targets[name], self._source.key
        return lambda row: key(into, found.id) if (found := pointer(row)) else ""

    def pointer(self, name: str) -> Callable[[Row], Reference | None]:
        """How to find what the attribute `name`, one of the references, points to. What points into another catalog
        than the one it is said to point into, points to nothing."""
        place, attribute = self._place(name), self._source.attribute(self.thing, name)
        read, number = self._source.reference, self._targets[name].number

        def found(row: Row) -> Reference | None:
            pointed = read(row[place], attribute)
            return pointed if pointed and pointed.table in (None, number) else None

        return found

    def _shown_reference(self, name: str) -> Value:
        pointer, into, catalogs = self.pointer(name), self._targets[name], self._catalogs

        def shown(row: Row) -> str:
            return catalogs.names(into).get(found.id, "") if (found := pointer(row)) else ""

        self._shown.append(shown)
        return shown

    def _place(self, name: str) -> int:
        """Where the attribute stands in a row."""
        self._source.attribute(self.thing, name)
        if name not in self.attributes:
            self.attributes.append(name)
        return self.attributes.index(name) + 1
