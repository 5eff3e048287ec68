"""`alertd alerts`, `ack` and `explain`: what is wrong, who takes care, and what was told of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from typing import Annotated, Any

import typer

from alertd.cli.daemon import DaemonDoor, DaemonUrl, TokenFile
from alertd.cli.options import AsJson, ConfigPath, SecretsDir
from alertd.cli.output import UNUSABLE, counted, out, print_json, print_problems

_DRILL = "drill"  # its rule
_DIGITS = 4
_WHOLE = 10**_DIGITS  # from here on without a fraction

Account = Annotated[str | None, typer.Option("--account", metavar="NAME", help="Of this account only.")]


def alerts(
    everything: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    account: Account = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="At most so many.")] = 100,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    url: DaemonUrl = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """The alerts that are open, the most urgent first."""
    door = DaemonDoor.found(url, config, secrets_dir, as_json=as_json, token_file=token_file)
    query = {"state": "all" if everything else "open", "limit": str(limit)}
    if account is not None:
        query["account"] = account
    answer = door.ask("/api/v1/alerts", as_json=as_json, **query)
    if as_json:
        print_json(answer)
        return
    print_lines(alerts_lines(answer))


def ack(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID...", help="Which alerts: their ids, or how they begin.")
    ] = None,
    account: Annotated[
        str | None, typer.Option("--account", metavar="NAME", help="All that fire of this account.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that fire.")] = False,
    comment: Annotated[str, typer.Option("--comment", metavar="TEXT", help="What you do about it.")] = "",
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    url: DaemonUrl = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Say that you take care: no more reminders and escalation of these alerts, until one gets worse."""
    ways = (bool(ids), account is not None, everything).count(True)
    if ways != 1:
        problem = "which alerts? Give their ids (alertd alerts shows them), --account NAME or --all"
        several = "ids, --account and --all do not go together: give one of them"
        print_problems([several if ways else problem], as_json=as_json, closing="")
        raise typer.Exit(UNUSABLE)
    door = DaemonDoor.found(url, config, secrets_dir, as_json=as_json, token_file=token_file)
    body: dict[str, Any] = {"comment": comment}
    if ids:
        body["alerts"] = ids
    elif account is not None:
        body["account"] = account
    else:
        body["all"] = True
    answer = door.tell("/api/v1/alerts/ack", body, as_json=as_json)
    if as_json:
        print_json(answer)
        return
    print_lines(alert_line(one) for one in (*answer["over"], *answer["acknowledged"]))
    print_lines([f"{counted(answer['count'], 'alert')} acknowledged by {answer['person']}"])


def explain(
    alert_id: Annotated[str, typer.Argument(metavar="ID", help="The alert's id, or how it begins.")],
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    url: DaemonUrl = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """What happened to one alert: everything that was told, why, and what became of it at each sink."""
    door = DaemonDoor.found(url, config, secrets_dir, as_json=as_json, token_file=token_file)
    answer = door.ask(f"/api/v1/alerts/{quoted(alert_id)}", as_json=as_json)
    if as_json:
        print_json(answer)
        return
    print_lines(explain_lines(answer))


def quoted(name: str) -> str:
    """As a part of a path."""
    from urllib.parse import quote

    return quote(name, safe="") or "-"


def alerts_lines(answer: dict[str, Any]) -> Iterator[str]:
    """One line for each alert, and how many there are."""
    shown = answer["alerts"]
    for one in shown:
        yield alert_line(one)
    is_open = [one for one in shown if one["state"] != "resolved"]
    if answer["open"] > len(is_open):
        yield f"{len(is_open)} of {answer['open']} open alerts; --limit shows more"
    elif not shown:
        yield "no alert is open"


def alert_line(one: dict[str, Any]) -> str:
    """`k3f9abcd CRITICAL main margin_ratio BTC-USDT-SWAP/long/isolated: 2.31 (3.0), since ...`"""
    about = " ".join(part for part in (one["account"], one["rule"], _subject(one)) if part)
    line = f"{one['id']} {one['severity'].upper()} {about}: "
    if one["value"] is not None:
        line += figure(one["figure"], one["value"])
        limit = one["threshold"]
        line += ", " if limit is None else f" (limit {figure(one['figure'], limit, is_named=False)}), "
    line += f"since {moment(one['since'])}"
    if one["state"] == "pending":
        line += ", not told yet"
    if (mutes := one.get("muted_by")) and one["state"] != "resolved":
        line += f", muted by {', '.join(mutes)}"
    if one["resolved_at"]:
        line += f", over since {moment(one['resolved_at'])} ({_end(one)})"
    return line + _acknowledged(one)


def _subject(one: dict[str, Any]) -> str:
    """What it is about; the names of what alertd does itself say nothing to people."""
    if one["rule"] == _DRILL:
        _, as_of, to_sink = (*one["subject"].split("/"), "", "")[:3]
        return (
            f"to {to_sink} alone" if to_sink else f"as of {as_of}" if as_of else "to all who hear of critical"
        )
    return "" if one["subject"] == one["rule"] else str(one["subject"])


def _end(one: dict[str, Any]) -> str:
    if one["rule"] != _DRILL:
        return str(one["resolution"])
    return "nobody answered" if one["acknowledged"] is None else "answered"


def _acknowledged(one: dict[str, Any]) -> str:
    done = one["acknowledged"]
    if done is None:
        return ""
    said = f", acknowledged by {done['by']} at {moment(done['at'])}"
    said += f' "{done["comment"]}"' if done["comment"] else ""
    is_broken = not done["in_force"] and one["state"] != "resolved"
    return said + (", worse since then" if is_broken else "")


def explain_lines(answer: dict[str, Any]) -> Iterator[str]:
    """The alert as it stands, then what was told, each with its deliveries."""
    alert, history = answer["alert"], answer["history"]
    yield alert_line(alert)
    yield f"  state {alert['state']}, {counted(alert['occurrences'], 'occurrence')}, {_due(alert)}"
    if chain := alert.get("escalation"):
        newest = chain["newest_step_at"]
        yield (
            f"  escalating, round {chain['round']} since {moment(chain['round_since'])}, "
            + (f"newest step {moment(newest)}" if newest else "no step told yet")
            + _next_step(alert, chain.get("next_step_at"))
        )
    if (since := alert.get("better_since")) and alert["state"] != "resolved":
        quiet = "; what would ring waits" if alert.get("calm_until") else ""
        yield f"  better since {moment(since)}, over once that has lasted{quiet}"
    if alert["error"]:
        yield f"  the rule failed: {alert['error']}"
    if not history:
        mutes = ", ".join(alert.get("muted_by", ()))
        why = f"it was muted by {mutes}" if mutes else "not told yet, to no sink, or too long ago"
        yield f"  nothing was sent: {why}"
    for told in history:
        change = f" (was {told['previous_severity']})" if told["previous_severity"] else ""
        named = f", with {', '.join(told['also'])}" if told["also"] else ""
        value = f", {figure(alert['figure'], told['value'])}" if told["value"] is not None else ""
        yield f"{moment(told['at'])} {told['reason']}: {told['severity']}{change}{value}{named}"
        taken = {sent["sink"] for sent in told["deliveries"] if sent["state"] == "sent"}
        for sent in told["deliveries"]:
            yield f"    {sent['sink']}: {_outcome(sent, taken)}"


def _next_step(alert: dict[str, Any], at: str | None) -> str:
    """When it is due; where it may wait beyond that, for what."""
    if at is None:
        return ""
    due = f", the next {moment(at)}"
    if alert.get("vanished_at"):
        return f"{due}: waits to learn why the position is gone"
    calm = alert.get("calm_until")
    if calm is None or calm <= at:
        return due
    return f"{due}: waits till {moment(calm)} or until it is worse: it is better, and that has to last"


def figure(field: str | None, text: str, *, is_named: bool = True) -> str:
    """`margin_ratio 483.1 %`: four digits that count; parts of one as percent."""
    from decimal import Context, Decimal

    from alertd.rules.figures import FRACTION_FIELDS, RATIO_FIELDS

    is_part = field in RATIO_FIELDS or field in FRACTION_FIELDS
    value = Decimal(text).scaleb(2) if is_part else Decimal(text)
    if abs(value) < _WHOLE:
        value = Context(prec=_DIGITS).create_decimal(value)
    shown = f"{value:.0f}" if abs(value) >= _WHOLE else f"{value:f}"
    if "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return (f"{field or 'value'} " if is_named else "") + shown + (" %" if is_part else "")


def _due(alert: dict[str, Any]) -> str:
    if alert["remind_at"]:
        return f"next reminder {moment(alert['remind_at'])}"
    return "no reminder to come"


def _outcome(sent: dict[str, Any], taken: Set[str]) -> str:
    """`taken`: the sinks that took the same."""
    stood_for = sent["stands_in_for"]
    if sent["state"] == "queued" and stood_for and taken >= {*stood_for}:
        return f"not needed: {', '.join(stood_for)} took it"
    words = str(sent["state"]).replace("_", " ")
    if sent["sent_at"]:
        words += f" {moment(sent['sent_at'])}"
    elif sent["next_attempt_at"] and sent.get("held") and not sent["attempts"]:
        words += f", held until {moment(sent['next_attempt_at'])} (quiet hours or batch_s of its route)"
    elif sent["next_attempt_at"]:
        words += f", next attempt {moment(sent['next_attempt_at'])}"
    if sent["attempts"] > 1 or (sent["attempts"] and not sent["sent_at"]):
        words += f", {counted(sent['attempts'], 'attempt')}"
    if sent["possible_duplicate"]:
        words += ", possibly twice"
    if stood_for:
        words += f", stands in for {', '.join(stood_for)}"
    return words + (f": {sent['detail']}" if sent["detail"] else "")


def away_line(gone: dict[str, Any]) -> str:
    """Who is away, and who stands in."""
    until = moment(gone["until"])
    return f"{gone['person']} is away until {until}: escalations go to {gone['deputy']} first"


def moment(iso: str) -> str:
    """`2026-03-01 12:00:00 UTC`."""
    return f"{iso[:10]} {iso[11:19]} UTC"


def print_lines(lines: Iterable[str]) -> None:
    """Comments and providers' answers come from outside: nothing in them may steer the terminal."""
    for line in lines:
        shown = "".join(mark if mark.isprintable() else "?" for mark in line)
        out().print(shown, markup=False)
