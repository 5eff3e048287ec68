"""PURE: the JSON Schema of the configuration file, for editors."""

from __future__ import annotations

import json
from typing import Any

from alertd.config.coming import COMING_KEYS, EXCHANGES
from alertd.config.settings import Settings
from alertd.rules.builtin import BUILTIN_RULES


def configuration_schema() -> dict[str, Any]:
    """The schema of the TOML file alone: secrets are not required in it, they may come from elsewhere."""
    schema = Settings.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    definitions = schema["$defs"]
    for model, coming in COMING_KEYS.items():
        for key in coming:
            definitions.get(model.__name__, schema)["properties"].pop(key, None)
    for definition in definitions.values():
        _do_not_require_secrets(definition)
    # [account_defaults] may name the exchange; without it in its table an account counts as one of OKX.
    definitions["OkxAccount"].pop("required", None)
    accounts = (definitions["OkxAccount"], definitions["ToobitAccount"])
    schema["properties"]["account_defaults"] = _account_defaults(*accounts)
    for named in ("accounts", "sinks"):
        schema["properties"][named]["additionalProperties"] = False
    schema["properties"]["rules"] = _rules(schema["properties"]["rules"], definitions)
    return schema


def schema_text() -> str:
    """What stands in `config/alertd.schema.json`."""
    return json.dumps(configuration_schema(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _do_not_require_secrets(definition: dict[str, Any]) -> None:
    properties = definition.get("properties", {})
    required = [name for name in definition.get("required", []) if not properties[name].get("writeOnly")]
    definition.pop("required", None)
    if required:
        definition["required"] = required


def _account_defaults(*accounts: dict[str, Any]) -> dict[str, Any]:
    properties = {key: value for one in reversed(accounts) for key, value in one["properties"].items()}
    properties["exchange"] = {"enum": list(EXCHANGES), "title": "Exchange", "type": "string"}
    return {
        "type": "object",
        "description": "Keys for all accounts; each account may say otherwise.",
        "properties": properties,
        "additionalProperties": False,
    }


def _rules(rules: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """A table named like a built-in rule needs only the keys that differ."""
    ((pattern, any_rule),) = rules["patternProperties"].items()
    adjusted = {}
    for name, rule in BUILTIN_RULES.items():
        model = type(rule).__name__
        definitions[f"Adjusted{model}"] = {k: v for k, v in definitions[model].items() if k != "required"}
        either = [{"$ref": f"#/$defs/Adjusted{model}"}, any_rule]
        adjusted[name] = {"anyOf": either, "description": f"Adjusts the built-in rule {name}."}
    return {
        "type": "object",
        "title": "Rules",
        "properties": adjusted,
        "propertyNames": {"pattern": pattern},
        "additionalProperties": any_rule,
    }
