"""The objects of REST that say who an account is: settings, copy-trading role, whom it copies and how. Pure.

Source: the API guide's samples of `account/config` and, under `copytrading`, of `config`,
`current-lead-traders`, `copy-settings` and `current-subpositions` (read 2026-07).
"""

from __future__ import annotations

from collections.abc import Mapping

from alertd.simulators.okx.accounts import Account, LeadTrader
from alertd.simulators.okx.history import Record
from alertd.simulators.okx.margin import ZERO, Position
from alertd.simulators.okx.numbers import text
from alertd.simulators.okx.rows import Row, signed_size
from alertd.simulators.okx.valuation import PositionFigures


def config_row(account: Account) -> Row:
    return {
        "acctLv": account.acct_lv,
        "acctStpMode": "cancel_maker",
        "autoLoan": False,
        "ctIsoMode": "automatic",
        "enableSpotBorrow": False,
        "greeksType": "PA",
        "feeType": "0",
        "ip": account.ip,
        "type": "0",
        "kycLv": "3",
        "label": account.name,
        "level": "Lv1",
        "levelTmp": "",
        "liquidationGear": account.liquidation_gear,
        "mainUid": account.uid,
        "mgnIsoMode": "automatic",
        "opAuth": "0",
        "perm": account.perm,
        "posMode": account.pos_mode,
        "roleType": account.role_type,
        "spotBorrowAutoRepay": False,
        "spotOffsetType": "",
        "spotRoleType": "0",
        "spotTraderInsts": [],
        "stgyType": "0",
        "traderInsts": ["BTC-USDT-SWAP", "ETH-USDT-SWAP"] if account.role_type == "1" else [],
        "uid": account.uid,
        "settleCcy": "USDC",
        "settleCcyList": ["USD", "USDC", "USDG"],
    }


def copy_config_row(account: Account) -> Row:
    leads = account.role_type == "1"
    swap = {
        "copyTraderNum": str(account.followers) if leads else "",
        "instType": "SWAP",
        "maxCopyTraderNum": "100" if leads else "",
        "profitSharingRatio": "0.1" if leads else "",
        "roleType": account.role_type,
    }
    spot = dict.fromkeys(swap, "") | {"instType": "SPOT", "roleType": "0"}
    own = {"nickName": account.name, "portLink": "", "uniqueCode": account.unique_code}
    return {"details": [swap, spot], **own}


def lead_trader_row(trader: LeadTrader, account: Account, figures: Mapping[str, PositionFigures]) -> Row:
    """`figures`: of the account's open positions. What was closed has its result in `copyTotalPnl`."""
    mine = {pos_id for pos_id, code in account.copied_from.items() if code == trader.unique_code}
    held = [one for one in account.positions.values() if one.pos_id in mine]
    margins = (one.margin if one.is_isolated else figures[one.pos_id].initial for one in held)
    ended = sum((one.realised for one in account.closed if one.pos_id in mine), ZERO)
    earned = ended + sum((one.realised for one in held), ZERO)
    return {
        "beginCopyTime": str(trader.began_ms),
        "ccy": "USDT",
        "copyTotalAmt": trader.copy_total_amt,
        "copyTotalPnl": text(earned),
        "leadMode": trader.lead_mode,
        "margin": text(sum(margins, ZERO)),
        "nickName": trader.nick_name,
        "portLink": "",
        "profitSharingRatio": "0.08",
        "todayPnl": "0",
        "uniqueCode": trader.unique_code,
        "upl": text(sum((figures[one.pos_id].profit for one in held), ZERO)),
    }


def copy_settings_row(trader: LeadTrader, *, is_copied: bool) -> Row:
    return {
        "ccy": "USDT",
        "copyAmt": "",
        "copyInstIdType": "copy",
        "copyMgnMode": "isolated",
        "copyMode": "ratio_copy",
        "copyRatio": "1",
        "copyState": "1" if is_copied else "0",
        "copyTotalAmt": trader.copy_total_amt,
        "instIds": [{"enabled": "1", "instId": "BTC-USDT-SWAP"}, {"enabled": "1", "instId": "ETH-USDT-SWAP"}],
        "slRatio": "",
        "slTotalAmt": "",
        "subPosCloseType": "copy_close",
        "tag": "",
        "tpRatio": "",
    }


def sub_position_row(account: Account, position: Position, figures: PositionFigures, unique_code: str) -> Row:
    """`unique_code`: the lead trader's, who alone sees the order that opened it."""
    size = text(signed_size(position))
    row = dict.fromkeys(("algoId", "slOrdPx", "slTriggerPx", "tpOrdPx", "tpTriggerPx"), "")
    return row | {
        "availSubPos": size,
        "ccy": position.currency,
        "instId": position.instrument.inst_id,
        "instType": position.instrument.inst_type,
        "lever": text(position.lever),
        "margin": text(position.margin if position.is_isolated else figures.initial),
        "markPx": text(figures.mark),
        "mgnMode": position.mgn_mode,
        "openAvgPx": text(position.avg_px),
        "openOrdId": position.trade_id if unique_code == account.unique_code else "",
        "openTime": str(position.created_ms),
        "posSide": position.pos_side,
        "subPos": size,
        "subPosId": position.pos_id,
        "uniqueCode": unique_code,
        "upl": text(figures.profit),
        "uplRatio": text(figures.profit_ratio),
    }


def closed_sub_position_row(record: Record, unique_code: str) -> Row:
    """A lead or copy position that was closed, in part (`type` 1) or whole (2)."""
    position, is_part = record.position, record.position.size > 0
    return {
        "ccy": position.currency,
        "closeAvgPx": text(record.price),
        "closeSubPos": text(record.closed),
        "closeTime": str(position.updated_ms),
        "instId": position.instrument.inst_id,
        "instType": position.instrument.inst_type,
        "lever": text(position.lever),
        "margin": "",
        "mgnMode": position.mgn_mode,
        "openAvgPx": text(position.avg_px),
        "openOrdId": "",
        "openTime": str(position.created_ms),
        "pnl": text(position.realised),
        "pnlRatio": "",
        "posSide": position.pos_side,
        "profitSharingAmt": "",
        "subPos": text(record.largest * position.sign if position.pos_side == "net" else record.largest),
        "subPosId": position.pos_id,
        "type": "1" if is_part else "2",
        "uniqueCode": unique_code,
    }
