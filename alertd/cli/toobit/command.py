"""The commands that read. Those of a leader, those of a follower, and what codes mean."""

from __future__ import annotations

from collections.abc import Awaitable
from enum import StrEnum
from typing import Annotated

import typer

from alertd.cli.exchange.door import AccountName
from alertd.cli.options import AsJson, ConfigPath, SecretsDir, TextLanguage
from alertd.cli.output import FAILED, err, out, print_json
from alertd.cli.toobit import columns
from alertd.cli.toobit.changes import config_app, remove_follower
from alertd.cli.toobit.copy_config import copy_config_app
from alertd.cli.toobit.door import ToobitCalls, ToobitDoor
from alertd.cli.toobit.following import set_stops, stop_copying
from alertd.cli.toobit.printing import collect, print_pages, print_rows
from alertd.domain.errors import RequestRefused
from alertd.exchanges.toobit import codes
from alertd.exchanges.toobit.futures import FuturesCalls
from alertd.exchanges.toobit.leader import DAYS, Days
from alertd.exchanges.toobit.models import Rows, TradeData

toobit_app = typer.Typer(no_args_is_help=True, help="Toobit's copy trading: leaders and followers.")
toobit_app.add_typer(config_app, name="config")
toobit_app.add_typer(copy_config_app, name="copy-config")

Limit = Annotated[
    int | None, typer.Option("--limit", min=1, metavar="N", help="Only the first N rows. Default: all.")
]


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
    print_rows(door, door.ask(lambda calls: calls.leader.orders()), columns.LEAD_ORDERS, "order")


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
    print_pages(door, found, columns.LEAD_HISTORY, "closed order")


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
    print_rows(door, door.ask(read), columns.TRADE_DATA, "span")


@toobit_app.command("profit-sharing")
def profit_sharing(
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """What this leader was paid of followers' profits: the last hundred settlements."""
    door = ToobitDoor.found(account, config, secrets_dir, as_json=as_json)
    print_rows(door, door.ask(lambda calls: calls.leader.profit_sharings()), columns.SHARINGS, "settlement")


@toobit_app.command()
def symbols(
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """The pairs that can be led, and which are."""
    door = ToobitDoor.found(account, config, secrets_dir, as_json=as_json)
    print_rows(door, door.ask(lambda calls: calls.leader.symbols()), columns.SYMBOLS, "pair")


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
    print_pages(door, found, columns.FOLLOWERS, "follower")


@toobit_app.command()
def leaders(
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """Whom this account copies, and the money that copies each."""
    door = ToobitDoor.found(account, config, secrets_dir, as_json=as_json)
    print_rows(door, door.ask(lambda calls: calls.follower.leaders()), columns.LEADERS, "leader")


@toobit_app.command()
def copies(
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """What this account has copied and still holds."""
    door = ToobitDoor.found(account, config, secrets_dir, as_json=as_json)
    print_rows(door, door.ask(lambda calls: calls.follower.orders()), columns.COPIES, "copied position")


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
    print_pages(door, found, columns.COPY_HISTORY, "closed copy")


@toobit_app.command()
def key(
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """What this key can see: the clock, the kind of the account, whether it leads, whom it copies, whether a
    leader's own positions can be read.

    Whether it may change things no harmless call tells.
    """

    async def look(calls: ToobitCalls) -> dict[str, str]:
        found = {"clock_offset_s": f"{await calls.rest.server_time_offset_s():.3f}"}
        found["account_type"] = await _told(calls.rest.account_type())
        leads = await _told(calls.leader.config())
        found["leads"] = leads if leads.startswith("no:") else "yes"
        if found["leads"] == "yes":
            own = await _told(FuturesCalls(calls.rest).positions())
            found["own_positions"] = own if own.startswith("no:") else "yes"
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
