"""Rows of the journal: what became of each intent, by whom. Only added to."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select

from alertd.domain.action import Step
from alertd.store.codec import encode_step
from alertd.store.moments import to_us
from alertd.store.tables import action_steps

_row = action_steps.c


def write_steps(connection: Connection, taken: Sequence[Step]) -> None:
    """Add each step. One that stands there already is refused by the database, and with it the transaction:
    somebody else has moved this intent.
    """
    if taken:
        rows = [
            {
                "intent_id": step.intent_id,
                "version": step.version,
                "at_us": to_us(step.at),
                "state": step.state.value,
                "body": encode_step(step),
            }
            for step in taken
        ]
        connection.execute(insert(action_steps), rows)


def select_steps(connection: Connection, intent_id: str, most: int) -> list[str]:
    """The newest `most` of an intent in their order, as they are stored: see `codec.decode_step`."""
    query = select(_row.body).where(_row.intent_id == intent_id).order_by(_row.version.desc()).limit(most)
    return list(reversed(connection.execute(query).scalars().all()))
