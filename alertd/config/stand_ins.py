"""PURE: what stands in for the secrets of a configuration that is only asked about, as by tests in CI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alertd.config.keys import dotted, fitting, key_names, models_at
from alertd.config.layers import Layer
from alertd.config.settings import Settings
from alertd.config.toml_lines import Path

# By section: the secrets without which a table is refused.
_NEEDED: Mapping[str, Sequence[str]] = {
    "accounts": ("api_key", "api_secret", "passphrase"),
    "sinks": ("url",),
    "watch_for": ("token",),
}


def stand_ins(layers: Sequence[Layer]) -> Layer:
    """The last layer: a value for each secret that none of `layers` need give. No two are the same."""
    found = Layer()
    for path, table in _tables(layers):
        models = fitting(models_at(Settings, path), table)
        for key in _NEEDED[str(path[0])]:
            if any(key in key_names(model) for model in models):
                found.put((*path, key), _stand_in((*path, key)), "")
    found.origins.clear()  # a finding is to name the file
    return found


def _tables(layers: Sequence[Layer]) -> list[tuple[Path, dict[str, Any]]]:
    merged: dict[Path, dict[str, Any]] = {}
    for layer in reversed(layers):
        for section in _NEEDED:
            named = layer.values.get(section)
            for name, table in named.items() if isinstance(named, Mapping) else ():
                if isinstance(table, Mapping):
                    merged.setdefault((section, name), {}).update(table)
    return list(merged.items())


def _stand_in(path: Path) -> str:
    text = dotted(path).replace(".", "-")
    return f"json://stand-in/{text}" if path[-1] == "url" else f"stand-in-for-{text}"
