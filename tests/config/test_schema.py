"""The JSON Schema for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from alertd.config.coming import COMING_KEYS, COMING_SECTIONS
from alertd.config.schema import configuration_schema, schema_text

WRITTEN = Path(__file__).parents[2] / "config" / "alertd.schema.json"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return configuration_schema()


def test_the_written_file_is_up_to_date() -> None:
    """If this fails: `alertd schema > config/alertd.schema.json`."""
    assert WRITTEN.read_text(encoding="utf-8") == schema_text()


def test_it_is_the_same_on_every_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    monkeypatch.setenv("ALERTD_WEB__PORT", "1")
    assert json.loads(schema_text()) == json.loads(WRITTEN.read_text(encoding="utf-8"))


def test_secrets_are_not_required_in_the_file(schema: dict[str, Any]) -> None:
    assert "required" not in schema["$defs"]["OkxAccount"]
    assert "required" not in schema["$defs"]["SinkSettings"]
    assert "api_key" in schema["$defs"]["OkxAccount"]["properties"]


@pytest.mark.parametrize("section", ["accounts", "sinks"])
def test_names_are_as_the_loader_wants_them(section: str, schema: dict[str, Any]) -> None:
    tables = schema["properties"][section]
    assert list(tables["patternProperties"]) == ["^[a-z][a-z0-9_]*$"]
    assert tables["additionalProperties"] is False


def test_it_offers_nothing_of_a_later_version(schema: dict[str, Any]) -> None:
    assert not set(COMING_SECTIONS) & set(schema["properties"])
    for model, coming in COMING_KEYS.items():
        properties = schema["$defs"].get(model.__name__, schema)["properties"]
        assert not set(coming) & set(properties), model.__name__


def test_a_built_in_rule_may_be_adjusted_by_some_keys(schema: dict[str, Any]) -> None:
    rules = schema["properties"]["rules"]
    assert {"$ref": "#/$defs/AdjustedLadderSettings"} in rules["properties"]["margin_ratio"]["anyOf"]
    assert "required" not in schema["$defs"]["AdjustedLadderSettings"]
    assert "levels" in schema["$defs"]["LadderSettings"]["required"]


def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    def references(value: object) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [found for inner in value.values() for found in references(inner)]
        return [found for inner in value for found in references(inner)] if isinstance(value, list) else []

    found = references(schema)
    assert found
    assert {ref.removeprefix("#/$defs/") for ref in found} <= set(schema["$defs"])
