"""`alertd silence add`, `list` and `expire`: leave alerts quiet for a time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import typer

from alertd.cli.alerts import alert_line, moment
from alertd.cli.daemon import DaemonDoor, DaemonUrl, TokenFile
from alertd.cli.options import AsJson, ConfigPath, SecretsDir
from alertd.cli.output import UNUSABLE, counted, out, print_json, print_problems

silence_app = typer.Typer(no_args_is_help=True, help="Leave alerts quiet for a time.")

_SPAN = re.compile(r"(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?")
_UNITS_S = (86_400, 3_600, 60, 1)

_Globs = list[str] | None


def _globs(name: str, what: str) -> Any:
    return typer.Option(f"--{name}", metavar="GLOB", help=f"{what}; may be repeated.")


@silence_app.command()
def add(
    comment: Annotated[str, typer.Option("--comment", metavar="TEXT", help="Why; others read it.")],
    span: Annotated[str | None, typer.Option("--for", metavar="SPAN", help="Such as 2h, 90m, 1d.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Such as 2026-11-21T18:00+01:00.")
    ] = None,
    starts: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="When it begins. Default: now.")
    ] = None,
    account: Annotated[_Globs, _globs("account", "Of this account only")] = None,
    rule: Annotated[_Globs, _globs("rule", "Of this rule only")] = None,
    instrument: Annotated[_Globs, _globs("instrument", "About this instrument only")] = None,
    kind: Annotated[_Globs, _globs("kind", "Of this kind of event only")] = None,
    severity: Annotated[_Globs, _globs("severity", "info, warning or critical only")] = None,
    exchange: Annotated[_Globs, _globs("exchange", "Of this exchange only")] = None,
    label: Annotated[
        _Globs, typer.Option("--label", metavar="KEY=GLOB", help="With this label; may be repeated.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Cover critical alerts too.")] = False,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    url: DaemonUrl = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Tell nobody of what fits until it ends; what is still bad then is told. Worse is told at once."""
    globs = {
        "account": account,
        "rule": rule,
        "instrument": instrument,
        "kind": kind,
        "severity": severity,
        "exchange": exchange,
    }
    try:
        matchers: dict[str, Any] = {name: found for name, found in globs.items() if found}
        if labels := read_labels(label or []):
            matchers["labels"] = labels
        body = {"comment": comment, "matchers": matchers, "force": force, **_times(span, until, starts)}
    except ValueError as exc:
        print_problems([str(exc)], as_json=as_json, closing="")
        raise typer.Exit(UNUSABLE) from None
    door = DaemonDoor.found(url, config, secrets_dir, as_json=as_json, token_file=token_file)
    answer = door.tell("/api/v1/silences", body, as_json=as_json)
    print_json(answer) if as_json else _print(added_lines(answer))


@silence_app.command("list")
def show(
    everything: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    url: DaemonUrl = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """The silences there are, with how many open alerts each mutes now."""
    door = DaemonDoor.found(url, config, secrets_dir, as_json=as_json, token_file=token_file)
    answer = door.ask("/api/v1/silences", as_json=as_json, state="all" if everything else "open")
    print_json(answer) if as_json else _print(list_lines(answer))


@silence_app.command()
def expire(
    silence_id: Annotated[
        str, typer.Argument(metavar="ID", help="Its id, or how it begins: alertd silence list.")
    ],
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    url: DaemonUrl = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """End a silence now: what it muted and is still bad is told."""
    door = DaemonDoor.found(url, config, secrets_dir, as_json=as_json, token_file=token_file)
    answer = door.tell("/api/v1/silences/expire", {"id": silence_id}, as_json=as_json)
    print_json(answer) if as_json else _print(expired_lines(answer))


def read_span(text: str) -> float:
    """`2h`, `90m`, `1d12h` or `45s` in seconds. Raises: ValueError with the cure."""
    found = _SPAN.fullmatch(text.replace(" ", ""))
    if not text or found is None or not any(found.groups()):
        raise ValueError(f"--for {text[:40]!r} is no length of time; write 2h, 90m or 1d12h")
    return float(sum(int(part or 0) * unit_s for part, unit_s in zip(found.groups(), _UNITS_S, strict=True)))


def read_labels(given: Iterable[str]) -> dict[str, list[str]]:
    """`owner=anna` as a table; a label given twice may be either. Raises: ValueError with the cure."""
    labels: dict[str, list[str]] = {}
    for text in given:
        name, is_one, glob = text.partition("=")
        if not (is_one and name and glob):
            raise ValueError(f"--label {text[:40]!r}: write KEY=GLOB, such as owner=anna")
        labels.setdefault(name, []).append(glob)
    return labels


def read_moment(option: str, text: str) -> str:
    """A time as the daemon reads it; without a zone it is that of this machine. Raises: ValueError."""
    from datetime import datetime

    try:
        return datetime.fromisoformat(text).astimezone().isoformat()
    except ValueError:
        raise ValueError(f"{option} {text[:40]!r} is no time; write 2026-11-21T18:00") from None


def added_lines(answer: dict[str, Any]) -> Iterator[str]:
    """What it covers now is the best check of what was meant."""
    yield silence_line(answer["silence"])
    if answer["silence"]["state"] == "coming":
        yield "it has not begun: what is open then is covered"
        return
    covers = answer["covers"]
    yield f"covers {counted(covers, 'open alert')} now" + (":" if covers else "")
    for one in answer["alerts"]:
        yield f"  {alert_line(one)}"
    if covers > len(answer["alerts"]):
        yield f"  and {covers - len(answer['alerts'])} more"
    if not answer["silence"]["force"]:
        yield "critical alerts are told all the same; --force would cover them too"


def list_lines(answer: dict[str, Any]) -> Iterator[str]:
    """One line for each."""
    for one in answer["silences"]:
        yield silence_line(one)
    if not answer["silences"]:
        yield "no silence is in force"


def expired_lines(answer: dict[str, Any]) -> Iterator[str]:
    """What is told now."""
    yield silence_line(answer["silence"])
    told = answer["told"]
    yield f"{counted(told, 'alert')} still bad, told now:" if told else "nothing it muted is still bad"
    for one in answer["alerts"]:
        yield f"  {alert_line(one)}"


def silence_line(one: dict[str, Any]) -> str:
    """`k3f9abcd active until ...: account=main rule=margin_ratio, by anna "works"; mutes 2 open alerts`"""
    times = {
        "active": f"active until {moment(one['ends_at'])}",
        "coming": f"from {moment(one['starts_at'])} to {moment(one['ends_at'])}",
        "over": f"over since {moment(one['ended_at'] or one['ends_at'])}",
    }[one["state"]]
    what = " ".join(_matcher_words(one["matchers"])) or "everything"
    forced = ", critical too" if one["force"] else ""
    said = f' "{one["comment"]}"' if one["comment"] else ""
    mutes = f"; mutes {counted(one['mutes'], 'open alert')}" if one["state"] == "active" else ""
    return f"{one['id']} {times}: {what}{forced}, by {one['person']}{said}{mutes}"


def _matcher_words(matchers: dict[str, Any]) -> Iterator[str]:
    for name, globs in matchers.items():
        if name == "labels":
            yield from (f"{label}={'|'.join(values)}" for label, values in globs.items())
        else:
            yield f"{name}={'|'.join(globs)}"


def _times(span: str | None, until: str | None, starts: str | None) -> dict[str, Any]:
    if span is not None and until is not None:
        raise ValueError("--for and --until do not go together: give one of them")
    if span is None and until is None:
        raise ValueError("for how long? Give --for SPAN, such as --for 2h, or --until TIME")
    times: dict[str, Any] = {"for_s": read_span(span)} if span is not None else {}
    if until is not None:
        times["until"] = read_moment("--until", until)
    if starts is not None:
        times["starts_at"] = read_moment("--from", starts)
    return times


def _print(lines: Iterable[str]) -> None:
    """Comments come from outside: nothing in them may steer the terminal."""
    for line in lines:
        out().print("".join(mark if mark.isprintable() else "?" for mark in line), markup=False)
