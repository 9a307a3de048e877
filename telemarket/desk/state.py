"""What an operator's page is told about himself and his call, in words of his language."""

from typing import Any

from telemarket.calls.views import AgentState, AgentView, CallView, PartyView
from telemarket.core.i18n import Translator
from telemarket.desk.card import Card
from telemarket.desk.cards import encode, passed_on_by
from telemarket.desk.rendering import phone
from telemarket.desk.services import DeskServices
from telemarket.desk.words import REASONS

_BARGE = "barge"


def state_message(services: DeskServices, agent: AgentView, translator: Translator) -> str:
    """The stream message that tells an operator how he stands."""
    return encode(
        {
            "type": "state",
            "now": services.clock(),
            "agent": {
                "state": agent.state,
                "reason": translator.message(REASONS.get(agent.reason, agent.reason)),
                "since": agent.since,
                "until": agent.until,
                "waiting": agent.waiting,
                "longest_waiting_since": agent.longest_waiting_since,
                "after_call": agent.after_call,
                "overrun": agent.overrun,
                "role": agent.role,
                "project_ids": agent.project_ids,
                "call": _call(services, agent, agent.call, translator) if agent.call else None,
            },
        }
    )


def _call(services: DeskServices, agent: AgentView, call: CallView, translator: Translator) -> dict[str, Any]:
    card, people = services.cards.card(call.id), services.cards.people
    return {
        "id": call.id,
        "state": call.state,
        "direction": call.direction,
        "caller": (card.title if card else phone(call.ani)) or translator.gettext("Number withheld"),
        "project": f"{call.project.name} ({call.project.number})",
        "arrived_at": call.arrived_at,
        "answered_at": call.answered_at,
        "held": call.held,
        "muted": call.muted,
        "recording": call.recording,
        "recording_paused": call.recording_paused,
        "operator": people.name(call.agent_id) if call.agent_id != agent.id else "",
        "lead": _lead(card, call),
        "passed_by": people.name(passed_on_by(agent.id, call)),
        "parties": [
            {
                "role": party.role,
                "name": people.name(party.agent_id) or phone(party.number),
                "talking": party.talking,
            }
            for party in call.parties
            if party.agent_id != agent.id and _may_know(agent, party)
        ],
    }


def _lead(card: Card | None, call: CallView) -> dict[str, str] | None:
    """What the bar and the keys go by when a campaign calls."""
    if call.lead_id is None:
        return None
    lead = card.lead if card else None
    result = lead.choice.result.name if lead and lead.choice.result else ""
    return {"campaign": lead.campaign if lead else "", "mode": call.mode, "result": result}


def _may_know(agent: AgentView, party: PartyView) -> bool:
    """An operator hears of a supervisor only once the caller does too; those who listen know of each other."""
    return party.role != AgentState.WATCHING or party.mode == _BARGE or agent.state is AgentState.WATCHING
