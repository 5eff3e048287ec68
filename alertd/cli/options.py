"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

ConfigPath = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="PATH",
        help="Configuration file. Default: $ALERTD_CONFIG, ./config/alertd.toml, /etc/alertd/alertd.toml.",
    ),
]
SecretsDir = Annotated[
    Path | None,
    typer.Option(
        "--secrets-dir",
        metavar="PATH",
        help="Folder of secret files, named like accounts.main.api_key. "
        "Default: $CREDENTIALS_DIRECTORY, /run/secrets.",
    ),
]
Assignments = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Set one key, over every other source; may be repeated. Not for secrets: others can see them.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
TextLanguage = Annotated[Literal["en", "zh"], typer.Option("--language", help="Language of the answer.")]
