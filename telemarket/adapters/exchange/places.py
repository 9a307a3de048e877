"""Folders as the configuration names them."""

from typing import Annotated

import msgspec
from pydantic import Field

DEFAULT_FOLDER = "contacts"

Mailbox = Annotated[str, Field(pattern=r"^[^@\s|/]+@[^@\s|/]+$")]
FolderPath = Annotated[str, Field(pattern=r"^[^/|]+(/[^/|]+)*$")]


class Place(msgspec.Struct, frozen=True):
    """A folder that is read: in a mailbox, or among the public folders as this mailbox sees them."""

    mailbox: str
    path: str
    public: bool = False

    def __str__(self) -> str:
        return f"{self.mailbox}|{'public/' * self.public}{self.path}"
