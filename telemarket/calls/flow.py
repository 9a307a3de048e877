"""A call's way through the engine: what arrives from the PBX goes to the part whose turn it is."""

from typing import Any

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.crew import Crew
from telemarket.calls.desk_phone import wish_of
from telemarket.calls.entry import RECORDING
from telemarket.calls.features import FeatureKeys
from telemarket.calls.model import Call, Leg, LegRole
from telemarket.calls.offering import UNREACHABLE
from telemarket.calls.views import CallState, Direction


class CallFlow:
    """Handles facts about calls and channels."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._floor = crew.floor
        self._keys: dict[str, FeatureKeys] = {}  # by operator's leg

    # ---- arrival

    def caller_arrived(self, fact: facts.CallerArrived) -> None:
        floor = self._floor
        if fact.channel_id in floor.channels:
            return
        if fact.channel_id in floor.given_back:  # it has not left yet
            floor.emit(do.GiveBack(fact.channel_id, fact.channel_id, fact.dnis))
            return
        project = floor.by_dnis.get(fact.dnis)
        if project is None:
            self._give_back(fact)
            return
        call = Call(
            id=fact.channel_id,
            project=project,
            ani=fact.ani,
            caller_name=fact.caller_name,
            dnis=fact.dnis,
            arrived_at=floor.now,
            customer=fact.channel_id,
            up=fact.answered,
        )
        floor.add_call(call)
        floor.journal("call.arrived", call=call, **_arrival(fact, project.id))
        floor.deadlines.set("lookup", call.id, floor.now + floor.settings.lookup_deadline)
        floor.deadlines.set("ghost", call.id, floor.now + floor.settings.ghost_after)
        floor.emit(do.LookUp(call.id))

    def _give_back(self, fact: facts.CallerArrived) -> None:
        """No project has this number: the PBX administrator's fallback takes the call."""
        floor, call_id = self._floor, fact.channel_id
        floor.given_back.add(call_id)
        floor.emit(do.Journal(floor.now, "call.arrived", _arrival(fact, None), call_id))
        floor.emit(do.Journal(floor.now, "call.ended", {"result": "fallback", "by": "telemarket"}, call_id))
        floor.emit(do.GiveBack(call_id, call_id, fact.dnis))

    def looked_up(self, fact: facts.LookedUp) -> None:
        call = self._floor.calls.get(fact.call_id)
        if call is None:
            return
        if fact.contact_id is not None:
            self._set_contact(call, fact.contact_id)
        if call.vip is not fact.vip:
            call.vip = fact.vip
            self._floor.renew_places(call)
        self._floor.deadlines.clear("lookup", call.id)
        if call.state is CallState.ARRIVING and call.customer == call.id:
            self._crew.waiting.prefer_known(call, fact.consultant_id, fact.last_operator_id)
            self._crew.entry.enter(call)
        else:  # the look-up came late: the card follows the call
            self._push_to_screens(call)

    def input_looked_up(self, fact: facts.InputLookedUp) -> None:
        call = self._floor.calls.get(fact.call_id)
        if call is not None and fact.contact_id is not None:
            self._set_contact(call, fact.contact_id)
            self._push_to_screens(call)

    def _push_to_screens(self, call: Call) -> None:
        for agent_id in sorted(call.screens):
            self._floor.emit(do.PushCard(call.id, agent_id))

    def contact_chosen(self, fact: facts.ContactChosen) -> None:
        call = self._floor.calls.get(fact.call_id)
        if call is None:
            entry = do.Journal(self._floor.now, "call.contact", {"contact": fact.contact_id}, fact.call_id)
            self._floor.emit(entry)
        else:
            self._set_contact(call, fact.contact_id)

    def _set_contact(self, call: Call, contact_id: int) -> None:
        if call.contact_id != contact_id:
            call.contact_id = contact_id
            self._floor.journal("call.contact", call=call, contact=contact_id)

    # ---- channels

    def channel_up(self, channel_id: str) -> None:
        """A channel was answered."""
        call, leg = self._floor.channels.get(channel_id), self._floor.legs.get(channel_id)
        if leg is not None and not leg.up:
            self._leg_up(leg)
        elif call is not None and channel_id == call.customer:
            call.up, call.unheard = True, False

    def _leg_up(self, leg: Leg) -> None:
        match leg.role:
            case LegRole.OFFERED:
                self._crew.offering.answered(leg)
            case LegRole.CONSULTED:
                self._crew.talking.consulted_answered(leg)
            case LegRole.CUSTOMER:
                self._crew.outgoing.customer_answered(leg)
            case LegRole.WATCHER:
                self._crew.supervision.answered(leg)

    def channel_gone(self, channel_id: str, cause: int = 0, *, observed: bool = True) -> None:
        """A channel is no more. `observed` is False if that was found out only afterwards."""
        leg = self._floor.legs.get(channel_id)
        call = self._floor.forget_channel(channel_id)
        self._keys.pop(channel_id, None)
        if call is None or call.state is CallState.ENDED:
            return
        if channel_id == call.customer and (leg is None or leg.up):
            self._customer_gone(call, observed)
        elif leg is not None:
            self._leg_gone(leg, cause, observed)

    def _customer_gone(self, call: Call, observed: bool) -> None:
        by = "caller" if observed else "unobserved"
        if call.unserved:
            self._crew.campaign.customer_gone(call, by, observed)
        elif call.step == RECORDING:
            self._crew.ending.end(call, self._crew.entry.voicemail_result(call), by)
        elif call.step == "callback-promised":
            self._crew.ending.end(call, "callback", by)
        elif call.state is CallState.TALKING or call.direction in (Direction.OUTBOUND, Direction.CAMPAIGN):
            self._crew.ending.end(call, "answered", by)
        else:
            self._crew.ending.end(call, "abandoned" if observed else "ended-unobserved", by)

    def _leg_gone(self, leg: Leg, cause: int, observed: bool) -> None:
        match leg.role:
            case LegRole.OWNER:
                self._crew.talking.owner_gone(leg, cause, observed)
            case LegRole.CONSULTED:
                self._crew.talking.consulted_gone(leg, cause)
            case LegRole.WATCHER:
                self._crew.supervision.end_watch(leg)
            case LegRole.SNOOP:
                self._crew.supervision.ear_gone(leg)
            case LegRole.CUSTOMER if leg.call.unserved:
                self._crew.campaign.line_gone(leg, cause, observed)
            case _:
                self._crew.offering.refused(leg, cause)

    def command_failed(self, fact: facts.CommandFailed) -> None:
        """The PBX refused: the operator's side is given up, the caller never."""
        call, leg = self._floor.calls.get(fact.call_id), self._floor.legs.get(fact.channel_id)
        if call is None:
            return
        agent = leg.agent if leg is not None else call.agent
        self._floor.journal("call.fault", call=call, agent=agent, channel=fact.channel_id, reason=fact.reason)
        if leg is not None and leg.role is LegRole.SNOOP:
            self._crew.supervision.ear_failed(leg)
        elif leg is not None and not leg.up:
            if not leg.entered:
                self._floor.forget_channel(leg.id)  # it never was
            self._crew.offering.failed(leg, UNREACHABLE if leg.agent else "failed")
        elif fact.channel_id == call.bridge_id and call.state is CallState.TALKING:
            self._crew.talking.broken(call)
        else:
            self._crew.supervision.bridge_failed(call, fact.channel_id)

    # ---- keys

    def digit(self, fact: facts.Digit) -> None:
        """A key was pressed: by the customer, or a feature code at an operator's telephone."""
        call, leg = self._floor.channels.get(fact.channel_id), self._floor.legs.get(fact.channel_id)
        if call is None or call.state is CallState.ENDED:
            return
        if fact.channel_id == call.customer and not call.unserved:
            self._crew.entry.key_pressed(call, fact.digit)
        elif leg is not None and leg.agent is not None and leg.role is LegRole.OWNER:
            action = self._keys.setdefault(leg.id, FeatureKeys()).press(fact.digit, self._floor.now)
            wish = wish_of(self._floor, leg, action) if action is not None else None
            if wish is not None:
                self._crew.tell(wish)

    # ---- deadlines

    def lookup_due(self, call_id: str) -> None:
        call = self._floor.calls.get(call_id)
        if call is not None and call.state is CallState.ARRIVING:
            self._floor.journal("call.lookup_late", call=call)
            self._crew.entry.enter(call)

    def ghost_due(self, call_id: str) -> None:
        """Nobody waits this long: the channel is a ghost, or the callback has expired."""
        call = self._floor.calls.get(call_id)
        if call is None or call.state is CallState.TALKING:
            return
        if call.unserved:
            self._crew.ending.end(call, self._crew.campaign.result_if_ended(call), "telemarket")
        elif call.direction is Direction.CALLBACK and call.leg is None:
            self._crew.ending.end(call, "expired", "telemarket")
        elif call.direction is not Direction.CALLBACK:
            self._crew.ending.end(call, "failed", "telemarket")


def _arrival(fact: facts.CallerArrived, project_id: int | None) -> dict[str, Any]:
    return {"project": project_id, "ani": fact.ani, "caller_name": fact.caller_name, "dnis": fact.dnis}
