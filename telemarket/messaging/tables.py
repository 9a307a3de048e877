"""Templates of messages, and the outbox."""

import sqlalchemy as sa

from telemarket.core.database import BIG, UtcDateTime, metadata

message_templates = sa.Table(
    "message_templates",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("project_id", sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("channel", sa.String(4), nullable=False),  # mail | sms
    sa.Column("subject", sa.String(200), nullable=False, server_default=""),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.UniqueConstraint("project_id", "name"),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", BIG, primary_key=True, autoincrement=True),
    sa.Column("project_id", sa.Integer, nullable=False),
    sa.Column("contact_id", sa.Integer, nullable=True),
    sa.Column("template_id", sa.Integer, nullable=True),
    sa.Column("call_id", sa.String(60), nullable=True, index=True),
    sa.Column("channel", sa.String(4), nullable=False),
    sa.Column("recipient", sa.String(320), nullable=False, server_default=""),
    sa.Column("subject", sa.String(400), nullable=False, server_default=""),
    sa.Column("body", sa.Text, nullable=False, server_default=""),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("reason", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("queued_at", UtcDateTime, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),  # while it is with the gateway: until when that may take
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("created_by", sa.Integer, nullable=True),
    sa.Column("sent_at", UtcDateTime, nullable=True),
    sa.Column("reference", sa.String(100), nullable=False, server_default=""),
    # A supervisor has sent it again or withdrawn it: what the operator corrects does not concern it any more.
    sa.Column("by_hand", sa.Boolean, nullable=False, server_default=sa.false()),
    # The result was corrected while the message was with the gateway: if that has not taken it, it is not sent.
    sa.Column("recalled", sa.Boolean, nullable=False, server_default=sa.false()),
)
sa.Index("ix_messages_created", messages.c.created_at, messages.c.id)
sa.Index("ix_messages_project", messages.c.project_id, messages.c.created_at, messages.c.id)
sa.Index("ix_messages_project_state", messages.c.project_id, messages.c.state, messages.c.created_at, messages.c.id)
sa.Index("ix_messages_channel", messages.c.channel, messages.c.created_at, messages.c.id)
sa.Index("ix_messages_channel_state", messages.c.channel, messages.c.state, messages.c.created_at, messages.c.id)
sa.Index("ix_messages_state", messages.c.state, messages.c.created_at, messages.c.id)
sa.Index("ix_messages_contact", messages.c.contact_id, messages.c.created_at, messages.c.id)
UNDER_WAY = messages.c.state.in_((sa.literal_column("'queued'"), sa.literal_column("'sending'")))
"""What has to be looked at again, word for word as the index says it."""
sa.Index("ix_messages_due", messages.c.channel, messages.c.due_at, sqlite_where=UNDER_WAY, postgresql_where=UNDER_WAY)
NOBODYS = sa.and_(messages.c.contact_id.is_(None), messages.c.recipient != sa.literal_column("''"))
"""Messages to numbers that were no contact's."""
sa.Index("ix_messages_nobodys", messages.c.recipient, sqlite_where=NOBODYS, postgresql_where=NOBODYS)
