"""The REST calls about one's own account: settings, balance, positions and those that were closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alertd.simulators.okx import profile
from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.bills import bill_rows
from alertd.simulators.okx.exchange import Exchange
from alertd.simulators.okx.history import MOST_ROWS, record_rows
from alertd.simulators.okx.refusals import Refusal
from alertd.simulators.okx.rows import AccountView, Row

Parameters = Mapping[str, str]
_POSITION_TYPES = ("", "MARGIN", "SWAP", "FUTURES", "OPTION", "EVENTS")
_CLOSE_TYPES = ("", "1", "2", "3", "4", "5")


class AccountCalls:
    """Each takes the account and the query, and gives the rows of `data`. Raises: Refusal."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def config(self, account: Account, _query: Parameters) -> Sequence[Row]:
        return [profile.config_row(account)]

    def balance(self, account: Account, query: Parameters) -> Sequence[Row]:
        view = self._view(account)
        currencies = _listed(query, "ccy", 20)
        return [view.account_row(view.detail_rows(currencies))]

    def positions(self, account: Account, query: Parameters) -> Sequence[Row]:
        """Newest first; a closed position is shown only to who asks for its `instId`."""
        if query.get("instType", "") not in _POSITION_TYPES:
            raise Refusal("51000", "instType")
        inst_ids, pos_ids = _listed(query, "instId", 10), _listed(query, "posId", 20)
        if inst_ids and any(one not in self._exchange.market.instruments for one in inst_ids):
            raise Refusal("51001")
        known = [*(account.closed if inst_ids else []), *account.positions.values()]
        wanted = [
            one
            for one in sorted(known, key=lambda one: one.created_ms, reverse=True)
            if query.get("instType", "") in ("", one.instrument.inst_type)
            and (inst_ids is None or one.instrument.inst_id in inst_ids)
            and (pos_ids is None or one.pos_id in pos_ids)
        ]
        return self._view(account).position_rows(self._exchange.market, wanted, pushed=False)

    def positions_history(self, account: Account, query: Parameters) -> Sequence[Row]:
        """Newest first, by the time of the last change."""
        inst_type, close_type = query.get("instType", ""), query.get("type", "")
        if inst_type not in _POSITION_TYPES:
            raise Refusal("51000", "instType")
        if close_type not in _CLOSE_TYPES:
            raise Refusal("51000", "type")
        return record_rows(
            account.records.values(),
            inst_type=inst_type,
            close_type=close_type,
            after_ms=_whole(query, "after"),
            before_ms=_whole(query, "before"),
            limit=min(_whole(query, "limit") or MOST_ROWS, MOST_ROWS),
        )

    def bills(self, account: Account, query: Parameters) -> Sequence[Row]:
        """Newest first."""
        bill_type = query.get("type", "")
        if bill_type and not bill_type.isdigit():
            raise Refusal("51000", "type")
        return bill_rows(
            account.bills,
            bill_type=bill_type,
            begin_ms=_whole(query, "begin"),
            after=_whole(query, "after"),
            limit=min(_whole(query, "limit") or MOST_ROWS, MOST_ROWS),
        )

    def _view(self, account: Account) -> AccountView:
        return AccountView(account, account.value(self._exchange.market), self._exchange.now_ms())


def _listed(query: Parameters, name: str, most: int) -> list[str] | None:
    """A comma-joined parameter; None: not given."""
    if not (given := query.get(name, "")):
        return None
    if len(values := given.split(",")) > most:
        raise Refusal("51000", name)
    return values


def _whole(query: Parameters, name: str) -> int | None:
    if not (given := query.get(name, "")):
        return None
    if not (given.isascii() and given.isdigit()):
        raise Refusal("51000", name)
    return int(given)
