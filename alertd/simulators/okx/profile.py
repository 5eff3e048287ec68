"""The objects of REST that say who an account is: settings, copy-trading role, whom it copies and how. Pure.

Source: the API guide's samples of `account/config` and, under `copytrading`, of `config`,
`current-lead-traders`, `copy-settings` and `current-subpositions` (read 2026-07).
"""

from __future__ import annotations

from alertd.simulators.okx.accounts import Account, LeadTrader
from alertd.simulators.okx.margin import Position
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
        "copyTraderNum": "1" if leads else "",
        "instType": "SWAP",
        "maxCopyTraderNum": "100" if leads else "",
        "profitSharingRatio": "0.1" if leads else "",
        "roleType": account.role_type,
    }
    spot = dict.fromkeys(swap, "") | {"instType": "SPOT", "roleType": "0"}
    own = {"nickName": account.name, "portLink": "", "uniqueCode": account.unique_code}
    return {"details": [swap, spot], **own}


def lead_trader_row(trader: LeadTrader) -> Row:
    return {
        "beginCopyTime": str(trader.began_ms),
        "ccy": "USDT",
        "copyTotalAmt": trader.copy_total_amt,
        "copyTotalPnl": "0",
        "leadMode": trader.lead_mode,
        "margin": "0",
        "nickName": trader.nick_name,
        "portLink": "",
        "profitSharingRatio": "0.08",
        "todayPnl": "0",
        "uniqueCode": trader.unique_code,
        "upl": "0",
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
