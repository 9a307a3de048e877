"""Which operator gets a call, and why."""

from typing import Any

from telemarket.calls.floor import Floor
from telemarket.calls.model import Agent, Call

EXPLAINED = 10
"""How many of the operators passed over a decision names."""


def choose_operator(floor: Floor, call: Call) -> tuple[Agent, dict[str, Any]] | None:
    """The available operator of the call's project who has been idle longest, with the reasons kept for
    "why this operator?"; None if nobody is available."""
    available = floor.available.get(call.project.id)
    if not available:
        return None
    chosen = min(available.values(), key=lambda agent: (agent.idle_since, agent.id))
    reasons = {
        "strategy": "longest-idle",
        "idle_seconds": round(floor.now - chosen.idle_since, 1),
        "available": len(available),
        "others": [
            {"operator": agent.id, "idle_seconds": round(floor.now - agent.idle_since, 1)}
            for agent, _ in zip(available.values(), range(EXPLAINED), strict=False)
            if agent is not chosen
        ],
        "tried_before": {str(agent_id): why for agent_id, why in call.unresponsive.items()},
    }
    return chosen, reasons
