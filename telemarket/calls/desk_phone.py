"""What feature codes pressed at an operator's telephone mean on this floor."""

from telemarket.calls import facts
from telemarket.calls.destinations import Destination, DestinationKind
from telemarket.calls.features import Action, FeatureKind
from telemarket.calls.floor import Floor
from telemarket.calls.model import Leg
from telemarket.calls.views import ConsultEnd

_CONSULTS = {
    FeatureKind.COMPLETE: ConsultEnd.COMPLETE,
    FeatureKind.RETURN: ConsultEnd.RETURN,
    FeatureKind.CONFERENCE: ConsultEnd.CONFERENCE,
    FeatureKind.SWAP: ConsultEnd.SWAP,
}


def wish_of(floor: Floor, leg: Leg, action: Action) -> facts.OperatorFact | None:
    """The wish of the leg's operator; None if what he dialled is nothing he may reach."""
    if leg.agent is None:
        return None
    agent_id, call = leg.agent.id, leg.call
    if action.kind in _CONSULTS:
        return facts.WantsConsult(agent_id=agent_id, how=_CONSULTS[action.kind])
    if action.kind is FeatureKind.HOLD:
        return facts.WantsHold(agent_id=agent_id, on=not call.held)
    if action.kind is FeatureKind.PARK:
        return facts.WantsPark(agent_id=agent_id)
    if action.kind is FeatureKind.RECORDING:
        return facts.WantsRecording(agent_id=agent_id, on=call.recording_paused)
    to = dialled(floor, action.target)
    if to is None:
        return None
    return facts.WantsTransfer(agent_id=agent_id, to=to, attended=action.kind is FeatureKind.CONSULT)


def dialled(floor: Floor, target: str) -> Destination | None:
    """An operator's telephone, else a project's number, else a number outside that may be called."""
    for agent in floor.agents.values():
        if agent.login and target in (agent.login, agent.endpoint.rpartition("/")[2]):
            return Destination(DestinationKind.OPERATOR, agent.login)
    if target in floor.by_number:
        return Destination(DestinationKind.QUEUE, target)
    number = floor.settings.dialable(target)
    return Destination(DestinationKind.NUMBER, number) if number else None
