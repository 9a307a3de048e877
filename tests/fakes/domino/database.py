"""Documents and the views they stand in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import md5
from typing import Any

REPLICA_ID = "C1256E0D0041CF6D"

# The columns of the views below, and the fields they become.
COLUMNS = {
    "FullName": "name",
    "CompanyName": "company",
    "OfficePhoneNumber": "phone:direct",
    "CellPhoneNumber": "phone:mobile",
    "MailAddress": "email",
    "$12": "attribute:Ліміт",
}


@dataclass
class Document:
    """Items by name; `readable` is False where reader fields keep the user out."""

    unid: str
    items: dict[str, Any]
    modified: datetime
    readable: bool = True


@dataclass(frozen=True)
class View:
    """`columns` are programmatic names, each the item it shows. `categories` gives the categories a document stands
    under; without it the view is flat, in the order of `sort`."""

    columns: tuple[str, ...]
    categories: Callable[[Document], list[str]] | None = None
    sort: Callable[[Document], Any] = lambda document: document.unid


@dataclass(frozen=True)
class Entry:
    """A row: a document's, or a category's."""

    position: str
    document: Document | None
    category: str
    siblings: int


@dataclass
class Database:
    """What a test puts in, and what the three interfaces show of it."""

    views: dict[str, View]
    documents: dict[str, Document] = field(default_factory=dict)

    def save(self, name: str, **items: Any) -> Document:
        """Make the document called `name`, or change it; its universal ID depends on the name alone."""
        unid = self.unid(name)
        document = self.documents.setdefault(unid, Document(unid, {}, datetime.now(UTC)))
        document.items.update(items)
        document.modified = datetime.now(UTC)
        return document

    def unid(self, name: str) -> str:
        """The universal ID of the document called `name`."""
        return md5(name.encode(), usedforsecurity=False).hexdigest().upper()

    def delete(self, document: Document) -> None:
        del self.documents[document.unid]

    def entries(self, view: View) -> list[Entry]:
        """The view's rows, fully expanded, as the user may see them."""
        documents = sorted((each for each in self.documents.values() if each.readable), key=view.sort)
        if view.categories is None:
            return [Entry(str(n), each, "", len(documents)) for n, each in enumerate(documents, 1)]
        categories: dict[str, list[Document]] = {}
        for document in documents:
            for category in view.categories(document):
                categories.setdefault(category, []).append(document)
        rows = []
        for n, category in enumerate(sorted(categories), 1):
            rows.append(Entry(str(n), None, category, len(categories)))
            inner = categories[category]
            rows += [Entry(f"{n}.{m}", each, category, len(inner)) for m, each in enumerate(inner, 1)]
        return rows

    def top_level(self, view: View) -> int:
        """How many rows the first level has; documents the user may not read are counted too."""
        if view.categories is None:
            return len(self.documents)
        return sum(entry.document is None for entry in self.entries(view))

    def in_category(self, view: View, category: str) -> list[Entry]:
        """The documents' rows of one category, numbered anew."""
        found = [each for each in self.entries(view) if each.document and each.category.lower() == category.lower()]
        return [Entry(str(n), each.document, each.category, len(found)) for n, each in enumerate(found, 1)]


def clients(count: int = 0) -> Database:
    """A database with a flat view of all, one by telephone number, and `count` clients."""
    database = Database(
        {"Telemarket": View(tuple(COLUMNS)), "ByPhone": View(("$1", *COLUMNS), categories=last_nine_digits)}
    )
    for number in range(count):
        database.save(f"client {number}", **client(number))
    return database


def client(number: int) -> dict[str, Any]:
    """Items of a client."""
    return {
        "FullName": f"Їжакевич № {number}",
        "CompanyName": "ТОВ «Роги та копита»",
        "OfficePhoneNumber": f"(044) 238-{number // 100:02}-{number % 100:02}",
        "CellPhoneNumber": [f"+38 050 {number:07}", f"+38 067 {number:07}"],
        "MailAddress": f"client{number}@example.com",
        "$12": number * 1.5,
    }


def last_nine_digits(document: Document) -> list[str]:
    """What the formula of the view ByPhone makes of a document."""
    numbers = [document.items.get("OfficePhoneNumber", ""), *document.items.get("CellPhoneNumber", [])]
    return sorted({"".join(filter(str.isdecimal, number))[-9:] for number in numbers} - {""})


def columns_of(view: View, entry: Entry) -> Mapping[str, Any]:
    """The values in a row: a category's own in its first column, a document's in the others."""
    if entry.document is None:
        return {view.columns[0]: entry.category}
    shown = view.columns[1:] if view.categories else view.columns
    return {column: entry.document.items.get(column, "") for column in shown}
