"""The outgoing mail server."""

from collections.abc import Sequence

from telemarket.cli.checks.findings import Finding, fail, ok, warn
from telemarket.core.settings import SmtpSettings
from telemarket.messaging.mail import connect
from telemarket.messaging.model import NotTaken

MAIL = "mail"
_DEADLINE = 8.0


async def smtp(settings: SmtpSettings) -> Sequence[Finding]:
    """Whether the server can be reached, protects the connection as configured and lets us in."""
    if not settings.host:
        return [ok(MAIL, "not configured: no mail is sent")]
    try:
        async with await connect(settings, _DEADLINE):
            pass
    except NotTaken as error:
        return [fail(MAIL, error.message, error.remedy)]
    where = f"{settings.host}:{settings.port}"
    if not settings.sender:
        return [warn(MAIL, f"{where} answers, but no sender is configured", "Set [smtp] sender.")]
    return [ok(MAIL, f"{where} answers{', signed in' if settings.user else ''}")]
