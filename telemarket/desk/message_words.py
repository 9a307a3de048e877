"""What is said of messages to customers: stored codes in words, and values as examples. Marked for translation."""

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from telemarket.calls.model import Project
from telemarket.core.clock import utc_now
from telemarket.core.i18n import N_, Translator
from telemarket.messaging.filling import Known
from telemarket.messaging.model import Channel, MessageState, Template

CHANNELS = {Channel.SMS: N_("SMS"), Channel.MAIL: N_("mail")}
NO_GATEWAY = {
    Channel.SMS: N_(
        "No SMS centre is set up, so these messages wait, a day at most. The administrator names one in the section "
        "[sms] of the configuration."
    ),
    Channel.MAIL: N_(
        "No mail server is set up, so these messages wait, a day at most. The administrator names one in the section "
        "[smtp] of the configuration."
    ),
}
STATES = {
    MessageState.QUEUED: N_("waits"),
    MessageState.SENDING: N_("is being handed over"),
    MessageState.SENT: N_("sent"),
    MessageState.FAILED: N_("could not be sent"),
    MessageState.UNKNOWN: N_("unknown whether it was sent"),
    MessageState.WITHDRAWN: N_("withdrawn"),
}
STATE_ICONS = {
    MessageState.QUEUED: "waiting",
    MessageState.SENDING: "waiting",
    MessageState.SENT: "ready",
    MessageState.FAILED: "alert",
    MessageState.UNKNOWN: "alert",
    MessageState.WITHDRAWN: "offline",
}
FILTERS = {
    MessageState.QUEUED: N_("Waiting"),
    MessageState.SENT: N_("Sent"),
    MessageState.FAILED: N_("Failed"),
    MessageState.UNKNOWN: N_("Unknown"),
    MessageState.WITHDRAWN: N_("Withdrawn"),
}
"""The states a list can be narrowed to; a message is handed over within seconds."""
VALUES = {
    "customer.name": N_("the customer's name"),
    "customer.company": N_("his company"),
    "customer.number": N_("the number talked with"),
    "project.number": N_("the project's number"),
    "project.name": N_("the project's name"),
    "operator.name": N_("the operator's name"),
    "result.name": N_("the result"),
    "result.due": N_("the time agreed"),
    "promise.amount": N_("the sum promised"),
    "promise.currency": N_("its currency"),
    "promise.pay_by": N_("the last day of payment"),
}
"""The values a text may hold, but for those of the lead and the contact."""

_FURTHER = re.compile(r"""customer\.values(?:\.(\w+)|\[\s*["']([^"'\]]+)["']\s*\])""")


def sends(template: Template) -> str:
    """What a result does that sends this."""
    if template.channel is Channel.SMS:
        return N_("sends the SMS “%(name)s”", name=template.name)
    return N_("sends the mail “%(name)s”", name=template.name)


def placed(name: str) -> str:
    """A value as it stands in a text."""
    return f"{{{{ {name} }}}}"


def placed_further(name: str) -> str:
    """A further value of the lead or the contact as it stands in a text."""
    quoted = name.replace('"', r"\"")
    return placed(f'customer.values["{quoted}"]')


def examples(body: str, project: Project, operator: str, kinds: Mapping[str, str], text: Translator) -> Known:
    """Values such as a customer's might be, for a text that is being written; `kinds` are those of further values by
    their names."""
    tomorrow = utc_now().astimezone(text.zone).date() + timedelta(days=1)
    day, figure = text.day(tomorrow), text.decimal(Decimal(4200))
    by_kind = {"date": day, "number": figure, "money": figure}
    named = [found[1] or found[2] for found in _FURTHER.finditer(body)]
    return {
        "customer": {
            "name": text.gettext("Anna Koval"),
            "company": text.gettext("Koval & Partners"),
            "number": "+380672000001",
            "values": {name: by_kind.get(kinds.get(name, ""), name) for name in named},
        },
        "project": {"number": project.number, "name": project.name},
        "operator": {"name": operator},
        "result": {"name": text.gettext("Promised to pay"), "due": f"{day} 10:00"},
        "promise": {"amount": figure, "currency": "UAH", "pay_by": day},
    }
