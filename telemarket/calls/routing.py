"""Which operator gets a call, which call an operator gets, and why."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec

from telemarket.calls.floor import Floor
from telemarket.calls.model import Agent, Call
from telemarket.calls.plan import Strategy
from telemarket.calls.views import AgentState, CallState

EXPLAINED = 10
"""How many of the operators passed over a decision names."""

Reasons = dict[str, Any]


class Decision(msgspec.Struct, frozen=True):
    """Who is rung, and what is kept for "why this operator?"."""

    agents: tuple[Agent, ...]
    reasons: Reasons


class _Held(msgspec.Struct, frozen=True):
    """A caller waits for one operator only."""

    agent: Agent
    why: str
    until: float


def needs(call: Call, now: float) -> dict[str, int]:
    """Skills and levels asked for by now; what has been relaxed away is left out."""
    waited = now - call.arrived_at
    levels = {need.skill: need.level_after(waited) for need in call.project.plan.skills}
    return {skill: level for skill, level in levels.items() if level > 0}


def next_relaxation(call: Call, now: float) -> float | None:
    """When less will be asked for than now."""
    waited = now - call.arrived_at
    steps = [step.after for need in call.project.plan.skills for step in need.relax if step.after > waited]
    return call.arrived_at + min(steps) if steps else None


def may_take(agent: Agent, wanted: dict[str, int]) -> bool:
    """Whether an operator has the skills."""
    return all(agent.skills.get(skill, 0) >= level for skill, level in wanted.items())


def choose_operators(floor: Floor, call: Call) -> Decision | None:
    """Whom to ring for a waiting call, by its project's strategy; None if nobody may take it now."""
    held = _waits_for(floor, call)
    if held is not None:
        return _held_decision(floor, call, held)
    wanted = needs(call, floor.now)
    candidates: dict[int, Agent] = {}
    passed_over: list[Reasons] = []
    for agent in _available(floor, call):
        if not wanted or may_take(agent, wanted):
            candidates[agent.id] = agent
        elif len(passed_over) < EXPLAINED:
            passed_over.append({"operator": agent.id, "lacks": _lacking(agent, wanted)})
    if not candidates:
        return None
    strategy = call.project.plan.strategy
    chosen = _by_strategy(floor, call, list(candidates.values()), wanted)
    others = islice((agent for agent in candidates.values() if agent not in chosen), EXPLAINED)
    reasons = {
        "strategy": strategy.value,
        "idle_seconds": round(floor.now - chosen[0].idle_since, 1),
        "waited": round(floor.now - call.arrived_at, 1),
        "priority": call.priority,
        "skills": wanted,
        "available": len(candidates),
        "others": [
            {"operator": agent.id, "idle_seconds": round(floor.now - agent.idle_since, 1), "calls": agent.calls_today}
            for agent in others
        ],
        "passed_over": passed_over,
        "tried_before": {str(agent_id): why for agent_id, why in call.unresponsive.items()},
    }
    return Decision(tuple(chosen), reasons)


def best_call(floor: Floor, agent: Agent) -> Call | None:
    """The waiting call this operator should take: who waits for him first, then his queues in the order configured
    for him, those of one rank by the priority of their first call he may take."""
    for held in floor.held_for.get(agent.id, {}).values():
        if held.state is CallState.WAITING and _waits_for(floor, held) is not None:
            return held
    best: tuple[int, float, float] | None = None
    chosen: Call | None = None
    for project_id in agent.projects:
        line = floor.waiting.get(project_id)
        call = _first_for(floor, agent, line) if line else None
        if line is None or call is None:
            continue
        rank = floor.projects[project_id].ranks.get(agent.id, 0)
        key = (rank, -line.score(call, floor.now), call.arrived_at)
        if best is None or key < best:
            best, chosen = key, call
    return chosen


def _first_for(floor: Floor, agent: Agent, line: Iterable[Call]) -> Call | None:
    for call in line:
        if _waits_for(floor, call) is None and may_take(agent, needs(call, floor.now)):
            return call
    return None


def _waits_for(floor: Floor, call: Call) -> _Held | None:
    """The one operator a caller waits for, while he may still come free in time."""
    if call.preferred is None or floor.now >= call.preferred_until:
        return None
    agent = floor.agents.get(call.preferred)
    if agent is None or agent.state in (AgentState.OFFLINE, AgentState.PAUSED) or agent.id in call.unresponsive:
        return None
    return _Held(agent, call.preferred_why, call.preferred_until)


def _held_decision(floor: Floor, call: Call, held: _Held) -> Decision | None:
    if not held.agent.available:
        return None
    reasons = {
        "strategy": held.why,
        "idle_seconds": round(floor.now - held.agent.idle_since, 1),
        "waited": round(floor.now - call.arrived_at, 1),
        "available": 1,
        "others": [],
        "tried_before": {str(agent_id): why for agent_id, why in call.unresponsive.items()},
    }
    return Decision((held.agent,), reasons)


def _available(floor: Floor, call: Call) -> Iterator[Agent]:
    if len(call.queue_ids) == 1:
        yield from floor.available.get(call.queue_ids[0], {}).values()
        return
    seen: set[int] = set()
    for project_id in call.queue_ids:
        for agent in floor.available.get(project_id, {}).values():
            if agent.id not in seen:
                seen.add(agent.id)
                yield agent


def _by_strategy(floor: Floor, call: Call, candidates: list[Agent], wanted: dict[str, int]) -> list[Agent]:
    """The chosen first. Among equals the one idle longest, so that no tie is ever left to chance."""
    match call.project.plan.strategy:
        case Strategy.RING_ALL:
            return sorted(candidates, key=lambda agent: (agent.idle_since, agent.id))
        case Strategy.FEWEST_CALLS:
            return [min(candidates, key=lambda agent: (agent.calls_today, agent.idle_since, agent.id))]
        case Strategy.ROUND_ROBIN:
            last = floor.last_served.get(call.project.id, 0)
            return [min(candidates, key=lambda agent: (agent.id <= last, agent.id))]
        case Strategy.SKILL_LEVEL:
            return [min(candidates, key=lambda agent: (-_level(agent, wanted), agent.idle_since, agent.id))]
        case _:
            return [min(candidates, key=lambda agent: (agent.idle_since, agent.id))]


def _level(agent: Agent, wanted: dict[str, int]) -> int:
    return sum(agent.skills.get(skill, 0) for skill in wanted)


def _lacking(agent: Agent, wanted: dict[str, int]) -> dict[str, list[int]]:
    """Skill → [what he has, what is asked for]."""
    return {
        skill: [agent.skills.get(skill, 0), level]
        for skill, level in wanted.items()
        if agent.skills.get(skill, 0) < level
    }
