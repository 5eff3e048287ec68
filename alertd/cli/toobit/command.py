"""The commands that read. Those of a leader, those of a follower, and what codes mean."""

from __future__ import annotations

from collections.abc import Awaitable
from enum import StrEnum
from typing import Annotated

import typer

from alertd.cli.exchange.door import AccountName
from alertd.cli.exchange.tables import Column, days, money, percent, signed, switch
from alertd.cli.options import AsJson, ConfigPath, SecretsDir, TextLanguage
from alertd.cli.output import FAILED, err, out, print_json
from alertd.cli.toobit.changes import config_app, remove_follower
from alertd.cli.toobit.copy_config import copy_config_app
from alertd.cli.toobit.door import ToobitCalls, ToobitDoor
from alertd.cli.toobit.following import set_stops, stop_copying
from alertd.cli.toobit.printing import collect, print_pages, print_rows
from alertd.domain.errors import RequestRefused
from alertd.exchanges.toobit import codes
from alertd.exchanges.toobit.leader import DAYS, Days
from alertd.exchanges.toobit.models import Rows, TradeData

toobit_app = typer.Typer(no_args_is_help=True, help="Toobit's copy trading: leaders and followers.")
toobit_app.add_typer(config_app, name="config")
toobit_app.add_typer(copy_config_app, name="copy-config")

Limit = Annotated[
    int | None, typer.Option("--limit", min=1, metavar="N", help="Only the first N rows. Default: all.")
]

_PLACE = (Column("pair", "instrument"), Column("side", "direction"), Column("margin", "margin_mode"))
_LEAD_ORDERS = (
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
_LEAD_HISTORY = (
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
_TRADE_DATA = (
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
_SHARINGS = (
    Column("day", "shared_on"),
    Column("year", "year"),
    Column("week", "week_of_year"),
    Column("total USDT", "total_usdt", money),
    Column("yours", "leader_usdt", money),
    Column("referrers'", "referrers_usdt", money),
)
_SYMBOLS = (Column("pair", "instrument"), Column("leverage", "leverage"), Column("led", "is_led", switch))
_FOLLOWERS = (
    Column("name", "nickname"),
    Column("invested USDT", "invested_usdt", money),
    Column("margin in all", "total_margin_usdt", money),
    Column("profit", "total_profit_usdt", signed),
    Column("follows for", "running_ms", days),
)
_LEADERS = (
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
_COPIES = (
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
_COPY_HISTORY = (
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


class Span(StrEnum):
    """Of which days."""

    WEEK = "7"
    MONTH = "30"
    QUARTER = "90"
    HALF = "180"
    YEAR = "365"
    ALL = "all"


@toobit_app.callback()
def _group() -> None:
    """Toobit's copy trading: leaders and followers."""


@toobit_app.command()
def orders(
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """What this leader leads now."""
    door = ToobitDoor.found(account, config, secrets_dir, as_json=as_json)
    print_rows(door, door.ask(lambda calls: calls.leader.orders()), _LEAD_ORDERS, "order")


@toobit_app.command()
def history(
    limit: Limit = None,
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """What this leader has closed, in part or whole."""
    door = ToobitDoor.found(account, config, secrets_dir, as_json=as_json)
    found = door.ask(lambda calls: collect(calls.leader.history_pages, limit, _itself))
    print_pages(door, found, _LEAD_HISTORY, "closed order")


@toobit_app.command("trade-data")
def trade_data(
    span: Annotated[Span, typer.Option("--days", help="Of how many days.")] = Span.ALL,
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """This leader's figures: profit, orders won, followers."""
    wanted = DAYS if span is Span.ALL else (int(span.value),)

    async def read(calls: ToobitCalls) -> Rows[TradeData]:
        parts = [await calls.leader.trade_data(_offered(one)) for one in wanted]
        return Rows(
            [item for part in parts for item in part.items],
            [bad for part in parts for bad in part.bad],
            any(part.is_null for part in parts),
        )

    door = ToobitDoor.found(account, config, secrets_dir, as_json=as_json)
    print_rows(door, door.ask(read), _TRADE_DATA, "span")


@toobit_app.command("profit-sharing")
def profit_sharing(
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """What this leader was paid of followers' profits: the last hundred settlements."""
    door = ToobitDoor.found(account, config, secrets_dir, as_json=as_json)
    print_rows(door, door.ask(lambda calls: calls.leader.profit_sharings()), _SHARINGS, "settlement")


@toobit_app.command()
def symbols(
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """The pairs that can be led, and which are."""
    door = ToobitDoor.found(account, config, secrets_dir, as_json=as_json)
    print_rows(door, door.ask(lambda calls: calls.leader.symbols()), _SYMBOLS, "pair")


@toobit_app.command()
def followers(
    limit: Limit = None,
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """Who follows this leader; the exchange masks the names."""
    door = ToobitDoor.found(account, config, secrets_dir, as_json=as_json)
    found = door.ask(lambda calls: collect(calls.leader.follower_pages, limit, lambda row: row.nickname))
    print_pages(door, found, _FOLLOWERS, "follower")


@toobit_app.command()
def leaders(
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """Whom this account copies, and the money that copies each."""
    door = ToobitDoor.found(account, config, secrets_dir, as_json=as_json)
    print_rows(door, door.ask(lambda calls: calls.follower.leaders()), _LEADERS, "leader")


@toobit_app.command()
def copies(
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """What this account has copied and still holds."""
    door = ToobitDoor.found(account, config, secrets_dir, as_json=as_json)
    print_rows(door, door.ask(lambda calls: calls.follower.orders()), _COPIES, "copied position")


@toobit_app.command("copy-history")
def copy_history(
    limit: Limit = None,
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """What this account has copied and closed."""
    door = ToobitDoor.found(account, config, secrets_dir, as_json=as_json)
    found = door.ask(lambda calls: collect(calls.follower.history_pages, limit, _itself))
    print_pages(door, found, _COPY_HISTORY, "closed copy")


@toobit_app.command()
def key(
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """What this key can see: the clock, the kind of the account, whether it leads, whom it copies.

    Whether it may change things no harmless call tells.
    """

    async def look(calls: ToobitCalls) -> dict[str, str]:
        found = {"clock_offset_s": f"{await calls.rest.server_time_offset_s():.3f}"}
        found["account_type"] = await _told(calls.rest.account_type())
        leads = await _told(calls.leader.config())
        found["leads"] = leads if leads.startswith("no:") else "yes"
        copied = await calls.follower.leaders()
        found["copies"] = ", ".join(one.leader_name or one.leader_id for one in copied.items) or "nobody"
        return found

    door = ToobitDoor.found(account, config, secrets_dir, as_json=as_json)
    found = door.ask(look)
    if as_json:
        print_json({"ok": True, "account": door.name, **found})
        return
    for name, value in found.items():
        out().print(f"{name}: {value}", markup=False)


@toobit_app.command()
def code(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The error code; the minus may be left out.")],
    language: TextLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Explain an error code: what it means, and how alertd takes it."""
    wanted = code if code.startswith(("-", "HTTP ")) else f"-{code}"
    known = codes.find(wanted)
    if known is None:
        if as_json:
            print_json({"ok": False, "code": wanted})
        else:
            err().print(f"unknown code {wanted}: look it up in Toobit's error table", markup=False)
        raise typer.Exit(FAILED)
    answer = {"meaning": known.text(language), "classification": str(known.disposition)}
    if as_json:
        print_json({"ok": True, "code": wanted, **answer})
        return
    for name, value in answer.items():
        out().print(f"{name}: {value}", markup=False)


def _itself(row: object) -> object:
    return row


async def _told(call: Awaitable[object]) -> str:
    """What is answered; where it is refused, why."""
    try:
        return str(await call or "not told")
    except RequestRefused as exc:
        return f"no: {exc}"


def _offered(wanted: int) -> Days:
    for one in (7, 30, 90, 180, 365):
        if one == wanted:
            return one
    raise AssertionError("the options are the spans that are offered")


toobit_app.command("remove-follower")(remove_follower)
toobit_app.command("stop-copying")(stop_copying)
toobit_app.command("set-stops")(set_stops)
