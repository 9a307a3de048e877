"""What is said of campaigns: stored codes in words, shares as people read them. Marked for translation."""

from datetime import datetime
from decimal import Decimal

from telemarket.calls.views import DialMode
from telemarket.core.i18n import N_, Translator
from telemarket.desk.project_forms.simple import number_text
from telemarket.dialer.choosing import REFUSALS
from telemarket.dialer.model import Act, CampaignState, Denominator, DetectorKind, LeadState, OnMachine, Outcome
from telemarket.dialer.rule_model import Comparison
from telemarket.dialer.views import OperatorPhase

STATES = {
    CampaignState.DRAFT: N_("Being prepared"),
    CampaignState.RUNNING: N_("Is calling"),
    CampaignState.PAUSED: N_("Paused"),
    CampaignState.FINISHED: N_("Finished"),
}
STATE_ICONS = {
    CampaignState.DRAFT: "wrap-up",
    CampaignState.RUNNING: "talking",
    CampaignState.PAUSED: "paused",
    CampaignState.FINISHED: "ready",
}
STATES_OF_MANY = {
    CampaignState.DRAFT: N_("Being prepared"),
    CampaignState.RUNNING: N_("Calling"),
    CampaignState.PAUSED: N_("Paused"),
    CampaignState.FINISHED: N_("Finished"),
}
WAITS = N_("Does not call now")
"""The state of a campaign that runs and has a reason not to call."""

MODES = {
    DialMode.PREVIEW: N_("preview"),
    DialMode.PROGRESSIVE: N_("progressive"),
    DialMode.PREDICTIVE: N_("predictive"),
    DialMode.MESSAGE: N_("message only"),
}
MODE_HINTS = {
    DialMode.PREVIEW: N_("The operator sees the card and the script first, then dials."),
    DialMode.PROGRESSIVE: N_("One call for each operator who is free: hardly anybody is kept waiting."),
    DialMode.PREDICTIVE: N_("As many calls as will be answered when operators are free, within the limit of the law."),
    DialMode.MESSAGE: N_("No operators: whoever answers hears a message."),
}
LEAD_STATES = {
    LeadState.READY: N_("to be called"),
    LeadState.WAITING: N_("waits for its time"),
    LeadState.CLAIMED: N_("is being called"),
    LeadState.HELD: N_("number to be mended"),
    LeadState.CLOSED: N_("finished with"),
}
OUTCOMES = {
    Outcome.ANSWERED: N_("talked with an operator"),
    Outcome.INFORMED: N_("heard the message"),
    Outcome.DROPPED: N_("no operator was there in time"),
    Outcome.HUNG_UP: N_("hung up before an operator was there"),
    Outcome.BUSY: N_("busy"),
    Outcome.NO_ANSWER: N_("no answer"),
    Outcome.DECLINED: N_("call declined"),
    Outcome.MACHINE: N_("answering machine"),
    Outcome.MESSAGE_LEFT: N_("message left on the machine"),
    Outcome.SCREENED: N_("an assistant asked who calls"),
    Outcome.FAX: N_("fax"),
    Outcome.NO_SUCH_NUMBER: N_("no such number"),
    Outcome.OUT_OF_SERVICE: N_("out of service"),
    Outcome.CONGESTION: N_("no free line"),
    Outcome.FAILED: N_("failed"),
    Outcome.SKIPPED: N_("skipped by the operator"),
    Outcome.RETURNED: N_("not called after all"),
    Outcome.UNKNOWN: N_("nobody saw the end"),
}
PHASES = {
    OperatorPhase.TALKING: N_("talking"),
    OperatorPhase.WRAPUP: N_("after the call"),
    OperatorPhase.FREE: N_("free"),
    OperatorPhase.AWAY: N_("on a pause"),
}
PHASE_ICONS = {
    OperatorPhase.TALKING: "talking",
    OperatorPhase.WRAPUP: "wrap-up",
    OperatorPhase.FREE: "ready",
    OperatorPhase.AWAY: "paused",
}
ACTS = {
    Act.CLOSE: N_("close"),
    Act.RETRY: N_("call again after"),
    Act.CALLBACK_MINE: N_("this operator calls back"),
    Act.CALLBACK_ANY: N_("anybody calls back"),
    Act.TASK: N_("a task for somebody"),
    Act.PROMISE: N_("a payment promised"),
    Act.DEAD_NUMBER: N_("the number is dead"),
    Act.DO_NOT_CALL: N_("never call again"),
}
DENOMINATORS = {
    Denominator.LIVE: N_("of the calls a person answered"),
    Denominator.ANSWERED: N_("of all answered calls, machines too"),
}
PROFILES = {
    "": N_("rules of the house's own"),
    "ua": N_("Ukraine"),
    "ru": N_("Russia"),
    "eu": N_("European Union"),
    "uk-ofcom": N_("United Kingdom, Ofcom"),
    "us-ftc": N_("USA, FTC"),
}
DETECTORS = {
    DetectorKind.NONE: N_("no detection: every answer is a person"),
    DetectorKind.ASTERISK: N_("Asterisk's AMD"),
    DetectorKind.MODEL: N_("Telemarket's own detector"),
}
ON_MACHINE = {
    OnMachine.HANG_UP: N_("hang up"),
    OnMachine.MESSAGE: N_("leave a message after the tone"),
    OnMachine.OPERATOR: N_("an operator takes it"),
}

COMPARISONS = {
    Comparison.ABOVE: N_("more than"),
    Comparison.BELOW: N_("less than"),
    Comparison.EQUAL: N_("exactly"),
}
_CLOSED_WHY = {
    **REFUSALS,
    "disposition": N_("by its result"),
    "attempts": N_("all attempts are used up"),
    "supervisor": N_("closed by hand"),
    "promise-kept": N_("has paid as promised"),
}
LEVELS = {
    "good": N_("within the limit"),
    "near": N_("near the limit"),
    "over": N_("over the limit"),
}


def percent(text: Translator, share: float | None, digits: int = 1) -> str:
    """A share from 0 to 1 as "2.4 %"; a dash where nothing has been seen yet."""
    return f"{text.decimal(Decimal(f'{100 * share:.{digits}f}'))} %" if share is not None else "—"


def decimal(text: Translator, value: float) -> str:
    """A figure with one digit after the point: "7.5", "12"."""
    return text.decimal(Decimal(f"{value:.1f}").normalize() + 0)


def plain(value: float) -> str:
    """A number as a form shows it."""
    return number_text(value)


def clock(text: Translator, moment: datetime) -> str:
    """The time of day to the second."""
    return moment.astimezone(text.zone).strftime("%H:%M:%S")


def outcome(code: str) -> str:
    """How an attempt ended; empty while it goes on."""
    return OUTCOMES[Outcome(code)] if code in set(Outcome) else code


def closed_why(code: str) -> str:
    """Why a lead is closed; of some it is how the last attempt ended."""
    return _CLOSED_WHY.get(code) or outcome(code)
