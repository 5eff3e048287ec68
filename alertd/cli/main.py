"""The command line: joins the command groups. What is heavy is imported by the command that needs it."""

from __future__ import annotations

from typing import Annotated

import typer

from alertd.cli.alerts import ack, alerts, explain
from alertd.cli.check import check
from alertd.cli.coverage import coverage_app, status
from alertd.cli.drill import away, drill
from alertd.cli.lazy import LateGroup, add_placeholders
from alertd.cli.run import run
from alertd.cli.safety import SAFETY_IN_SHORT
from alertd.cli.schema import schema

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
def _alertd(version: Version = False) -> None:
    """Options of alertd itself."""


app.command()(run)
app.command()(check)
app.command()(schema)
app.command()(status)
app.command()(alerts)
app.command()(ack)
app.command()(explain)
app.command()(drill)
app.command()(away)
app.add_typer(coverage_app, name="coverage")
add_placeholders(app)
