"""From a view's row to a record. Pure."""

from collections.abc import Mapping

from telemarket.adapters.domino.links import Links
from telemarket.adapters.domino.rows import Row
from telemarket.adapters.mapping import Fields
from telemarket.backend import Record


class RowMapping:
    """Makes records of rows. `columns` says of each column what it becomes, in the order of precedence."""

    def __init__(self, columns: Mapping[str, str], record_kind: str, links: Links) -> None:
        self._fields = [(column.lower(), *field.partition(":")[::2]) for column, field in columns.items()]
        self._record_kind = record_kind
        self._links = links

    def record(self, row: Row) -> Record:
        """The record of a document's row."""
        fields = Fields()
        for column, name, detail in self._fields:
            for text in row.values.get(column, ()):
                fields.add(name, detail, text)
        return fields.record(row.unid, kind=self._record_kind, url=self._links.document(row.unid))


def is_empty(record: Record) -> bool:
    """Whether there is nothing by which a person could be found or named."""
    return not (record.name or record.company or record.phones or record.emails)
