"""The objects of REST that say who an account is: its settings, its copy-trading role, whom it copies. Pure.

Source: the API guide's samples of `account/config`, `copytrading/config` and `current-lead-traders` (read
2026-07).
"""

from __future__ import annotations

from alertd.simulators.okx.accounts import Account, LeadTrader
from alertd.simulators.okx.rows import Row


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
