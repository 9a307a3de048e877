"""The gateways a configuration asks for."""

from telemarket.core.settings import Settings
from telemarket.messaging.mail import MailGateway
from telemarket.messaging.model import Channel, Gateway
from telemarket.messaging.sms import SmsGateway


def configured_gateways(settings: Settings) -> dict[Channel, Gateway]:
    """A gateway for each channel that a server is named for."""
    gateways: dict[Channel, Gateway] = {}
    if settings.smtp.host:
        domain = settings.smtp.sender.rpartition("@")[2].strip(" >") or settings.smtp.host
        gateways[Channel.MAIL] = MailGateway(settings.smtp, f"{settings.asterisk.app}.{domain}")
    if settings.sms.host:
        gateways[Channel.SMS] = SmsGateway(settings.sms)
    return gateways
