"""The SMS centre."""

from collections.abc import Sequence

from telemarket.cli.checks.findings import Finding, fail, ok
from telemarket.core.settings import SmsSettings
from telemarket.messaging.model import NotTaken
from telemarket.messaging.smpp import Link

SMS = "SMS"
_DEADLINE = 4.0  # seconds to connect, and for each answer


async def smpp(settings: SmsSettings) -> Sequence[Finding]:
    """Whether the centre can be reached and lets us in."""
    if not settings.host:
        return [ok(SMS, "not configured: no SMS is sent")]
    try:
        link = await Link.bind(settings, _DEADLINE)
    except NotTaken as error:
        return [fail(SMS, error.message, error.remedy)]
    await link.close(_DEADLINE / 4)
    return [ok(SMS, f"{settings.host}:{settings.port} answers, signed in")]
