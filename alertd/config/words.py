"""PURE: what the models refuse, in people's words: what is accepted there, and an example.

No line shows what was refused, but for a length of time that can be nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, get_args

import msgspec
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from alertd.config.toml_lines import Path

_NUMBERS = ("float", "decimal", "int", "greater", "less", "finite")  # how such kinds of refusal begin
_WHAT: Mapping[str, str] = {
    "bool": "must be true or false",
    "tuple": "must be a list",
    "list": "must be a list",
    "set": "must be a list",
    "frozen": "must be a list",
    "dict": "must be a table",
    "mapping": "must be a table",
    "model": "must be a table",
    "string_type": "must be a text in quotes",
}
_UNITS = {"_s": " of seconds", "_ms": " of milliseconds"}
_SPAN = re.compile(r"\s*(\d{1,6})\s*([smhd])[a-z]*\s*", re.IGNORECASE)
_SPAN_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_LONG_S = 3_600
_NAME_PATTERN = "[a-z][a-z0-9_]*"

# What a key may say, where its default says little. In the words of the file.
EXAMPLES: Mapping[str, str] = {
    "absent_for_s": "3600",
    "after_s": "60",
    "batch_s": "5",
    "can": '["read", "ack"]',
    "count": "3",
    "equal": '["account"]',
    "escalate": '[{ after_s = 60, sinks = ["call"] }]',
    "fall": '"10%"',
    "fallback": '["mail"]',
    "field": '"margin_ratio"',
    "first_s": "60",
    "for_s": "60",
    "from": '"23:00"',
    "hold_better_s": "300",
    "labels": '{ owner = "anna" }',
    "levels": "{ warning = 5.0, critical = 3.0 }",
    "match": '{ account = "main" }',
    "pace_per_minute": "20",
    "quiet_hours": '{ from = "23:00", to = "07:00" }',
    "remind_s": "[300, 900]",
    "resolve_after_s": "86400",
    "sinks": '["phone"]',
    "source": '{ rule = "account_parked" }',
    "target": '{ severity = "warning" }',
    "to": '"07:00"',
    "window_s": "86400",
    "within_s": "3600",
}
# Keys that are headings.
_HEADINGS: Mapping[str, str] = {
    "accounts": "[accounts.main]",
    "actions": "[actions.NAME]",
    "inhibit": "[[inhibit]]",
    "people": "[people.anna]",
    "routes": "[[routes]]",
    "rules": "[rules.NAME]",
    "sinks": "[sinks.phone]",
}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A key that was refused or is missing. `given`: its value; `field`: what the model says of it."""

    path: Path
    given: object = None
    field: FieldInfo | None = None

    @property
    def key(self) -> str:
        """The name of the key, also of an entry in its list."""
        return next((part for part in reversed(self.path) if isinstance(part, str)), "")

    @property
    def is_an_entry(self) -> bool:
        """Whether it is one of a list."""
        return bool(self.path) and isinstance(self.path[-1], int)


def refusal_words(detail: ErrorDetails, asked: Asked) -> str:
    """What must stand there, without an example."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind.startswith(_NUMBERS):
        return f"must be {_number(kind, context, asked)}"
    if kind == "too_short":
        return _at_least(int(context["min_length"]))
    if kind == "too_long":
        return f"must hold at most {context['max_length']} entries"
    if kind == "string_too_short":
        least = int(context["min_length"])
        return "must not be empty" if least == 1 else f"must have at least {least} letters"
    if kind == "string_too_long":
        return f"must have at most {context['max_length']} letters"
    if kind == "string_pattern_mismatch" and _NAME_PATTERN in str(context.get("pattern")):
        return "is no name: write lower-case letters, digits and _, beginning with a letter"
    for begin, words in _WHAT.items():
        if kind.startswith(begin):
            return words
    return detail["msg"].removeprefix("Value error, ").replace("Input should", "must", 1)


def has_an_example(kind: str) -> bool:
    """Whether an example belongs to that kind of refusal: some name their cure, or all that is accepted."""
    return kind == "missing" or kind.startswith((*_NUMBERS, *_WHAT, "too_", "string_too_"))


def example_of(asked: Asked) -> str:
    """`; write remind_s = [300, 900]`, empty where nothing is known."""
    if len(asked.path) == 1 and asked.key in _HEADINGS:
        return f"; write {_HEADINGS[asked.key]}"
    value = _meant(asked) or EXAMPLES.get(asked.key) or _default(asked.field)
    return f"; write {asked.key} = {value}" if value else ""


def _at_least(count: int) -> str:
    return "must hold at least one entry" if count == 1 else f"must hold at least {count} entries"


def _number(kind: str, context: Mapping[str, Any], asked: Asked) -> str:
    """`a number of seconds from 10 to 86400 (24 h)`."""
    is_whole = kind.startswith("int") or (asked.field is not None and int in _types(asked.field.annotation))
    unit = next((words for end, words in _UNITS.items() if asked.key.endswith(end)), "")
    limits = {} if asked.field is None or asked.is_an_entry else dict(_limits_of(asked.field))
    limits = limits or {name: context[name] for name in ("gt", "ge", "lt", "le") if name in context}
    is_time = unit == _UNITS["_s"]
    shown = {name: _plain(value) + (_long(value) if is_time else "") for name, value in limits.items()}
    return f"a {'whole ' if is_whole else ''}number{unit}{_between(shown)}"


def _between(limits: Mapping[str, str]) -> str:
    if "ge" in limits and "le" in limits:
        return f" from {limits['ge']} to {limits['le']}"
    words = {"gt": "above", "ge": "of at least", "lt": "below", "le": "of at most"}
    found = [f"{words[name]} {limits[name]}" for name in words if name in limits]
    return f" {' and '.join(found)}" if found else ""


def _limits_of(field: FieldInfo) -> Iterator[tuple[str, Any]]:
    """The bounds of a field, be they given beside its type or within it."""
    yield from _limits_in(field.metadata)
    for part in get_args(field.annotation):
        yield from _limits_in(getattr(part, "__metadata__", ()))


def _limits_in(metadata: Any) -> Iterator[tuple[str, Any]]:
    for one in metadata:
        if isinstance(one, FieldInfo):
            yield from _limits_in(one.metadata)
            continue
        for name in ("gt", "ge", "lt", "le"):
            if (limit := getattr(one, name, None)) is not None:
                yield name, limit


def _types(annotation: Any) -> set[Any]:
    return {annotation, *(part for one in get_args(annotation) for part in _types(one))}


def _plain(value: Any) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _long(seconds: Any) -> str:
    """` (30 days)`, empty for what everybody can read as it is."""
    if seconds < _LONG_S:
        return ""
    days, hours = seconds / 86_400, seconds / 3_600
    if days > 1:
        return f" ({days:.4g} days)"
    return f" ({hours:.4g} h)"


def _meant(asked: Asked) -> str:
    """A text such as `5m` in the seconds it stands for."""
    found = _SPAN.fullmatch(asked.given) if isinstance(asked.given, str) else None
    if found is None or not asked.key.endswith("_s") or asked.is_an_entry:
        return ""
    seconds = int(found[1]) * _SPAN_S[found[2].lower()]
    return f"[{seconds}]" if EXAMPLES.get(asked.key, "").startswith("[") else str(seconds)


def _default(field: FieldInfo | None) -> str:
    """As it would stand in the file, where it is a plain value that says something."""
    value = None if field is None else field.default
    match value:
        case bool():
            return str(value).lower()
        case int() | Decimal():
            return str(value)
        case float():
            return _plain(value)
        case str() if value:
            return json.dumps(value, ensure_ascii=False)
    return ""
