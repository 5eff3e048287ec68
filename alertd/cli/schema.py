"""`alertd schema`: the JSON Schema of the configuration."""

from __future__ import annotations

import typer


def schema() -> None:
    """Print the JSON Schema of the configuration file."""
    from alertd.config.schema import schema_text

    typer.echo(schema_text(), nl=False)
