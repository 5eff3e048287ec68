"""What a sink is given: due rows are looked at, those chosen are claimed and read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, bindparam, func, literal_column, null, select, update

from alertd.domain.canary import CANARY
from alertd.domain.events import NO_DANGER
from alertd.domain.notification import (
    Crowd,
    Delivery,
    DeliveryState,
    DeliveryUpdate,
    Notification,
    Reason,
    Waiting,
)
from alertd.store.answered_rows import Answers, gone_on, is_outdated, newest_of
from alertd.store.beside_rows import read_beside
from alertd.store.calling_rows import Calls, Spared, why_nobody_is_woken
from alertd.store.codec import CodecError, decode_notification
from alertd.store.delivery_rows import CRITICAL, OTHER, record
from alertd.store.moments import from_us, to_us
from alertd.store.prepared import Prepared, PreparedByIds, PreparedList
from alertd.store.queue_rows import Fresh
from alertd.store.stand_in_rows import decode_groups, without_needless
from alertd.store.tables import deliveries

LOOKED_AT = 256  # rows at a time, where it is to be known what can leave together
LATE_S = 10.0  # from here on what was queued may not be true any more; from the second attempt on in any case

Choose = Callable[[Sequence[Waiting]], Sequence[Sequence[Waiting]]]

_row = deliveries.c


class Due(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is looked at of a row that is due; its body is read only if it leaves, and not always then."""

    delivery_id: int
    fingerprint: str
    episode: int
    sequence: int
    urgency: int
    created_us: int
    next_attempt_us: int
    attempts: int
    unknowns: int
    possible_duplicate: bool | int
    detail: str
    batched: bool | int
    stands_in_for: str | None


# `next_attempt_us <= now` leaves out the rows that do not wait: theirs is NULL. A tie goes to the older row.
_due_rows = (
    select(*(_row[name] for name in Due.__struct_fields__))
    .where(
        _row.sink == bindparam("sink"),
        _row.urgency == bindparam("urgency"),
        _row.next_attempt_us <= bindparam("now_us"),
    )
    .order_by(_row.next_attempt_us, _row.delivery_id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)  # nothing on SQLite; two replicas never claim the same row
)
_DUE = PreparedList(_due_rows, Due)
_some_due = (
    select(literal_column("1"))
    .where(
        _row.sink == bindparam("sink"),
        _row.urgency == bindparam("urgency"),
        _row.next_attempt_us <= bindparam("now_us"),
    )
    .limit(bindparam("most"))
    .subquery()
)
_how_many_due = select(func.count()).select_from(_some_due)
_HOW_MANY_DUE = Prepared({"sqlite": _how_many_due, "postgresql": _how_many_due})
_claimed = update(deliveries).values(
    state=literal_column(f"'{DeliveryState.SENDING.value}'"), next_attempt_us=null()
)
_CLAIM = PreparedByIds(_claimed, _row.delivery_id)
_BODIES = PreparedByIds(select(_row.delivery_id, _row.body), _row.delivery_id)
_WHOLE = frozenset(kind.value for kind in NO_DANGER)  # a drill never shares a message with a danger


class Leased(msgspec.Struct, frozen=True):
    """`bundles`: claimed, one entry for each message. `spared`: what nobody needs any more."""

    bundles: list[list[Delivery]]
    spared: int = 0


def one_by_one(waiting: Sequence[Waiting]) -> list[list[Waiting]]:
    """Everything leaves, each by itself."""
    return [[one] for one in waiting]


def lease_due(
    connection: Connection,
    sink: str,
    now: datetime,
    most: int,
    most_others: int,
    fresh: Fresh,
    choose: Choose = one_by_one,
    *,
    crowd: Crowd | None = None,
    all_urgencies: bool = False,
    answers: Answers | None = None,
    calls: Calls | None = None,
    wakes: bool = False,
) -> Leased:
    """Claim what `choose` takes of what is due: critical first, then the longest due.

    It is shown up to `most`, of which at most `most_others` are not critical; up to `LOOKED_AT`, once
    something may leave with others, or where it is a `crowd`. `all_urgencies`: those are shown however many
    critical ones there are. `wakes`: an escalation does not leave where somebody has answered it, or it is
    over, and waits (`calls`) while it is better.
    """
    rows = _due(connection, sink, now, most, most_others, all_urgencies=all_urgencies)
    is_wide = any(row.batched for row in rows)
    if crowd is not None and not is_wide:
        is_wide = _is_crowded(connection, sink, now, rows, crowd)
    if is_wide and most < LOOKED_AT:
        rows = _due(connection, sink, now, LOOKED_AT, LOOKED_AT if most_others else 0)
    if not rows:
        return Leased([])
    needed = without_needless(connection, rows)
    by_id = {row.delivery_id: row for row in needed}
    chosen = [[one.delivery_id for one in bundle] for bundle in choose([_waiting(row) for row in needed])]
    claimed = [by_id[delivery_id] for ids in chosen for delivery_id in ids]
    if claimed:
        _CLAIM.run(connection, [row.delivery_id for row in claimed])
    told = _told(connection, claimed, fresh)
    reading = _Reading(connection, sink, now, told, answers or Answers(), calls or Calls(), wakes=wakes)
    bundles = [reading.bundle([by_id[delivery_id] for delivery_id in ids]) for ids in chosen]
    record(connection, reading.dropped)
    unneeded = sum(one.state is DeliveryState.NOT_NEEDED for one in reading.dropped)
    return Leased([bundle for bundle in bundles if bundle], len(rows) - len(needed) + unneeded)


def _due(
    connection: Connection,
    sink: str,
    now: datetime,
    most: int,
    most_others: int,
    *,
    all_urgencies: bool = False,
) -> list[Due]:
    rows = _due_of(connection, sink, CRITICAL, now, most)
    left = most if all_urgencies else most - len(rows)
    return rows + _due_of(connection, sink, OTHER, now, min(left, most_others))


def _due_of(connection: Connection, sink: str, urgency: int, now: datetime, most: int) -> list[Due]:
    if most <= 0:
        return []
    values = {"sink": sink, "urgency": urgency, "now_us": to_us(now), "most": most}
    return sorted(_DUE.run(connection, values), key=_when_due)


def _is_crowded(connection: Connection, sink: str, now: datetime, rows: Sequence[Due], crowd: Crowd) -> bool:
    """Whether more are due than leave each by itself. Only counted: to look at hundreds of rows for each
    message of a paced sink costs the other sinks their time.
    """
    criticals = sum(row.urgency == CRITICAL for row in rows)
    if criticals and _are_more_due(connection, sink, CRITICAL, now, crowd.criticals):
        return True
    granted = crowd.others - criticals  # others leave only where some of these may
    return granted > 0 and len(rows) > criticals and _are_more_due(connection, sink, OTHER, now, granted)


def _are_more_due(connection: Connection, sink: str, urgency: int, now: datetime, than: int) -> bool:
    values = {"sink": sink, "urgency": urgency, "now_us": to_us(now), "most": than + 1}
    ((found,),) = _HOW_MANY_DUE.run(connection, values)
    return bool(found > than)


def _when_due(row: Due) -> tuple[int, int]:
    return row.next_attempt_us, row.delivery_id


def _told(connection: Connection, rows: Sequence[Due], fresh: Fresh) -> dict[int, Notification | str]:
    """What each tells: as it was queued a moment ago, or its body, still to be read."""
    told: dict[int, Notification | str] = {}
    stored = []
    for row in rows:
        kept = fresh.take((row.fingerprint, row.episode, row.sequence))
        if kept is None:
            stored.append(row.delivery_id)
        else:
            told[row.delivery_id] = kept
    if stored:
        told.update(_BODIES.run(connection, stored))
    return told


def _waiting(row: Due) -> Waiting:
    account, kind, _ = row.fingerprint.split("|", 2)
    return Waiting(
        delivery_id=row.delivery_id,
        account=account,
        is_critical=row.urgency == CRITICAL,
        batched=bool(row.batched),
        is_whole=kind in _WHOLE or account == CANARY,
        attempts=row.attempts,
        unknowns=row.unknowns,
    )


class _Reading:
    """Makes deliveries of claimed rows. `wakes`: the sink rings a telephone. `dropped`: what stays here."""

    def __init__(
        self,
        connection: Connection,
        sink: str,
        now: datetime,
        told: Mapping[int, Notification | str],
        answers: Answers,
        calls: Calls,
        *,
        wakes: bool,
    ) -> None:
        self._connection = connection
        self._sink = sink
        self._now = now
        self._told = told
        self._answers = answers
        self._calls = calls
        self._wakes = wakes
        self.dropped: list[DeliveryUpdate] = []

    def bundle(self, rows: Sequence[Due]) -> list[Delivery]:
        """One message's."""
        return [one for row in rows if (one := self._delivery(row)) is not None]

    def _delivery(self, row: Due) -> Delivery | None:
        """One that cannot be read is dead: it must not hold up the others."""
        try:
            told = self._told[row.delivery_id]
            notification = decode_notification(told) if isinstance(told, str) else told
        except CodecError as exc:
            self._drop(row, DeliveryState.DEAD, str(exc))
            return None
        created_at = from_us(row.created_us)
        may_be_old = row.attempts > 0 or self._now - created_at > timedelta(seconds=LATE_S)
        newest = None
        stands_in = row.stands_in_for is not None
        is_call = notification.reason is Reason.ESCALATED
        if may_be_old or is_call or stands_in or self._answers.may_concern(notification):
            newest = newest_of(self._connection, row.fingerprint, row.episode)
        if newest is not None and is_call and self._wakes:
            spared = why_nobody_is_woken(self._connection, newest, notification, self._now)
            self._calls.forget(row.delivery_id)
            if spared is not None:
                self._spare(row, notification, spared)
                return None
        if newest is not None:
            newest = gone_on(self._connection, newest)
        is_told = newest is not None and (
            may_be_old or is_outdated(newest, notification, stands_in=stands_in)
        )
        return Delivery(
            delivery_id=row.delivery_id,
            notification=notification,
            sink=self._sink,
            state=DeliveryState.SENDING,
            created_at=created_at,
            next_attempt_at=from_us(row.next_attempt_us),
            attempts=row.attempts,
            unknowns=row.unknowns,
            possible_duplicate=bool(row.possible_duplicate),
            detail=row.detail,
            batched=bool(row.batched),
            stands_in_for=decode_groups(row.stands_in_for) if row.stands_in_for else (),
            current=newest if is_told else None,
            beside=read_beside(self._connection, row.fingerprint, self._sink, self._now),
        )

    def _spare(self, row: Due, notification: Notification, spared: Spared) -> None:
        """It is not needed, or waits."""
        if spared.until is None:
            self._drop(row, DeliveryState.NOT_NEEDED, spared.why)
            return
        self._calls.hold(row.delivery_id, self._sink, notification, spared.until, self._now)
        as_before = DeliveryState.UNKNOWN if row.possible_duplicate else DeliveryState.QUEUED
        self._drop(row, as_before, spared.why, until=spared.until)

    def _drop(self, row: Due, state: DeliveryState, detail: str, until: datetime | None = None) -> None:
        self.dropped.append(
            DeliveryUpdate(
                delivery_id=row.delivery_id,
                state=state,
                attempts=row.attempts,
                next_attempt_at=until,
                unknowns=row.unknowns,
                possible_duplicate=bool(row.possible_duplicate),
                detail=detail,
            )
        )
