"""What the configuration says about an SQL database."""

from collections.abc import Collection
from typing import Annotated, Self

import msgspec
import sqlalchemy as sa
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from telemarket.adapters.mapping import check_field
from telemarket.adapters.sql.mapping import OWN_FIELDS
from telemarket.backend import BackendOptions, Result

CALLER = ("e164", "digits", "national")
"""Parameters of a look-up."""
CURSOR = ("cursor",)
RESULT = tuple(field.name for field in msgspec.structs.fields(Result))


def parameters(statement: str) -> set[str]:
    """Names of the parameters (`:name`) of a statement."""
    return set(sa.text(statement).compile().params)


def _with(known: Collection[str]) -> AfterValidator:
    """Refuses a statement with other parameters than the known."""

    def check(statement: str) -> str:
        if unknown := parameters(statement) - set(known):
            given = ", ".join(f":{name}" for name in known) or "none"
            raise ValueError(
                f"there is no parameter {', '.join(f':{name}' for name in sorted(unknown))} here "
                rf"(known: {given}); a colon that is meant as such is written \:"
            )
        return statement

    return AfterValidator(check)


class LimitColumns(BaseModel):
    """Which columns say what of a service is left to a contact."""

    model_config = ConfigDict(extra="forbid")

    service: str
    provider: str = ""
    contract: str = ""
    amount: str = ""
    of_amount: str = ""
    unit: str = ""
    quantity: str = ""
    of_quantity: str = ""
    quantity_unit: str = ""

    @property
    def columns(self) -> dict[str, str]:
        """The column of each field of a limit."""
        return {field: column for field, column in self.model_dump().items() if column}


class SqlOptions(BackendOptions):
    """Where the database is, what is asked and what the answer's columns mean."""

    url: SecretStr = Field(
        description="SQLAlchemy URL of the database: postgresql://user@host/name, sqlite:///file.db, "
        "mysql+aiomysql://…, mssql+aioodbc://…. A driver Telemarket does not bring has to be installed beside it."
    )
    password: SecretStr = Field(SecretStr(""), description="Password of the URL's user, if it is not in the URL.")
    query: Annotated[str, _with(())] = Field(
        min_length=1,
        description="Gives all contacts. Rows of one key that follow each other (ORDER BY) make one contact.",
    )
    key: str = Field("id", min_length=1, description="Column that names a contact for ever.")
    mapping: dict[str, str] = Field(
        {},
        description="Columns with the field each becomes: name, company, company_key, position, site, region, "
        "category, email, phone, phone:KIND, address:KIND, attribute:LABEL or kind (person, company). Columns called "
        'as a field become it unasked, all others an attribute; "" leaves a column out.',
    )
    limits: list[LimitColumns] = Field(
        [],
        description="Columns that say what is left of a service: service, provider, contract, amount, of_amount, unit, "
        "quantity, of_quantity, quantity_unit.",
    )
    url_template: str = Field("", description="Address that opens a contact; {column} becomes the column's value.")
    caller_url: str = Field("", description="Address that finds a caller; {e164}, {digits} and {national} are known.")
    changed: str = Field("", description="Column that grows with every change: a time or a number.")
    changes_query: Annotated[str, _with(CURSOR)] = Field(
        "", description="Gives what changed since :cursor, the greatest value of the column `changed` so far."
    )
    deleted_query: Annotated[str, _with(CURSOR)] = Field(
        "", description="Gives in its first column the keys of contacts deleted since :cursor."
    )
    complete_hours: float = Field(
        24, gt=0, description="With changes_query: hours after which all contacts are read again."
    )
    services_query: Annotated[str, _with(())] = Field(
        "", description="Gives services: columns key, name, code, group, provider, price, currency, unit."
    )
    look_up_query: Annotated[str, _with(CALLER)] = Field(
        "", description="Gives the contacts with the number :e164 (+380…), :digits (as arrived) or :national."
    )
    write_back: Annotated[str, _with(RESULT)] = Field(
        "",
        description="Statement that keeps the result of a request: " + ", ".join(f":{name}" for name in RESULT) + ".",
    )
    timeout: float = Field(30, gt=0, le=3600, description="Seconds the database may take for one answer.")

    @field_validator("url")
    @classmethod
    def _is_url(cls, url: SecretStr) -> SecretStr:
        try:
            sa.make_url(url.get_secret_value())
        except (sa.exc.ArgumentError, ValueError):
            raise ValueError("this is no SQLAlchemy URL: postgresql://user@host/name") from None
        return url

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for column, field in self.mapping.items():
            if field:
                check_field(column, field, OWN_FIELDS)
        if bool(self.changed) != bool(self.changes_query):
            raise ValueError("changed and changes_query belong together: give both or neither")
        if self.deleted_query and not self.changes_query:
            raise ValueError("deleted_query without changes_query has no use: all contacts are read each time")
        if self.changes_query and "cursor" not in parameters(self.changes_query):
            raise ValueError("changes_query has no :cursor")
        return self
