"""The objects inside `data`: positions, account, balances, warnings, lead notifications, settings. Pure.

Source: the API guide's field tables and samples and the recorded pushes named there (read 2026-09 to
2026-11); every key the current guide prints for Futures mode is there, deprecated ones apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.margin import ZERO, Position, bought
from alertd.simulators.okx.market import Contract, Market
from alertd.simulators.okx.numbers import text
from alertd.simulators.okx.valuation import FUTURES_MODE, CurrencyFigures, Pool, PositionFigures, Valuation

Row = dict[str, Any]
_OPTIONS_ONLY = (
    "deltaBS",
    "deltaPA",
    "gammaBS",
    "gammaPA",
    "thetaBS",
    "thetaPA",
    "vegaBS",
    "vegaPA",
    "optVal",
)
_ACCOUNT_VALUES = ("adjEq", "imr", "mmr", "mgnRatio", "notionalUsd", "ordFroz", "borrowFroz")
_POOLED_ONLY = (
    "availEq", "upl", "notionalUsdForBorrow", "notionalUsdForSwap", "notionalUsdForFutures",
    "notionalUsdForOption", "delta", "deltaLever", "deltaNeutralStatus",
)  # fmt: skip


def signed_size(position: Position) -> Decimal:
    """`pos` as the wire has it: negative only for a short in net mode; for margin trading what is held,
    margin and all.
    """
    if position.instrument.contract is Contract.LOAN:
        return position.margin + bought(position)
    return position.size * position.sign if position.pos_side == "net" else position.size


def _pos_ccy(position: Position) -> str:
    return position.currency if position.instrument.contract is Contract.LOAN else ""


def position_row(
    position: Position, figures: PositionFigures | None, mark: Decimal, pushed_ms: int | None
) -> Row:
    """`figures` None: the position is closed. `pushed_ms` None leaves `pTime` out, as REST does."""
    loan = position.instrument.contract is Contract.LOAN
    row: Row = {
        "adl": "1",
        "availPos": text(signed_size(position)) if loan else "",
        "avgPx": text(position.avg_px),
        "bePx": "",
        "cTime": str(position.created_ms),
        "ccy": position.currency,
        "closeOrderAlgo": [],
        "fee": "0",
        "fundingFee": "0",
        "hedgedPos": "",
        "idxPx": text(mark),
        "instId": position.instrument.inst_id,
        "instType": position.instrument.inst_type,
        "interest": "0" if loan else "",
        "last": text(mark),
        "lever": text(position.lever),
        "liab": text(-position.borrowed) if loan else "",
        "liabCcy": _liability_currency(position) if loan else "",
        "liqPenalty": text(position.penalty),
        "markPx": text(mark),
        "mgnMode": position.mgn_mode,
        "nonSettleAvgPx": "",
        "pendingCloseOrdLiabVal": "0" if loan else "",
        "pnl": text(position.realised - position.penalty),
        "pos": text(signed_size(position)),
        "posCcy": _pos_ccy(position),
        "posId": position.pos_id,
        "posSide": position.pos_side,
        "realizedPnl": text(position.realised),
        "settledPnl": "",
        "tradeId": position.trade_id,
        "uTime": str(position.updated_ms),
        "usdPx": "",
    }
    row |= dict.fromkeys((*_OPTIONS_ONLY, *_BORROWED, *_SPOT_USE, "bizRefId", "bizRefType"), "")
    row |= _figures_part(position, figures)
    if pushed_ms is not None:
        row["pTime"] = str(pushed_ms)
    return dict(sorted(row.items()))


_BORROWED = ("baseBal", "quoteBal", "baseBorrowed", "baseInterest", "quoteBorrowed", "quoteInterest")
_SPOT_USE = ("spotInUseAmt", "spotInUseCcy", "clSpotInUseAmt", "maxSpotInUseAmt")


def _liability_currency(position: Position) -> str:
    return position.instrument.quote if position.sign > 0 else position.instrument.base


def _figures_part(position: Position, figures: PositionFigures | None) -> Row:
    names = ("imr", "liqPx", "margin", "mgnRatio", "mmr", "notionalUsd", "upl", "uplRatio")
    if figures is None:
        return dict.fromkeys((*names, "uplLastPx", "uplRatioLastPx"), "")
    values = (
        None if position.is_isolated else figures.initial,
        figures.liq_px,
        position.margin if position.is_isolated else None,
        figures.ratio,
        figures.maintenance,
        figures.notional_usd,
        figures.profit,
        figures.profit_ratio,
    )
    row = dict(zip(names, map(text, values), strict=True))
    return row | {"uplLastPx": row["upl"], "uplRatioLastPx": row["uplRatio"]}


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account valued at a moment, ready to be written down."""

    account: Account
    valuation: Valuation
    at_ms: int

    def position_rows(self, market: Market, positions: Iterable[Position], *, pushed: bool) -> list[Row]:
        return [
            position_row(
                position,
                self.valuation.positions.get(position.pos_id),
                market.mark(position.instrument.inst_id),
                self.at_ms if pushed else None,
            )
            for position in positions
        ]

    def detail_rows(self, currencies: Iterable[str] | None = None) -> list[Row]:
        """One per currency that holds anything, or of the `currencies` named."""
        wanted = None if currencies is None else set(currencies)
        return [
            self._detail(name, figures)
            for name, figures in self.valuation.currencies.items()
            if (figures.equity != 0 or figures.cash != 0 or wanted is not None)
            and (wanted is None or name in wanted)
        ]

    def account_row(self, details: Sequence[Row]) -> Row:
        row: Row = dict.fromkeys((*_ACCOUNT_VALUES, *_POOLED_ONLY), "")
        row["details"] = list(details)
        row["isoEq"] = text(self.valuation.isolated_usd)
        row["totalEq"] = text(self.valuation.total_usd)
        row["uTime"] = str(self.at_ms)
        if (whole := self.valuation.whole) is not None:
            row |= self._pooled(whole)
        return dict(sorted(row.items()))

    def _pooled(self, whole: Pool) -> Row:
        cross = [one for one in self.account.positions.values() if not one.is_isolated]
        notional = sum((self.valuation.positions[one.pos_id].notional_usd for one in cross), ZERO)
        row = {
            "adjEq": text(whole.equity),
            "imr": text(whole.initial),
            "mmr": text(whole.maintenance),
            "mgnRatio": text(whole.ratio),
            "notionalUsd": text(notional),
            "ordFroz": "0",
            "borrowFroz": "0",
        }
        if self.account.acct_lv == "1":
            return row
        profit = sum((one.cross_profit * one.usd for one in self.valuation.currencies.values()), ZERO)
        row |= dict.fromkeys(_POOLED_ONLY, "0")
        return row | {"availEq": text(max(whole.equity - whole.initial, ZERO)), "upl": text(profit)}

    def _detail(self, name: str, one: CurrencyFigures) -> Row:
        shown = self.account.acct_lv == FUTURES_MODE
        available = max(one.cash + one.cross_profit - one.cross.initial, ZERO)
        smart_sync = self.account.smart_sync_equity if name == "USDT" else ZERO
        row: Row = dict.fromkeys(_DETAIL_EMPTY, "") | dict.fromkeys(_DETAIL_ZERO, "0")
        row |= {
            "availBal": text(max(one.cash - one.cross.initial, ZERO)),
            "availEq": text(available),
            "cashBal": text(one.cash),
            "ccy": name,
            "coinUsdPrice": text(one.usd),
            "collateralEnabled": False,
            "collateralRestrict": False,
            "disEq": text(one.equity * one.usd),
            "eq": text(one.equity),
            "eqUsd": text(one.equity * one.usd),
            "frozenBal": text(one.isolated_equity + one.cross.initial),
            "imr": text(one.cross.initial) if shown else "",
            "isoEq": text(one.isolated_equity),
            "isoUpl": text(one.isolated_profit),
            "mgnRatio": text(one.cross.ratio) if shown else "",
            "mmr": text(one.cross.maintenance) if shown else "",
            "smtSyncEq": text(smart_sync),
            "uTime": str(self.account.cash_updated_ms.get(name, self.at_ms)),
            "upl": text(one.cross_profit + one.isolated_profit),
        }
        return dict(sorted(row.items()))


_DETAIL_EMPTY = (
    "accAvgPx", "autoLendMtAmt", "borrowFroz", "clSpotInUseAmt", "crossLiab", "interest", "isoLiab", "liab",
    "maxLoan", "maxSpotInUseAmt", "openAvgPx", "spotBal", "spotInUseAmt", "spotUpl", "spotUplRatio",
    "totalPnl", "totalPnlRatio", "uplLiab",
)  # fmt: skip
_DETAIL_ZERO = (
    "autoLendStatus", "colBorrAutoConversion", "colRes", "fixedBal", "frpType", "notionalLever", "ordFrozen",
    "rewardBal", "spotCopyTradingEq", "spotIsoBal", "stgyEq", "twap",
)  # fmt: skip


def warning_row(position: Position, figures: PositionFigures, ratio: Decimal, pushed_ms: int) -> Row:
    return {
        "cTime": str(position.created_ms),
        "ccy": position.currency,
        "instId": position.instrument.inst_id,
        "instType": position.instrument.inst_type,
        "lever": text(position.lever),
        "markPx": text(figures.mark),
        "mgnMode": position.mgn_mode,
        "mgnRatio": text(ratio),
        "pTime": str(pushed_ms),
        "pos": text(signed_size(position)),
        "posCcy": _pos_ccy(position),
        "posId": position.pos_id,
        "posSide": position.pos_side,
        "uTime": str(position.updated_ms),
    }


def balance_and_position_row(
    account: Account, event: str, currencies: Iterable[str], positions: Iterable[Position], now_ms: int
) -> Row:
    """`event`: snapshot, filled, liquidation, adl, claw_back, adjust_margin ..."""
    changed = list(positions)
    traded = changed if event not in ("snapshot", "adjust_margin") else []
    return {
        "balData": [
            {
                "cashBal": text(account.cash.get(name, ZERO)),
                "ccy": name,
                "uTime": str(account.cash_updated_ms.get(name, now_ms)),
            }
            for name in currencies
        ],
        "eventType": event,
        "pTime": str(now_ms),
        "posData": [_position_data(one) for one in changed],
        "trades": [{"instId": one.instrument.inst_id, "tradeId": one.trade_id} for one in traded],
    }


def _position_data(position: Position) -> Row:
    return {
        "avgPx": text(position.avg_px),
        "baseBal": "",
        "ccy": position.currency,
        "instId": position.instrument.inst_id,
        "instType": position.instrument.inst_type,
        "mgnMode": position.mgn_mode,
        "nonSettleAvgPx": "",
        "pos": text(signed_size(position)),
        "posCcy": _pos_ccy(position),
        "posId": position.pos_id,
        "posSide": position.pos_side,
        "quoteBal": "",
        "settledPnl": "",
        "tradeId": position.trade_id,
        "uTime": str(position.updated_ms),
    }


_LEAD_KEYS = (
    "infoType",
    "instId",
    "instType",
    "maxLeadTraderNum",
    "minLeadEq",
    "posSide",
    "side",
    "subPosId",
    "uniqueCode",
)
_LEAD_FIGURES: Mapping[str, Mapping[str, str]] = {"2": {"maxLeadTraderNum": "3"}, "3": {"minLeadEq": "500"}}


def lead_notification_row(account: Account, info_type: str, given: Mapping[str, str]) -> Row:
    """1 position limit, 2 daily number, 3 equity below the minimum; `given` are fields to show instead."""
    row = dict.fromkeys(_LEAD_KEYS, "") | {"infoType": info_type, "instType": "SWAP"}
    row |= {"uniqueCode": account.unique_code, "subPosId": "667695035433385984"}
    return {**row, **_LEAD_FIGURES.get(info_type, {}), **given}
