"""Which columns each list has."""

from __future__ import annotations

from alertd.cli.exchange.tables import Column, days, money, percent, signed, switch

_PLACE = (Column("pair", "instrument"), Column("side", "direction"), Column("margin", "margin_mode"))
LEAD_ORDERS = (
    *_PLACE,
    Column("leverage", "leverage"),
    Column("opened", "opened_at"),
    Column("size", "quantity"),
    Column("entry", "entry_price"),
    Column("mark", "mark_price"),
    Column("profit", "profit_ratio", percent),
    Column("followers", "follower_count"),
    Column("their margin", "follower_margin_usdt", money),
)
LEAD_HISTORY = (
    *_PLACE,
    Column("leverage", "leverage"),
    Column("opened", "opened_at"),
    Column("closed", "closed_at"),
    Column("whole", "is_fully_closed"),
    Column("size", "closed_quantity"),
    Column("entry", "entry_price"),
    Column("exit", "exit_price"),
    Column("net profit", "net_profit", signed),
)
TRADE_DATA = (
    Column("days", "days"),
    Column("profit", "profit_ratio", percent),
    Column("USDT", "profit_usdt", signed),
    Column("won", "win_ratio", percent),
    Column("orders", "order_count"),
    Column("won:lost", "profit_to_loss"),
    Column("Sharpe", "sharpe_ratio"),
    Column("followers", "follower_count"),
    Column("ever", "total_follower_count"),
    Column("their profit", "follower_profit_usdt", signed),
    Column("managed", "managed_usdt", money),
)
SHARINGS = (
    Column("day", "shared_on"),
    Column("year", "year"),
    Column("week", "week_of_year"),
    Column("total USDT", "total_usdt", money),
    Column("yours", "leader_usdt", money),
    Column("referrers'", "referrers_usdt", money),
)
SYMBOLS = (Column("pair", "instrument"), Column("leverage", "leverage"), Column("led", "is_led", switch))
FOLLOWERS = (
    Column("name", "nickname"),
    Column("invested USDT", "invested_usdt", money),
    Column("margin in all", "total_margin_usdt", money),
    Column("profit", "total_profit_usdt", signed),
    Column("follows for", "running_ms", days),
)
LEADERS = (
    Column("id", "leader_id"),
    Column("name", "leader_name"),
    Column("equity USDT", "equity_usdt", money),
    Column("available", "available_usdt", money),
    Column("unrealised", "unrealised_usdt", signed),
    Column("realised", "realised_usdt", signed),
    Column("share withheld", "withheld_usdt", money),
    Column("share paid", "settled_usdt", money),
    Column("net profit", "net_profit_usdt", signed),
)
COPIES = (
    Column("leader", "leader_name"),
    *_PLACE,
    Column("leverage", "leverage"),
    Column("size", "quantity"),
    Column("entry", "entry_price"),
    Column("mark", "mark_price"),
    Column("liquidation", "liquidation_price", untold="unknown"),
    Column("margin USDT", "margin", money),
    Column("profit", "profit", signed),
    Column("take profit", "take_profit_ratio", percent),
    Column("stop loss", "stop_loss_ratio", percent),
)
COPY_HISTORY = (
    Column("leader", "leader_name"),
    *_PLACE,
    Column("leverage", "leverage"),
    Column("opened", "opened_at"),
    Column("closed", "closed_at"),
    Column("whole", "is_fully_closed"),
    Column("size", "closed_quantity"),
    Column("entry", "entry_price"),
    Column("exit", "exit_price"),
    Column("profit", "profit", signed),
)
