"""Reads what became of deliveries, beside the daemon that owns the store. Writes nothing, holds up nobody."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from alertd.domain.errors import StoreError
from alertd.domain.notification import Delivery, DeliveryState
from alertd.store.codec import decode_notification
from alertd.store.moments import from_us
from alertd.store.tables import deliveries


def read_deliveries(path: Path) -> list[Delivery]:
    """Every delivery of the SQLite store at `path`, oldest first, as it stands now. Blocks.

    `next_attempt_at` of one that waits for nothing is its creation.
    Raises: StoreError; CodecError.
    """
    try:
        with _engine(path).connect() as connection:
            rows = connection.execute(select(deliveries).order_by(deliveries.c.delivery_id)).all()
    except SQLAlchemyError as exc:
        raise StoreError(f"the store {path} cannot be read") from exc
    return [
        Delivery(
            delivery_id=row.delivery_id,
            notification=decode_notification(row.body),
            sink=row.sink,
            state=DeliveryState(row.state),
            created_at=from_us(row.created_us),
            next_attempt_at=from_us(
                row.created_us if row.next_attempt_us is None else row.next_attempt_us
            ),
            attempts=row.attempts,
            unknowns=row.unknowns,
            possible_duplicate=row.possible_duplicate,
            detail=row.detail,
        )
        for row in rows
    ]
