"""What the configuration says about the address book."""

from pydantic import Field, SecretStr

from telemarket.backend import BackendOptions


class CardDavOptions(BackendOptions):
    """`[backends.NAME.options]` where `kind = "carddav"`."""

    url: str = Field(pattern=r"^https?://[^/?#]+/[^?#]*$", description="Address of the address book itself.")
    user: str = Field("", description="Who signs in.")
    password: SecretStr = Field(SecretStr(""), description="His password; many servers want one made for an app.")
    card_template: str = Field(
        "", description="Address that opens a card: {uid} becomes its UID, {file} the name of its file."
    )
    page: int = Field(100, ge=1, le=1000, description="Cards asked for at once.")
    timeout: float = Field(30, gt=0, description="Seconds the server may take for one answer.")
