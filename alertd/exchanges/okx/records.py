"""What OKX's records say over REST, against what its pushes have shown: which of the two is newer. Pure.

A record has no time of its own but that of the position's last change (`uTime`), and an answer may be read
from a copy that lags a little. So pushes count more as long as they flow:

- where a push spoke after the records were asked, or less than `SETTLED_S` before, a record counts only if it
  tells of a later change than the push did;
- where none did, the record counts, unless it tells of an earlier change than the push did.

"Showed" is anything a push said: open, gone, or absent from a snapshot of everything.

Source: OKX API guide, "Get positions" (no `pTime`), "Positions channel".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from alertd.exchanges.okx import push_rows, wire
from alertd.exchanges.okx.pages import Rows
from alertd.exchanges.okx.position_rows import Position, read_rows
from alertd.exchanges.okx.requests import InstrumentFilter

SETTLED_S = 10.0  # two regular pushes; a lagging copy is seconds behind, not minutes

_SETTLED = timedelta(seconds=SETTLED_S)
_ANY = "ANY"


class Shown(NamedTuple):
    """What pushes have said of a position. `at` None: nothing. `updated_ms`: the change they told of."""

    at: datetime | None
    updated_ms: int | None


def is_newer(shown: Shown, updated: int | None, asked_at: datetime) -> bool:
    """Whether the records, asked at that time, know better. `updated`: their `uTime`; None: it is absent."""
    known = shown.updated_ms
    if updated is not None and known is not None and updated < known:
        return False
    if shown.at is None:
        return True
    if asked_at - shown.at >= _SETTLED:
        return True
    return updated is not None and known is not None and updated > known


def updated_ms(text: str | None) -> int | None:
    """A time as it came, to compare it; None where it is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 20 else None


def read_records(
    data: Sequence[push_rows.PositionRow],
    bad: Iterable[wire.BadRow],
    narrowing: Sequence[InstrumentFilter],
    observed_at: datetime,
) -> tuple[Rows[Position], list[str]]:
    """The positions of an answer that the account's subscriptions would show, and what cannot be read.

    Their figures are of `observed_at` (the exchange's time), whenever they changed last.
    """
    wanted = [row for row in data if any(_fits(row, one) for one in narrowing)]
    rows, unreadable = read_rows(wanted, bad)
    for key, position in rows.entries.items():
        if position is not None:
            rows.entries[key] = replace(position, observed_at=observed_at, stamp=None)
    return rows, unreadable


def _fits(row: push_rows.PositionRow, one: InstrumentFilter) -> bool:
    if one.inst_id:
        return row.instId == one.inst_id
    if one.inst_type not in (_ANY, row.instType):
        return False
    return not one.inst_family or "-".join((row.instId or "").split("-")[:2]) == one.inst_family
