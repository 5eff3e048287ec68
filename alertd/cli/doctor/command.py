"""`alertd doctor`: a live preflight; a cure for each finding."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from alertd.cli.doctor.accounts import examine_accounts, without_doubles
from alertd.cli.doctor.actions import of_actions
from alertd.cli.doctor.report import as_json as report_as_json
from alertd.cli.doctor.report import print_table
from alertd.cli.doctor.surroundings import of_configuration, of_sinks, of_store, send_to_sinks
from alertd.cli.options import AsJson, Assignments, ConfigPath, SecretsDir
from alertd.cli.output import FAILED, print_json, refusing_bad_configuration
from alertd.clock import Clock
from alertd.config import Settings, load
from alertd.dialling import acts_with
from alertd.domain.events import Occasion
from alertd.domain.finding import Finding, Grade, worst
from alertd.hygiene import findings_event
from alertd.telemetry import set_up_logging

Send = Annotated[bool, typer.Option("--send", help="Also send one real message to each sink.")]


def doctor(
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    assignments: Assignments = None,
    send: Send = False,
    as_json: AsJson = False,
) -> None:
    """Try for real what the daemon will rely on: keys, clock, streams, store, sinks; a cure for each finding.

    Changes nothing. Exit code 0: nothing worse than a warning; 1: something must be mended; 2: the
    configuration cannot be used.
    """
    with refusing_bad_configuration(as_json=as_json):
        settings = load(config, secrets_dir, assignments=assignments or ())
    set_up_logging(settings.log.format, "error")  # what is logged on the way is said by the findings
    found = asyncio.run(examine(settings, Clock(), send=send))
    if as_json:
        print_json({**report_as_json(found, settings.language), "config": str(settings.config_path)})
    else:
        print_table(Console(highlight=False), found, settings.language)
    raise typer.Exit(FAILED if worst(found).is_failing else 0)


async def examine(settings: Settings, clock: Clock, *, send: bool) -> list[Finding]:
    """Everything, in the order a person would mend it."""
    found = [*of_configuration(settings), *await of_store(settings), *await of_sinks(settings)]
    acting = [name for name in settings.accounts if acts_with(settings, name)]
    found += without_doubles(await examine_accounts(settings.accounts, clock, acting))
    found += await of_actions(settings, clock)
    if send:
        worth = [finding for finding in found if finding.severity is not Grade.OK]
        event = findings_event(Occasion.DOCTOR, settings.accounts, worth, clock.now())
        found += await send_to_sinks(settings, event, clock)
    return found
