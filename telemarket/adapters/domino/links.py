"""Addresses that open a document: in a browser, or in Notes. Pure."""

from urllib.parse import quote, urlsplit

from telemarket.adapters.domino.options import DominoOptions


class Links:
    """The addresses of one database's documents; all are empty where the configuration wants none."""

    def __init__(self, options: DominoOptions) -> None:
        self._login = "&Login" if options.link_login else ""
        self._phone_view = options.phone_view
        self._notes = options.link == "notes"
        self._database = _database(options)

    @property
    def template(self) -> str:
        """The address of a document, with {key} in the place of its universal ID."""
        if not self._database:
            return ""
        path = f"{self._database}/0/{{key}}"
        return path if self._notes else f"{path}?OpenDocument{self._login}"

    def document(self, unid: str) -> str:
        """The address of the document with this universal ID."""
        return self.template.replace("{key}", _quoted(unid))

    def by_phone(self, number: str) -> str:
        """The address of the first document that the view of numbers has under `number`; browsers only."""
        if not (self._database and self._phone_view and number) or self._notes:
            return ""
        return f"{self._database}/{_quoted(self._phone_view)}/{_quoted(number)}?OpenDocument{self._login}"


def database_path(database: str) -> str:
    """The path of a database in an address, without the slash it begins with."""
    return quote(database.replace("\\", "/").strip("/"))


def _database(options: DominoOptions) -> str:
    """The address of the database, by its replica ID where that is known."""
    replica = options.replica_id.replace(":", "")
    path = f"__{replica}.nsf" if replica else database_path(options.database)
    web = (options.link_url or options.url).rstrip("/")
    if options.link == "notes":
        web = f"notes://{_quoted(options.notes_server or urlsplit(options.url).hostname or '')}"
    return f"{web}/{path}" if path and web not in ("", "notes://") and options.link != "none" else ""


def _quoted(text: str) -> str:
    return quote(text, safe="")
