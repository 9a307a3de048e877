"""Campaigns, leads, attempts, and what keeps people from being called who must not be."""

import sqlalchemy as sa

from telemarket.core.database import BIG, UtcDateTime, metadata

campaigns = sa.Table(
    "campaigns",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("project_id", sa.ForeignKey("projects.id"), nullable=False, index=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("mode", sa.String(12), nullable=False),  # preview | progressive | predictive | message
    sa.Column("state", sa.String(10), nullable=False, server_default="draft"),  # draft | running | paused | finished
    sa.Column("priority", sa.Integer, nullable=False, server_default="50"),
    sa.Column("terms", sa.Text, nullable=False, server_default=""),  # JSON; empty: as a new campaign's
    sa.Column("starts_at", UtcDateTime, nullable=True),
    sa.Column("ends_at", UtcDateTime, nullable=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    # What the pacing has learned and how much of its budget is used: JSON, written now and then.
    sa.Column("pacing", sa.Text, nullable=False, server_default=""),
)

leads = sa.Table(
    "leads",
    metadata,
    sa.Column("id", BIG, primary_key=True),
    sa.Column("campaign_id", sa.ForeignKey("campaigns.id", ondelete="CASCADE"), nullable=False),
    sa.Column("contact_id", sa.Integer, nullable=True),
    sa.Column("name", sa.String(200), nullable=False, server_default=""),
    sa.Column("values", sa.JSON, nullable=False, server_default="{}"),
    sa.Column(
        "state", sa.String(8), nullable=False, server_default="ready"
    ),  # ready | waiting | claimed | held | closed
    sa.Column("zone", sa.String(40), nullable=False, server_default=""),  # of the number to be called next
    sa.Column("rank", sa.Integer, nullable=False, server_default="100"),  # 1 is called first
    sa.Column("due_at", UtcDateTime, nullable=False),  # when it may be called (again)
    sa.Column("operator_id", sa.Integer, nullable=True),  # a callback promised by him
    sa.Column("operator_until", UtcDateTime, nullable=True),  # after this anybody may make it
    sa.Column("next_number", sa.Integer, nullable=False, server_default="0"),  # position in lead_numbers
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("tries", sa.JSON, nullable=False, server_default="{}"),  # by outcome: how often in all
    sa.Column("outcome", sa.String(15), nullable=False, server_default=""),  # of the last attempt
    sa.Column("disposition_id", sa.Integer, nullable=True),  # the last one chosen
    sa.Column("closed_why", sa.String(30), nullable=False, server_default=""),  # disposition | attempts | no-number | …
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    # ---- while it is claimed
    sa.Column("owner", sa.String(80), nullable=False, server_default=""),  # the daemon
    sa.Column("lease_until", UtcDateTime, nullable=True),
    sa.Column("attempt_id", sa.String(60), nullable=False, server_default=""),
)

READY = leads.c.state == sa.literal_column("'ready'")
WAITING = leads.c.state == sa.literal_column("'waiting'")
CLAIMED = leads.c.state == sa.literal_column("'claimed'")
"""What a partial index and the query that shall use it have in common, word for word."""

sa.Index(
    "ix_leads_ready",
    leads.c.campaign_id,
    leads.c.zone,
    leads.c.rank,
    leads.c.due_at,
    leads.c.id,
    sqlite_where=READY,
    postgresql_where=READY,
)
sa.Index("ix_leads_waiting", leads.c.due_at, leads.c.id, sqlite_where=WAITING, postgresql_where=WAITING)
sa.Index("ix_leads_claimed", leads.c.lease_until, leads.c.id, sqlite_where=CLAIMED, postgresql_where=CLAIMED)
sa.Index("ix_leads_campaign", leads.c.campaign_id, leads.c.state, leads.c.id)
sa.Index("ix_leads_contact", leads.c.contact_id)
_PROMISED = leads.c.operator_id.is_not(None)
sa.Index("ix_leads_operator", leads.c.operator_id, leads.c.due_at, sqlite_where=_PROMISED, postgresql_where=_PROMISED)

lead_numbers = sa.Table(
    "lead_numbers",
    metadata,
    sa.Column("lead_id", sa.ForeignKey("leads.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("number", sa.String(20), nullable=False, index=True),  # E.164 with its plus
    sa.Column("zone", sa.String(40), nullable=False, server_default=""),  # see zones.py
    sa.Column("best_hour", sa.Integer, nullable=True),  # of the callee's day, 0 to 23
    sa.Column("dropped", sa.Boolean, nullable=False, server_default=sa.false()),  # it reached nobody: not called again
    sqlite_with_rowid=False,
)

campaign_counts = sa.Table(
    "campaign_counts",
    metadata,
    sa.Column("campaign_id", sa.ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("kind", sa.String(12), primary_key=True),  # lead (by state) | outcome | disposition | hour:outcome …
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("count", BIG, nullable=False, server_default="0"),
)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("id", sa.String(60), primary_key=True),  # the call's id too
    sa.Column("campaign_id", sa.Integer, nullable=False),
    sa.Column("lead_id", BIG, nullable=False, index=True),
    sa.Column("contact_id", sa.Integer, nullable=True),
    sa.Column("number", sa.String(20), nullable=False),
    sa.Column("agent_id", sa.Integer, nullable=True),
    sa.Column("claimed_at", UtcDateTime, nullable=False),
    sa.Column("dialed_at", UtcDateTime, nullable=True),
    sa.Column("answered_at", UtcDateTime, nullable=True),  # by the callee
    sa.Column("connected_at", UtcDateTime, nullable=True),  # with an operator
    sa.Column("ended_at", UtcDateTime, nullable=True),
    sa.Column("outcome", sa.String(15), nullable=False, server_default=""),
    sa.Column("cause", sa.Integer, nullable=False, server_default="0"),  # Q.850
    sa.Column("reason", sa.String(200), nullable=False, server_default=""),  # of a skip
    sa.Column("disposition_id", sa.Integer, nullable=True),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
)
sa.Index("ix_attempts_number", attempts.c.number, attempts.c.claimed_at)
sa.Index("ix_attempts_contact", attempts.c.contact_id, attempts.c.claimed_at)
sa.Index("ix_attempts_campaign", attempts.c.campaign_id, attempts.c.claimed_at, attempts.c.id)
_LIVE = attempts.c.ended_at.is_(None)
sa.Index("ix_attempts_live", attempts.c.claimed_at, sqlite_where=_LIVE, postgresql_where=_LIVE)

dispositions = sa.Table(
    "dispositions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("project_id", sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("key", sa.String(1), nullable=False, server_default=""),
    sa.Column("act", sa.String(15), nullable=False),
    sa.Column("after", sa.Float, nullable=False, server_default="86400"),  # seconds
    sa.Column("success", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("responsible", sa.String(80), nullable=False, server_default=""),  # login, of a task
    sa.Column("template_id", sa.Integer, nullable=True),  # of the message it sends
    sa.Column("position", sa.Integer, nullable=False, server_default="0"),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.UniqueConstraint("project_id", "name"),
)

do_not_call = sa.Table(
    "do_not_call",
    metadata,
    sa.Column("number", sa.String(20), primary_key=True),  # E.164 with its plus
    sa.Column("project_id", sa.Integer, primary_key=True, autoincrement=False),  # 0: of all projects
    sa.Column("source", sa.String(80), nullable=False, server_default=""),  # desk | import: name | disposition
    sa.Column("reason", sa.String(200), nullable=False, server_default=""),
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.Column("added_by", sa.ForeignKey("users.id"), nullable=True),
)
sa.Index("ix_do_not_call_added", do_not_call.c.added_at, do_not_call.c.number)

# Whom the dialer has found out about: a number that answered, or one that does not any more.
number_health = sa.Table(
    "number_health",
    metadata,
    sa.Column("number", sa.String(20), primary_key=True),
    sa.Column("silent_since", UtcDateTime, nullable=True),  # the first attempt since it last answered
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),  # since then
    sa.Column("answered_at", UtcDateTime, nullable=True),
    sa.Column("dead_at", UtcDateTime, nullable=True),  # held to be dead since: not called
    sa.Column("dead_why", sa.String(20), nullable=False, server_default=""),  # invalid | silent | operator
    sa.Column("request_id", sa.Integer, nullable=True, index=True),  # the task to bring it up to date
)
NEEDS_TASK = sa.and_(number_health.c.dead_at.is_not(None), number_health.c.request_id.is_(None))
sa.Index("ix_number_health_task", number_health.c.number, sqlite_where=NEEDS_TASK, postgresql_where=NEEDS_TASK)

promises = sa.Table(
    "promises",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("lead_id", sa.ForeignKey("leads.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("attempt_id", sa.String(60), nullable=False, unique=True),  # the call in which it was made
    sa.Column("contact_id", sa.Integer, nullable=True, index=True),
    sa.Column("agent_id", sa.Integer, nullable=True),
    sa.Column("amount", sa.Numeric(18, 2), nullable=False),
    sa.Column("currency", sa.String(20), nullable=False, server_default=""),
    sa.Column("due_on", sa.Date, nullable=False),  # paid by the end of this day of the house
    sa.Column("state", sa.String(10), nullable=False, server_default="open"),  # open | paid | unpaid | unknown
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("checked_at", UtcDateTime, nullable=True),
    sa.Column("debt_before", sa.Numeric(18, 2), nullable=True),  # what the backend said when it was made
    sa.Column("asked", sa.Integer, nullable=False, server_default="0"),  # how often nobody could say what is owed
    sa.Column("ask_at", UtcDateTime, nullable=True),  # not before, after the last time
)
_OPEN = promises.c.state == sa.literal_column("'open'")
sa.Index("ix_promises_open", promises.c.due_on, promises.c.id, sqlite_where=_OPEN, postgresql_where=_OPEN)

# Rules that add leads every night.
lead_rules = sa.Table(
    "lead_rules",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("campaign_id", sa.ForeignKey("campaigns.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("rule", sa.Text, nullable=False),  # JSON
    sa.Column("at", sa.String(5), nullable=False, server_default="02:00"),  # of the house's clock
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("ran_at", UtcDateTime, nullable=True),
    sa.Column("ran_for", sa.Date, nullable=True),  # the night it last ran for
    sa.Column("found", sa.Integer, nullable=False, server_default="0"),  # by the last run
    sa.Column("failure", sa.String(300), nullable=False, server_default=""),
    # A daemon is at it until then, or it failed and is not tried again before.
    sa.Column("not_before", UtcDateTime, nullable=True),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),  # that failed, of this night
)

# What else is done once a night, by one daemon. The last columns as above.
nightly_jobs = sa.Table(
    "nightly_jobs",
    metadata,
    sa.Column("name", sa.String(20), primary_key=True),
    sa.Column("ran_at", UtcDateTime, nullable=True),
    sa.Column("ran_for", sa.Date, nullable=True),
    sa.Column("found", sa.Integer, nullable=False, server_default="0"),
    sa.Column("failure", sa.String(300), nullable=False, server_default=""),
    sa.Column("not_before", UtcDateTime, nullable=True),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
)

# What each operator finds ready in the morning.
day_tasks = sa.Table(
    "day_tasks",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("operator_id", sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(12), nullable=False),  # lead | request | promise
    sa.Column("lead_id", BIG, nullable=True, index=True),
    sa.Column("request_id", sa.Integer, nullable=True),
    sa.Column("contact_id", sa.Integer, nullable=True, index=True),
    sa.Column("rank", sa.Integer, nullable=False, server_default="100"),
    sa.Column("due_at", UtcDateTime, nullable=True),
    sa.Column("overdue", sa.Boolean, nullable=False, server_default=sa.false()),  # promised for a day before
    sa.Column("done_at", UtcDateTime, nullable=True),
)
