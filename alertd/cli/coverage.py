"""`alertd status` and `alertd coverage report`: what the running daemon watches, and how much it did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from alertd.cli.alerts import away_line, moment
from alertd.cli.daemon import DaemonDoor, DaemonUrl, TokenFile
from alertd.cli.options import AsJson, ConfigPath, SecretsDir
from alertd.cli.output import FAILED, counted, out, print_json

coverage_app = typer.Typer(no_args_is_help=True, help="How much of the time each account was watched.")

Since = Annotated[
    str,
    typer.Option("--since", metavar="TIME", help="From when: 7d, 24h, 90m, or 2026-11-21T08:00 (UTC)."),
]


def status(
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    url: DaemonUrl = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """How each account stands now. Exit code 0 only if every account is watched."""
    door = DaemonDoor.found(url, config, secrets_dir, as_json=as_json, token_file=token_file)
    answer = door.ask("/api/v1/status", as_json=as_json)
    if as_json:
        print_json(answer)
    else:
        for line in status_lines(answer):
            out().print(line, markup=False)
    raise typer.Exit(0 if answer["watched"] else FAILED)


@coverage_app.callback()
def _group() -> None:
    """How much of the time each account was watched."""  # also keeps `report` a command of its own


@coverage_app.command()
def report(
    since: Since = "7d",
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    url: DaemonUrl = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """How much of the time each account was watched, every gap, and what alertd cannot see."""
    door = DaemonDoor.found(url, config, secrets_dir, as_json=as_json, token_file=token_file)
    answer = door.ask("/api/v1/coverage", as_json=as_json, since=since)
    if as_json:
        print_json(answer)
    else:
        for line in report_lines(answer):
            out().print(line, markup=False)


def maintenance_lines(announced: dict[str, Any]) -> Iterator[str]:
    """Maintenance that goes on or lies ahead, and where that is not known."""
    for one in announced.get("windows", ()):
        what = "planned" if one["planned"] else "unplanned"
        when = f"since {one['begin']}" if one["running"] else f"from {one['begin']}"
        until = f" until {one['end']}" if one["end"] else ", no end announced"
        services = ", ".join(one["services"])
        concerned = f", concerns {', '.join(one['accounts'])}" if one["accounts"] else ", concerns no account"
        yield f"{what} maintenance of {one['site']} {when}{until} ({services}){concerned}: {one['title']}"
    for one in announced.get("sites", ()):
        if one["failed"]:
            yield f"maintenance of {one['site']} not known: {one['failed']}"


def status_lines(answer: dict[str, Any]) -> Iterator[str]:
    """One line for each account, and what it does not see."""
    if not answer["accounts"]:
        yield "no account is watched"
    for one in answer["accounts"]:
        line = f"{one['account']}: {one['state']}"
        if one["causes"]:
            line += f" ({', '.join(one['causes'])}) since {one['since']}"
        if one["positions"] is not None:
            line += f", {counted(one['positions'], 'position')}"
        yield line
        yield from _unseen(one)
    yield from maintenance_lines(answer.get("maintenance", {}))
    if (switch := answer.get("actions")) and not switch["on"]:
        yield f"actions are OFF: nothing is sent (by {switch['by']}, {moment(switch['at'])})"
    if gone := answer.get("away"):
        yield away_line(gone)
    yield from _self_watch(answer)
    for one in answer.get("sinks_moved", ()):
        cure = f"write {one['chat']} instead of {one['former']} at the end of sinks.{one['sink']}.url"
        yield f"{one['sink']}: its Telegram group has a new id: {cure}"
    counts = answer["counts"]
    waiting = sum(n for name, n in counts.items() if name in ("deliveries_queued", "deliveries_unknown"))
    alerts = counted(counts.get("alerts_open", 0), "open alert")
    if acknowledged := counts.get("alerts_acknowledged", 0):
        alerts += f" ({acknowledged} acknowledged)"
    if reports := counts.get("reports_open", 0):
        alerts += f", {counted(reports, 'report')}"
    dead = ", ".join(f"{sink} {count}" for sink, count in sorted(answer.get("deliveries_dead", {}).items()))
    named = f" ({dead})" if dead else ""
    yield f"{alerts}, {waiting} waiting to be sent, {counts.get('deliveries_dead', 0)} dead{named}"


def _self_watch(answer: dict[str, Any]) -> Iterator[str]:
    """Whether alertd tries itself, and who outside hears of it."""
    canary, dead_man = answer.get("canary"), answer.get("dead_man")
    if canary is None or dead_man is None:  # a daemon of an earlier version
        return
    yield f"canary: {_last(canary['last_through_at'], 'through') if canary['enabled'] else 'off'}"
    if dead_man["configured"]:
        yield f"outside watcher: {_last(dead_man['last_ping_at'], 'pinged')}"
    else:
        yield "no outside watcher: if this server dies, you hear nothing"
    for name, peer in answer.get("watch_for", {}).items():
        state = {True: "alive", False: "SILENT", None: "awaited"}[peer["alive"]]
        yield f"watches {name}: {state}, {_last(peer['last_ping_at'], 'pinged')}"


def _last(at: str | None, what: str) -> str:
    return f"not {what} yet" if at is None else f"last {what} {at}"


def report_lines(answer: dict[str, Any]) -> Iterator[str]:
    """`main: 99.97 %, 3 gaps, longest 41 s, all reconciled`, and every gap."""
    for one in answer["accounts"]:
        found = one["figures"]
        line = f"{one['account']}: {found['watched_percent']} %"
        if found["gaps"]:
            line += f", {counted(found['gaps'], 'gap')}, longest {found['longest_s']:.0f} s, "
            line += f"{found['unreconciled']} not reconciled" if found["unreconciled"] else "all reconciled"
            line += f", {found['missed']} missed" if found["missed"] else ""
        else:
            line += ", no gaps"
        yield f"{line}; since {found['since']}"
        yield from _unseen(one)
        for gap in one["gaps"]:
            blame = f", network: {gap['blame']}" if gap["blame"] else ""
            yield f"  {gap['began_at']} to {gap['ended_at'] or 'now'}: {gap['state']}, {gap['cause']}{blame}"


def _unseen(one: dict[str, Any]) -> Iterator[str]:
    spots = [f"{spot['what'].replace('_', ' ')} {spot['where']}" for spot in one["cannot_see"]]
    if spots:
        yield f"  cannot see: {', '.join(spots)}"
