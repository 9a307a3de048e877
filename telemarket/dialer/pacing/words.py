"""A decision in words."""

from telemarket.core.i18n import N_, Message
from telemarket.dialer.pacing.model import Decision, Reason

_WHY = {
    Reason.STOPPED: N_("stopped"),
    Reason.NOBODY: N_("no operator is there to take a call"),
    Reason.LINES_FAIL: N_("lines fail: fewer calls until they work again"),
    Reason.NO_LINES: N_("no line is free"),
    Reason.RATE: N_("no more calls a second are allowed"),
    Reason.CAPPED: N_("no more calls at a time are allowed"),
    Reason.PROGRESSIVE: N_("each free operator has a call"),
    Reason.BUDGET: N_("the limit of abandoned calls is used up: only for operators who are free"),
}


def words(decision: Decision) -> Message:
    """Why so many calls are placed now, to be translated when it is shown."""
    if decision.reason in _WHY:
        return N_("%(count)s more: %(why)s", count=decision.dial, why=_WHY[decision.reason])
    return N_(
        "%(count)s more: %(free)s expected free in %(within)s s, answer %(answer)s %%, risk %(risk)s %% of"
        " %(accepted)s %%",
        count=decision.dial,
        free=f"{decision.free_expected:.1f}",
        within=f"{decision.within:.0f}",
        answer=f"{100 * decision.answer_probability:.0f}",
        risk=f"{100 * decision.risk:.1f}",
        accepted=f"{100 * decision.threshold:.1f}",
    )
