"""What the end of a call means: for its lead, for the pacing, and for the line it went by."""

from datetime import UTC, datetime

from telemarket.core.journal import Entry
from telemarket.dialer import pacing
from telemarket.dialer.model import Ended, Outcome

_NAMED = {
    **{outcome.value: outcome for outcome in Outcome},
    "not-in-service": Outcome.OUT_OF_SERVICE,  # said by a tone or a voice after the answer
    "abandoned": Outcome.SKIPPED,  # the operator hung up before the lead answered
    "ended-unobserved": Outcome.UNKNOWN,
    "silence": Outcome.HUNG_UP,
}

_PACED = {
    Outcome.NO_ANSWER: pacing.Outcome.NO_ANSWER,
    Outcome.BUSY: pacing.Outcome.BUSY,
    Outcome.DECLINED: pacing.Outcome.BUSY,
    Outcome.CONGESTION: pacing.Outcome.FAILED,
    Outcome.FAILED: pacing.Outcome.FAILED,
    Outcome.NO_SUCH_NUMBER: pacing.Outcome.FAILED,
    Outcome.OUT_OF_SERVICE: pacing.Outcome.FAILED,
    Outcome.SKIPPED: pacing.Outcome.CANCELLED,
    Outcome.RETURNED: pacing.Outcome.CANCELLED,
    Outcome.UNKNOWN: pacing.Outcome.CANCELLED,
}

LINE_FAILURES = frozenset({Outcome.CONGESTION, Outcome.FAILED})
"""Outcomes that say more about our lines than about the callee."""


def outcome_of(result: str) -> Outcome:
    """The outcome a call's result stands for; UNKNOWN for one that no dialed call should have."""
    return _NAMED.get(result, Outcome.UNKNOWN)


def paced(outcome: Outcome, line_fails: bool) -> pacing.Outcome:
    """What the pacing is told of a call that took no operator: whatever else has answered counts as a machine."""
    if line_fails:
        return pacing.Outcome.CONGESTION
    return _PACED.get(outcome, pacing.Outcome.MACHINE)


def ended(entry: Entry, connected_at: datetime | None, reason: str) -> Ended:
    """How the call of a "call.ended" entry ended; `reason` is why its operator skipped it."""
    assert entry.call_id is not None  # noqa: S101
    data = entry.data
    answered = data.get("customer_answered_at")
    return Ended(
        attempt_id=entry.call_id,
        outcome=outcome_of(str(data["result"])),
        at=entry.at,
        cause=int(data.get("cause") or 0),
        answered_at=datetime.fromtimestamp(answered, UTC) if answered is not None else None,
        connected_at=connected_at,
        agent_id=entry.agent_id,
        reason=reason,
    )
