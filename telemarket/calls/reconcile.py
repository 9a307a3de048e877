"""After a start or a lost connection: hold what the engine believes against what the PBX really has.

Callers' channels keep their ids, and our own legs and bridges carry the call in theirs, so every channel finds
its call again, also one whose last journal entries were lost.
"""

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.floor import Floor
from telemarket.calls.flow import CallFlow
from telemarket.calls.model import LEG_PREFIX, Call, RestoredCall, RestoredOperator, read_bridge_id, read_leg_id
from telemarket.calls.views import AgentState, CallState


class Reconciler:
    """Handles Restored and SnapshotTaken."""

    def __init__(self, floor: Floor, flow: CallFlow) -> None:
        self.floor = floor
        self.flow = flow

    # ---- from the journal

    def restore(self, fact: facts.Restored) -> None:
        """Take up operators and calls as the journal left them; the snapshot that follows corrects it."""
        for operator in fact.operators:
            self._restore_operator(operator)
        for call in fact.calls:
            self._restore_call(call)

    def _restore_operator(self, restored: RestoredOperator) -> None:
        agent = self.floor.agents.get(restored.id)
        if agent is None:
            return
        # Who was ringing is ready again; who was talking becomes so below, if his call still lives.
        in_call = restored.state in (AgentState.RINGING, AgentState.TALKING)
        agent.state = AgentState.READY if in_call else restored.state
        agent.reason, agent.since = restored.reason, restored.since
        agent.idle_since = restored.since
        if agent.state is AgentState.WRAPUP:
            longest = max((self.floor.projects[p].wrapup_seconds for p in agent.projects), default=0)
            self.floor.set_until(agent, restored.since + longest)
        if agent.state is not AgentState.OFFLINE:
            self.floor.deadlines.set("page", str(agent.id), self.floor.now + self.floor.settings.page_grace)
        self.floor.refresh_availability(agent)

    def _restore_call(self, restored: RestoredCall) -> None:
        project = self.floor.projects.get(restored.project_id or 0)
        if project is None:  # removed meanwhile; if the caller is still there, the snapshot brings him anew
            ended = {"result": "ended-unobserved", "by": "unobserved"}
            self.floor.emit(do.Journal(self.floor.now, "call.ended", ended, restored.id))
            return
        call = Call(
            id=restored.id,
            project=project,
            ani=restored.ani,
            caller_name=restored.caller_name,
            dnis=restored.dnis,
            arrived_at=restored.arrived_at,
            contact_id=restored.contact_id,
            answered_at=restored.answered_at,
            recording=restored.recording,
        )
        self.floor.add_call(call)
        self.floor.deadlines.set("ghost", call.id, self.floor.now + self.floor.settings.ghost_after)
        agent = self.floor.agents.get(restored.agent_id) if restored.agent_id is not None else None
        if restored.answered_at is not None and agent is not None:
            call.state, call.agent, agent.call = CallState.TALKING, agent, call
            agent.state = AgentState.TALKING
            agent.since = restored.answered_at
            self.floor.refresh_availability(agent)
        else:
            self.floor.enqueue(call)
        self.floor.emit(do.LookUp(call.id))

    # ---- from the PBX

    def snapshot(self, fact: facts.SnapshotTaken) -> None:
        """Bring the engine's picture and the PBX's into one."""
        self.floor.pbx_connected = True
        self._meet_callers(fact)
        self._meet_legs(fact)
        self._close_vanished({channel.id for channel in fact.channels})
        self._mend_bridges(fact.bridges)
        for call in tuple(self.floor.calls.values()):
            if call.state is CallState.WAITING:
                self.flow.wait(call)  # an operator, or music: he may have heard only ringing before

    def _meet_callers(self, fact: facts.SnapshotTaken) -> None:
        for channel in fact.channels:
            if channel.id.startswith(LEG_PREFIX):
                continue
            call = self.floor.channels.get(channel.id)
            if call is None:
                self.flow.caller_arrived(
                    facts.CallerArrived(
                        channel_id=channel.id,
                        ani=channel.ani,
                        caller_name=channel.caller_name,
                        dnis=channel.dnis,
                        answered=channel.up,
                    )
                )
            elif channel.up:
                call.answered = True

    def _meet_legs(self, fact: facts.SnapshotTaken) -> None:
        for channel in fact.channels:
            leg = read_leg_id(channel.id)
            if leg is None:
                continue
            known = self.floor.channels.get(channel.id)
            if known is not None and known.leg == channel.id:
                self._catch_up(channel)
            elif known is None:
                self._meet_unknown_leg(channel, leg, fact.bridges)

    def _catch_up(self, channel: facts.SnapshotChannel) -> None:
        if channel.up:
            self.flow.channel_up(facts.ChannelUp(channel_id=channel.id))
        else:
            self.flow.leg_entered(facts.LegEntered(channel_id=channel.id))

    def _meet_unknown_leg(
        self, channel: facts.SnapshotChannel, leg: tuple[int, str], bridges: dict[str, tuple[str, ...]]
    ) -> None:
        agent_id, call_id = leg
        call, agent = self.floor.calls.get(call_id), self.floor.agents.get(agent_id)
        if call is None or agent is None or call.leg is not None or not channel.up or agent.call not in (None, call):
            self.floor.hang_up(call_id, channel.id)
            return
        call.leg, call.leg_entered = channel.id, True
        self.floor.channels[channel.id] = call
        if {call.id, channel.id} <= set(bridges.get(call.bridge_id, ())):
            if call.state is not CallState.TALKING:
                self.flow.talk(call, agent)
        else:
            call.agent = agent
            self.flow.connect(call)

    def _close_vanished(self, alive: set[str]) -> None:
        """A leg that has not announced itself may still be on its way: its ring deadline looks after it."""
        self.floor.given_back &= alive
        alive = alive | {call.leg for call in self.floor.calls.values() if call.leg and not call.leg_entered}
        for channel_id in [known for known in (*self.floor.channels, *self.floor.closing) if known not in alive]:
            self.flow.channel_gone(channel_id, observed=False)
        for call in tuple(self.floor.calls.values()):
            if call.state is CallState.TALKING and call.leg is None:
                self.flow.end(call, "answered", "unobserved")

    def _mend_bridges(self, bridges: dict[str, tuple[str, ...]]) -> None:
        for bridge_id in bridges:
            call_id = read_bridge_id(bridge_id)
            call = self.floor.calls.get(call_id)
            if call is None or call.state is not CallState.TALKING:
                self.floor.emit(do.DestroyBridge(call_id, bridge_id))
        for call in self.floor.calls.values():
            if call.state is CallState.TALKING and call.leg is not None:
                members = {call.id, call.leg}
                if not members <= set(bridges.get(call.bridge_id, ())):
                    self.floor.emit(do.Bridge(call.id, call.bridge_id, (call.id, call.leg)))
