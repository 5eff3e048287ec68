"""Coverage rows: what is known of each account, and its gaps, written as they begin and as they end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Insert, Row, and_, bindparam, delete, func, or_, select, update

from alertd.domain.coverage import Blame, Gap, KeptRecord
from alertd.domain.events import CoverageCause, CoverageState
from alertd.store.dialects import PerDialect
from alertd.store.moments import from_us, to_us
from alertd.store.tables import coverage_accounts, coverage_gaps, deliveries

_gap = coverage_gaps.c
_GAP_KEYS = ("account", "number")
_RECORD_KEYS = ("account",)


def _upsert(insert: Any, table: Any, keys: tuple[str, ...], kept: tuple[str, ...] = ()) -> Insert:
    statement = insert(table)
    names = [column.name for column in table.c if column.name not in keys + kept]
    changed = {name: statement.excluded[name] for name in names}
    upsert: Insert = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    return upsert


_PUT_GAP = PerDialect(lambda insert: _upsert(insert, coverage_gaps, _GAP_KEYS))
# From when on a record is complete is moved by nothing but the pruning of its gaps.
_PUT_RECORD = PerDialect(lambda insert: _upsert(insert, coverage_accounts, _RECORD_KEYS, kept=("since_us",)))


def write_coverage(connection: Connection, gaps: Sequence[Gap], records: Sequence[KeptRecord]) -> None:
    """Insert or replace gaps (by account and number) and what is known of their accounts."""
    dialect = connection.dialect.name
    if gaps:
        connection.execute(_PUT_GAP[dialect], [_gap_row(gap) for gap in gaps])
    if records:
        connection.execute(_PUT_RECORD[dialect], [_record_row(record) for record in records])


def read_records(connection: Connection) -> list[KeptRecord]:
    """Every account there ever was, with the gap that had no end."""
    lasting = select(coverage_gaps).where(_gap.ended_us.is_(None))
    open_gaps = {row.account: _read_gap(row) for row in connection.execute(lasting)}
    return [
        KeptRecord(
            account=row.account,
            since=from_us(row.since_us),
            seen_at=from_us(row.seen_us),
            numbers=row.numbers,
            open_gap=open_gaps.get(row.account),
        )
        for row in connection.execute(select(coverage_accounts))
    ]


def read_gaps(connection: Connection, since: datetime) -> list[Gap]:
    """The gaps of all accounts that reach beyond a moment, oldest first within each account."""
    reaching = or_(_gap.ended_us.is_(None), _gap.ended_us > to_us(since))
    rows = connection.execute(select(coverage_gaps).where(reaching).order_by(_gap.account, _gap.number))
    return [_read_gap(row) for row in rows]


def mark_reconciled(connection: Connection, account: str, at: datetime, missed: int) -> None:
    """A comparison that began `at` covers the gaps that had ended by then, and those that only waited for it.

    What it found is counted with the newest of them.
    """
    covered = and_(
        _gap.account == account,
        _gap.reconciled_us.is_(None),
        or_(
            _gap.ended_us <= to_us(at),
            and_(_gap.cause == CoverageCause.UNRECONCILED.value, _gap.ended_us.is_not(None)),
        ),
    )
    newest = connection.execute(select(func.max(_gap.number)).where(covered)).scalar()
    if newest is None:
        return
    connection.execute(update(coverage_gaps).where(covered).values(reconciled_us=to_us(at), missed=0))
    found = update(coverage_gaps).where(_gap.account == account, _gap.number == newest)
    connection.execute(found.values(missed=missed))


def read_last_sent(connection: Connection) -> dict[str, datetime]:
    """When each sink last took a delivery, as far as deliveries are kept."""
    sent = select(deliveries.c.sink, func.max(deliveries.c.sent_us)).group_by(deliveries.c.sink)
    return {sink: from_us(sent_us) for sink, sent_us in connection.execute(sent) if sent_us is not None}


_OLD = (
    select(_gap.account, _gap.number).where(_gap.ended_us < bindparam("before_us")).limit(bindparam("most"))
)
_DELETE = delete(coverage_gaps).where(
    _gap.account == bindparam("its_account"), _gap.number == bindparam("its_number")
)


def prune_gaps(connection: Connection, before_us: int, most: int) -> int:
    """Delete up to `most` gaps that ended before a time; the records are complete only from there on.

    Returns how many went.
    """
    found = connection.execute(_OLD, {"before_us": before_us, "most": most}).all()
    if found:
        rows = [{"its_account": account, "its_number": number} for account, number in found]
        connection.execute(_DELETE, rows)
        younger = update(coverage_accounts).where(coverage_accounts.c.since_us < before_us)
        connection.execute(younger.values(since_us=before_us))
    return len(found)


def _gap_row(gap: Gap) -> dict[str, object]:
    return {
        "account": gap.account,
        "number": gap.number,
        "state": gap.state.value,
        "cause": gap.cause.value,
        "began_us": to_us(gap.began_at),
        "ended_us": to_us(gap.ended_at),
        "blame": None if gap.blame is None else gap.blame.value,
        "reconciled_us": to_us(gap.reconciled_at),
        "missed": gap.missed,
    }


def _record_row(record: KeptRecord) -> dict[str, object]:
    return {
        "account": record.account,
        "since_us": to_us(record.since),
        "seen_us": to_us(record.seen_at),
        "numbers": record.numbers,
    }


def _read_gap(row: Row[Any]) -> Gap:
    return Gap(
        account=row.account,
        number=row.number,
        state=CoverageState(row.state),
        cause=CoverageCause(row.cause),
        began_at=from_us(row.began_us),
        ended_at=None if row.ended_us is None else from_us(row.ended_us),
        blame=None if row.blame is None else Blame(row.blame),
        reconciled_at=None if row.reconciled_us is None else from_us(row.reconciled_us),
        missed=row.missed,
    )
