"""What people ask of the store: alerts that are over, what was told, who said what. Reads only.

All of it passes through the one thread that writes, so each question is bounded: it reads few rows, and
they are made into objects elsewhere. Nothing of the canary is shown.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, tuple_

from alertd.domain.action import Intent, IntentState, Step
from alertd.domain.alert import Alert, AlertState, Severity, short_id
from alertd.domain.command import AnyCommand
from alertd.domain.notification import DeliveryState, Notification
from alertd.store.canary_rows import of_canary
from alertd.store.codec import decode_alert, decode_command, decode_intent, decode_notification, decode_step
from alertd.store.command_rows import select_commands
from alertd.store.database import Database
from alertd.store.delivery_rows import CRITICAL, OTHER
from alertd.store.intent_rows import select_intents, select_named
from alertd.store.moments import from_us
from alertd.store.step_rows import select_steps
from alertd.store.tables import alerts, deliveries

LOOKED_THROUGH = 5_000  # rows, the newest, among which a filter finds what fits
HISTORY_AT_MOST = 500  # deliveries of one alert, the newest
STEPS_AT_MOST = 500  # of one intent, the newest
NAMES_AT_ONCE = 5_000
_FOUND_AT_MOST = 4

_row = deliveries.c


class StoredDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery as its row stands. `next_attempt_at` None: none is to come. `is_held`: it waits from the
    beginning for the end of quiet hours or of a batch.
    """

    delivery_id: int
    notification: Notification
    sink: str
    state: DeliveryState
    created_at: datetime
    next_attempt_at: datetime | None
    sent_at: datetime | None
    attempts: int
    possible_duplicate: bool
    detail: str
    stands_in_for: tuple[str, ...]
    is_held: bool = False


class Archive:
    """The questions. Each raises StoreError, and CodecError for a row that cannot be read."""

    def __init__(self, database: Database, names_at_once: int = NAMES_AT_ONCE) -> None:
        self._database = database
        self._names_at_once = names_at_once

    async def resolved(self, account: str | None, severity: Severity | None, most: int) -> Sequence[Alert]:
        """Alerts that are over, the newest first, among the newest 5,000."""
        rows = await self._database.read(lambda connection: _resolved(connection, account, severity, most))
        return await asyncio.to_thread(lambda: [decode_alert(row.body) for row in rows])

    async def find(self, beginning: str) -> Sequence[Alert]:
        """The alerts, open or over, whose short id begins so; a few at most.

        Looks through all names, some thousand at a time, so that nothing else waits for it.
        """
        wanted = beginning.strip().lower()
        found: list[tuple[str, int]] = []
        after: tuple[str, int] | None = None
        while wanted and len(found) < _FOUND_AT_MOST:
            names = await self._database.read(partial(_names, after=after, most=self._names_at_once))
            if not names:
                break
            found += await asyncio.to_thread(_called, names, wanted)
            after = names[-1]
        rows = await self._database.read(lambda connection: _alerts(connection, found)) if found else []
        return [decode_alert(row.body) for row in rows]

    async def told(self, alert: Alert) -> Sequence[StoredDelivery]:
        """Every delivery of what was told of this alert, in order; of very many the newest 500."""
        rows = await self._database.read(lambda connection: _told(connection, alert))
        return await asyncio.to_thread(lambda: [_delivery(row) for row in reversed(rows)])

    async def deliveries(
        self,
        *,
        account: str | None,
        sink: str | None,
        state: DeliveryState | None,
        severity: Severity | None,
        most: int,
    ) -> Sequence[StoredDelivery]:
        """Deliveries, the newest first, among the newest 5,000."""

        def work(connection: Connection) -> Sequence[Row[Any]]:
            return _newest(connection, account, sink, state, severity, most)

        rows = await self._database.read(work)
        return await asyncio.to_thread(_first_of, rows, severity, most)

    async def commands(self, most: int) -> Sequence[AnyCommand]:
        """What persons told alertd to do, the newest first."""
        bodies = await self._database.read(lambda connection: select_commands(connection, most))
        return [decode_command(body) for body in bodies]

    async def intents(
        self,
        *,
        account: str | None = None,
        action: str | None = None,
        states: Sequence[IntentState] = (),
        most: int,
    ) -> Sequence[Intent]:
        """Cases of actions, the newest first, among the newest 5,000. No `states`: whatever they are."""

        def work(connection: Connection) -> Sequence[str]:
            return select_intents(connection, account, action, states, most)

        bodies = await self._database.read(work)
        return await asyncio.to_thread(lambda: [decode_intent(body) for body in bodies])

    async def find_intents(self, beginning: str) -> Sequence[Intent]:
        """The intents whose id begins so; a few at most."""
        wanted = beginning.strip()
        if not wanted:
            return []
        bodies = await self._database.read(lambda connection: select_named(connection, wanted))
        return [decode_intent(body) for body in bodies]

    async def steps(self, intent: Intent) -> Sequence[Step]:
        """What became of an intent, in order; of very many the newest 500."""
        name = intent.intent_id
        bodies = await self._database.read(lambda connection: select_steps(connection, name, STEPS_AT_MOST))
        return [decode_step(body) for body in bodies]


def _resolved(
    connection: Connection, account: str | None, severity: Severity | None, most: int
) -> Sequence[Row[Any]]:
    newest = (
        select(alerts.c.fingerprint, alerts.c.severity, alerts.c.resolved_us, alerts.c.body)
        .where(alerts.c.state == AlertState.RESOLVED.value)
        .order_by(alerts.c.resolved_us.desc())
        .limit(LOOKED_THROUGH)
        .subquery()
    )
    fits = [~of_canary(connection, newest.c.fingerprint)]
    if account is not None:
        fits.append(_of_account(connection, newest.c.fingerprint, account))
    if severity is not None:
        fits.append(newest.c.severity == severity.value)
    query = select(newest.c.body).where(*fits).order_by(newest.c.resolved_us.desc()).limit(most)
    return connection.execute(query).all()


def _names(connection: Connection, after: tuple[str, int] | None, most: int) -> list[tuple[str, int]]:
    key = (alerts.c.fingerprint, alerts.c.episode)
    query = select(*key).order_by(*key).limit(most)
    if after is not None:
        query = query.where(tuple_(*key) > after)
    return [(fingerprint, episode) for fingerprint, episode in connection.execute(query)]


def _called(names: Sequence[tuple[str, int]], wanted: str) -> list[tuple[str, int]]:
    return [(text, episode) for text, episode in names if short_id(text, episode).startswith(wanted)]


def _alerts(connection: Connection, names: Sequence[tuple[str, int]]) -> Sequence[Row[Any]]:
    fits = [and_(alerts.c.fingerprint == text, alerts.c.episode == episode) for text, episode in names]
    shown = ~of_canary(connection, alerts.c.fingerprint)
    return connection.execute(select(alerts.c.body).where(or_(*fits), shown).limit(_FOUND_AT_MOST)).all()


def _told(connection: Connection, alert: Alert) -> Sequence[Row[Any]]:
    query = (
        select(deliveries)
        .where(_row.fingerprint == str(alert.fingerprint), _row.episode == alert.episode)
        .order_by(_row.sequence.desc(), _row.sink.desc())
        .limit(HISTORY_AT_MOST)
    )
    return connection.execute(query).all()


def _newest(
    connection: Connection,
    account: str | None,
    sink: str | None,
    state: DeliveryState | None,
    severity: Severity | None,
    most: int,
) -> Sequence[Row[Any]]:
    """Of those that are not critical the row does not say how severe they are: `_first_of` looks."""
    newest = select(func.max(_row.delivery_id)).scalar_subquery()
    fits = [_row.delivery_id > newest - LOOKED_THROUGH, ~of_canary(connection, _row.fingerprint)]
    if account is not None:
        fits.append(_of_account(connection, _row.fingerprint, account))
    if sink is not None:
        fits.append(_row.sink == sink)
    if state is not None:
        fits.append(_row.state == state.value)
    if severity is not None:
        fits.append(_row.urgency == (CRITICAL if severity is Severity.CRITICAL else OTHER))
    is_shown = severity in (None, Severity.CRITICAL)
    query = select(deliveries).where(*fits).order_by(_row.delivery_id.desc())
    return connection.execute(query.limit(most if is_shown else LOOKED_THROUGH)).all()


def _first_of(rows: Sequence[Row[Any]], severity: Severity | None, most: int) -> list[StoredDelivery]:
    read = (_delivery(row) for row in rows)
    fits = (one for one in read if severity in (None, one.notification.alert.severity))
    return list(islice(fits, most))


def _of_account(connection: Connection, fingerprint: Any, account: str) -> ColumnElement[bool]:
    """A range, as for the canary."""
    if connection.dialect.name == "postgresql":
        fingerprint = fingerprint.collate("C")
    return and_(fingerprint >= f"{account}|", fingerprint < account + chr(ord("|") + 1))


def _delivery(row: Row[Any]) -> StoredDelivery:
    return StoredDelivery(
        delivery_id=row.delivery_id,
        notification=decode_notification(row.body),
        sink=row.sink,
        state=DeliveryState(row.state),
        created_at=from_us(row.created_us),
        next_attempt_at=None if row.next_attempt_us is None else from_us(row.next_attempt_us),
        sent_at=None if row.sent_us is None else from_us(row.sent_us),
        attempts=row.attempts,
        possible_duplicate=bool(row.possible_duplicate),
        detail=row.detail,
        stands_in_for=_all_sinks(row.stands_in_for),
        is_held=bool(row.batched),
    )


def _all_sinks(groups: str | None) -> tuple[str, ...]:
    """All the sinks that a fallback stands in for, whichever route says so."""
    named = [sink for group in json.loads(groups or "[]") for sink in group]
    return tuple(dict.fromkeys(named))
