"""What the database would give a new daemon back, kept from the journal's entries."""

from collections import deque
from typing import Any

import msgspec

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.model import RestoredCall, RestoredOperator
from telemarket.calls.projection import REQUEUED
from telemarket.calls.views import AgentState, Direction

UNWRITTEN = 50
"""As many of the last entries can still be lost."""


class SimulatedStore:
    """Calls that have not ended and the operators' last states; entries beyond the last few are on the disk."""

    def __init__(self) -> None:
        self._unwritten: deque[do.Journal] = deque()
        self._calls: dict[str, RestoredCall] = {}
        self._operators: dict[int, RestoredOperator] = {}

    def append(self, entry: do.Journal) -> None:
        """Take an entry in."""
        self._unwritten.append(entry)
        if len(self._unwritten) > UNWRITTEN:
            self._write(self._unwritten.popleft())

    def crash(self, lost: int) -> list[do.Journal]:
        """The daemon was killed: the `lost` last entries never reached the disk. Returns them."""
        entries = [self._unwritten.pop() for _ in range(min(lost, len(self._unwritten)))]
        return entries[::-1]

    def restored(self) -> facts.Restored:
        """What a daemon that starts now reads."""
        while self._unwritten:
            self._write(self._unwritten.popleft())
        return facts.Restored(calls=tuple(self._calls.values()), operators=tuple(self._operators.values()))

    def _write(self, entry: do.Journal) -> None:
        call_id, data = entry.call_id or "", entry.data
        match entry.kind:
            case "agent.state" if entry.agent_id is not None:
                state = AgentState(data["state"])
                self._operators[entry.agent_id] = RestoredOperator(
                    id=entry.agent_id, state=state, reason=data["reason"], since=entry.at
                )
            case "call.arrived":
                self._calls[call_id] = RestoredCall(
                    id=call_id,
                    project_id=data["project"],
                    ani=data["ani"],
                    caller_name=data["caller_name"],
                    dnis=data["dnis"],
                    contact_id=None,
                    agent_id=None,
                    arrived_at=data.get("since", entry.at),
                    answered_at=None,
                    recording="",
                    direction=Direction(data.get("direction", Direction.INBOUND)),
                )
            case "call.answered":
                call = self._calls.get(call_id)
                answered_at = call.answered_at if call and call.answered_at else entry.at
                recording = data["recording"]
                self._change(
                    call_id, agent_id=entry.agent_id, answered_at=answered_at, recording=recording, requeued=False
                )
            case "call.project":
                self._change(call_id, project_id=data["project"])
            case "call.callback_attempt":
                self._change(call_id, attempts=data["attempt"], due_at=data["due"])
            case kind if kind in REQUEUED:
                self._change(call_id, requeued=True)
            case "call.ended":
                self._calls.pop(call_id, None)

    def _change(self, call_id: str, **values: Any) -> None:
        if call_id in self._calls:
            self._calls[call_id] = msgspec.structs.replace(self._calls[call_id], **values)
