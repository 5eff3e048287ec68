"""Reads what became of deliveries, beside the daemon that owns the store. Writes nothing, holds up nobody."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Row, create_engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from alertd.domain.notification import Delivery, DeliveryState
from alertd.store.codec import decode_notification
from alertd.store.failure import store_error
from alertd.store.moments import from_us
from alertd.store.tables import deliveries


def read_deliveries(database: Path) -> list[Delivery]:
    """Every delivery in a SQLite file, oldest first, as it stands now. Blocks.

    `next_attempt_at` is the creation where no attempt is to come. Raises: StoreError, CodecError.
    """
    address = f"{database.absolute().as_uri()}?mode=ro"
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=NullPool
    )
    try:
        with engine.connect() as connection:
            rows = connection.execute(select(deliveries).order_by(deliveries.c.delivery_id)).all()
    except SQLAlchemyError as exc:
        raise store_error(exc) from exc
    return [_delivery(row) for row in rows]


def _delivery(row: Row[Any]) -> Delivery:
    next_attempt_us = row.created_us if row.next_attempt_us is None else row.next_attempt_us
    return Delivery(
        delivery_id=row.delivery_id,
        notification=decode_notification(row.body),
        sink=row.sink,
        state=DeliveryState(row.state),
        created_at=from_us(row.created_us),
        next_attempt_at=from_us(next_attempt_us),
        attempts=row.attempts,
        unknowns=row.unknowns,
        possible_duplicate=row.possible_duplicate,
        detail=row.detail,
    )
