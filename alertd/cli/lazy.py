"""Commands whose modules are imported only when they are called, so that the others start fast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group


@dataclass(frozen=True)
class LateCommand:
    """`attribute` of `module` is a Typer application or a function; `short_help` stands in the list."""

    module: str
    attribute: str
    short_help: str

    def load(self) -> Any:
        """The command itself, ready to be called."""
        found: typer.Typer | Callable[..., Any] = getattr(import_module(self.module), self.attribute)
        parent = typer.Typer(add_completion=False)
        parent.callback()(_placeholder)  # keeps it a group, whatever it holds
        if isinstance(found, typer.Typer):
            parent.add_typer(found, name="found")
        else:
            parent.command("found")(found)
        return get_group(parent).commands["found"]


LATE_COMMANDS = {
    "check": LateCommand(
        "alertd.cli.check",
        "check",
        "Check the configuration without connecting anywhere, and show what would be watched.",
    ),
    "schema": LateCommand("alertd.cli.schema", "schema", "Print the JSON Schema of the configuration file."),
    "status": LateCommand(
        "alertd.cli.coverage",
        "status",
        "How each account stands now. Exit code 0 only if every account is watched.",
    ),
    "alerts": LateCommand("alertd.cli.alerts", "alerts", "The alerts that are open, the most urgent first."),
    "ack": LateCommand(
        "alertd.cli.alerts",
        "ack",
        "Say that you take care: no more reminders and escalation of these alerts, until one gets worse.",
    ),
    "explain": LateCommand(
        "alertd.cli.alerts",
        "explain",
        "What happened to one alert: everything that was told, why, and what became of it at each sink.",
    ),
    "drill": LateCommand(
        "alertd.cli.drill",
        "drill",
        "Send a marked critical alert through routes, fallbacks and escalation, until somebody "
        "acknowledges it.",
    ),
    "away": LateCommand(
        "alertd.cli.drill",
        "away",
        "Let escalations go to a deputy first, who must have answered a test: one is sent, if need be.",
    ),
    "coverage": LateCommand(
        "alertd.cli.coverage", "coverage_app", "How much of the time each account was watched."
    ),
    "actions": LateCommand(
        "alertd.cli.actions",
        "actions_app",
        "What alertd may do itself: list, show, approve, deny, on, off.",
    ),
    "demo": LateCommand(
        "alertd.cli.demo.command",
        "demo",
        "Simulators and daemon in one, no credentials: watch alerts arrive.",
    ),
    "doctor": LateCommand(
        "alertd.cli.doctor.command",
        "doctor",
        "Live preflight: keys, clock, streams, store, sinks; a cure for each finding.",
    ),
    "route": LateCommand("alertd.cli.route.command", "route_app", "Where news would go: route test."),
    "silence": LateCommand(
        "alertd.cli.silence", "silence_app", "Leave alerts quiet for a time: add, list, expire."
    ),
    "test-sink": LateCommand(
        "alertd.cli.trial", "try_sinks", "One real message to a sink, and the provider's answer."
    ),
    "simulate": LateCommand(
        "alertd.cli.simulate", "simulate_app", "An exchange on loopback, to test against."
    ),
    "okx": LateCommand(
        "alertd.cli.okx.command",
        "okx_app",
        "OKX's copy trading: who is copied, what is held and was closed.",
    ),
    "toobit": LateCommand(
        "alertd.cli.toobit.command", "toobit_app", "Toobit's copy trading: leaders and followers."
    ),
}


class LateGroup(TyperGroup):
    """Lists a placeholder for each late command; puts the command in its place when it is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """See click: finds the command that `args` begin with."""
        if args and args[0] in LATE_COMMANDS and args[0] in self.commands:
            self.commands[args[0]] = LATE_COMMANDS[args[0]].load()
        return super().resolve_command(ctx, args)


def add_placeholders(app: typer.Typer) -> None:
    """A line in the list for each late command that is installed."""
    for name, late in LATE_COMMANDS.items():
        if find_spec(late.module) is not None:
            app.command(name, help=late.short_help)(_placeholder)


def _placeholder() -> None:
    raise AssertionError("a late command is loaded before it is called")
