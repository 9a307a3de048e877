"""Who sits at a campaign: its operators as the floor knows them, and which campaign each serves now."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from telemarket.calls.floor import Floor
from telemarket.calls.model import Agent
from telemarket.calls.views import AgentState
from telemarket.dialer.model import Campaign
from telemarket.dialer.pacing import Phase, Seat

_PHASES = {
    AgentState.READY: Phase.FREE,
    AgentState.RINGING: Phase.TALKING,
    AgentState.TALKING: Phase.TALKING,
    AgentState.WRAPUP: Phase.WRAPUP,
}
"""States in which an operator takes a campaign's call now or soon."""


def may_serve(agent: Agent, campaign: Campaign) -> bool:
    """Whether he is one of the campaign's operators."""
    skill = campaign.terms.skill
    return campaign.project_id in agent.projects and (not skill or agent.skills.get(skill, 0) > 0)


def operators_of(floor: Floor, campaign: Campaign) -> list[Agent]:
    """The campaign's operators who are on shift."""
    return [agent for agent in floor.on_shift(campaign.project_id) if may_serve(agent, campaign)]


def share_out(
    floor: Floor, campaigns: Sequence[Campaign], only: Mapping[int, Collection[int]]
) -> Mapping[int, list[Agent]]:
    """The operators each campaign may reckon with: each operator serves the foremost campaign he is one of; among
    campaigns of equal priority they are dealt out in turn. A campaign in `only` gets none but those."""
    shared: dict[int, list[Agent]] = defaultdict(list)
    for agent in sorted(floor.agents.values(), key=lambda agent: agent.id):
        mine = [
            campaign
            for campaign in campaigns
            if may_serve(agent, campaign) and agent.id in only.get(campaign.id, (agent.id,))
        ]
        if mine and agent.page:
            foremost = min(campaign.priority for campaign in mine)
            equal = [campaign for campaign in mine if campaign.priority == foremost]
            fewest = min(equal, key=lambda campaign: (len(shared[campaign.id]), campaign.id))
            shared[fewest.id].append(agent)
    return shared


def seats(agents: Iterable[Agent], now: float) -> list[Seat]:
    """The operators as the pacing sees them; those on a pause or signed out have no seat."""
    return [_seat(agent, phase, now) for agent in agents if (phase := _PHASES.get(agent.state)) is not None]


def _seat(agent: Agent, phase: Phase, now: float) -> Seat:
    since = agent.talking_since if agent.state is AgentState.TALKING and agent.talking_since else agent.since
    return Seat(agent.id, phase, since, now if agent.after_call is not None else None)
