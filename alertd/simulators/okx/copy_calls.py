"""The REST calls of copy trading: who leads, who is copied, how, with which positions, and the end of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from alertd.simulators.okx import profile
from alertd.simulators.okx.accounts import SMART_SYNC, SPOT, Account, LeadTrader
from alertd.simulators.okx.copying import CLOSE_TYPES
from alertd.simulators.okx.exchange import Exchange
from alertd.simulators.okx.history import Record
from alertd.simulators.okx.numbers import text
from alertd.simulators.okx.refusals import Refusal
from alertd.simulators.okx.rows import Row

Parameters = Mapping[str, str]
_OTHER_KINDS = {SMART_SYNC: "59292", SPOT: "59264"}
_MOST_ROWS, _MOST_CLOSED = 500, 100
_SPANS = {"1": 7, "2": 30, "3": 90, "4": 365}
_DAY_MS = 86_400_000


class CopyCalls:
    """Each takes the account and the query or body, and gives the rows of `data`. Raises: Refusal."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def config(self, account: Account, _query: Parameters) -> Sequence[Row]:
        return [profile.copy_config_row(account)]

    def lead_traders(self, account: Account, query: Parameters) -> Sequence[Row]:
        if query.get("instType", "SWAP") != "SWAP":
            raise Refusal("51000", "instType")
        figures = account.value(self._exchange.market).positions
        listed = self._exchange.copying.listed(account)
        if self._exchange.rest_faults.lies("list"):
            known = [*account.lead_traders, *account.former_lead_traders]
            listed = [one for one in known if one not in listed]
        return [profile.lead_trader_row(one, account, figures) for one in listed]

    def settings(self, account: Account, query: Parameters) -> Sequence[Row]:
        """Of one lead trader, copied or no longer. (OKX does not say what a stranger's code is answered.)"""
        _check_futures(query)
        code = _required(query, "uniqueCode")
        is_copied = _find(account.lead_traders, code) is not None
        trader = _find([*account.lead_traders, *account.former_lead_traders], code)
        if trader is None:
            raise Refusal("59269")
        if trader.kind in _OTHER_KINDS:
            raise Refusal(_OTHER_KINDS[trader.kind])
        return [
            profile.copy_settings_row(
                trader, is_copied=is_copied != self._exchange.rest_faults.lies("settings")
            )
        ]

    def public_sub_positions(self, query: Parameters) -> Sequence[Row]:
        """What a lead trader shows to all: as its own list, but for the order that opened it."""
        leader = self._leader(query)
        own = {"openOrdId": ""}
        return [row | own for row in self.sub_positions(leader, query)]

    def public_history(self, query: Parameters) -> Sequence[Row]:
        """Likewise of what it closed."""
        return self.history(self._leader(query), query)

    def public_stats(self, query: Parameters) -> Sequence[Row]:
        """Of one lead trader, for the last 7, 30, 90 or 365 days (`lastDays` 1 to 4, which must be named)."""
        leader = self._leader(query)
        days = _SPANS.get(_required(query, "lastDays"))
        if days is None:
            raise Refusal("51000", "lastDays")
        since_ms = self._exchange.now_ms() - days * _DAY_MS
        ended = [one.realised for one in leader.closed if one.updated_ms >= since_ms]
        won = sum(one > 0 for one in ended)
        return [
            {
                "avgSubPosNotional": "",
                "ccy": "USDT",
                "curCopyTraderPnl": "0",
                "investAmt": "",
                "lossDays": str(len(ended) - won),
                "profitDays": str(won),
                "winRatio": text(Decimal(won) / len(ended)) if ended else "0",
            }
        ]

    def history(self, account: Account, query: Parameters) -> Sequence[Row]:
        """Lead and copy positions that were closed, in part or whole; newest first."""
        _check_list(query)
        rows = [
            profile.closed_sub_position_row(one, code)
            for one in sorted(account.records.values(), key=_closed_ms, reverse=True)
            if (code := _led_by(account, one.position.pos_id)) and one.position.instrument.inst_type == "SWAP"
            if one.position.instrument.inst_id == query.get("instId", one.position.instrument.inst_id)
        ]
        return [] if query.get("instType") == "SPOT" else _page(rows, query, _MOST_CLOSED)

    def sub_positions(self, account: Account, query: Parameters) -> Sequence[Row]:
        """Newest first: a lead trader's swaps, and what a copy trader holds by copying."""
        _check_list(query)
        figures = account.value(self._exchange.market).positions
        rows = [
            profile.sub_position_row(account, one, figures[one.pos_id], code)
            for one in sorted(account.positions.values(), key=lambda one: one.created_ms, reverse=True)
            if (code := _led_by(account, one.pos_id)) and one.instrument.inst_type == "SWAP"
            if one.instrument.inst_id == query.get("instId", one.instrument.inst_id)
        ]
        is_hidden = account.role_type != "1" and not self._exchange.copying.limits.names_copied_positions
        if is_hidden or self._exchange.rest_faults.lies("sub_positions") or query.get("instType") == "SPOT":
            return []
        return _page(rows, query, _MOST_ROWS)

    def _leader(self, query: Parameters) -> Account:
        _check_futures(query)
        if (leader := self._exchange.leader(_required(query, "uniqueCode"))) is None:
            raise Refusal("59269")
        return leader

    def stop(self, account: Account, body: Parameters) -> Sequence[Row]:
        _check_futures(body)
        code, closing = _required(body, "uniqueCode"), _required(body, "subPosCloseType")
        if closing not in CLOSE_TYPES:
            raise Refusal("51000", "subPosCloseType")
        if account.frozen:
            raise Refusal(account.frozen)
        self._exchange.copying.ask_to_stop(account, code, closing)
        return [{"result": True}]


def _led_by(account: Account, pos_id: str) -> str:
    return account.unique_code if account.role_type == "1" else account.copied_from.get(pos_id, "")


def _find(traders: Sequence[LeadTrader], unique_code: str) -> LeadTrader | None:
    return next((one for one in traders if one.unique_code == unique_code), None)


def _check_futures(given: Parameters) -> None:
    if given.get("instType", "SWAP") != "SWAP":
        raise Refusal("59264")


def _required(given: Parameters, name: str) -> str:
    if not (value := given.get(name, "")):
        raise Refusal("50014", name)
    return value


def _check_list(query: Parameters) -> None:
    if query.get("instType", "") not in ("", "SPOT", "SWAP"):
        raise Refusal("51000", "instType")


def _closed_ms(record: Record) -> int:
    return record.position.updated_ms


def _page(rows: Sequence[Row], query: Parameters, most: int) -> Sequence[Row]:
    """`after` names the row before the page."""
    limit = query.get("limit") or str(most)
    if not (limit.isascii() and limit.isdecimal() and 1 <= int(limit) <= most):
        raise Refusal("51000", "limit")
    after = query.get("after")
    places = [place for place, row in enumerate(rows, start=1) if row["subPosId"] == after]
    return rows[places[0] if places else 0 :][: int(limit)]
