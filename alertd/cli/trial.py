"""`alertd test-sink`: one real message to a sink, and what its provider answered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from alertd.cli.options import AsJson, Assignments, ConfigPath, SecretsDir
from alertd.cli.output import FAILED, out, print_json, refusing_bad_configuration
from alertd.cli.sending import Sent, send_to_each
from alertd.clock import Clock
from alertd.config import Settings, load
from alertd.domain.errors import ConfigError
from alertd.domain.events import Occasion
from alertd.domain.notification import Outcome
from alertd.hygiene import findings_event
from alertd.rules.nearest import did_you_mean
from alertd.telemetry import set_up_logging

Names = Annotated[
    list[str] | None, typer.Argument(metavar="NAME...", help="Sinks, by their names in the configuration.")
]
All = Annotated[bool, typer.Option("--all", help="Every sink of the configuration.")]

_SAID = {
    Outcome.SENT: ("sent", "green"),
    Outcome.UNKNOWN: ("unknown: it may have arrived, look there", "yellow"),
    Outcome.TRANSIENT: ("failed for now", "red"),
    Outcome.PERMANENT: ("failed for good", "red"),
}
_SILENT = {
    Outcome.SENT: "the service took it",
    Outcome.UNKNOWN: "no answer",
    Outcome.TRANSIENT: "no reason given",
    Outcome.PERMANENT: "no reason given",
}


def try_sinks(
    names: Names = None,
    everything: All = False,
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    assignments: Assignments = None,
    as_json: AsJson = False,
) -> None:
    """Send one message, marked as a test, the way the daemon sends; show the provider's answer.

    Rings whatever the sink rings. Exit code 0: all were sent; 1: one was not, or whether is not known;
    2: the configuration cannot be used, or has no such sink.
    """
    with refusing_bad_configuration(as_json=as_json):
        settings = load(config, secrets_dir, assignments=assignments or ())
        chosen = _chosen(settings, names or [], everything=everything)
    set_up_logging(settings.log.format, "error")  # what is logged on the way is said by the answer
    clock = Clock()
    event = findings_event(Occasion.TEST, settings.accounts, [], clock.now())
    sent = asyncio.run(send_to_each(settings, chosen, event, clock))
    print_json({"sinks": [_as_json(one) for one in sent]}) if as_json else _print(sent)
    raise typer.Exit(0 if all(one.outcome is Outcome.SENT for one in sent) else FAILED)


def _chosen(settings: Settings, names: Sequence[str], *, everything: bool) -> list[str]:
    """Raises: ConfigError."""
    known = sorted(settings.sinks)
    if everything and not names:
        return list(settings.sinks)
    if not names or everything:
        raise ConfigError([f"name sinks, or --all for every one of them: {', '.join(known)}"])
    problems = [
        f'there is no sink "{name}"{did_you_mean(name, known)}' for name in names if name not in known
    ]
    if problems:
        raise ConfigError(problems)
    return list(dict.fromkeys(names))


def _as_json(one: Sent) -> dict[str, object]:
    return {
        "sink": one.sink,
        "service": one.scheme,
        "outcome": str(one.outcome),
        "answer": one.detail,
        "took_s": round(one.took_s, 3),
    }


def _print(sent: Sequence[Sent]) -> None:
    console = out()
    for one in sent:
        word, colour = _SAID[one.outcome]
        console.print(f"{one.sink} ({one.scheme}): {word}, {one.took_s:.1f} s", style=colour, markup=False)
        console.print(f"  {one.detail or _SILENT[one.outcome]}", markup=False)
