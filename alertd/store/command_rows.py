"""Command rows: who told alertd to do what. Only added to, and pruned when old."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select

from alertd.domain.command import AnyCommand
from alertd.store.codec import encode_command
from alertd.store.moments import to_us
from alertd.store.tables import commands

_row = commands.c
_OLD = select(_row.command_id).where(_row.at_us < bindparam("before_us")).limit(bindparam("most"))


def write_commands(connection: Connection, obeyed: Sequence[AnyCommand]) -> None:
    """Store each command, in order."""
    if obeyed:
        rows = [
            {
                "at_us": to_us(command.at),
                "person": command.person,
                "kind": type(command).__name__,
                "body": encode_command(command),
            }
            for command in obeyed
        ]
        connection.execute(insert(commands), rows)


def select_commands(connection: Connection, most: int) -> list[str]:
    """The newest `most`, newest first, as they are stored: see `codec.decode_command`."""
    query = select(_row.body).order_by(_row.command_id.desc()).limit(most)
    return list(connection.execute(query).scalars())


def prune_commands(connection: Connection, before_us: int, most: int) -> int:
    """Delete up to `most` of those given before a time. Returns how many went."""
    old = connection.execute(_OLD, {"before_us": before_us, "most": most}).scalars().all()
    if old:
        connection.execute(delete(commands).where(_row.command_id.in_(old)))
    return len(old)
