"""The options of a backend of 1C 7.7: where the base is, and what of it is what to Telemarket."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from telemarket.adapters.onec77.names import FOLDER_PATH
from telemarket.backend import BackendOptions

PhoneKind = Literal["", "mobile", "direct", "main", "home", "fax", "other"]
AddressKind = Literal["legal", "postal", "home", "work", "other"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class References(_Part):
    """Attributes that point to an element of a catalog."""

    references: dict[str, str] = Field(
        {}, description="Attributes that point into a catalog, each with the catalog's name: shown by the name there."
    )

    def named(self) -> Iterator[str]:
        """Every attribute it names."""
        yield from self.references


class Values(References):
    """Attributes with what there may be any number of."""

    phones: dict[str, PhoneKind] = Field(
        {}, description="Attributes with telephones, each with its kind; empty: guessed from the number."
    )
    emails: list[str] = Field([], description="Attributes with e-mail addresses.")
    addresses: dict[str, AddressKind] = Field({}, description="Attributes with addresses, each with its kind.")
    attributes: dict[str, str] = Field(
        {}, description="What the card shows beside: labels, each with the attribute that has its value."
    )

    def named(self) -> Iterator[str]:
        """Every attribute it names."""
        yield from super().named()
        yield from (*self.phones, *self.emails, *self.addresses, *self.attributes.values())


class DetailMapping(Values):
    """A catalog subordinate to that of the contacts, such as «Телефоны»."""

    catalog: str = Field(description="Name of the catalog.")
    owner: str = Field("Владелец", description="Attribute that points to the contact.")

    def named(self) -> Iterator[str]:
        """Every attribute it names."""
        yield self.owner
        yield from super().named()


class ContactMapping(Values):
    """A catalog whose elements are contacts."""

    catalog: str = Field(description="Name of the catalog.")
    kind: Literal["person", "company"] = Field("person", description="What its elements are.")
    folders: list[str] = Field([], description="Only what lies in folders of these names, at any depth. Empty: all.")
    name: str = Field("Наименование", description="Attribute with the name.")
    company: str = Field("", description="Attribute with the company: a text, or one of `references`.")
    position: str = Field("", description="Attribute with the position.")
    site: str = Field("", description="Attribute with the web site.")
    region: str = Field("", description="Attribute with the region.")
    categories: list[str] = Field([], description="Attributes that are categories; «Папка» is the path of folders.")
    details: list[DetailMapping] = Field([], description="Subordinate catalogs with more values.")

    def named(self) -> Iterator[str]:
        """Every attribute it names."""
        yield from filter(None, (self.name, self.company, self.position, self.site, self.region, *self.categories))
        yield from super().named()
        if self.folders:
            yield FOLDER_PATH


class ServiceMapping(References):
    """A catalog whose elements are services or articles."""

    catalog: str = Field(description="Name of the catalog.")
    folders: list[str] = Field([], description="Only what lies in folders of these names, at any depth. Empty: all.")
    name: str = Field("Наименование", description="Attribute with the name.")
    code: str = Field("", description="Attribute with the code.")
    group: str = Field("", description="Attribute with the group; «Папка» is the path of folders.")
    provider: str = Field("", description="Attribute with the provider.")
    price: str = Field("", description="Attribute with the price.")
    unit: str = Field("", description="Attribute with the unit of measure.")
    currency: str = Field("", description="Currency of the prices, such as UAH.")

    def named(self) -> Iterator[str]:
        """Every attribute it names."""
        yield from filter(None, (self.name, self.code, self.group, self.provider, self.price, self.unit))
        yield from super().named()
        if self.folders:
            yield FOLDER_PATH


class LimitMapping(References):
    """A register or a kind of document that says what is left to a contact."""

    register_: str = Field("", alias="register", description="Name of the register; its current balances count.")
    document: str = Field("", description="Name of the kind of document; posted ones count, line by line.")
    contact: str = Field(description="Attribute that points to the contact; one of `references`.")
    service: str = Field(description="Attribute with the service: a text, or one of `references`.")
    provider: str = Field("", description="Attribute with the provider.")
    contract: str = Field("", description="Attribute with the contract's number.")
    amount: str = Field("", description="Attribute with the sum of money that is left.")
    of_amount: str = Field("", description="Attribute with the sum there was at the beginning.")
    quantity: str = Field("", description="Attribute with the count that is left.")
    of_quantity: str = Field("", description="Attribute with the count there was at the beginning.")
    unit: str = Field("", description="Currency of the sums, such as UAH.")
    quantity_unit: str = Field("", description="What is counted.")

    def named(self) -> Iterator[str]:
        """Every attribute it names."""
        texts = (self.contact, self.service, self.provider, self.contract)
        yield from filter(None, (*texts, self.amount, self.of_amount, self.quantity, self.of_quantity))
        yield from super().named()

    @model_validator(mode="after")
    def _checked(self) -> Self:
        if bool(self.register_) == bool(self.document):
            raise ValueError("name either a register or a document")
        if self.contact not in self.references:
            raise ValueError("`contact` must be one of `references`: say which catalog it points into")
        if not (self.amount or self.quantity):
            raise ValueError("name the attribute with the amount or the quantity")
        return self


class OneC77Options(BackendOptions):
    """Options of the kind `onec77`."""

    source: Literal["dbf", "sql", "folder"] = Field(
        "dbf", description="A base of DBF files, a base in SQL, or a folder of CSV and XML exports."
    )
    folder: Path | None = Field(None, description="The folder of the base or of the exports.")
    url: SecretStr = Field(
        SecretStr(""), description="SQLAlchemy URL of a base in SQL, with a login that may only read."
    )
    dictionary: Path | None = Field(
        None, description="1Cv7.DD or 1Cv7.DDS of the base. Empty: the one in the folder; needed for a base in SQL."
    )
    code_page: str = Field(
        "", description="cp1251, cp866 or cp1125. Empty: as the dictionary says; of exports that are not UTF-8, cp1251."
    )
    key: str = Field("ID", description="Exports: heading of the column that identifies a row.")
    contacts: list[ContactMapping] = Field(description="Catalogs of persons and companies.", min_length=1)
    services: list[ServiceMapping] = Field([], description="Catalogs of services.")
    limits: list[LimitMapping] = Field([], description="Registers and documents with what is left to contacts.")

    @model_validator(mode="after")
    def _checked(self) -> Self:
        if self.source == "sql" and not (self.url.get_secret_value() and self.dictionary):
            raise ValueError("a base in SQL needs `url` and `dictionary`")
        if self.source != "sql" and self.folder is None:
            raise ValueError(f"the source {self.source} needs `folder`")
        return self
