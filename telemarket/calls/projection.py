"""What the journal's entries mean for the tables pages read: `calls` and `agent_states`.

Each change may be made twice without harm, so the tables can be rebuilt from the journal at any time.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from telemarket.calls.tables import agent_states, calls
from telemarket.core.database import Change
from telemarket.core.journal import Entry

_encode = msgspec.json.Encoder().encode
_this = calls.c.id == sa.bindparam("call")

REQUEUED = ("call.transferred", "call.parked", "call.operator_lost", "call.moved")
"""What makes a call that has been talked with wait again; its next answer follows, at once or later."""

Row = dict[str, Any]


def _arrived(entry: Entry) -> Row:
    return {
        "id": entry.call_id,
        "project_id": entry.data["project"],
        "direction": entry.data.get("direction", "inbound"),
        "ani": entry.data["ani"][:80],
        "caller_name": entry.data["caller_name"][:200],
        "dnis": entry.data["dnis"][:80],
        "arrived_at": _time(entry.data["since"]) if "since" in entry.data else entry.at,
        "source": entry.data.get("source", ""),
    }


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _answered(entry: Entry) -> Row:
    return {"call": entry.call_id, "agent": entry.agent_id, "at": entry.at, "file": entry.data["recording"]}


def _ended(entry: Entry) -> Row:
    return {"call": entry.call_id, "at": entry.at, "result": entry.data["result"][:20], "by": entry.data["by"]}


class CallProjection:
    """The projection for one database dialect: "sqlite" or "postgresql". `daemon` is the name of the one that writes:
    another on the same database leaves its calls and operators alone."""

    def __init__(self, dialect: str, daemon: str = "") -> None:
        insert: Any = sqlite.insert if dialect == "sqlite" else postgresql.insert
        self._steps: list[tuple[str, sa.Executable, Callable[[Entry], Row]]] = [
            (
                "call.arrived",
                insert(calls).on_conflict_do_nothing(),
                lambda entry: _arrived(entry) | {"daemon": daemon},
            ),
            (
                "call.contact",
                sa.update(calls).where(_this).values(contact_id=sa.bindparam("contact")),
                lambda entry: {"call": entry.call_id, "contact": entry.data["contact"]},
            ),
            (
                "call.offered",
                sa.update(calls).where(_this).values(routing=sa.bindparam("reasons")),
                lambda entry: {
                    "call": entry.call_id,
                    "reasons": _encode(entry.data["reasons"] | {"operator": entry.agent_id}),
                },
            ),
            (
                "call.project",
                sa.update(calls).where(_this).values(project_id=sa.bindparam("project")),
                lambda entry: {"call": entry.call_id, "project": entry.data["project"]},
            ),
            (
                "call.callback_attempt",
                sa.update(calls).where(_this).values(attempts=sa.bindparam("attempt"), due_at=sa.bindparam("due")),
                lambda entry: {
                    "call": entry.call_id,
                    "attempt": entry.data["attempt"],
                    "due": _time(entry.data["due"]),
                },
            ),
            (
                "call.answered",
                sa.update(calls)
                .where(_this)
                .values(
                    agent_id=sa.bindparam("agent"),
                    answered_at=sa.func.coalesce(
                        calls.c.answered_at, sa.bindparam("at", type_=calls.c.answered_at.type)
                    ),
                    recording=sa.bindparam("file"),
                    requeued=sa.false(),
                ),
                _answered,
            ),
            (
                "recording.started",
                sa.update(calls).where(_this).values(recording=sa.bindparam("file")),
                lambda entry: {"call": entry.call_id, "file": entry.data["file"]},
            ),
            (
                "call.ended",
                sa.update(calls)
                .where(_this, calls.c.ended_at.is_(None))
                .values(ended_at=sa.bindparam("at"), result=sa.bindparam("result"), ended_by=sa.bindparam("by")),
                _ended,
            ),
            (
                "call.end_found",
                sa.update(calls).where(_this, calls.c.ended_by == "unobserved").values(ended_at=sa.bindparam("at")),
                lambda entry: {"call": entry.call_id, "at": entry.at},
            ),
        ]
        self._requeue = sa.update(calls).where(_this).values(requeued=sa.true())
        states = insert(agent_states)
        self._agent_state = states.on_conflict_do_update(
            index_elements=["agent_id"],
            set_={name: states.excluded[name] for name in ("state", "reason", "since", "call_id", "daemon")},
        )
        self._daemon = daemon

    def __call__(self, entries: Sequence[Entry]) -> list[Change]:
        """The changes a group of entries makes; a call's steps come in the order of its life."""
        changes: list[Change] = []
        for kind, statement, row in self._steps:
            rows = [row(entry) for entry in entries if entry.kind == kind and entry.data.get("role") != "consulted"]
            if rows:
                changes.append((statement, rows))
        # Whether a call waits again depends on which came last, its answer or what sent it back.
        turns = {entry.call_id: entry.kind for entry in entries if entry.kind in (*REQUEUED, "call.answered")}
        if waiting := [{"call": call_id} for call_id, kind in turns.items() if kind in REQUEUED]:
            changes.append((self._requeue, waiting))
        # A followed operator's state is the PBX's to remember.
        own = (entry for entry in entries if entry.kind == "agent.state" and not entry.data.get("source"))
        latest = {entry.agent_id: entry for entry in own}
        if latest:
            changes.append(
                (self._agent_state, [_agent_state(entry) | {"daemon": self._daemon} for entry in latest.values()])
            )
        return changes


def _agent_state(entry: Entry) -> Row:
    return {
        "agent_id": entry.agent_id,
        "state": entry.data["state"],
        "reason": entry.data["reason"][:80],
        "since": entry.at,
        "call_id": entry.call_id,
    }
