"""What the configuration says about a directory."""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, SecretStr, field_validator

from telemarket.adapters.mapping import check_field
from telemarket.backend import BackendOptions

# Attributes of inetOrgPerson (RFC 2798) and of Active Directory's address list; where both name the same thing, the
# first that an entry has is taken.
USUAL_MAPPING = {
    "displayName": "name",
    "cn": "name",
    "company": "company",
    "o": "company",
    "title": "position",
    "telephoneNumber": "phone:direct",
    "otherTelephone": "phone:direct",
    "mobile": "phone:mobile",
    "otherMobile": "phone:mobile",
    "homePhone": "phone:home",
    "otherHomePhone": "phone:home",
    "facsimileTelephoneNumber": "phone:fax",
    "otherFacsimileTelephoneNumber": "phone:fax",
    "ipPhone": "phone:other",
    "pager": "phone:other",
    "mail": "email",
    "wWWHomePage": "site",
    "street": "address:work",
    "streetAddress": "address:work",
    "postalCode": "address:work",
    "l": "address:work",
    "st": "address:work",
    "co": "address:work",
    "department": "attribute:Department",
    "ou": "attribute:Department",
    "physicalDeliveryOfficeName": "attribute:Office",
}


class DirectoryOptions(BackendOptions):
    """Where the directory is, who asks, what is read and what its attributes mean."""

    usual_mapping: ClassVar[dict[str, str]] = USUAL_MAPPING

    host: str = Field(min_length=1, description="Name of the directory's server, as its certificate has it.")
    port: int = Field(0, ge=0, le=65535, description="Its port. 0: 636 for tls, else 389.")
    tls: Literal["starttls", "tls", "none"] = Field("starttls", description="How the connection is protected.")
    ca_file: Path | None = Field(None, description="PEM certificates to trust. Empty: the system's.")
    user: str = Field("", description="Who signs in: a DN or user@domain. Empty: nobody, anonymously.")
    password: SecretStr = Field(SecretStr(""), description="Password of user.")
    base: str = Field(min_length=1, description="DN below which entries are read.")
    filter: str = Field("(objectClass=person)", pattern=r"^\(.*\)$", description="Which of them.")
    key: str = Field(
        "entryUUID", description="Attribute that names an entry for ever: entryUUID, objectGUID, dominoUNID…"
    )
    mapping: dict[str, str] = Field(
        {},
        description="Attributes beside the usual ones, each with the field it becomes: name, company, position, site, "
        'region, category, email, phone, phone:KIND, address:KIND or attribute:LABEL; "" leaves a usual one out.',
    )
    url_template: str = Field("", description="Address that opens an entry; {key} becomes its key.")
    changed: str = Field(
        "",
        description="Attribute that grows with every change: modifyTimestamp, whenChanged or uSNChanged. With it only "
        "changed entries are read. Empty: always all.",
    )
    complete_hours: float = Field(
        24, gt=0, description="With changed: hours after which all entries are read, so that deleted ones go."
    )
    timeout: int = Field(20, ge=1, le=600, description="Seconds the server may take for one answer.")
    deadline: int = Field(1800, ge=1, description="Seconds a whole synchronisation may take.")

    @field_validator("mapping")
    @classmethod
    def _known_fields(cls, mapping: dict[str, str]) -> dict[str, str]:
        for attribute, field in mapping.items():
            if field:
                check_field(attribute, field)
        return mapping

    @property
    def fields(self) -> dict[str, str]:
        """The usual mapping with what the configuration changes about it."""
        return {attribute: field for attribute, field in {**self.usual_mapping, **self.mapping}.items() if field}
