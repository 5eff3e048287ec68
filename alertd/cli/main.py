"""The command line: joins the command groups. What is heavy is imported by the command that needs it."""

from __future__ import annotations

import gc
from typing import Annotated

import typer

from alertd.cli.lazy import LateGroup, add_placeholders
from alertd.cli.run import run
from alertd.cli.safety import SAFETY_IN_SHORT

app = typer.Typer(
    name="alertd",
    cls=LateGroup,
    help="Risk alerts for copy traders, lead traders and small desks on OKX and Toobit.",
    epilog=SAFETY_IN_SHORT,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # a local may be a secret
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from alertd import __version__

        typer.echo(f"alertd {__version__}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
]


@app.callback()
def _alertd(ctx: typer.Context, version: Version = False) -> None:  # noqa: ARG001 - done by its callback
    """Options of alertd itself."""
    if ctx.invoked_subcommand != "run":  # which has more to import, and collects from then on
        gc.enable()


app.command()(run)
add_placeholders(app)
