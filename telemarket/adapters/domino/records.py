"""From a view's row to a record. Pure."""

from collections.abc import Iterable, Mapping

from telemarket.adapters.domino.links import Links
from telemarket.adapters.domino.rows import Row
from telemarket.backend import Record


class RowMapping:
    """Makes records of rows. `columns` says of each column what it becomes, in the order of precedence."""

    def __init__(self, columns: Mapping[str, str], record_kind: str, links: Links) -> None:
        self._fields = [(column.lower(), *field.partition(":")[::2]) for column, field in columns.items()]
        self._record_kind = record_kind
        self._links = links

    def record(self, row: Row) -> Record:
        """The record of a document's row."""
        found = [(name, detail, row.values.get(column, ())) for column, name, detail in self._fields]

        def all_of(field: str) -> list[tuple[str, str]]:
            return [(detail, text) for name, detail, texts in found if name == field for text in texts]

        def first(field: str) -> str:
            return next((text for _, text in all_of(field)), "")

        def distinct(field: str) -> tuple[str, ...]:
            return tuple(dict.fromkeys(text for _, text in all_of(field)))

        return Record(
            key=row.unid,
            kind=self._record_kind,
            name=first("name"),
            company=first("company"),
            position=first("position"),
            phones=tuple(dict.fromkeys(all_of("phone"))),
            emails=distinct("email"),
            addresses=_joined(all_of("address")),
            site=first("site"),
            region=first("region"),
            categories=distinct("category"),
            attributes=_joined(all_of("attribute")),
            url=self._links.document(row.unid),
        )


def is_empty(record: Record) -> bool:
    """Whether there is nothing by which a person could be found or named."""
    return not (record.name or record.company or record.phones or record.emails)


def _joined(found: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """One text for each kind of address, or label."""
    parts: dict[str, list[str]] = {}
    for name, text in found:
        parts.setdefault(name, []).append(text)
    return tuple((name, ", ".join(dict.fromkeys(texts))) for name, texts in parts.items())
