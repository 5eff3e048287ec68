"""The commands that change something for a follower: stop copying a leader, stops of a copied position."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import typer

from alertd.cli.exchange.door import AccountName
from alertd.cli.exchange.tables import UNKNOWN, percent
from alertd.cli.options import AsJson, ConfigPath, SecretsDir
from alertd.cli.output import print_json
from alertd.cli.toobit.amounts import share
from alertd.cli.toobit.door import ToobitCalls, ToobitDoor
from alertd.cli.toobit.record import ChangeRecord
from alertd.cli.toobit.writing import Yes, confirm, make, show_differences, tell_done
from alertd.domain.errors import ChangeRefused
from alertd.domain.events import Direction
from alertd.exchanges.toobit.follow_config import Stops, stops_body
from alertd.exchanges.toobit.leader import user_id
from alertd.exchanges.toobit.models import FollowedLeader, FollowOrder

LeaderId = Annotated[str, typer.Argument(metavar="LEADER_ID", help="As `leaders` shows it.")]
Stop = Annotated[
    Decimal | None, typer.Option(parser=share, metavar="SHARE", help="Of the margin: 0.2 or 20%.")
]
_CLOSE_FIRST = "must be closed first, in the app or on the website: no call closes a single copy"


def stop_copying(
    leader_id: LeaderId,
    yes: Yes = False,
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """Copy a leader no more. Refused while copies of him are open: this closes nothing."""
    door = ToobitDoor.found(account, config, secrets_dir, as_json=as_json)
    wanted = leader_id_of(door, leader_id)

    async def look(calls: ToobitCalls) -> FollowedLeader:
        found = [one for one in (await calls.follower.leaders()).items if one.leader_id == wanted]
        if not found:
            raise ChangeRefused([f"{wanted}: is no leader that this account copies; see `leaders`"])
        held = [one.instrument for one in (await calls.follower.orders()).items if one.leader_id == wanted]
        if held:
            raise ChangeRefused([f"{', '.join(held)}: {_CLOSE_FIRST}"])
        return found[0]

    leader = door.ask(look)
    confirm(f"{door.name}: stop copying {leader.leader_name or UNKNOWN} ({wanted})?", yes=yes)
    record = ChangeRecord(door.settings.state_dir, door.name, "stop copying", {"leader_id": wanted})
    make(door, record, lambda calls: calls.follower.stop_copying(wanted))
    if as_json:
        print_json({"ok": True, "account": door.name, "stopped": wanted})
    tell_done(door, f"copies {leader.leader_name or wanted} no more")


def set_stops(
    leader_id: LeaderId,
    pair: Annotated[str, typer.Argument(metavar="PAIR", help="Such as BTC-SWAP-USDT.")],
    side: Annotated[Literal["long", "short"], typer.Argument(metavar="long|short")],
    take_profit: Stop = None,
    stop_loss: Stop = None,
    delay_s: Annotated[
        int | None, typer.Option("--delay", metavar="SECONDS", help="Of the stop loss.")
    ] = None,
    yes: Yes = False,
    account: AccountName = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    as_json: AsJson = False,
) -> None:
    """Set take profit and stop loss of one copied position; what is not named stays."""
    door = ToobitDoor.found(account, config, secrets_dir, as_json=as_json)
    stops = Stops(
        leader_id=leader_id_of(door, leader_id),
        instrument=pair,
        direction=Direction(side),
        take_profit_ratio=take_profit,
        stop_loss_ratio=stop_loss,
        stop_loss_delay_s=delay_s,
    )

    async def look(calls: ToobitCalls) -> FollowOrder:
        stops_body(stops)  # what cannot be sent is not looked for
        return await _position(calls, stops)

    held = door.ask(look)
    differences = _differences(held, stops)
    show_differences(differences)
    confirm(f"{door.name}: set the stops of {pair} {side}?", yes=yes)

    async def work(calls: ToobitCalls) -> None:
        if _differences(await _position(calls, stops), stops) != differences:
            raise ChangeRefused(["the stops have changed since they were shown: look again"])
        await calls.follower.set_stops(stops)

    details = {"leader_id": stops.leader_id, "pair": pair, "side": side, "differences": differences}
    make(door, ChangeRecord(door.settings.state_dir, door.name, "stops", details), work)
    if as_json:
        shown = {name: list(one) for name, one in differences.items()}
        print_json({"ok": True, "account": door.name, "differences": shown})
    tell_done(door, "changed")


async def _position(calls: ToobitCalls, stops: Stops) -> FollowOrder:
    """Raises: ChangeRefused where there is none."""
    wanted = (stops.leader_id, stops.instrument, stops.direction)
    for one in (await calls.follower.orders()).items:
        if (one.leader_id, one.instrument, one.direction) == wanted:
            return one
    raise ChangeRefused([f"{stops.instrument} {stops.direction}: no such copy of this leader; see `copies`"])


def _differences(held: FollowOrder, stops: Stops) -> dict[str, tuple[str, str]]:
    """The delay is told nowhere, so it is shown whenever it is set."""
    named = {
        "take_profit": (held.take_profit_ratio, stops.take_profit_ratio),
        "stop_loss": (held.stop_loss_ratio, stops.stop_loss_ratio),
    }
    found = {name: (_shown(old), _shown(new)) for name, (old, new) in named.items() if new is not None}
    if stops.stop_loss_delay_s is not None:
        found["delay_s"] = ("?", str(stops.stop_loss_delay_s))
    return found


def _shown(ratio: Decimal | None) -> str:
    return percent(ratio) if ratio else "none"


def leader_id_of(door: ToobitDoor, text: str) -> str:
    """Exit code 2 for what is no id."""
    try:
        return user_id(text)
    except ValueError as exc:
        door.refuse([str(exc)])
