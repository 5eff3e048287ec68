"""Inserts in the words of each database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from sqlalchemy import Insert

_NAMES = ("sqlite", "postgresql")


class PerDialect(Mapping[str, Insert]):
    """By the dialect's name, made when first asked for: who uses one database does not load the other's.

    `make` gets the dialect's own `insert`, which knows what to do on a conflict.
    """

    def __init__(self, make: Callable[[Any], Insert]) -> None:
        self._make = make
        self._made: dict[str, Insert] = {}

    def __getitem__(self, name: str) -> Insert:
        if name not in self._made:
            if name not in _NAMES:
                raise KeyError(name)
            self._made[name] = self._make(import_module(f"sqlalchemy.dialects.{name}").insert)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMES)

    def __len__(self) -> int:
        return len(_NAMES)
