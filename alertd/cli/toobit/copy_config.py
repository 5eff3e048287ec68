"""How an account copies one leader: show it, change it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from alertd.cli.exchange.door import AccountName
from alertd.cli.exchange.printing import print_facts
from alertd.cli.options import AsJson, ConfigPath, SecretsDir
from alertd.cli.toobit.amounts import amount, share
from alertd.cli.toobit.door import ToobitCalls, ToobitDoor
from alertd.cli.toobit.following import LeaderId, leader_id_of
from alertd.cli.toobit.setting_options import Amount, Modes, Switch, is_on
from alertd.cli.toobit.writing import DryRun, Yes, change_settings
from alertd.exchanges.toobit.follow_config import FollowChange, PlannedFollow
from alertd.exchanges.toobit.models import AmountMode, FollowConfig
from alertd.exchanges.toobit.requests import decimal_text

Share = Annotated[Decimal | None, typer.Option(parser=share, metavar="SHARE", help="0.2 or 20%.")]
StopShare = Annotated[
    Decimal | None, typer.Option(parser=share, metavar="SHARE", help="0.2 or 20%; 0: none.")
]
DailyMost = Annotated[Decimal | None, typer.Option(parser=amount, metavar="USDT", help="0: unlimited.")]
Leverage = Annotated[
    Decimal | None,
    typer.Option(parser=amount, metavar="NUMBER", help="Not while copies of this leader are open."),
]
StopDelay = Annotated[int | None, typer.Option(metavar="SECONDS")]
HowMuch = Annotated[AmountMode | None, typer.Option()]
Pairs = Annotated[
    str | None, typer.Option(metavar="PAIRS", help="`all`, or every pair that is copied, with commas.")
]
RealInvested = Annotated[
    Decimal,
    typer.Option(
        "--real-invested",
        "--real-invest-amount",
        parser=amount,
        metavar="USDT",
        help="Money that really copies this leader (realInvestAmount), as it is to be after the change. The "
        "exchange demands it with every change and tells it nowhere: look it up in the app.",
    ),
]


class _ShowsByDefault(TyperGroup):
    """`copy-config LEADER_ID` is `copy-config show LEADER_ID`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["show", *args]
        return super().resolve_command(ctx, args)


copy_config_app = typer.Typer(
    cls=_ShowsByDefault, no_args_is_help=True, help="How a leader is copied: show it, change it."
)


@copy_config_app.callback()
def _group() -> None:
    """How a leader is copied: show it, change it."""


@copy_config_app.command()
def show(
    leader_id: LeaderId,
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """How this account copies one leader; `real_invested_usdt` the exchange tells nowhere."""
    door = ToobitDoor.found(account, config, secrets_dir, as_json=as_json)
    wanted = leader_id_of(door, leader_id)
    print_facts(door, door.ask(lambda calls: calls.follower.config(wanted)), "config")


@copy_config_app.command()
def update(
    leader_id: LeaderId,
    real_invested: RealInvested,
    invested: Amount = None,
    per_order: Amount = None,
    daily_most: DailyMost = None,
    reserved: Amount = None,
    most_invested: Share = None,
    leverage: Leverage = None,
    take_profit: StopShare = None,
    stop_loss: StopShare = None,
    stop_loss_delay: StopDelay = None,
    amount_mode: HowMuch = None,
    margin_modes: Modes = None,
    pairs: Pairs = None,
    zero_slippage: Switch = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """Change how this account copies one leader: what is not named stays as it is.

    Shows what would change and asks. The settings are read again right before they are sent, and once more
    after. Every step is written to the state folder.
    """
    change = FollowChange(
        real_invested_usdt=real_invested,
        invested_usdt=invested,
        per_order_usdt=per_order,
        daily_most_usdt=daily_most,
        leverage=leverage,
        most_invested_ratio=most_invested,
        take_profit_ratio=take_profit,
        stop_loss_ratio=stop_loss,
        reserved_usdt=reserved,
        instruments=pairs,
        amount_mode=amount_mode,
        stop_loss_delay_s=stop_loss_delay,
        margin_modes=margin_modes,
        zero_slippage=is_on(zero_slippage),
    )
    door = ToobitDoor.found(account, config, secrets_dir, as_json=as_json)
    _make(door, leader_id_of(door, leader_id), change, yes=yes, dry_run=dry_run)


def _make(door: ToobitDoor, leader_id: str, change: FollowChange, *, yes: bool, dry_run: bool) -> None:
    async def planned(calls: ToobitCalls) -> PlannedFollow:
        return await calls.follower.plan(leader_id, change)

    async def send(calls: ToobitCalls, shown: PlannedFollow) -> FollowConfig | None:
        return await calls.follower.update_config(leader_id, change, shown)

    untold = {"real_invested_usdt": decimal_text(change.real_invested_usdt)}
    change_settings(door, "copy config", planned, send, yes=yes, dry_run=dry_run, untold=untold)
