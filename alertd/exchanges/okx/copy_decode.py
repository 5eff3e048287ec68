"""Rows of copy trading -> what is shown to people. Pure. A row that cannot be read costs no neighbour."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TypeVar

from alertd.domain.errors import DecodeError
from alertd.domain.events import Direction
from alertd.exchanges.okx import copy_wire, fields
from alertd.exchanges.okx.copy_models import (
    ClosedPosition,
    CopiedTrader,
    CopyRole,
    CopySettings,
    Listed,
    OpenPosition,
    Role,
    TraderFigures,
)
from alertd.exchanges.okx.lead_wire import SubPositionRow
from alertd.exchanges.okx.wire import BadRow

Row = TypeVar("Row")
Item = TypeVar("Item")

_LONGEST_TEXT = 128
_COPY_STATES = {"0": False, "1": True}
_ROLES = {"0": Role.NONE, "1": Role.LEADS, "2": Role.COPIES}
_ENDS = {"1": False, "2": True}


def listed(rows: Iterable[Row], bad: Iterable[BadRow], decode: Callable[[Row], Item]) -> Listed[Item]:
    """Each row decoded; a reason for each that cannot be."""
    items: list[Item] = []
    unreadable = [one.reason for one in bad]
    for row in rows:
        try:
            items.append(decode(row))
        except DecodeError as exc:
            unreadable.append(exc.detail)
    return Listed(items, unreadable)


def copied_trader(row: copy_wire.CopiedTraderRow) -> CopiedTrader:
    """Raises: DecodeError, as all here."""
    return CopiedTrader(
        trader=_code(row.uniqueCode),
        name=_text(row.nickName, "nickName"),
        lead_mode=_text(row.leadMode, "leadMode"),
        currency=fields.currency(row.ccy),
        amount=fields.number(row.copyTotalAmt, "copyTotalAmt"),
        margin=fields.number(row.margin, "margin"),
        profit=fields.number(row.copyTotalPnl, "copyTotalPnl"),
        unrealised=fields.number(row.upl, "upl"),
        profit_today=fields.number(row.todayPnl, "todayPnl"),
        profit_share=fields.number(row.profitSharingRatio, "profitSharingRatio"),
        began_at=fields.moment(row.beginCopyTime, "beginCopyTime"),
    )


def open_position(row: copy_wire.OpenRow) -> OpenPosition:
    """One that is open."""
    size = fields.number(row.subPos, "subPos")
    return OpenPosition(
        position_id=_text(row.subPosId, "subPosId") or "",
        trader=_text(row.uniqueCode, "uniqueCode"),
        instrument=fields.instrument(row),
        direction=_direction(row, size),
        margin_mode=fields.margin_mode(row.mgnMode) if row.mgnMode else None,
        leverage=fields.number(row.lever, "lever"),
        opened_at=fields.moment(row.openTime, "openTime"),
        size=_amount(size),
        entry_price=fields.number(row.openAvgPx, "openAvgPx"),
        mark_price=fields.number(row.markPx, "markPx"),
        currency=fields.currency(row.ccy),
        margin=fields.number(row.margin, "margin"),
        profit=fields.number(row.upl, "upl"),
        profit_ratio=fields.number(row.uplRatio, "uplRatio"),
        take_profit_price=fields.number(row.tpTriggerPx, "tpTriggerPx"),
        stop_loss_price=fields.number(row.slTriggerPx, "slTriggerPx"),
    )


def closed_position(row: copy_wire.ClosedRow) -> ClosedPosition:
    """One that was closed. An unknown `type` would be an end of an unknown kind, so it is refused."""
    size = fields.number(row.subPos, "subPos")
    if row.type and row.type not in _ENDS:
        raise DecodeError(f"type is not known: {fields.shown(row.type)}")
    return ClosedPosition(
        position_id=_text(row.subPosId, "subPosId") or "",
        trader=_text(row.uniqueCode, "uniqueCode"),
        instrument=fields.instrument(row),
        direction=_direction(row, size),
        margin_mode=fields.margin_mode(row.mgnMode) if row.mgnMode else None,
        leverage=fields.number(row.lever, "lever"),
        opened_at=fields.moment(row.openTime, "openTime"),
        closed_at=fields.moment(row.closeTime, "closeTime"),
        is_whole=_ENDS[row.type] if row.type else None,
        closed_size=_amount(fields.number(row.closeSubPos, "closeSubPos")),
        entry_price=fields.number(row.openAvgPx, "openAvgPx"),
        exit_price=fields.number(row.closeAvgPx, "closeAvgPx"),
        currency=fields.currency(row.ccy),
        profit=fields.number(row.pnl, "pnl"),
        profit_ratio=fields.number(row.pnlRatio, "pnlRatio"),
    )


def copy_settings(row: copy_wire.CopySettingsRow, trader: str) -> CopySettings:
    """How this lead trader is copied, or was."""
    if row.copyState not in _COPY_STATES:
        raise DecodeError(f"copyState is not known: {fields.shown(row.copyState)}")
    return CopySettings(
        trader=trader,
        is_copied=_COPY_STATES[row.copyState],
        mode=_text(row.copyMode, "copyMode"),
        amount=fields.number(row.copyAmt, "copyAmt"),
        ratio=fields.number(row.copyRatio, "copyRatio"),
        total_amount=fields.number(row.copyTotalAmt, "copyTotalAmt"),
        currency=fields.currency(row.ccy),
        take_profit_ratio=fields.number(row.tpRatio, "tpRatio"),
        stop_loss_ratio=fields.number(row.slRatio, "slRatio"),
        loss_limit=fields.number(row.slTotalAmt, "slTotalAmt"),
        margin_mode=_text(row.copyMgnMode, "copyMgnMode"),
        pairs=_text(row.copyInstIdType, "copyInstIdType"),
        instruments=tuple(_name(one.instId, "instId") for one in row.instIds if one.enabled != "0"),
        open_positions=_text(row.subPosCloseType, "subPosCloseType"),
    )


def copy_roles(row: copy_wire.OwnRow) -> Listed[CopyRole]:
    """What the account is, by kind of instruments."""

    def role(one: copy_wire.RoleRow) -> CopyRole:
        if one.roleType not in _ROLES:
            raise DecodeError(f"roleType is not known: {fields.shown(one.roleType)}")
        return CopyRole(
            market=_text(one.instType, "instType"),
            role=_ROLES[one.roleType],
            trader=_text(row.uniqueCode, "uniqueCode"),
            name=_text(row.nickName, "nickName"),
            profit_share=fields.number(one.profitSharingRatio, "profitSharingRatio"),
            copiers=fields.number(one.copyTraderNum, "copyTraderNum"),
            most_copiers=fields.number(one.maxCopyTraderNum, "maxCopyTraderNum"),
        )

    return listed(row.details, (), role)


def trader_figures(row: copy_wire.StatsRow, days: int) -> TraderFigures:
    """What a lead trader shows to all."""
    return TraderFigures(
        days=days,
        win_ratio=fields.number(row.winRatio, "winRatio"),
        profit_days=fields.number(row.profitDays, "profitDays"),
        loss_days=fields.number(row.lossDays, "lossDays"),
        copiers_profit=fields.number(row.curCopyTraderPnl, "curCopyTraderPnl"),
        average_size=fields.number(row.avgSubPosNotional, "avgSubPosNotional"),
        invested=fields.number(row.investAmt, "investAmt"),
        currency=fields.currency(row.ccy),
    )


def _direction(row: SubPositionRow, size: Decimal | None) -> Direction | None:
    return fields.direction(row, size) if row.posSide else None


def _amount(size: Decimal | None) -> Decimal | None:
    return None if size is None else abs(size)


def _text(text: str | None, field: str) -> str | None:
    """None where it is empty. Raises: DecodeError if it is absurdly long."""
    if text and len(text) > _LONGEST_TEXT:
        raise DecodeError(f"{field} is too long: {fields.shown(text)}")
    return text or None


def _name(text: str, field: str) -> str:
    found = _text(text, field)
    if found is None:
        raise DecodeError(f"{field} is missing")
    return found


def _code(text: str) -> str:
    return _name(text, "uniqueCode")
