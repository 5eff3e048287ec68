"""`alertd run`: the daemon."""

from __future__ import annotations

import asyncio
import gc
import threading
from importlib import import_module
from typing import TYPE_CHECKING

import typer

from alertd.cli.loops import LoopChoice, loop_factory
from alertd.cli.options import Assignments, ConfigPath, SecretsDir
from alertd.cli.output import print_warnings, refusing_bad_configuration
from alertd.cli.safety import safety_text

if TYPE_CHECKING:
    from alertd.config import Settings


def run(
    config: ConfigPath = None,
    secrets_dir: SecretsDir = None,
    assignments: Assignments = None,
    loop: LoopChoice = "auto",
) -> None:
    """Run the daemon: watch the accounts, deliver the alerts."""
    # What importing makes stays: to look for garbage in it costs a tenth of the start. The daemon collects.
    gc.disable()  # as it is already, unless somebody else than `python -m alertd` calls
    # While it is imported it reads the system's authorities, twice, and lets Python go on here meanwhile.
    # Waited for at an exit: a thread inside the TLS library must not meet its end.
    threading.Thread(target=import_module, args=("aiohttp",), name="import-aiohttp").start()
    from alertd.config import load

    with refusing_bad_configuration():
        settings = load(config, secrets_dir, assignments=assignments or ())
        found = settings.config_path

        def read() -> Settings:
            return load(found, secrets_dir, assignments=assignments or ())

        print_warnings(settings.warnings)
        # Late: it brings the HTTP stack, the store and the sinks.
        from alertd.cli.process import run_daemon

        def tell_safety() -> None:
            typer.echo(safety_text(settings.language), err=True)

        with asyncio.Runner(loop_factory=loop_factory(loop)) as runner:
            code = runner.run(run_daemon(settings, tell_safety, read))
    raise typer.Exit(code)
