"""Intent rows, each as its newest step left it; how many runs of each action there were; the switch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Insert, bindparam, delete, func, or_, select

from alertd.domain.action import Intent, IntentState, Switch
from alertd.domain.alert import AlertState
from alertd.domain.errors import StoreError
from alertd.store.codec import CodecError, decode_intent, decode_switch, encode_intent, encode_switch
from alertd.store.dialects import PerDialect
from alertd.store.fact_rows import read_fact, write_fact
from alertd.store.moments import to_us
from alertd.store.tables import action_steps, alerts, facts, intents

LOOKED_THROUGH = 5_000  # rows, the newest, among which a filter finds what fits
NAMED_AT_MOST = 4

_SWITCH = "actions_switch"
_PRUNED_RUNS = "action_runs_pruned:"  # and the action's name: a run counts for ever

_row = intents.c
_REPLACED = ("version", "is_run", "state", "ended_us", "body")
# What the alert stands for is not over: whatever is asked for it again was done already.
_its_alert_is_open = (
    select(alerts.c.episode)
    .where(
        alerts.c.fingerprint == _row.fingerprint,
        alerts.c.episode == _row.episode,
        alerts.c.state != AlertState.RESOLVED.value,
    )
    .exists()
)
_OLD = (
    select(_row.intent_id, _row.action, _row.is_run)
    .where(_row.ended_us < bindparam("before_us"), ~_its_alert_is_open)
    .limit(bindparam("most"))
)


def _upsert(insert: Any) -> Insert:
    """Insert, or replace a row of a lower version."""
    statement = insert(intents)
    new = statement.excluded
    result: Insert = statement.on_conflict_do_update(
        index_elements=["intent_id"],
        set_={name: new[name] for name in _REPLACED},
        where=_row.version < new.version,
    )
    return result


_UPSERT = PerDialect(_upsert)


def write_intents(connection: Connection, changed: Sequence[Intent]) -> None:
    """Store each intent, unless the stored row is as new."""
    for intent in changed:
        connection.execute(_UPSERT[connection.dialect.name], _values(intent))


def _values(intent: Intent) -> dict[str, Any]:
    return {
        "intent_id": intent.intent_id,
        "version": intent.version,
        "action": intent.action,
        "account": intent.account,
        "is_run": intent.is_run,
        "state": intent.state.value,
        "fingerprint": str(intent.fingerprint),
        "episode": intent.episode,
        "planned_us": to_us(intent.planned_at),
        "ended_us": None if intent.is_unsettled else to_us(intent.ended_at or intent.planned_at),
        "body": encode_intent(intent),
    }


def read_intents(connection: Connection, since_us: int | None) -> list[Intent]:
    """Those that are not settled, that ended since a time (None: ever), or whose alert is open; oldest first.

    Raises: StoreError for a row that cannot be read: who knows what it may have sent?
    """
    query = select(_row.intent_id, _row.body).order_by(_row.planned_us, _row.intent_id)
    if since_us is not None:
        query = query.where(or_(_row.ended_us.is_(None), _row.ended_us >= since_us, _its_alert_is_open))
    found = []
    for intent_id, body in connection.execute(query):
        try:
            found.append(decode_intent(body))
        except CodecError as exc:
            raise StoreError(f"the intent {intent_id} is damaged in the store: {exc}") from exc
    return found


def count_runs(connection: Connection) -> dict[str, int]:
    """How many dry or approved runs of each action have come to their end, see `Intent.is_run`."""
    found = select(facts.c.key, facts.c.value).where(facts.c.key.startswith(_PRUNED_RUNS, autoescape=True))
    runs = {key.removeprefix(_PRUNED_RUNS): int(value) for key, value in connection.execute(found)}
    query = select(_row.action, func.count()).where(_row.is_run).group_by(_row.action)
    for action, number in connection.execute(query):
        runs[action] = runs.get(action, 0) + number
    return runs


def read_switch(connection: Connection) -> Switch:
    """As it was set last; on, with no account armed, where it never was. Raises: StoreError."""
    stored = read_fact(connection, _SWITCH)
    if stored is None:
        return Switch()
    try:
        return decode_switch(stored)
    except CodecError as exc:
        raise StoreError(f"the switch of the actions is damaged in the store: {exc}") from exc


def write_switch(connection: Connection, switch: Switch) -> None:
    """In place of the former one."""
    write_fact(connection, _SWITCH, encode_switch(switch))


def select_intents(
    connection: Connection, account: str | None, action: str | None, states: Sequence[IntentState], most: int
) -> list[str]:
    """The newest first, as they are stored, of the newest 5,000. No `states`: all."""
    newest = select(intents).order_by(_row.planned_us.desc(), _row.intent_id.desc()).limit(LOOKED_THROUGH)
    seen = newest.subquery().c
    fits: list[ColumnElement[bool]] = []
    if account is not None:
        fits.append(seen.account == account)
    if action is not None:
        fits.append(seen.action == action)
    if states:
        fits.append(seen.state.in_([state.value for state in states]))
    query = select(seen.body).where(*fits).order_by(seen.planned_us.desc(), seen.intent_id.desc())
    return list(connection.execute(query.limit(most)).scalars())


def select_named(connection: Connection, beginning: str) -> list[str]:
    """Those whose id begins so, as they are stored; a few at most."""
    named = _row.intent_id.startswith(beginning, autoescape=True)
    query = select(_row.body).where(named).order_by(_row.planned_us.desc()).limit(NAMED_AT_MOST)
    return list(connection.execute(query).scalars())


def prune_intents(connection: Connection, before_us: int, most: int) -> int:
    """Delete up to `most` that were settled before a time, with their steps, unless their alert is open.

    Returns how many intents went. Their runs go on counting.
    """
    old = connection.execute(_OLD, {"before_us": before_us, "most": most}).all()
    if not old:
        return 0
    names = [intent_id for intent_id, _, _ in old]
    for action in {action for _, action, is_run in old if is_run}:
        _count_pruned(connection, action, sum(is_run and its == action for _, its, is_run in old))
    connection.execute(delete(action_steps).where(action_steps.c.intent_id.in_(names)))
    connection.execute(delete(intents).where(_row.intent_id.in_(names)))
    return len(old)


def _count_pruned(connection: Connection, action: str, runs: int) -> None:
    key = f"{_PRUNED_RUNS}{action}"
    write_fact(connection, key, str(int(read_fact(connection, key) or 0) + runs))
