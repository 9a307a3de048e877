"""What the database knows for the engine: configuration to start with, and calls the journal left open."""

import sqlalchemy as sa

from telemarket.calls import facts
from telemarket.calls.model import OperatorProfile, RestoredCall, RestoredOperator
from telemarket.calls.projects import ProjectService
from telemarket.calls.skills import load_skills
from telemarket.calls.tables import agent_states, calls
from telemarket.calls.views import AgentState, Direction
from telemarket.core.database import Database
from telemarket.core.tables import users


class CallStore:
    """Reads; everything is written through the journal. `daemon` is the name of this one."""

    def __init__(self, database: Database, projects: ProjectService, daemon: str = "") -> None:
        self._database = database
        self._projects = projects
        self._own = ("", daemon)

    async def configuration(self) -> facts.Configured:
        """Every project and operator."""
        operators = sa.select(users).where(users.c.active, users.c.endpoint != "").order_by(users.c.id)
        async with self._database.read() as connection:
            rows = (await connection.execute(operators)).all()
            skills = await load_skills(connection)
        return facts.Configured(
            projects=tuple(await self._projects.load_all()),
            operators=tuple(
                OperatorProfile(
                    id=row.id,
                    endpoint=f"PJSIP/{row.endpoint}",
                    login=row.login,
                    skills=skills.get(row.id, {}),
                    record=row.record,
                )
                for row in rows
            ),
        )

    async def open_calls(self) -> facts.Restored:
        """Calls this daemon runs that have not ended as far as the journal knows, and what its operators were doing."""
        unfinished = (calls.c.ended_at.is_(None), calls.c.source == "", calls.c.daemon.in_(self._own))
        at_work_here = agent_states.c.daemon.in_(self._own)
        async with self._database.read() as connection:
            living = (await connection.execute(sa.select(calls).where(*unfinished))).all()
            states = (await connection.execute(sa.select(agent_states).where(at_work_here))).all()
        return facts.Restored(
            calls=tuple(
                RestoredCall(
                    id=row.id,
                    project_id=row.project_id,
                    ani=row.ani,
                    caller_name=row.caller_name,
                    dnis=row.dnis,
                    contact_id=row.contact_id,
                    agent_id=row.agent_id,
                    arrived_at=row.arrived_at.timestamp(),
                    answered_at=row.answered_at.timestamp() if row.answered_at else None,
                    recording=row.recording,
                    direction=Direction(row.direction),
                    attempts=row.attempts,
                    due_at=row.due_at.timestamp() if row.due_at else 0.0,
                    requeued=row.requeued,
                )
                for row in living
            ),
            operators=tuple(
                RestoredOperator(
                    id=row.agent_id,
                    state=AgentState(row.state),
                    reason=row.reason,
                    since=row.since.timestamp(),
                )
                for row in states
            ),
        )
