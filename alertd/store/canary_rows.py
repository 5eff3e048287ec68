"""Rows of the canary: kept out of what people count, and forgotten once they have served."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select

from alertd.domain.alert import AlertState
from alertd.domain.canary import CANARY
from alertd.domain.notification import DeliveryState
from alertd.store.tables import alerts, deliveries

# All fingerprints that begin with its name; the sign after the bar ends the range.
_FIRST, _BEYOND = f"{CANARY}|", CANARY + chr(ord("|") + 1)
_newer_alerts, _newer = alerts.alias("newer"), deliveries.alias("newer")


def settle_canaries(connection: Connection) -> frozenset[str]:
    """Forget every canary that is over but the newest of each kind, which tells the next one's number and
    proves its sink. Returns the sinks to which one is still on its way.
    """
    newest_alert = (
        select(func.max(_newer_alerts.c.episode))
        .where(_newer_alerts.c.fingerprint == alerts.c.fingerprint)
        .scalar_subquery()
    )
    connection.execute(
        delete(alerts).where(
            of_canary(connection, alerts.c.fingerprint),
            alerts.c.state == AlertState.RESOLVED.value,
            alerts.c.episode < newest_alert,
        )
    )
    row = deliveries.c
    newest = (
        select(func.max(_newer.c.episode)).where(_newer.c.fingerprint == row.fingerprint).scalar_subquery()
    )
    is_under_way = row.next_attempt_us.is_not(None) | (row.state == DeliveryState.SENDING.value)
    connection.execute(
        delete(deliveries).where(of_canary(connection, row.fingerprint), ~is_under_way, row.episode < newest)
    )
    waiting = select(row.sink).where(of_canary(connection, row.fingerprint), is_under_way)
    return frozenset(connection.execute(waiting).scalars())


def count_canaries(connection: Connection) -> dict[DeliveryState, int]:
    """How many deliveries of it are in each state."""
    row = deliveries.c
    query = select(row.state, func.count()).where(of_canary(connection, row.fingerprint))
    return {DeliveryState(state): n for state, n in connection.execute(query.group_by(row.state))}


def count_open_canaries(connection: Connection) -> int:
    """How many of its alerts are not resolved."""
    query = select(func.count()).where(
        of_canary(connection, alerts.c.fingerprint), alerts.c.state != AlertState.RESOLVED.value
    )
    return connection.execute(query).scalar_one()


def of_canary(connection: Connection, fingerprint: Any) -> ColumnElement[bool]:
    """A range, which an index serves. PostgreSQL may order texts as a language does; here bytes count."""
    if connection.dialect.name == "postgresql":
        fingerprint = fingerprint.collate("C")
    return and_(fingerprint >= _FIRST, fingerprint < _BEYOND)
