"""The commands. All only read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeVar, get_args

import msgspec
import typer

from alertd.cli.exchange.door import AccountName
from alertd.cli.exchange.printing import print_facts
from alertd.cli.okx import columns
from alertd.cli.okx.code import code
from alertd.cli.okx.door import OkxDoor
from alertd.cli.okx.printing import Collected, collect, print_collected, print_listed
from alertd.cli.options import AsJson, ConfigPath, SecretsDir
from alertd.cli.output import err
from alertd.exchanges.okx.copy_models import (
    CopiedTrader,
    CopyRole,
    Days,
    Listed,
    Page,
    Role,
    TraderFigures,
    unique_code,
)

if TYPE_CHECKING:
    from alertd.exchanges.okx.copy_rest import CopyRest

Item = TypeVar("Item", bound=msgspec.Struct)

okx_app = typer.Typer(
    no_args_is_help=True, help="OKX's copy trading: who is copied, what is held, what was closed. Only reads."
)

Trader = Annotated[str, typer.Argument(metavar="CODE", help="The trader's code, as `lead-traders` shows it.")]
OfTrader = Annotated[
    str | None, typer.Option("--trader", metavar="CODE", help="Only what was copied from this lead trader.")
]
Limit = Annotated[
    int | None, typer.Option("--limit", min=1, metavar="N", help="Only the newest N rows. Default: all.")
]


class Span(StrEnum):
    """Of which days."""

    WEEK = "7"
    MONTH = "30"
    QUARTER = "90"
    YEAR = "365"
    ALL = "all"


@okx_app.callback()
def _group() -> None:
    """OKX's copy trading: who is copied, what is held, what was closed. Only reads."""


@okx_app.command("lead-traders")
def lead_traders(
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """Whom this account copies, and what that earned."""

    async def read(calls: CopyRest) -> tuple[Listed[CopiedTrader], Listed[CopyRole]]:
        copied = await calls.copied()
        nobody = not copied.items and not copied.unreadable
        return copied, await calls.roles() if nobody else Listed(())

    door = OkxDoor.found(account, config, secrets_dir, as_json=as_json)
    copied, roles = door.ask(read)
    print_listed(door, copied, columns.LEAD_TRADERS, "lead trader")
    if any(one.role is Role.LEADS for one in roles.items):
        err().print(f"{door.name} leads: `alertd okx positions` shows what", markup=False)


@okx_app.command()
def positions(
    trader: OfTrader = None,
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """What this account holds by copying, or leads."""
    door = OkxDoor.found(account, config, secrets_dir, as_json=as_json)
    found = _collected(door, lambda calls: calls.open_pages(), "position", None, _code_of(door, trader))
    print_collected(door, found, columns.POSITIONS, "position")


@okx_app.command()
def history(
    trader: OfTrader = None,
    limit: Limit = None,
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """What this account has copied or led and closed; OKX shows the last three months."""
    door = OkxDoor.found(account, config, secrets_dir, as_json=as_json)
    wanted = _code_of(door, trader)
    found = _collected(door, lambda calls: calls.closed_pages(), "closed position", limit, wanted)
    print_collected(door, found, columns.HISTORY, "closed position")


@okx_app.command("copy-settings")
def copy_settings(
    trader: Trader,
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """How this account copies one lead trader, and whether it still does."""
    door = OkxDoor.found(account, config, secrets_dir, as_json=as_json)
    wanted = _code_of(door, trader) or ""
    print_facts(door, door.ask(lambda calls: calls.settings(wanted)), "settings")


@okx_app.command()
def role(
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """What this account is in copy trading: leads, copies, none; its own code; who copies it."""
    door = OkxDoor.found(account, config, secrets_dir, as_json=as_json)
    print_listed(door, door.ask(lambda calls: calls.roles()), columns.ROLES, "market")


@okx_app.command()
def trader(
    trader: Trader,
    span: Annotated[Span, typer.Option("--days", help="Of how many days.")] = Span.ALL,
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """The figures that a lead trader shows to all."""
    offered: tuple[Days, ...] = get_args(Days)
    door = OkxDoor.found(account, config, secrets_dir, as_json=as_json)
    wanted = _code_of(door, trader) or ""

    async def read(calls: CopyRest) -> Listed[TraderFigures]:
        days = [one for one in offered if span in (Span.ALL, str(one))]
        parts = [await calls.figures(wanted, one) for one in days]
        return Listed(
            [item for part in parts for item in part.items],
            [reason for part in parts for reason in part.unreadable],
        )

    print_listed(door, door.ask(read), columns.FIGURES, "span")


@okx_app.command("trader-positions")
def trader_positions(
    trader: Trader,
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """What a lead trader holds, as far as it shows that to all."""
    door = OkxDoor.found(account, config, secrets_dir, as_json=as_json)
    wanted = _code_of(door, trader)
    found = _collected(door, lambda calls: calls.open_pages(wanted), "position", None, None)
    print_collected(door, found, columns.POSITIONS, "position")


@okx_app.command("trader-history")
def trader_history(
    trader: Trader,
    limit: Limit = None,
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """What a lead trader has closed, as far as it shows that to all."""
    door = OkxDoor.found(account, config, secrets_dir, as_json=as_json)
    wanted = _code_of(door, trader)
    found = _collected(door, lambda calls: calls.closed_pages(wanted), "closed position", limit, None)
    print_collected(door, found, columns.HISTORY, "closed position")


okx_app.command()(code)


def _collected(
    door: OkxDoor,
    pages: Callable[[CopyRest], AsyncIterator[tuple[Page, Listed[Item]]]],
    thing: str,
    limit: int | None,
    trader: str | None,
) -> Collected[Item]:
    def is_wanted(item: Item) -> bool:
        return trader is None or getattr(item, "trader", None) == trader

    return door.ask(lambda calls: collect(pages(calls), thing, limit, is_wanted))


def _code_of(door: OkxDoor, text: str | None) -> str | None:
    """Exit code 2 for what is no unique code."""
    try:
        return None if text is None else unique_code(text)
    except ValueError as exc:
        door.refuse([str(exc)])
