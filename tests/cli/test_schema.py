"""`alertd schema`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.console import CommandLine


def test_it_prints_what_stands_in_the_repository(alertd: CommandLine) -> None:
    said = alertd("schema")
    written = Path(__file__).parents[2] / "config" / "alertd.schema.json"
    assert (said.code, said.err) == (0, "")
    assert said.out == written.read_text(encoding="utf-8")
    assert json.loads(said.out)["properties"]["accounts"]
