"""`alertd route test`: where news would go, from the configuration alone; with exit code, for CI."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from alertd.cli.options import AsJson, Assignments, ConfigPath, SecretsDir
from alertd.cli.output import FAILED, counted, err, out, print_json, refusing_bad_configuration
from alertd.cli.route.found import Found, Oracle
from alertd.cli.route.lines import as_json as found_as_json
from alertd.cli.route.lines import lines_of
from alertd.cli.route.trial import Expected, Made, Placed, read_moment, read_trials, refusal_lines
from alertd.cli.route.verdict import differences
from alertd.clock import Clock
from alertd.config import load
from alertd.domain.errors import ConfigError

route_app = typer.Typer(no_args_is_help=True, help="Where news would go.")

_File = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE]", help="A file of tests, such as config/routes.test.toml, instead of one event."
    ),
]
_Severity = Annotated[
    str | None, typer.Option("--severity", help="info, warning or critical. Default: critical.")
]
_Kind = Annotated[str | None, typer.Option("--kind", help="The kind of event. Default: margin_state.")]
_Account = Annotated[str | None, typer.Option("--account", help="An account. Default: the only one.")]
_Instrument = Annotated[str | None, typer.Option("--instrument", help="Such as BTC-USDT-SWAP.")]
_Labels = Annotated[
    list[str] | None,
    typer.Option("--label", metavar="KEY=VALUE", help="A label, over those of the account; may be repeated."),
]
_Reason = Annotated[str | None, typer.Option("--reason", help="Why it is told: new (default), worsened, ...")]
_Sink = Annotated[str | None, typer.Option("--sink", help="With --kind delivery: the sink that fails.")]
_Minutes = Annotated[
    str | None, typer.Option("--minutes-to-liquidation", metavar="N", help="How near liquidation is.")
]
_At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="TIME",
        help="When: 2026-11-21T03:00, local time of the daemon; or with an offset. Default: now.",
    ),
]
_Expect = Annotated[
    str | None,
    typer.Option("--expect", metavar="SINKS", help="Exit code 1 unless these hear of it: phone,call."),
]


@route_app.callback()
def _group() -> None:
    """Where news would go."""  # also keeps `test` a command of its own


@route_app.command(name="test")
def route_test(
    file: _File = None,
    severity: _Severity = None,
    kind: _Kind = None,
    account: _Account = None,
    instrument: _Instrument = None,
    labels: _Labels = None,
    reason: _Reason = None,
    sink: _Sink = None,
    minutes: _Minutes = None,
    at: _At = None,
    expect: _Expect = None,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    assignments: Assignments = None,
    as_json: AsJson = False,
) -> None:
    """Which routes an event would fit, and where it would go, when, and to whom if nobody acknowledges.

    Nothing is sent, no daemon is asked, no secret is needed. With FILE: runs the tests in it. Exit code 0: as
    expected; 1: not; 2: the configuration, the file or the event cannot be used.
    """
    options = {
        "severity": severity, "kind": kind, "account": account, "instrument": instrument, "reason": reason,
        "sink": sink, "minutes_to_liquidation": minutes,
    }  # fmt: skip
    given = {key: value for key, value in options.items() if value is not None}
    with refusing_bad_configuration(as_json=as_json):
        if file is not None and (given or labels or at or expect is not None):
            raise ConfigError(["give a file of tests or one event, not both"])
        when = _moment(at)
        trials = [] if file is None else read_trials(file)
        oracle = Oracle(load(config, secrets_dir, assignments=assignments or (), needs_secrets=False))
        now = Clock().now()
        if file is not None:
            results = [(placed, _differences(oracle, placed, now)) for placed in trials]
        else:
            found = oracle.ask(_made(given, labels or []), when or now)
    if file is not None:
        _tell_tests(results, file, as_json=as_json)
    else:
        _tell_event(found, expect, as_json=as_json)


def _made(given: dict[str, str], labels: list[str]) -> Made:
    pairs = [pair.partition("=") for pair in labels]
    if not all(key and equals for key, equals, _ in pairs):
        raise ConfigError(["--label: write KEY=VALUE, as in --label owner=anna"])
    problems: list[str]
    try:
        return Made.model_validate({**given, "labels": {key: value for key, _, value in pairs}})
    except ValidationError as refused:
        problems = [_as_option(line) for line in refusal_lines(refused)]
    raise ConfigError(problems)


def _as_option(line: str) -> str:
    key, colon, words = line.partition(":")
    return f"--{key.replace('_', '-')}{colon}{words}"


def _moment(text: str | None) -> datetime | None:
    """Raises: ConfigError with the cure."""
    try:
        return None if text is None else read_moment(text)
    except ValueError as wrong:
        problem = f"--at: {text!r} {wrong}"
    raise ConfigError([problem])


def _differences(oracle: Oracle, placed: Placed, now: datetime) -> list[str]:
    try:
        found = oracle.ask(placed.trial.event, placed.trial.at or now)
    except ConfigError as refused:
        raise ConfigError([f"{placed.place}: {problem}" for problem in refused.problems]) from refused
    return differences(placed.trial.expect, found)


def _tell_event(found: Found, expect: str | None, *, as_json: bool) -> None:
    wrong = []
    if expect is not None:
        sinks = frozenset(name.strip() for name in expect.split(",") if name.strip())
        wrong = differences(Expected(sinks=sinks), found)
    if as_json:
        print_json({"ok": not wrong, "differences": wrong, **found_as_json(found)})
    else:
        for line in lines_of(found):
            out().print(line, markup=False)
        _tell_wrong(wrong)
    raise typer.Exit(FAILED if wrong else 0)


def _tell_tests(results: list[tuple[Placed, list[str]]], file: Path, *, as_json: bool) -> None:
    failed = [placed for placed, wrong in results if wrong]
    if as_json:
        tests: list[dict[str, Any]] = [
            {"name": placed.trial.name, "place": placed.place, "ok": not wrong, "differences": wrong}
            for placed, wrong in results
        ]
        print_json({"ok": not failed, "tests": tests})
    else:
        for placed, wrong in results:
            _tell_wrong([f"{placed.place}: {placed.trial.name}: {difference}" for difference in wrong])
        verdict = f"{len(failed)} failed" if failed else "ok"
        out().print(f"{file}: {counted(len(results), 'test')}, {verdict}", markup=False)
    raise typer.Exit(FAILED if failed else 0)


def _tell_wrong(wrong: list[str]) -> None:
    for line in wrong:
        err().print(f"failed: {line}", style="red", markup=False)
