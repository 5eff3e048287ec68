"""PURE: one layer of values for each place they come from, and where every value stood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from alertd.config.keys import dotted, value_at
from alertd.config.toml_lines import Path


class Layer(msgspec.Struct):
    """What one place gave. `problems` end the start, `warnings` do not; none of them shows a value."""

    values: dict[str, Any] = msgspec.field(default_factory=dict)
    origins: dict[Path, str] = msgspec.field(default_factory=dict)
    problems: list[str] = msgspec.field(default_factory=list)
    warnings: list[str] = msgspec.field(default_factory=list)

    def put(self, path: Path, value: object, origin: str) -> None:
        """Place one value; what stands in its way is a problem."""
        table: Any = self.values
        for part in path[:-1]:
            table = table.setdefault(part, {})
            if not isinstance(table, dict):
                self.problems.append(
                    f"{origin}: {dotted(path)}: {part} is also given as a plain value; keep one"
                )
                return
        last = path[-1]
        if isinstance(table.get(last), dict) and not isinstance(value, dict):
            self.problems.append(f"{origin}: {dotted(path)}: is a section; name one of its keys")
            return
        table[last] = value
        self.origins[path] = origin

    def origin(self, path: Path) -> str:
        """Where `path` stood: its own place, that of the table around it, or that of its first key."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.origins:
                return self.origins[path[:length]]
        inside = [known for known in self.origins if path and known[: len(path)] == path]
        return self.origins[inside[0]] if inside else self.origins.get((), "")


def origin_of(layers: Sequence[Layer], path: Path) -> str:
    """Where the value at `path` stood; for a key that is missing, where the table around it stands.

    `layers`: highest precedence first.
    """
    for layer in layers:
        if value_at(layer.values, path) is not None:
            return layer.origin(path)
    for length in range(len(path) - 1, 0, -1):
        for layer in reversed(layers):
            if value_at(layer.values, path[:length]) is not None:
                return layer.origin(path[:length])
    return layers[-1].origin(())
