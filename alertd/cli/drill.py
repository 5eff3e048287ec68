"""`alertd drill` and `alertd away`: try whether somebody answers, and let a deputy answer instead."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from alertd.cli.alerts import away_line, moment, print_lines
from alertd.cli.daemon import DaemonDoor, DaemonUrl, TokenFile
from alertd.cli.options import AsJson, ConfigPath, SecretsDir
from alertd.cli.output import FAILED, UNUSABLE, print_json, print_problems

ASK_EVERY_S = 1.0
_SPAN = re.compile(r"(\d{1,5})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def drill(
    account: Annotated[
        str, typer.Option("--account", metavar="NAME", help="Where critical news of this account would go.")
    ] = "",
    sink: Annotated[str, typer.Option("--sink", metavar="NAME", help="To this sink alone.")] = "",
    comment: Annotated[str, typer.Option("--comment", metavar="TEXT", help="Kept with the command.")] = "",
    wait_s: Annotated[
        float,
        typer.Option("--wait", metavar="SECONDS", min=0, help="So long, until somebody acknowledges it."),
    ] = 0,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    url: DaemonUrl = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Send a marked critical alert through routes, fallbacks and escalation, until somebody acknowledges it.

    With --wait exit code 0 means that somebody did.
    """
    door = DaemonDoor.found(url, config, secrets_dir, as_json=as_json, token_file=token_file)
    body = {"account": account, "sink": sink, "comment": comment}
    started = door.tell("/api/v1/drills", body, as_json=as_json)
    if not as_json:
        print_lines(drill_lines(started["drill"]["id"]))
    answer = (
        started if wait_s == 0 else {**started, "drill": _awaited(door, started, wait_s, as_json=as_json)}
    )
    _end(answer, as_json=as_json, must_be_answered=wait_s > 0)


def away(
    until: Annotated[
        str, typer.Option("--until", metavar="TIME", help="2026-12-27T18:00 (local time), or 8h, 3d.")
    ] = "",
    deputy: Annotated[
        str, typer.Option("--deputy", metavar="SINK", help="The sink at which somebody answers instead.")
    ] = "",
    end: Annotated[bool, typer.Option("--end", help="You are back.")] = False,
    wait_s: Annotated[
        float,
        typer.Option("--wait", metavar="SECONDS", min=0, help="So long for the deputy's answer to a test."),
    ] = 900,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    url: DaemonUrl = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Let escalations go to a deputy first, who must have answered a test: one is sent, if need be."""
    problem = _unclear(until, deputy, end=end)
    if problem:
        print_problems([problem], as_json=as_json, closing="")
        raise typer.Exit(UNUSABLE)
    door = DaemonDoor.found(url, config, secrets_dir, as_json=as_json, token_file=token_file)
    if end:
        _end(door.tell("/api/v1/away/end", {}, as_json=as_json), as_json=as_json)
    body = {"until": _moment_of(until, _now()).isoformat(), "deputy": deputy}
    answer = door.tell("/api/v1/away", body, as_json=as_json)
    if answer["away"] is None:
        if not as_json:
            print_lines(asked_lines(deputy, answer["drill"]["id"], wait_s))
        answer["drill"] = _awaited(door, answer, wait_s, as_json=as_json)
        if _is_answered(answer["drill"]):
            answer = door.tell("/api/v1/away", body, as_json=as_json)
    _end(answer, as_json=as_json, must_be_answered=answer["away"] is None)


def drill_lines(alert_id: str) -> Iterator[str]:
    """What to do now."""
    yield f"drill {alert_id} is on its way; whoever gets the message acknowledges it: alertd ack {alert_id}"
    yield f"what became of it: alertd explain {alert_id}"


def asked_lines(deputy: str, alert_id: str, wait_s: float) -> Iterator[str]:
    """What the deputy has to do."""
    yield f"a test went to {deputy}: the deputy acknowledges it, or tells you the id he reads"
    yield f"then: alertd ack {alert_id} (id {alert_id}; waiting for {wait_s:g} s)"


def result_lines(answer: dict[str, Any]) -> Iterator[str]:
    """How it ended."""
    gone, tried = answer.get("away"), answer.get("drill")
    if gone is not None and gone["state"] == "resolved":
        yield f"{gone['person']} is back: escalations go to the usual sinks again"
    elif gone is not None:
        yield away_line(gone)
    elif tried is not None and _is_answered(tried):
        done = tried["acknowledged"]
        yield f"acknowledged by {done['by']} at {moment(done['at'])}"
    elif tried is not None:
        yield f"nobody has acknowledged {tried['id']} yet; it goes on, and alertd ack {tried['id']} ends it"


def _end(answer: dict[str, Any], *, as_json: bool, must_be_answered: bool = False) -> None:
    tried = answer.get("drill")
    is_open = tried is not None and not _is_answered(tried)
    if as_json:
        print_json(answer)
    elif must_be_answered or not is_open:
        print_lines(result_lines(answer))
    raise typer.Exit(FAILED if must_be_answered and is_open else 0)


def _awaited(door: DaemonDoor, answer: dict[str, Any], wait_s: float, *, as_json: bool) -> dict[str, Any]:
    """The drill once it is over, or as it stands when the time is."""
    path, left_s = f"/api/v1/alerts/{answer['drill']['id']}", wait_s
    while True:
        found: dict[str, Any] = door.ask(path, as_json=as_json)["alert"]
        if found["state"] == "resolved" or left_s <= 0:
            return found
        time.sleep(min(ASK_EVERY_S, left_s))
        left_s -= ASK_EVERY_S


def _is_answered(alert: dict[str, Any]) -> bool:
    return alert["acknowledged"] is not None


def _unclear(until: str, deputy: str, *, end: bool) -> str:
    if end:
        return "--end stands alone" if until or deputy else ""
    if not until or not deputy:
        return "say until when and who answers: --until TIME --deputy SINK, or --end"
    try:
        _moment_of(until, _now())
    except (ValueError, OverflowError):
        return f"--until {until}: write 2026-12-27T18:00 (local time), or a span such as 8h or 3d"
    return ""


def _moment_of(text: str, now: datetime) -> datetime:
    """Raises: ValueError, OverflowError."""
    if span := _SPAN.fullmatch(text.strip()):
        return now + timedelta(**{_UNITS[span[2]]: int(span[1])})
    return datetime.fromisoformat(text.strip()).astimezone()


def _now() -> datetime:
    from alertd.clock import Clock

    return Clock().now()
