"""What the engine is told to dial."""

from telemarket.calls.facts import LeadDialed
from telemarket.calls.model import DialTerms
from telemarket.calls.views import DialMode, MachineAction
from telemarket.dialer.model import Attempt, Campaign, DetectorKind, Trunk


def lead_dialed(
    campaign: Campaign,
    attempt: Attempt,
    trunk: Trunk,
    caller_id: str,
    operator_ids: frozenset[int],
    agent_id: int | None,
) -> LeadDialed:
    """The fact that calls `attempt` by `trunk`; `agent_id` is whom it is previewed to."""
    terms = campaign.terms
    return LeadDialed(
        call_id=attempt.id,
        project_id=campaign.project_id,
        number=attempt.number,
        contact_id=attempt.contact_id,
        agent_id=agent_id,
        terms=DialTerms(
            campaign_id=campaign.id,
            lead_id=attempt.lead_id,
            mode=campaign.mode,
            endpoint=trunk.endpoint.replace("{number}", attempt.number),
            caller_id=caller_id,
            ring_seconds=max(terms.ring_seconds, terms.profile.minimum_ring),
            connect_seconds=terms.profile.connect_seconds,
            operator_ids=operator_ids,
            detect=terms.detection.kind is not DetectorKind.NONE,
            detect_seconds=terms.detection.seconds,
            on_machine=MachineAction(terms.detection.on_machine.value),
            message=_sounds(terms.machine_message if campaign.mode is DialMode.MESSAGE else terms.message),
            machine_message=_sounds(terms.machine_message),
            preview_seconds=terms.preview_seconds,
        ),
    )


def _sounds(name: str) -> tuple[str, ...]:
    return (name,) if name else ()
