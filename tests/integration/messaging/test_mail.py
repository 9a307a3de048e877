"""Mail to a real server: what arrives, and what each refusal means."""

from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import trustme

from telemarket.core.clock import utc_now
from telemarket.core.settings import SmtpSettings
from telemarket.messaging.mail import MailGateway
from telemarket.messaging.model import NotTaken, Refused
from tests.integration.messaging.mail_server import DROP, PASSWORD, SILENCE, USER, mail_server
from tests.integration.messaging.messages import ANNA, mail, protected, smtp_settings, trust


def gateway(settings: SmtpSettings, *, deadline: float = 5.0) -> MailGateway:
    return MailGateway(settings, "desk.example.com", deadline=deadline)


@pytest.mark.parametrize(
    "text",
    ["Чекаємо на вас.\n.\n..крапка\n" + "довгий рядок " * 100, "See you.\n.\n..dots\nFrom us", "a long line " * 100],
    ids=["cyrillic", "dots", "long"],
)
async def test_a_mail_arrives_as_it_was_written(text: str) -> None:
    async with mail_server() as server:
        reference = await gateway(smtp_settings(server.port)).send(mail(subject="Зустріч у вівторок", body=text))
    [arrived] = server.mails
    assert arrived["From"] == "Телемаркет <desk@example.com>"
    assert arrived["To"] == ANNA
    assert arrived["Subject"] == "Зустріч у вівторок"
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert abs((utc_now() - parsedate_to_datetime(arrived["Date"])).total_seconds()) < 60
    assert arrived.get_content_type() == "text/plain"
    assert arrived.get_content().replace("\r\n", "\n") == text + "\n"
    assert server.envelopes == [("desk@example.com", [ANNA])]
    assert reference == "2.0.0 Ok: queued as 4A7"


async def test_a_mail_sent_twice_is_the_same_and_another_is_not() -> None:
    async with mail_server() as server:
        for body in ("Вітаємо", "Вітаємо!"):
            await gateway(smtp_settings(server.port)).send(mail(body=body))
        later = mail()
        await MailGateway(smtp_settings(server.port), "other.example.com").send(later)
    first, second, other = (each["Message-ID"] for each in server.mails)
    assert first == second != other
    assert first == "<258.20260302093000@desk.example.com>"


async def test_what_the_server_says_nothing_about_is_known_by_its_identity() -> None:
    async with mail_server() as server:
        server.says["DATA"] = "250"
        assert await gateway(smtp_settings(server.port)).send(mail()) == "<258.20260302093000@desk.example.com>"


@pytest.mark.parametrize("recipient", ["", "anna", f"{ANNA}\r\nRCPT TO:<eve@example.com>", f"{ANNA}, eve@example.com"])
async def test_what_is_no_address_reaches_no_server(recipient: str) -> None:
    with pytest.raises(Refused, match="no mail address"):
        await gateway(smtp_settings(1)).send(mail(recipient))


@pytest.mark.parametrize("recipient", ["anna..b@example.com", "o'brien+desk@mail-1.example.com"])
async def test_addresses_people_really_have_are_taken(recipient: str) -> None:
    async with mail_server() as server:
        await gateway(smtp_settings(server.port)).send(mail(recipient))
    assert server.envelopes == [("desk@example.com", [recipient])]


async def test_a_subject_cannot_add_headers() -> None:
    async with mail_server() as server:
        await gateway(smtp_settings(server.port)).send(mail(subject="Вітаємо\r\nBcc: eve@example.com\n\nHi"))
    [arrived] = server.mails
    assert arrived["Subject"] == "Вітаємо Bcc: eve@example.com Hi"
    assert arrived["Bcc"] is None


async def test_without_a_sender_nothing_leaves() -> None:
    with pytest.raises(NotTaken) as raised:
        await gateway(smtp_settings(1, sender="")).send(mail())
    assert "[smtp] sender" in raised.value.remedy


@pytest.mark.parametrize(
    ("step", "answer", "outcome"),
    [
        ("MAIL", "451 4.3.0 later", NotTaken),
        ("MAIL", "530 5.7.0 Authentication required", NotTaken),
        ("MAIL", "550 5.7.1 Sender not owned", NotTaken),
        ("MAIL", DROP, NotTaken),
        ("RCPT", "450 4.2.0 greylisted", NotTaken),
        ("RCPT", "550 5.1.1 no such user", Refused),
        ("RCPT", DROP, NotTaken),
        ("DATA", "452 4.3.1 no space", NotTaken),
        ("DATA", "554 5.7.1 spam", Refused),
    ],
)
async def test_each_answer_means_what_it_says(step: str, answer: str, outcome: type[Exception]) -> None:
    async with mail_server() as server:
        server.says[step] = answer
        with pytest.raises(outcome):
            await gateway(smtp_settings(server.port)).send(mail())


async def test_a_server_that_falls_silent_before_it_has_the_text_has_taken_nothing() -> None:
    async with mail_server() as server:
        server.says["RCPT"] = SILENCE
        with pytest.raises(NotTaken):
            await gateway(smtp_settings(server.port), deadline=0.5).send(mail())


async def test_a_refusal_is_told_without_the_address() -> None:
    async with mail_server() as server:
        server.says["RCPT"] = f"550 5.1.1 <{ANNA}>: no such user."
        with pytest.raises(Refused) as raised:
            await gateway(smtp_settings(server.port)).send(mail())
    assert raised.value.message == "The mail server refuses the mail: 550 5.1.1 <…>: no such user."


async def test_an_account_that_is_refused_is_to_be_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    trust(authority, tmp_path, monkeypatch)
    async with mail_server(protected(authority), sign_in=True) as server:

        async def send(**account: str) -> None:
            await gateway(smtp_settings(server.port, host="localhost", tls="starttls", **account)).send(mail())

        await send(user=USER, password=PASSWORD)
        with pytest.raises(NotTaken, match="refuses the user telemarket") as raised:
            await send(user=USER, password="wrong")
        with pytest.raises(NotTaken, match="530"):
            await send()
    assert "wrong" not in str(raised.value)
    assert len(server.mails) == 1


async def test_a_protected_connection_needs_a_certificate_that_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    async with mail_server(protected(authority)) as server:
        settings = smtp_settings(server.port, host="localhost", tls="starttls")
        with pytest.raises(NotTaken) as raised:
            await gateway(settings).send(mail())
        assert "certificate" in raised.value.remedy
        trust(authority, tmp_path, monkeypatch)
        await gateway(settings).send(mail())
    assert len(server.mails) == 1


async def test_a_server_that_cannot_protect_the_connection_gets_no_mail() -> None:
    async with mail_server() as server:
        with pytest.raises(NotTaken):
            await gateway(smtp_settings(server.port, tls="starttls")).send(mail())
    assert server.mails == []
