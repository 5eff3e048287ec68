"""The schema, the same on SQLite and PostgreSQL. `migrations/` leads to it; a test holds them equal.

Times are whole microseconds since 1970 UTC (`_us`): exact, ordered and alike on both. What only Python
looks at stands in `body` as JSON (`codec.py`); columns are what SQL must find, order or count.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)

metadata = MetaData()


def clean_text(value: str) -> str:
    """Without what PostgreSQL or UTF-8 cannot hold: NUL and lone surrogates are replaced."""
    if value.isascii() and "\0" not in value:
        return value
    return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


class CleanText(TypeDecorator[str]):
    """Text from outside: cleaned, so that it costs no alert."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """See `clean_text`."""
        return None if value is None else clean_text(value)


# SQLite numbers rows by itself only where the type is exactly INTEGER.
_RowId = BigInteger().with_variant(Integer, "sqlite")

alerts = Table(
    "alerts",
    metadata,
    Column("fingerprint", CleanText, primary_key=True),
    Column("episode", Integer, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("since_us", BigInteger, nullable=False),
    Column("updated_us", BigInteger, nullable=False),
    Column("resolved_us", BigInteger),
    Column("body", Text, nullable=False),
    Index("ix_alerts_state", "state", "resolved_us"),
)

# `next_attempt_us` is NULL unless the delivery waits to be sent, so that one plain index finds the due ones
# of a sink, critical (urgency 0) before others (urgency 1), whatever else the table holds.
deliveries = Table(
    "deliveries",
    metadata,
    Column("delivery_id", _RowId, primary_key=True),
    Column("fingerprint", CleanText, nullable=False),
    Column("episode", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("sink", CleanText, nullable=False),
    Column("state", Text, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("next_attempt_us", BigInteger),
    Column("sent_us", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("unknowns", Integer, nullable=False),
    Column("possible_duplicate", Boolean, nullable=False),
    Column("detail", CleanText, nullable=False),
    Column("body", Text, nullable=False),
    Column("batched", Boolean, nullable=False, server_default=false()),
    Column("stands_in_for", CleanText),  # names of sinks by route, as JSON; NULL: it is no fallback
    UniqueConstraint("fingerprint", "episode", "sequence", "sink", name="uq_deliveries_told_once"),
    Index("ix_deliveries_due", "sink", "urgency", "next_attempt_us", "delivery_id"),
    Index("ix_deliveries_state", "state", "created_us"),
)

kept_frames = Table(
    "kept_frames",
    metadata,
    Column("frame_id", _RowId, primary_key=True),
    Column("account", CleanText, nullable=False),
    Column("stream", CleanText, nullable=False),
    Column("channel", CleanText),
    Column("reason", CleanText, nullable=False),
    Column("received_us", BigInteger, nullable=False),
    Column("frame", LargeBinary, nullable=False),
)

# `seen_us`: up to when it is known what of the account was covered; moves on once a minute.
coverage_accounts = Table(
    "coverage_accounts",
    metadata,
    Column("account", CleanText, primary_key=True),
    Column("since_us", BigInteger, nullable=False),
    Column("seen_us", BigInteger, nullable=False),
    Column("numbers", BigInteger, nullable=False),
)

# `ended_us` NULL: it lasts, or the process that wrote it was killed.
coverage_gaps = Table(
    "coverage_gaps",
    metadata,
    Column("account", CleanText, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("began_us", BigInteger, nullable=False),
    Column("ended_us", BigInteger),
    Column("blame", Text),
    Column("reconciled_us", BigInteger),
    Column("missed", BigInteger),
    Index("ix_coverage_gaps_ended", "ended_us"),
)

silences = Table(
    "silences",
    metadata,
    Column("silence_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("ends_us", BigInteger, nullable=False),
    Column("ended_us", BigInteger),
    Column("body", Text, nullable=False),
    Index("ix_silences_ended", "ended_us"),
)

# Who told alertd to do what. Rows are only added, and go with the time that everything is kept.
commands = Table(
    "commands",
    metadata,
    Column("command_id", _RowId, primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("person", CleanText, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_commands_at", "at_us"),
)

# One row for each intent, as its newest step left it. What SQL counts or finds stands in columns.
intents = Table(
    "intents",
    metadata,
    Column("intent_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("action", Text, nullable=False),
    Column("account", CleanText, nullable=False),
    Column("is_run", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("fingerprint", CleanText, nullable=False),
    Column("episode", Integer, nullable=False),
    Column("planned_us", BigInteger, nullable=False),
    Column("ended_us", BigInteger),
    Column("body", Text, nullable=False),
    Index("ix_intents_planned", "planned_us"),
    Index("ix_intents_ended", "ended_us"),
)

# What became of intents, by whom. Rows are only added, and go with their intent.
action_steps = Table(
    "action_steps",
    metadata,
    Column("intent_id", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("body", Text, nullable=False),
)

facts = Table(
    "facts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
