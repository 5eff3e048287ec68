"""Which columns each list has."""

from __future__ import annotations

from alertd.cli.exchange.tables import Column, money, percent, signed

LEAD_TRADERS = (
    Column("code", "trader"),
    Column("name", "name"),
    Column("copied since", "began_at"),
    Column("amount", "amount", money),
    Column("in use", "margin", money),
    Column("profit", "profit", signed),
    Column("unrealised", "unrealised", signed),
    Column("today", "profit_today", signed),
    Column("currency", "currency"),
    Column("profit share", "profit_share", percent),
    Column("leads", "lead_mode"),
)
_PLACE = (
    Column("trader", "trader"),
    Column("pair", "instrument"),
    Column("side", "direction"),
    Column("margin", "margin_mode"),
    Column("leverage", "leverage"),
    Column("opened", "opened_at"),
)
POSITIONS = (
    *_PLACE,
    Column("size", "size"),
    Column("entry", "entry_price"),
    Column("mark", "mark_price"),
    Column("in use", "margin", money),
    Column("profit", "profit", signed),
    Column("%", "profit_ratio", percent),
    Column("take profit", "take_profit_price"),
    Column("stop loss", "stop_loss_price"),
)
HISTORY = (
    *_PLACE,
    Column("closed", "closed_at"),
    Column("whole", "is_whole"),
    Column("size", "closed_size"),
    Column("entry", "entry_price"),
    Column("exit", "exit_price"),
    Column("profit", "profit", signed),
    Column("currency", "currency"),
)
ROLES = (
    Column("market", "market"),
    Column("role", "role"),
    Column("code", "trader"),
    Column("name", "name"),
    Column("copiers", "copiers"),
    Column("at most", "most_copiers"),
    Column("profit share", "profit_share", percent),
)
FIGURES = (
    Column("days", "days"),
    Column("won", "win_ratio", percent),
    Column("days won", "profit_days"),
    Column("days lost", "loss_days"),
    Column("copiers' profit", "copiers_profit", signed),
    Column("average order", "average_size", money),
    Column("invested", "invested", money),
    Column("currency", "currency"),
)
