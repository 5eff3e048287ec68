"""Equity in copying of which it is not certain that any push shows the positions. Pure.

Source: OKX API guide, "Account channel" (`smtSyncEq`: futures smart sync; `spotCopyTradingEq`: spot smart
sync; `spotIsoBal`: spot copying and spot leading), read July 2026.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alertd.domain.coverage import BlindSpot, Unseen
from alertd.domain.errors import DecodeError
from alertd.exchanges.okx import fields, push_rows, wire

_NOTHING = frozenset((None, "", "0"))


class CopyEquity:
    """By currency, as the `account` channel last gave it. One per account."""

    def __init__(self) -> None:
        self._given: dict[str, push_rows.DetailRow] = {}

    def read(self, push: wire.Push[push_rows.AccountRow]) -> None:
        """Take a push. A snapshot names every currency that holds anything; an update those that changed."""
        self.take(push.data, names_all=push.eventType == "snapshot" and push.curPage in (None, 1))

    def take(self, rows: Iterable[push_rows.AccountRow], *, names_all: bool) -> None:
        """The same from the exchange's records, which name every currency."""
        if names_all:
            self._given.clear()
        for row in rows:
            for detail in row.details or ():
                shown = detail.smtSyncEq, detail.spotCopyTradingEq, detail.spotIsoBal
                if _NOTHING.issuperset(shown):
                    self._given.pop(detail.ccy or "", None)
                else:
                    self._given[detail.ccy or ""] = detail

    def unseen(self) -> Iterator[BlindSpot]:
        """Which of it is above zero. What cannot be read is not known to be nothing, so it counts."""
        for currency, detail in sorted(self._given.items()):
            if _is_above_zero(detail.smtSyncEq):
                yield BlindSpot(Unseen.SMART_SYNC, currency)
            if _is_above_zero(detail.spotCopyTradingEq) or _is_above_zero(detail.spotIsoBal):
                yield BlindSpot(Unseen.SPOT_COPY, currency)


def _is_above_zero(text: str | None) -> bool:
    try:
        amount = fields.number(text, "equity")
    except DecodeError:
        return True
    return amount is not None and amount > 0
