"""What the configuration says about an Exchange server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from telemarket.adapters.exchange.places import DEFAULT_FOLDER, FolderPath, Mailbox, Place
from telemarket.backend import BackendOptions


class EwsOptions(BackendOptions):
    """Where the server is, who signs in, and which folders are read."""

    url: str = Field(pattern=r"^https?://[^/]+/.+", description="https://mail.example.com/EWS/Exchange.asmx")
    user: str = Field(min_length=1, description="Who signs in: DOMAIN\\user, or user@domain.")
    password: SecretStr = Field(description="Password of user.")
    auth: Literal["ntlm", "basic"] = Field("ntlm", description="How the server lets users sign in.")
    access: Literal["delegate", "impersonation"] = Field(
        "delegate", description="By which right user reads other mailboxes: as a delegate, or ApplicationImpersonation."
    )
    version: Literal["2010", "2013", "2016", "2019"] = Field(
        "2016", description="Exchange's version; 2019 also for Subscription Edition."
    )
    ca_file: Path | None = Field(None, description="PEM certificates to trust. Empty: the system's.")
    mailboxes: list[Mailbox] = Field(min_length=1, description="Addresses of the mailboxes that are read.")
    folders: list[FolderPath] = Field(
        [DEFAULT_FOLDER],
        description='Folders of each mailbox: "contacts" is its own one whatever the language, "contacts/Clients" one '
        "in it, any other path begins at the top of the mailbox.",
    )
    public_folders: list[FolderPath] = Field(
        [], description="Public folders, as the first mailbox sees them. With any, all is read each time."
    )
    url_template: str = Field(
        "",
        description="Address that opens a contact; {id} becomes its percent-encoded id. Empty: what the server says "
        "opens it in Outlook on the web.",
    )
    timeout: int = Field(60, ge=1, le=280, description="Seconds the server may take for one answer.")

    @model_validator(mode="after")
    def _something_to_read(self) -> Self:
        if not self.folders and not self.public_folders:
            raise ValueError("neither folders nor public_folders names anything to read")
        return self

    @property
    def places(self) -> list[Place]:
        """Every folder that is read."""
        return list(self._places())

    def _places(self) -> Iterator[Place]:
        for mailbox in self.mailboxes:
            for path in self.folders:
                yield Place(mailbox, path)
        for path in self.public_folders:
            yield Place(self.mailboxes[0], path, public=True)
