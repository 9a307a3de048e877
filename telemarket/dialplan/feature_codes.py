"""The hook `feature`: what an operator dials at his desk phone to say what he does."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from telemarket.calls.api import CallCentre
from telemarket.calls.views import BoardView, CallState
from telemarket.core.errors import InvalidInput, NotAllowed, NotFound
from telemarket.core.i18n import N_
from telemarket.dialplan.directory import Directory
from telemarket.hookspecs import AgiHook, AgiRequest

log = structlog.get_logger(__name__)

_CODE = re.compile(r"4([0-3])(\d*)")

Pauses = Callable[[], Awaitable[Sequence[str]]]
"""The reasons of a pause an operator may choose from, in order."""


def feature(centre: CallCentre, directory: Directory, pauses: Pauses) -> AgiHook:
    """40 ready · 41 pause (41N for the Nth reason) · 42 offline · 43 take up the parked call (43N: of slot N).

    Argument `code`. Who dials is known by his telephone, which the PBX has authenticated.
    """

    async def hook(request: AgiRequest) -> Mapping[str, str]:
        operator = directory.operator_named(request.variables.get("agi_channel", ""))
        code = _CODE.fullmatch(request.arguments.get("code", ""))
        if operator is None or code is None:
            return {"TELEMARKET_FEATURE": "refused"}
        try:
            await _do(centre, pauses, operator.id, code[1], int(code[2] or 0))
        except (InvalidInput, NotAllowed, NotFound) as error:
            log.info("a feature code was refused", agent=operator.id, code=code[0], reason=error.message)
            return {"TELEMARKET_FEATURE": "refused"}
        return {"TELEMARKET_FEATURE": "done"}

    return hook


async def _do(centre: CallCentre, pauses: Pauses, agent_id: int, action: str, which: int) -> None:
    match action:
        case "0":
            centre.make_ready(agent_id)
        case "1":
            centre.pause(agent_id, _reason(await pauses(), which))
        case "2":
            centre.go_offline(agent_id)
        case "3":
            centre.retrieve(agent_id, _parked(centre.board(), which))


def _reason(reasons: Sequence[str], which: int) -> str:
    position = max(which, 1) - 1
    if position >= len(reasons):
        raise InvalidInput(N_("Say why you pause."), field="reason")
    return reasons[position]


def _parked(board: BoardView, slot: int) -> str:
    """The parked call of this slot; with no slot given the one that has waited longest."""
    for call in board.calls:
        if call.state is CallState.PARKED and slot in (0, call.parked_slot):
            return call.id
    raise InvalidInput(N_("No call is parked there."), field="slot")
