"""The gateway of mail: one plain text after the other, each over a connection of its own."""

import email.policy
import re
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

import aiosmtplib

from telemarket.core.clock import utc_now
from telemarket.core.errors import TelemarketError
from telemarket.core.i18n import N_
from telemarket.core.settings import SmtpSettings
from telemarket.messaging.model import Gateway, Message, NotTaken, Refused, Uncertain

_DEADLINE = 15.0  # seconds for connecting, and for each command
_PATIENCE = 120.0  # seconds from the text to the answer: servers look for viruses meanwhile
_LONGEST_REFERENCE = 100
_LONGEST_PROBLEM = 200
# What the HTML standard calls a valid mail address: no white space, nothing quoted, nothing but ASCII.
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?", re.ASCII)
_POLICY = email.policy.SMTP.clone(cte_type="7bit")  # any server takes it
# "Sign in first" and its kin: not the message is refused but the account.
_ACCOUNT_CODES = frozenset({530, 534, 535, 538})
_LEAVING = frozenset({421})  # the server ends the conversation


async def connect(settings: SmtpSettings, deadline: float) -> aiosmtplib.SMTP:
    """A connection with the mail server, protected and signed in as configured; each step has `deadline` seconds.

    Raises NotTaken, with what to mend.
    """
    where = f"{settings.host}:{settings.port}"
    client = aiosmtplib.SMTP(
        hostname=settings.host,
        port=settings.port,
        username=settings.user or None,
        password=settings.password.get_secret_value() if settings.user else None,
        use_tls=settings.tls == "tls",
        start_tls=settings.tls == "starttls",
        timeout=deadline,
    )
    try:
        await client.connect()
    except aiosmtplib.SMTPAuthenticationError as error:
        text = N_("The mail server %(where)s refuses the user %(user)s.", where=where, user=settings.user)
        raise NotTaken(text, remedy="Mend [smtp] user and password.") from error
    except aiosmtplib.SMTPConnectError as error:
        text = N_("The mail server %(where)s cannot be reached: %(problem)s.", where=where, problem=_problem(error))
        raise NotTaken(text, remedy="Mend [smtp] host and port; see the firewall.") from error
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        text = N_("The mail server %(where)s lets nobody in: %(problem)s.", where=where, problem=_problem(error))
        remedy = "Mend [smtp] tls: none, starttls or tls, as the server wants it; see its certificate."
        raise NotTaken(text, remedy=remedy) from error
    return client


class MailGateway(Gateway):
    """Hands mail to the server of `settings`. `house`, a host name, makes the mails' identities unique.

    Once DATA is said the server may have the mail; what is lost from then on is Uncertain.
    """

    def __init__(
        self, settings: SmtpSettings, house: str, *, deadline: float = _DEADLINE, patience: float = _PATIENCE
    ) -> None:
        self._settings = settings
        self._house = house
        self._deadline = deadline
        self._patience = patience

    async def send(self, message: Message) -> str:
        """Hand over a mail; returns the server's answer, which most fill with its place in their queue, or the mail's
        identity. Raises NotTaken, Refused and Uncertain."""
        sender = parseaddr(self._settings.sender)[1]
        if not _ADDRESS.fullmatch(sender):
            raise NotTaken(N_("Mail has no sender."), remedy="Set [smtp] sender to a mail address.")
        if not _ADDRESS.fullmatch(message.recipient):
            raise Refused(N_("This is no mail address a mail can be sent to."))
        mail = self._written(message)
        client = await connect(self._settings, self._deadline)
        named = perhaps_taken = False  # the recipient; the text
        try:
            async with client:
                await client.mail(sender)
                named = True
                await client.rcpt(message.recipient)
                perhaps_taken = True
                answer = await client.data(mail.as_bytes(), timeout=self._patience)
        except aiosmtplib.SMTPResponseException as error:
            raise _answered(error, message.recipient, named=named, perhaps_taken=perhaps_taken) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            if perhaps_taken:
                text = N_("The mail server did not say whether it took the mail: %(problem)s.", problem=_problem(error))
                raise Uncertain(text) from error
            text = N_("The mail server was lost before it had the mail: %(problem)s.", problem=_problem(error))
            raise NotTaken(text) from error
        return (answer.message or str(mail["Message-ID"]))[:_LONGEST_REFERENCE]

    async def close(self) -> None:
        """Nothing is kept between mails."""

    def _written(self, message: Message) -> EmailMessage:
        mail = EmailMessage(_POLICY)
        mail["From"] = _one_line(self._settings.sender)
        mail["To"] = message.recipient
        mail["Subject"] = _one_line(message.subject)
        mail["Date"] = format_datetime(utc_now())
        # Of the message, not of the try: who gets it twice, because a person sent it again, need not see it twice.
        mail["Message-ID"] = f"<{message.id}.{message.created_at:%Y%m%d%H%M%S}@{self._house}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.body)
        return mail


def _answered(
    error: aiosmtplib.SMTPResponseException, recipient: str, *, named: bool, perhaps_taken: bool
) -> TelemarketError:
    """What an answer other than "taken" means, wherever it came; before the recipient was named it is not about him."""
    problem = _problem(error).replace(recipient, "…")
    about_him = named and error.code not in _ACCOUNT_CODES | _LEAVING
    if 500 <= error.code < 600 and about_him:
        return Refused(N_("The mail server refuses the mail: %(problem)s.", problem=problem))
    if 400 <= error.code < 600 or not perhaps_taken:
        text = N_("The mail server does not take the mail now: %(problem)s.", problem=problem)
        return NotTaken(text, only_this=about_him)
    return Uncertain(N_("The mail server gave an answer nobody understands: %(problem)s.", problem=problem))


def _problem(error: Exception) -> str:
    text = f"{error.code} {error.message}" if isinstance(error, aiosmtplib.SMTPResponseException) else str(error)
    return _one_line(text)[:_LONGEST_PROBLEM].rstrip(".") or type(error).__name__


def _one_line(text: str) -> str:
    return " ".join(text.split())
