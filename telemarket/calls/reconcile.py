"""After a start or a lost connection: hold what the engine believes against what the PBX really has.

Callers' channels keep their ids, and our own legs and bridges carry the call in theirs, so every channel finds
its call again, also one whose last journal entries were lost.
"""

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.crew import Crew
from telemarket.calls.flow import CallFlow
from telemarket.calls.model import (
    CUSTOMER_PARTY,
    LEG_PREFIX,
    OUTSIDE_PARTY,
    Agent,
    Call,
    Leg,
    LegRole,
    RestoredCall,
    RestoredOperator,
    read_bridge_id,
    read_leg_id,
)
from telemarket.calls.supervision import watch_bridge
from telemarket.calls.views import AgentState, CallState, Direction

IN_CALL = (AgentState.RINGING, AgentState.TALKING, AgentState.WATCHING, AgentState.PREVIEW)

Bridges = dict[str, tuple[str, ...]]


class Reconciler:
    """Handles Restored and SnapshotTaken."""

    def __init__(self, crew: Crew, flow: CallFlow) -> None:
        self._crew = crew
        self._flow = flow
        self._floor = crew.floor

    # ---- from the journal

    def restore(self, fact: facts.Restored) -> None:
        """Take up operators and calls as the journal left them; the snapshot that follows corrects it."""
        for operator in fact.operators:
            self._restore_operator(operator)
        for call in fact.calls:
            self._restore_call(call)

    def _restore_operator(self, restored: RestoredOperator) -> None:
        agent = self._floor.agents.get(restored.id)
        if agent is None:
            return
        # Who was ringing is ready again; who was talking becomes so below, if his call still lives.
        in_call = restored.state in IN_CALL
        watched = restored.state is AgentState.WATCHING  # a supervisor: nobody's call is his
        agent.state = AgentState.OFFLINE if watched else AgentState.READY if in_call else restored.state
        agent.reason, agent.since = "" if in_call else restored.reason, restored.since
        agent.idle_since = restored.since
        if agent.state is AgentState.WRAPUP:
            longest = max((self._floor.projects[p].wrapup_seconds for p in agent.projects), default=0)
            self._floor.set_until(agent, restored.since + longest)
        if agent.state is not AgentState.OFFLINE:
            self._floor.deadlines.set("page", str(agent.id), self._floor.now + self._floor.settings.page_grace)
        self._floor.refresh_availability(agent)

    def _restore_call(self, restored: RestoredCall) -> None:
        project = self._floor.projects.get(restored.project_id or 0)
        if project is None:  # removed meanwhile; if the caller is still there, the snapshot brings him anew
            ended = {"result": "ended-unobserved", "by": "unobserved"}
            self._floor.emit(do.Journal(self._floor.now, "call.ended", ended, restored.id))
            return
        inbound = restored.direction is Direction.INBOUND
        call = Call(
            id=restored.id,
            project=project,
            ani=restored.ani,
            caller_name=restored.caller_name,
            dnis=restored.dnis,
            arrived_at=restored.arrived_at,
            customer=restored.id if inbound else None,
            direction=restored.direction,
            contact_id=restored.contact_id,
            answered_at=restored.answered_at,
            recording=restored.recording,
            recording_stereo=project.recording_stereo,
            number="" if inbound else restored.ani,
            attempts=restored.attempts,
            due_at=restored.due_at,
        )
        self._floor.add_call(call)
        self._floor.deadlines.set("ghost", call.id, self._floor.now + self._floor.settings.ghost_after)
        agent = self._floor.agents.get(restored.agent_id) if restored.agent_id is not None else None
        if call.answered_at is not None and not restored.requeued:
            call.state = CallState.TALKING
            if agent is not None:
                self._has(agent, call, call.answered_at)
        elif call.answered_at is None and restored.direction is Direction.CALLBACK:
            self._crew.callbacks.watch_expiry(call)
            self._floor.deadlines.set("retry", call.id, max(self._floor.now, call.due_at))
        elif inbound or call.answered_at is not None:
            call.at_head = restored.requeued and call.answered_at is not None
            self._floor.enqueue(call)
            self._crew.waiting.watch(call)
        self._floor.emit(do.LookUp(call.id))

    def _has(self, agent: Agent, call: Call, since: float) -> None:
        agent.call, agent.state, agent.since, agent.talking_since = call, AgentState.TALKING, since, since
        call.screens.add(agent.id)
        self._floor.refresh_availability(agent)

    # ---- from the PBX

    def snapshot(self, fact: facts.SnapshotTaken) -> None:
        """Bring the engine's picture and the PBX's into one."""
        was_away = not self._floor.pbx_connected
        self._floor.pbx_connected = False  # nobody is offered a call while the picture is half made
        alive = {channel.id for channel in fact.channels}
        self._meet_callers(fact)
        self._see_bridges(fact.bridges, was_away)
        self._meet_legs(fact, was_away)
        self._close_vanished(alive)
        self._mend_bridges(fact.bridges)
        self._floor.pbx_connected = True
        if was_away:
            for call in self._floor.calls.values():
                if call.playback:
                    self._floor.deadlines.set("heard", call.id, self._floor.now + self._floor.settings.missed_sound)
        waiting = [call for call in self._floor.calls.values() if call.state is CallState.WAITING]
        self._crew.waiting.route_all()
        for call in waiting:
            if call.state is CallState.WAITING and not call.unserved:
                self._crew.waiting.wait(call)

    def _meet_callers(self, fact: facts.SnapshotTaken) -> None:
        for channel in fact.channels:
            if channel.id.startswith(LEG_PREFIX):
                continue
            call = self._floor.channels.get(channel.id)
            if call is None:
                self._flow.caller_arrived(
                    facts.CallerArrived(
                        channel_id=channel.id,
                        ani=channel.ani,
                        caller_name=channel.caller_name,
                        dnis=channel.dnis,
                        answered=channel.up,
                    )
                )
            elif channel.up:
                call.up, call.unheard = True, False
            elif call.up:  # the request to answer was lost
                self._floor.emit(do.Answer(call.id, channel.id))

    def _see_bridges(self, bridges: Bridges, was_away: bool) -> None:
        """Who is really connected with whom."""
        for call in self._floor.calls.values():
            members = set(bridges.get(call.bridge_id, ()))
            call.bridged = call.bridged or bool(members)
            if was_away:
                call.music.clear()  # it may have ended, or never have begun
            call.joined = members & ({call.customer, *call.legs} if call.joined else members)

    def _meet_legs(self, fact: facts.SnapshotTaken, was_away: bool) -> None:
        for channel in sorted(
            fact.channels, key=lambda channel: not channel.id.startswith(f"{LEG_PREFIX}{CUSTOMER_PARTY}")
        ):
            named = read_leg_id(channel.id)
            if named is None:
                continue
            leg = self._floor.legs.get(channel.id)
            if leg is not None:
                self._catch_up(leg, channel.up, was_away)
            elif channel.id not in self._floor.channels:
                self._meet_unknown_leg(channel, *named)

    def _catch_up(self, leg: Leg, up: bool, was_away: bool) -> None:
        if leg.role is LegRole.SNOOP:
            if not leg.entered:
                self._crew.supervision.ear_entered(leg)
        elif up and was_away and not leg.up and leg.role is LegRole.CUSTOMER and leg.call.unserved:
            self._crew.campaign.answered_unseen(leg)
        elif up:
            self._flow.channel_up(leg.id)
        elif not leg.entered:
            self._crew.offering.leg_entered(facts.LegEntered(channel_id=leg.id))

    def _meet_unknown_leg(self, channel: facts.SnapshotChannel, party: str, call_id: str) -> None:
        """A leg of a daemon that died: whoever is talking on it goes on."""
        call = self._floor.calls.get(call_id)
        role = self._role_of(call, party, channel) if call is not None else None
        if call is None or role is None:
            self._floor.hang_up(call_id, channel.id)
            return
        agent = self._floor.agents.get(int(party)) if party.isdigit() else None
        leg = Leg(channel.id, call, role, agent, entered=True, card_settled=True, dialed=True, up=True)
        self._floor.add_leg(leg)
        if role is LegRole.CUSTOMER:
            call.customer, call.up = channel.id, True
            self._floor.channels[channel.id] = call
        elif role is LegRole.CONSULTED:
            if agent is not None:
                self._crew.talking.now_talking(agent, call)
        else:
            self._adopt_owner(call, leg)

    def _role_of(self, call: Call, party: str, channel: facts.SnapshotChannel) -> LegRole | None:
        if not channel.up:
            return None
        joined = channel.id in call.joined
        if party == CUSTOMER_PARTY:
            return LegRole.CUSTOMER if call.customer is None and (joined or call.answered_at is not None) else None
        ownerless = call.leg is None and call.state is not CallState.TALKING
        if party == OUTSIDE_PARTY:
            return None if not joined else LegRole.OWNER if ownerless else LegRole.CONSULTED
        agent = self._floor.agents.get(int(party))
        if agent is None or agent.call not in (None, call):
            return None
        if call.leg is None and agent.call is call:
            return LegRole.OWNER
        if ownerless and (joined or (call.answered_at is None and call.customer is not None)):
            return LegRole.OWNER
        return LegRole.CONSULTED if joined else None

    def _adopt_owner(self, call: Call, leg: Leg) -> None:
        call.leg = leg
        if call.answered_at is None or call.state is not CallState.TALKING:
            if leg.id in call.joined:
                self._already_talking(call, leg)
            else:
                self._crew.talking.connect(call)
        elif leg.agent is not None:
            self._has(leg.agent, call, leg.agent.since)
            # Whom the operator had on hold hears music still.
            call.held = call.customer is not None and call.customer not in call.joined
            self._floor.tell(leg.agent)

    def _already_talking(self, call: Call, leg: Leg) -> None:
        """He answered, and the daemon died before it could write that down."""
        self._crew.waiting.leave(call)
        self._floor.deadlines.clear("ghost", call.id)
        call.state = CallState.TALKING
        self._crew.talking.take_up(call, leg)

    def _close_vanished(self, alive: set[str]) -> None:
        """A leg that has not announced itself may still be on its way: its ring deadline looks after it."""
        self._floor.given_back &= alive
        alive = alive | {leg.id for leg in self._floor.legs.values() if not leg.entered}
        for channel_id in [known for known in (*self._floor.channels, *self._floor.closing) if known not in alive]:
            self._flow.channel_gone(channel_id, observed=False)
        for call in tuple(self._floor.calls.values()):
            if self._is_unfinished(call):
                self._crew.ending.end(call, "ended-unobserved", "unobserved")
            elif call.state is CallState.TALKING and call.leg is None:
                self._without_operator(call)
            elif call.state is CallState.TALKING and call.customer is None:
                self._crew.ending.end(call, "answered", "unobserved")

    def _is_unfinished(self, call: Call) -> bool:
        """A call we made, of which too little is left to go on with: a lead must not wait for who knows nothing of
        him."""
        if call.direction is Direction.CAMPAIGN and call.terms is None and call.answered_at is None:
            return True
        made = call.direction in (Direction.OUTBOUND, Direction.CAMPAIGN) and not call.unserved
        return made and not call.legs and call.customer is None

    def _without_operator(self, call: Call) -> None:
        """His operator is gone. Whom he had brought in has the call now, if there is such a one."""
        for agent in [self._floor.agents[number] for number in sorted(call.screens)]:
            if agent.leg is None and agent.state is AgentState.TALKING:
                self._crew.ending.wrap_up(agent, call)
        asked = next((leg for leg in call.having(LegRole.CONSULTED) if leg.up), None)
        if asked is None or call.customer is None:
            self._crew.ending.end(call, "answered", "unobserved")
        else:
            self._crew.talking.take_over(call, asked)

    def _mend_bridges(self, bridges: Bridges) -> None:
        watched = {watch_bridge(leg) for leg in self._floor.legs.values() if leg.role is LegRole.WATCHER}
        for bridge_id in bridges:
            call_id = read_bridge_id(bridge_id)
            call = self._floor.calls.get(call_id)
            if (call is None or call.state is not CallState.TALKING) and bridge_id not in watched:
                self._floor.emit(do.DestroyBridge(call_id, bridge_id))
                if call is not None:
                    call.joined.clear()
        for call in self._floor.calls.values():
            if call.state in (CallState.TALKING, CallState.PARKED):
                self._crew.switch.settle(call)
