"""What the configuration says about a Domino server."""

from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from telemarket.adapters.ldap import DirectoryOptions
from telemarket.adapters.mapping import check_field
from telemarket.backend import BackendOptions

Route = Literal["ldap", "views", "das", "rest"]
PhoneKey = Annotated[str, Field(pattern=r"^(plus|digits|national|trunk|last([5-9]|1[0-5]))$")]
ResultField = Literal[
    "record_key", "request_id", "at", "project", "direction", "caller", "topic", "state", "text", "operator"
]

_NEEDS: dict[Route, tuple[str, ...]] = {
    "ldap": ("ldap",),
    "views": ("url", "database", "view", "columns"),
    "das": ("url", "database", "view", "columns"),
    "rest": ("url", "scope", "view", "columns", "user"),
}
_PAGE_SIZES: dict[Route, int] = {"ldap": 0, "views": 1000, "das": 100, "rest": 1000}

# The Domino directory's items (OfficePhoneNumber, CellPhoneNumber, PhoneNumber, OfficeFAXPhoneNumber) as its LDAP
# server is said to name them; the schema of a directory can differ, so all of it can be changed.
DOMINO_MAPPING = {
    "cn": "name",
    "companyName": "company",
    "o": "company",
    "jobTitle": "position",
    "title": "position",
    "telephoneNumber": "phone:direct",
    "mobile": "phone:mobile",
    "homePhone": "phone:home",
    "facsimileTelephoneNumber": "phone:fax",
    "pager": "phone:other",
    "mail": "email",
    "webSite": "site",
    "street": "address:work",
    "postalCode": "address:work",
    "l": "address:work",
    "department": "attribute:Department",
}


class DominoDirectoryOptions(DirectoryOptions):
    """A directory as Domino's LDAP server has it."""

    usual_mapping: ClassVar[dict[str, str]] = DOMINO_MAPPING

    filter: str = Field("(objectClass=dominoPerson)", pattern=r"^\(.*\)$", description="Which entries are read.")
    key: str = Field(
        "dominoUNID", description="Attribute that names an entry for ever; dominoUNID opens the document too."
    )


class WriteBackOptions(BaseModel):
    """What becomes of a request's result: a response document to the contact, or items of the contact itself."""

    model_config = ConfigDict(extra="forbid")

    form: str = Field(
        "", description="Form of the document made for each result. Empty: the contact's own document is changed."
    )
    mode: str = Field("default", description="Form mode of the scope in which the contact's document is changed.")
    items: dict[str, ResultField] = Field(
        min_length=1,
        description="Items to set, each with what it gets: record_key, request_id, at, project, direction, caller, "
        "topic, state, text or operator.",
    )


class DominoOptions(BackendOptions):
    """By which route a Domino server is read, where it is, and what its columns mean."""

    route: Route = Field(
        description="ldap (the directory), views (a view by URL command), das (Domino Access Services) or rest (Domino "
        "REST API)."
    )
    url: str = Field(
        "", pattern=r"^(https?://[^/?#@\s]+)?$", description="Address of the server: https://domino.example.com."
    )
    database: str = Field("", description="Path of the database: crm/clients.nsf.")
    scope: str = Field("", description="rest: the scope that stands for the database.")
    view: str = Field("", description="Name or alias of the view that is synchronised: flat, a row for a document.")
    user: str = Field("", description="Who signs in. Empty: nobody, anonymously.")
    password: SecretStr = Field(SecretStr(""), description="Internet password of user.")
    session: bool = Field(
        False,
        description="views, das: sign in by the login form and keep a session, where basic authentication is off.",
    )
    ca_file: Path | None = Field(None, description="PEM certificates to trust. Empty: the system's.")
    timeout: float = Field(30.0, gt=0, le=600, description="Seconds the server may take for one answer.")
    page_size: int | None = Field(None, ge=10, le=5000, description="Rows asked for at once. Empty: 1000, for das 100.")
    record_kind: Literal["person", "company"] = Field("person", description="What a document stands for.")
    columns: dict[str, str] = Field(
        {},
        description="Columns by programmatic name, each with the field it becomes: name, company, position, site, "
        "region, category, email, phone:KIND, address:KIND or attribute:LABEL.",
    )
    phone_view: str = Field(
        "", description="View with the same columns, its first one categorised by number: for live look-up and pop-ups."
    )
    phone_keys: list[PhoneKey] = Field(
        ["last9"],
        min_length=1,
        max_length=5,
        description="How phone_view spells numbers, tried in this order: plus (+380441234567), digits (380441234567), "
        "national (441234567), trunk (0441234567), last5 to last15.",
    )
    trunk_prefix: str = Field("0", pattern=r"^\d{0,2}$", description="What trunk puts before a national number.")
    phone_query: str = Field(
        "", description="rest: a DQL query for live look-up instead of phone_view; ?number becomes the number."
    )
    link: Literal["web", "notes", "none"] = Field("web", description="What opens a document: a browser, or Notes.")
    link_url: str = Field(
        "", pattern=r"^(https?://[^?#@\s]+)?$", description="Address of the web server for people, if not url."
    )
    link_login: bool = Field(False, description="Whether a link in a browser asks for a sign-in first.")
    notes_server: str = Field("", description="Server in links for Notes. Empty: the host of url.")
    replica_id: str = Field(
        "", pattern=r"^([0-9A-Fa-f]{8}:?[0-9A-Fa-f]{8})?$", description="Links name the database by this, not its path."
    )
    write_back: WriteBackOptions | None = Field(None, description="rest: what to do with the results of requests.")
    ldap: DominoDirectoryOptions | None = Field(None, description="ldap: the directory, as the kind ldap has it.")

    @field_validator("columns")
    @classmethod
    def _known_fields(cls, columns: dict[str, str]) -> dict[str, str]:
        for column, field in columns.items():
            check_field(column, field)
        return columns

    @field_validator("phone_query")
    @classmethod
    def _asks_for_a_number(cls, query: str) -> str:
        if query and "?number" not in query:
            raise ValueError("the query has no ?number in it")
        return query

    @model_validator(mode="after")
    def _suits_the_route(self) -> Self:
        missing = [name for name in _NEEDS[self.route] if not getattr(self, name)]
        if missing:
            raise ValueError(f"route {self.route} needs {', '.join(missing)}")
        if self.route != "rest" and (self.write_back or self.phone_query):
            raise ValueError("write_back and phone_query need route rest")
        return self

    @property
    def rows_at_once(self) -> int:
        """The page size of the route, unless the configuration sets another."""
        return self.page_size or _PAGE_SIZES[self.route]
