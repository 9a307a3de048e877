"""Pictures of the engine's state at one moment, for pages."""

from datetime import UTC, datetime

from telemarket.calls.engine import Engine
from telemarket.calls.model import Agent, Call, Leg, LegRole, Project
from telemarket.calls.today import Today
from telemarket.calls.views import (
    AgentState,
    AgentView,
    BoardView,
    CallState,
    CallView,
    Direction,
    PartyView,
    ProjectView,
    QueueView,
)


class Pictures:
    """Draws what the engine holds."""

    def __init__(self, engine: Engine, today: Today) -> None:
        self._engine = engine
        self._floor = engine.floor
        self._today = today

    # ---- one operator

    def agent(self, agent_id: int) -> AgentView:
        """The operator as he stands now; one who never signed in is offline."""
        agent = self._floor.agents.get(agent_id)
        if agent is None:
            return AgentView(id=agent_id, state=AgentState.OFFLINE, since=_time(self._floor.now))
        lines = [line for project_id in agent.projects if (line := self._floor.waiting.get(project_id))]
        longest = min((since for line in lines if (since := line.longest_waiting_since()) is not None), default=None)
        return AgentView(
            id=agent.id,
            state=agent.state,
            reason=agent.reason,
            since=_time(agent.since),
            until=_time(agent.until) if agent.until else None,
            call=self.call(agent.call) if agent.call else None,
            waiting=sum(map(len, lines)),
            longest_waiting_since=_time(longest) if longest else None,
            after_call=agent.after_call[0].value if agent.after_call else "",
            page=agent.page,
            overrun=self._overrun(agent),
            role=_role(agent),
            project_ids=tuple(sorted(agent.projects)),
            calls_today=agent.calls_today,
        )

    def _overrun(self, agent: Agent) -> bool:
        if agent.state is not AgentState.PAUSED:
            return False
        longest = self._engine.longest_pause(agent.id)
        return bool(longest) and self._floor.now - agent.since >= longest

    # ---- one call

    def call(self, call: Call) -> CallView:
        """A call that lives or has just ended."""
        line = self._floor.waiting.get(call.queue_ids[0]) if call.queue_ids else None
        waiting = line is not None and call.state is CallState.WAITING
        agent = call.agent or next((leg.agent for leg in call.having(LegRole.OFFERED) if leg.agent), None)
        terms = call.terms
        return CallView(
            id=call.id,
            state=call.state,
            project=project_view(call.project),
            ani=call.ani,
            caller_name=call.caller_name,
            dnis=call.dnis,
            contact_id=call.contact_id,
            agent_id=agent.id if agent else None,
            arrived_at=_time(call.arrived_at),
            answered_at=_time(call.answered_at) if call.answered_at else None,
            direction=call.direction,
            held=call.held,
            muted=bool(call.leg and call.leg.muted),
            recording=bool(call.recording),
            recording_paused=call.recording_paused,
            parties=tuple(_party(call, leg) for leg in call.having(LegRole.CONSULTED, LegRole.WATCHER)),
            vip=call.vip,
            priority=line.score(call, self._floor.now) if line is not None and waiting and not call.at_head else 0.0,
            position=line.place(call) if line is not None and waiting else 0,
            queue_ids=call.queue_ids,
            transferred_by=call.transferred_by,
            parked_slot=call.slot,
            campaign_id=terms.campaign_id if terms else None,
            lead_id=terms.lead_id if terms else None,
            mode=terms.mode.value if terms else "",
        )

    # ---- the whole floor

    def board(self) -> BoardView:
        """Everything at this moment."""
        floor = self._floor
        agents = [agent for agent in floor.agents.values() if agent.state is not AgentState.OFFLINE]
        return BoardView(
            at=_time(floor.now),
            queues=tuple(self._queue(project, agents) for project in floor.projects.values()),
            agents=tuple(self.agent(agent.id) for agent in sorted(agents, key=lambda agent: agent.id)),
            calls=tuple(self.call(call) for call in sorted(floor.calls.values(), key=lambda call: call.arrived_at)),
        )

    def _queue(self, project: Project, agents: list[Agent]) -> QueueView:
        line = self._floor.waiting[project.id]
        waiting = [call for call in line if call.direction is not Direction.CALLBACK]
        serving = [agent for agent in agents if project.id in agent.projects]
        within = project.plan.answer_within
        figures = self._today.of(project.id, within)
        callbacks = sum(
            call.project.id == project.id and call.direction is Direction.CALLBACK and call.answered_at is None
            for call in self._floor.calls.values()
        )
        return QueueView(
            project=project_view(project),
            waiting=len(waiting),
            longest_waiting_since=_time(min(call.arrived_at for call in waiting)) if waiting else None,
            expected_wait=self._engine.expected_wait(project.id) if serving else None,
            offered=figures.offered,
            answered=figures.answered,
            abandoned=figures.abandoned,
            service_level=figures.service_level,
            abandon_rate=figures.abandon_rate,
            answer_within=within,
            average_speed_of_answer=figures.average_speed_of_answer,
            ready=sum(agent.available for agent in serving),
            on_shift=len(serving),
            callbacks=callbacks,
        )


def project_view(project: Project) -> ProjectView:
    """A project as the card needs it."""
    return ProjectView(
        id=project.id,
        number=project.number,
        name=project.name,
        crm_url=project.crm_url,
        crm_open=project.crm_open,
        show_card=project.show_card,
    )


def _party(call: Call, leg: Leg) -> PartyView:
    watching = leg.role is LegRole.WATCHER
    conference = not watching and not call.held and not leg.held
    return PartyView(
        channel_id=leg.id,
        role="watching" if watching else "conference" if conference else "consulted",
        agent_id=leg.agent.id if leg.agent else None,
        number=leg.number,
        talking=leg.up and not leg.held,
        mode=leg.mode.value if leg.mode else "",
    )


def _role(agent: Agent) -> str:
    leg = agent.leg
    if leg is None:
        return "operator" if agent.call else ""
    if leg.role is LegRole.WATCHER:
        return leg.mode.value if leg.mode else ""
    if leg.role is LegRole.CONSULTED:
        return "consulted" if leg.call.held or leg.held else "conference"
    return "operator"


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
