"""Alert rows: written by compare-and-set, read at the start, pruned when old."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Insert, bindparam, delete, func, select

from alertd.domain.alert import Alert, AlertState, Fingerprint
from alertd.domain.errors import StoreError
from alertd.domain.events import EventKind
from alertd.store.codec import CodecError, decode_alert, encode_alert
from alertd.store.dialects import PerDialect
from alertd.store.moments import to_us
from alertd.store.prepared import Prepared
from alertd.store.tables import alerts, clean_text

_DRILLS_AT_MOST = 200
_REPLACED = ("version", "state", "severity", "since_us", "updated_us", "resolved_us", "body")


def _upsert(insert: Any) -> Insert:
    """Insert, or replace a row of a lower version."""
    statement = insert(alerts)
    new = statement.excluded
    result: Insert = statement.on_conflict_do_update(
        index_elements=["fingerprint", "episode"],
        set_={name: new[name] for name in _REPLACED},
        where=alerts.c.version < new.version,
    )
    return result


_UPSERT = Prepared(
    PerDialect(_upsert),
    columns=("fingerprint", "episode", *_REPLACED),
)

_newer = alerts.alias("newer")
_SUPERSEDED = (
    select(alerts.c.fingerprint, alerts.c.episode)
    .where(
        alerts.c.state == AlertState.RESOLVED.value,
        alerts.c.resolved_us < bindparam("before_us"),
        # The newest row of a fingerprint stays: it tells the number of the next episode.
        alerts.c.episode
        < select(func.max(_newer.c.episode))
        .where(_newer.c.fingerprint == alerts.c.fingerprint)
        .scalar_subquery(),
    )
    .limit(bindparam("most"))
)
_DELETE = delete(alerts).where(
    alerts.c.fingerprint == bindparam("its_fingerprint"), alerts.c.episode == bindparam("its_episode")
)


def write_alerts(connection: Connection, changed: Sequence[Alert]) -> None:
    """Store each alert, unless the stored row is as new."""
    if changed:
        _UPSERT.run_each(connection, [_row(alert) for alert in changed])


def _row(alert: Alert) -> dict[str, Any]:
    return {
        "fingerprint": clean_text(str(alert.fingerprint)),
        "episode": alert.episode,
        "version": alert.version,
        "state": alert.state.value,
        "severity": alert.severity.value,
        "since_us": to_us(alert.since),
        "updated_us": to_us(alert.updated_at),
        "resolved_us": to_us(alert.resolved_at),
        "body": encode_alert(alert),
    }


def read_open_alerts(connection: Connection) -> list[Alert]:
    """All that are not resolved, oldest first. Raises: StoreError for a row that cannot be read."""
    query = (
        select(alerts.c.fingerprint, alerts.c.body)
        .where(alerts.c.state.in_([state.value for state in AlertState if state is not AlertState.RESOLVED]))
        .order_by(alerts.c.since_us, alerts.c.fingerprint)
    )
    found = []
    for fingerprint, body in connection.execute(query):
        try:
            found.append(decode_alert(body))
        except CodecError as exc:
            raise StoreError(f"the open alert {fingerprint} is damaged in the store: {exc}") from exc
    return found


def read_ended_drills(connection: Connection) -> list[Alert]:
    """The newest of them. One that cannot be read is passed over: to be drilled anew is the safe side."""
    query = (
        select(alerts.c.body)
        .where(
            alerts.c.state == AlertState.RESOLVED.value,
            alerts.c.fingerprint.startswith(f"|{EventKind.DRILL}|", autoescape=True),
        )
        .order_by(alerts.c.resolved_us.desc())
        .limit(_DRILLS_AT_MOST)
    )
    found = []
    for (body,) in connection.execute(query):
        with suppress(CodecError):
            found.append(decode_alert(body))
    return found


def read_resolved(connection: Connection, since_us: int) -> list[Alert]:
    """Those that ended since a time, the canary's too. One that cannot be read is passed over: it is over."""
    query = select(alerts.c.body).where(
        alerts.c.state == AlertState.RESOLVED.value, alerts.c.resolved_us >= since_us
    )
    found = []
    for (body,) in connection.execute(query):
        with suppress(CodecError):
            found.append(decode_alert(body))
    return found


def read_last_episodes(connection: Connection) -> dict[Fingerprint, int]:
    """The newest episode of each fingerprint."""
    query = select(alerts.c.fingerprint, func.max(alerts.c.episode)).group_by(alerts.c.fingerprint)
    return {Fingerprint.parse(text): episode for text, episode in connection.execute(query)}


def count_open(connection: Connection) -> int:
    """How many alerts are not resolved."""
    query = select(func.count()).select_from(alerts).where(alerts.c.state != AlertState.RESOLVED.value)
    return connection.execute(query).scalar_one()


def prune_alerts(connection: Connection, before_us: int, most: int) -> int:
    """Delete up to `most` alerts resolved before a time that have a successor. Returns how many."""
    found = connection.execute(_SUPERSEDED, {"before_us": before_us, "most": most}).all()
    if found:
        rows = [{"its_fingerprint": fingerprint, "its_episode": episode} for fingerprint, episode in found]
        connection.execute(_DELETE, rows)
    return len(found)
