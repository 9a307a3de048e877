"""What the configuration says about an organisation in Exchange Online."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from telemarket.adapters.exchange.places import DEFAULT_FOLDER, FolderPath, Mailbox, Place
from telemarket.backend import BackendOptions


class GraphOptions(BackendOptions):
    """Which organisation it is, by which registered application it is read, and what of it."""

    tenant: str = Field(pattern=r"^[\w.-]+$", description="The organisation: its id or example.onmicrosoft.com.")
    client_id: str = Field(min_length=1, description="Id of the application registered for Telemarket.")
    client_secret: SecretStr = Field(description="The application's client secret: its value, not its id.")
    mailboxes: list[Mailbox] = Field([], description="Addresses of the mailboxes whose contacts are read.")
    folders: list[FolderPath] = Field(
        [DEFAULT_FOLDER],
        description='Contact folders of each mailbox: "contacts" is its own one whatever the language, '
        '"contacts/Clients" one in it.',
    )
    directory: bool = Field(False, description="Read the organisation's users too: the address list.")
    url_template: str = Field(
        "https://outlook.office.com/owa/?ItemID={id}&exvsurl=1&viewmodel=PersonaCardViewModelFactory",
        description="Address that opens a contact; {id} becomes its percent-encoded id.",
    )
    authority: str = Field(
        "https://login.microsoftonline.com",
        pattern=r"^https://[^/]+$",
        description="Where applications sign in; another one in national clouds.",
    )
    base_url: str = Field(
        "https://graph.microsoft.com/v1.0",
        pattern=r"^https://[^/]+(/[^/]+)+$",
        description="Where Microsoft Graph answers; another one in national clouds.",
    )
    ca_file: Path | None = Field(None, description="PEM certificates to trust. Empty: the system's.")
    timeout: int = Field(30, ge=1, le=280, description="Seconds Microsoft may take for one answer.")

    @model_validator(mode="after")
    def _something_to_read(self) -> Self:
        if not self.directory and not (self.mailboxes and self.folders):
            raise ValueError("neither mailboxes nor directory names anything to read")
        return self

    @property
    def places(self) -> list[Place]:
        """Every contact folder that is read."""
        return [Place(mailbox, path) for mailbox in self.mailboxes for path in self.folders]
