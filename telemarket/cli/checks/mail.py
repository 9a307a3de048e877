"""The outgoing mail server."""

from collections.abc import Sequence

import aiosmtplib

from telemarket.cli.checks.findings import Finding, fail, ok, warn
from telemarket.core.settings import SmtpSettings

MAIL = "mail"
_DEADLINE = 8.0


async def smtp(settings: SmtpSettings) -> Sequence[Finding]:
    """Whether the server can be reached, protects the connection as configured and lets us in."""
    if not settings.host:
        return [ok(MAIL, "not configured: no mail is sent")]
    where = f"{settings.host}:{settings.port}"
    client = aiosmtplib.SMTP(
        hostname=settings.host,
        port=settings.port,
        use_tls=settings.tls == "tls",
        start_tls=settings.tls == "starttls",
        timeout=_DEADLINE,
    )
    try:
        async with client:
            if settings.user:
                await client.login(settings.user, settings.password.get_secret_value())
    except aiosmtplib.SMTPAuthenticationError:
        return [fail(MAIL, f"{where} refuses the user {settings.user}", "Mend [smtp] user and password.")]
    except aiosmtplib.SMTPConnectError as error:
        return [fail(MAIL, f"{where} cannot be reached: {error}", "Mend [smtp] host and port; see the firewall.")]
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        mend = "Mend [smtp] tls: none, starttls or tls, as the server wants it; see its certificate."
        return [fail(MAIL, f"{where}: {type(error).__name__}: {error}", mend)]
    if not settings.sender:
        return [warn(MAIL, f"{where} answers, but no sender is configured", "Set [smtp] sender.")]
    return [ok(MAIL, f"{where} answers{', signed in' if settings.user else ''}")]
