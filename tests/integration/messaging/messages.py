"""Messages to hand to a gateway, and settings it needs."""

from datetime import UTC, datetime
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest
import trustme

from telemarket.core.settings import SmsSettings, SmtpSettings
from telemarket.messaging.model import Channel, Message, MessageState
from tests.integration.messaging import smpp_centre

ANNA = "anna@example.com"
ANNAS_NUMBER = "+380501234567"


def mail(recipient: str = ANNA, *, subject: str = "Зустріч", body: str = "Чекаємо на вас у вівторок.") -> Message:
    return _message(Channel.MAIL, recipient, subject, body)


def sms(recipient: str = ANNAS_NUMBER, *, body: str = "Чекаємо на вас у вівторок.") -> Message:
    return _message(Channel.SMS, recipient, "", body)


def smtp_settings(port: int, **changes: object) -> SmtpSettings:
    known = {"host": "127.0.0.1", "port": port, "tls": "none", "sender": "Телемаркет <desk@example.com>"}
    return SmtpSettings.model_validate(known | changes)


def sms_settings(port: int, **changes: object) -> SmsSettings:
    account = {"system_id": smpp_centre.SYSTEM_ID, "password": smpp_centre.PASSWORD}
    return SmsSettings.model_validate({"host": "127.0.0.1", "port": port, "per_second": 1000} | account | changes)


def protected(authority: trustme.CA) -> SSLContext:
    """For a server on `localhost`."""
    context = SSLContext(PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


def trust(authority: trustme.CA, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an administrator does who has an authority of his own."""
    authority.cert_pem.write_to_path(folder / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))


def _message(channel: Channel, recipient: str, subject: str, body: str) -> Message:
    now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    return Message(
        id=258,
        project_id=1,
        contact_id=None,
        template_id=None,
        call_id=None,
        channel=channel,
        recipient=recipient,
        subject=subject,
        body=body,
        state=MessageState.SENDING,
        reason="",
        tries=0,
        queued_at=now,
        due_at=now,
        created_at=now,
        created_by=None,
        sent_at=None,
        reference="",
    )
