"""The commands that change: a leader's settings, and removing a follower."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import typer

from alertd.cli.exchange.door import AccountName
from alertd.cli.exchange.printing import print_facts
from alertd.cli.options import AsJson, ConfigPath, SecretsDir
from alertd.cli.output import print_json
from alertd.cli.toobit.amounts import amount, share
from alertd.cli.toobit.door import ToobitCalls, ToobitDoor
from alertd.cli.toobit.record import ChangeRecord
from alertd.cli.toobit.setting_options import Amount, Modes, Switch, is_on
from alertd.cli.toobit.writing import DryRun, Yes, change_settings, confirm, make, tell_done
from alertd.exchanges.toobit.leader import user_id
from alertd.exchanges.toobit.leader_config import ConfigChange, PlannedConfig, plan
from alertd.exchanges.toobit.models import LeaderConfig, ProfitPeriod

config_app = typer.Typer(no_args_is_help=True, help="A leader's settings: show them, change them.")


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as exc:
        raise typer.BadParameter(f"{text!r} is no time; write 2026-11-21T08:00+01:00") from exc
    if at.tzinfo is None:
        raise typer.BadParameter(f"{text!r} names no zone; write 2026-11-21T08:00+01:00, or Z at its end")
    return at


Rate = Annotated[Decimal | None, typer.Option(parser=amount, metavar="NUMBER")]
Share = Annotated[Decimal | None, typer.Option(parser=share, metavar="SHARE", help="0.1 or 10%.")]
Time = Annotated[datetime | None, typer.Option(parser=_time, metavar="TIME", help="With its zone.")]
Enable = Annotated[list[str] | None, typer.Option(metavar="PAIR", help="Lead it; may be repeated.")]
Disable = Annotated[list[str] | None, typer.Option(metavar="PAIR", help="Lead it no more; may be repeated.")]
Period = Annotated[ProfitPeriod | None, typer.Option()]
Private = Annotated[bool | None, typer.Option("--private/--public")]
Scope = Annotated[int | None, typer.Option(metavar="NUMBER")]
Code = Annotated[str | None, typer.Option(metavar="CODE", help="6 to 10 characters, none Chinese.")]


@config_app.callback()
def _group() -> None:
    """A leader's settings: show them, change them."""


@config_app.command()
def show(
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """The settings as the exchange tells them."""
    door = ToobitDoor.found(account, config, secrets_dir, as_json=as_json)
    print_facts(door, door.ask(lambda calls: calls.leader.config()), "config")


@config_app.command()
def update(
    enable: Enable = None,
    disable: Disable = None,
    cool_down: Switch = None,
    cool_down_from: Time = None,
    cool_down_until: Time = None,
    margin_modes: Modes = None,
    trade_protection: Switch = None,
    profit_period: Period = None,
    profit_share: Share = None,
    least_follower_assets: Amount = None,
    least_fixed_amount: Amount = None,
    least_fixed_rate: Rate = None,
    private: Private = None,
    invite_scope: Scope = None,
    invite_code: Code = None,
    share_with_referrers: Switch = None,
    referrer_share: Share = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """Change a leader's settings: what is not named stays as it is, and so does every pair.

    Shows what would change and asks. The settings are read again right before they are sent, and once more
    after. Every step is written to the state folder.
    """
    change = ConfigChange(
        enable=tuple(enable or ()),
        disable=tuple(disable or ()),
        has_cool_down=is_on(cool_down),
        cool_down_from=cool_down_from,
        cool_down_until=cool_down_until,
        margin_modes=margin_modes,
        trade_protection=None if trade_protection is None else int(trade_protection == "on"),
        profit_period=profit_period,
        profit_share=profit_share,
        least_follower_assets_usdt=least_follower_assets,
        least_fixed_amount_usdt=least_fixed_amount,
        least_fixed_rate=least_fixed_rate,
        is_private=private,
        invite_scope=invite_scope,
        invite_code=invite_code,
        shares_with_referrers=is_on(share_with_referrers),
        referrer_share=referrer_share,
    )
    door = ToobitDoor.found(account, config, secrets_dir, as_json=as_json)
    _make(door, change, yes=yes, dry_run=dry_run)


def _make(door: ToobitDoor, change: ConfigChange, *, yes: bool, dry_run: bool) -> None:
    async def planned(calls: ToobitCalls) -> PlannedConfig:
        return plan(await calls.leader.state(), change)

    async def send(calls: ToobitCalls, shown: PlannedConfig) -> LeaderConfig | None:
        return await calls.leader.update_config(change, shown)

    change_settings(door, "leader config", planned, send, yes=yes, dry_run=dry_run)


def remove_follower(
    follower_id: Annotated[
        str, typer.Argument(metavar="FOLLOWER_ID", help="The list of followers hides it.")
    ],
    yes: Yes = False,
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """Remove a follower. Refused by the exchange while he holds copied positions."""
    door = ToobitDoor.found(account, config, secrets_dir, as_json=as_json)
    try:
        user_id(follower_id)
    except ValueError as exc:
        door.refuse([str(exc)])
    confirm(f"{door.name}: remove follower {follower_id}?", yes=yes)
    record = ChangeRecord(door.settings.state_dir, door.name, "remove follower", {"follower_id": follower_id})
    make(door, record, lambda calls: calls.leader.remove_follower(follower_id))
    if as_json:
        print_json({"ok": True, "account": door.name, "removed": follower_id})
    tell_done(door, f"follower {follower_id} removed")
