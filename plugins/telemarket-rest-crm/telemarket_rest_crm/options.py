"""What the configuration says about the CRM."""

from pydantic import Field, SecretStr

from telemarket.backend import BackendOptions


class RestCrmOptions(BackendOptions):
    """`[backends.NAME.options]` where `kind = "rest-crm"`."""

    url: str = Field(pattern=r"^https?://[^/?#]+(/[^?#]*)?$", description="Where the CRM is: https://crm.example.com")
    token: SecretStr = Field(description="Token of an account that may read contacts and add notes.")
    page: int = Field(500, ge=1, le=1000, description="Contacts asked for at once.")
    timeout: float = Field(20, gt=0, description="Seconds the CRM may take for one answer.")
    patience: float = Field(60, ge=0, description="Longest pause, in seconds, that a busy CRM is granted.")
