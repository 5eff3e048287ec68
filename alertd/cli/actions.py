"""`alertd actions list`, `show`, `approve`, `deny`, `on` and `off`: what alertd may do to accounts itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from alertd.cli.alerts import Account, moment, print_lines, quoted
from alertd.cli.daemon import DaemonDoor, DaemonUrl, TokenFile
from alertd.cli.options import AsJson, ConfigPath, SecretsDir
from alertd.cli.output import UNUSABLE, counted, print_json, print_problems

actions_app = typer.Typer(no_args_is_help=True, help="What alertd may do to accounts itself.")

ALL_TRADERS = "*"

IntentId = Annotated[str, typer.Argument(metavar="ID", help="As alertd actions list shows it.")]
Comment = Annotated[str, typer.Option("--comment", metavar="TEXT", help="Why; it stands in the journal.")]
OfAccount = Annotated[
    str | None,
    typer.Argument(metavar="[ACCOUNT]", help="Those of this account that go without asking. Default: all."),
]


@actions_app.command("list")
def show_all(
    everything: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    account: Account = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="At most so many.")] = 100,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    url: DaemonUrl = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """The actions on their way, the newest first, and whether actions are on."""
    door = DaemonDoor.found(url, config, secrets_dir, as_json=as_json, token_file=token_file)
    query = {"state": "all" if everything else "open", "limit": str(limit)}
    if account is not None:
        query["account"] = account
    answer = door.ask("/api/v1/actions", as_json=as_json, **query)
    print_json(answer) if as_json else print_lines(list_lines(answer))


@actions_app.command()
def show(
    intent_id: IntentId,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    url: DaemonUrl = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """One action with every step of its journal: who, when, why, the request and the answer."""
    door = DaemonDoor.found(url, config, secrets_dir, as_json=as_json, token_file=token_file)
    answer = door.ask(f"/api/v1/actions/{quoted(intent_id)}", as_json=as_json)
    print_json(answer) if as_json else print_lines(show_lines(answer))


@actions_app.command()
def approve(
    intent_id: IntentId,
    comment: Comment = "",
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    url: DaemonUrl = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Allow an action that asks. It is carried out at once, if nobody else must agree."""
    door = DaemonDoor.found(url, config, secrets_dir, as_json=as_json, token_file=token_file)
    _decide(door, "approve", {"id": intent_id, "comment": comment}, as_json=as_json)


@actions_app.command()
def deny(
    intent_id: IntentId,
    comment: Comment = "",
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    url: DaemonUrl = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Forbid an action, as long as nothing was sent."""
    door = DaemonDoor.found(url, config, secrets_dir, as_json=as_json, token_file=token_file)
    _decide(door, "deny", {"id": intent_id, "comment": comment}, as_json=as_json)


@actions_app.command("on")
def switch_on(
    account: OfAccount = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Arm it without typing its name.")] = False,
    comment: Comment = "",
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    url: DaemonUrl = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Let actions go again; with ACCOUNT: let those in mode "auto" act on it without asking."""
    door = DaemonDoor.found(url, config, secrets_dir, as_json=as_json, token_file=token_file)
    if account and not yes:
        _type_its_name(account, as_json=as_json)
    _switch(door, {"on": True, "account": account or "", "comment": comment}, as_json=as_json)


@actions_app.command("off")
def switch_off(
    account: OfAccount = None,
    comment: Comment = "",
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    url: DaemonUrl = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Send nothing more, also after a restart; with ACCOUNT: nothing without asking there."""
    door = DaemonDoor.found(url, config, secrets_dir, as_json=as_json, token_file=token_file)
    _switch(door, {"on": False, "account": account or "", "comment": comment}, as_json=as_json)


def _decide(door: DaemonDoor, what: str, body: dict[str, Any], *, as_json: bool) -> None:
    answer = door.tell(f"/api/v1/actions/{what}", body, as_json=as_json)
    if as_json:
        print_json(answer)
        return
    one = answer["action"]
    lines = [action_line(one)]
    if one["state"] == "awaiting":
        missing = one["approvers"] - len(one["approved_by"])
        lines.append(f"{counted(missing, 'more approval')} of other persons needed; nothing is sent before")
    print_lines(lines)


def _switch(door: DaemonDoor, body: dict[str, Any], *, as_json: bool) -> None:
    answer = door.tell("/api/v1/actions/switch", body, as_json=as_json)
    print_json(answer) if as_json else print_lines(switched_lines(answer))


def _type_its_name(account: str, *, as_json: bool) -> None:
    """Whoever lets alertd act without asking says so on purpose."""
    question = f'From now on alertd acts on "{account}" without asking. Type its name to arm it'
    typed = typer.prompt(question, err=True, default="", show_default=False)
    if typed.strip() != account:
        print_problems([f"not armed: {account!r} was not typed"], as_json=as_json, closing="")
        raise typer.Exit(UNUSABLE)


def list_lines(answer: dict[str, Any]) -> Iterator[str]:
    """The switch, then a line for each."""
    yield from switch_lines(answer["switch"])
    for one in answer["actions"]:
        yield action_line(one)
    if not answer["actions"]:
        yield "no action is on its way"


def switched_lines(answer: dict[str, Any]) -> Iterator[str]:
    """How the switch stands; once it is off, what it came too late for."""
    yield from switch_lines(answer["switch"])
    if not answer["switch"]["on"]:
        for one in answer["may_have_been_sent"]:
            yield f"may have been sent before, and is read back: {action_line(one)}"


def switch_lines(switch: dict[str, Any]) -> Iterator[str]:
    """Whether actions are on, and where they need not ask."""
    by = f" (by {switch['by']}, {moment(switch['at'])})" if switch["by"] else ""
    if not switch["on"]:
        yield f"actions are OFF: nothing is sent{by}"
    else:
        yield f"actions are on{by}"
    armed = ", ".join(switch["armed"])
    yield f"armed, may act without asking: {armed}" if armed else "no account is armed: every action asks"


def action_line(one: dict[str, Any]) -> str:
    """`k3f9abcd awaiting: stop_copying BigWhale of main (stop_all, approve) ...`"""
    whom = {ALL_TRADERS: "all traders"}.get(one["trader"], one["trader_name"] or one["trader"])
    what = " ".join(part for part in (one["type"], whom) if part)
    line = f"{one['id']} {one['state'].upper()}: {what} of {one['account']} ({one['action']}, {one['mode']})"
    if one["reason"]:
        line += f", {one['reason']}"
    if one["state"] == "awaiting":
        line += (
            f", {len(one['approved_by'])} of {one['approvers']} approved, until {moment(one['expires_at'])}"
        )
    elif one["ended_at"]:
        line += f", {moment(one['ended_at'])}"
    if one["left"]:
        line += f"; {counted(len(one['left']), 'position')} {_how_left(one)}"
    return line


def _how_left(one: dict[str, Any]) -> str:
    """Nothing is left by what was not done, or is not proved: it is open as before."""
    if one["state"] == "confirmed" and one["open_positions"] == "leader_closes":
        return "left open until the lead trader closes them"
    if one["state"] in ("confirmed", "nothing_to_do") or one["reason"] == "positions_open":
        return "left open, unmanaged"
    return "of that trader open"


def show_lines(answer: dict[str, Any]) -> Iterator[str]:
    """What it is about, then each step, then what took its place."""
    one = answer["action"]
    yield action_line(one)
    because = f"because of alert {one['alert']}: rule {one['rule']}, {one['severity']}"
    yield f"{because}, {moment(one['planned_at'])}"
    if one["parent"]:
        yield f"part of {one['parent']}, for all traders: alertd actions show {one['parent']}"
    if one["approved_by"]:
        yield f"approved by {', '.join(one['approved_by'])}"
    if one["open_positions"]:
        yield f"open positions: {one['open_positions']}"
    beginning = "left open" if _how_left(one).startswith("left") else "open"
    for position in one["left"] or ():
        worth = f", worth {position['notional']} {position['currency']}" if position["notional"] else ""
        yield f"{beginning}: {position['instrument']} {position['direction'] or ''}{worth}".rstrip()
    yield f"configuration {one['config_hash']}"
    for step in answer["steps"]:
        why = " ".join(part for part in (step["reason"], step["detail"]) if part)
        yield f"{step['number']:>3} {moment(step['at'])} {step['state']} by {step['actor']}" + (
            f": {why}" if why else ""
        )
        if step["request"]:
            yield f"      request: {step['request']}"
        if step["answer"]:
            yield f"      answer:  {step['answer']}"
    for part in answer["parts"]:
        yield f"its part, see alertd actions show {part['id']}: {action_line(part)}"
