"""What the models refuse, as lines for people: where, which key, what is wrong, what to do.

No line shows a value the models refused: it may be a secret in the wrong place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args
from zoneinfo import available_timezones

import msgspec
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from alertd.config.coming import COMING_KEYS, EXCHANGES
from alertd.config.keys import dotted, fitting, is_secret, key_names, models_at, value_at, variable
from alertd.config.layers import Layer, origin_of
from alertd.config.settings import Settings
from alertd.config.toml_lines import Path
from alertd.config.words import Asked, example_of, has_an_example, refusal_words
from alertd.rules.nearest import did_you_mean

COMING = "not available in this version yet; remove it"
_VARIANT_KEYS = ("exchange", "type")


class Given(msgspec.Struct, frozen=True):
    """A configuration as it was read: `layers`, highest precedence first; `values`, all of them merged."""

    layers: Sequence[Layer]
    values: Mapping[str, Any]

    def line(self, path: Path, text: str) -> str:
        """`config/alertd.toml:12: accounts.main.region: ...`."""
        path = self._written(path)
        return f"{origin_of(self.layers, path)}: {dotted(path)}: {text}"

    def _written(self, path: Path) -> Path:
        """The key as the user wrote it: what came from `[account_defaults]` is reported once, there."""
        default: Path = ("account_defaults", *path[2:])
        if path[:1] != ("accounts",) or len(path) < 3 or self._is_given(path) or not self._is_given(default):
            return path
        return default

    def _is_given(self, path: Path) -> bool:
        return any(value_at(layer.values, path) is not None for layer in self.layers)


def secret_places(path: Path) -> str:
    """How to give a secret."""
    return f"set the environment variable {variable(path)} or the secret file {dotted(path)}"


def refusals(error: ValidationError, given: Given) -> list[str]:
    """One line for each key that was refused."""
    details = error.errors(include_url=False, include_context=True, include_input=False)
    placed = [(path, detail) for detail in details for path in _paths_of(detail, given.values)]
    # What stands in a table whose name or exchange is refused is not worth a line.
    closed = [path for path, detail in placed if _is_name(detail)]
    closed += [path[:-1] for path, detail in placed if _is_exchange(path, detail)]
    texts: dict[Path, list[str]] = {}
    examples: dict[Path, str] = {}
    for path, detail in placed:
        if any(path[: len(table)] == table for table in closed) and not _closes(path, detail):
            continue
        told = texts.setdefault(path, [])
        text = _text(detail, path, given)
        if text not in told:
            told.append(text)
        if text != COMING and has_an_example(detail["type"]) and not is_secret(Settings, path):
            examples[path] = example_of(_asked(path, given.values))
    return [given.line(path, ", or ".join(told) + examples.get(path, "")) for path, told in texts.items()]


def _is_name(detail: ErrorDetails) -> bool:
    return detail["loc"][-1:] == ("[key]",)


def _is_exchange(path: Path, detail: ErrorDetails) -> bool:
    return detail["type"] == "union_tag_invalid" and path[-1:] == ("exchange",)


def _closes(path: Path, detail: ErrorDetails) -> bool:
    return _is_name(detail) or _is_exchange(path, detail)


def _paths_of(detail: ErrorDetails, values: Mapping[str, Any]) -> list[Path]:
    """Where the finding stands: for a table that is refused for keys of a later version, those keys."""
    path = _path_of(detail, values)
    table = value_at(values, path)
    given = list(table) if isinstance(table, Mapping) and detail["type"] == "value_error" else []
    coming = [(*path, key) for key in given if key in _coming(path, values)]
    return coming or [path]


def _path_of(detail: ErrorDetails, values: Mapping[str, Any]) -> Path:
    """pydantic's location without the names of variants and validators it passes through."""
    path: Path = ()
    here: object = values
    variant_passed = False
    parts = detail["loc"]
    for index, part in enumerate(parts):
        models = models_at(Settings, path)
        if not variant_passed and len(models) > 1 and part in _tags(models):
            variant_passed = True
            continue
        inner = value_at(here, (part,))
        is_given = inner is not None or (isinstance(here, Mapping) and part in here)
        is_missing = index == len(parts) - 1 and any(part in key_names(model) for model in models)
        if not is_given and not is_missing:
            continue
        path, here, variant_passed = (*path, part), inner, False
    # Where the word that chooses among variants is wrong or missing, the table around it is named.
    return (*path, "exchange") if "'exchange'" in str(detail.get("ctx", {}).get("discriminator")) else path


def _tags(models: Sequence[type[BaseModel]]) -> set[object]:
    """The words that choose among `models`."""
    fields = [model.model_fields.get(name) for model in models for name in _VARIANT_KEYS]
    return {tag for field in fields if field is not None for tag in get_args(field.annotation)}


def _text(detail: ErrorDetails, path: Path, given: Given) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown_key(path, given.values)
    if str(path[-1]) in _coming(path[:-1], given.values):
        return COMING
    if kind in ("missing", "union_tag_not_found") or (
        is_secret(Settings, path) and not value_at(given.values, path)
    ):
        return _missing(path, given.values)
    if _is_exchange(path, detail):
        return _exchange(str(value_at(given.values, path)))
    if _is_name(detail):
        return "is no name: write lower-case letters, digits and _, beginning with a letter"
    if kind == "zoneinfo_str":
        return _zone(str(value_at(given.values, path)))
    return refusal_words(detail, _asked(path, given.values))


def _asked(path: Path, values: Mapping[str, Any]) -> Asked:
    """The key, also of an entry in its list, with what its model says."""
    size = len(path)
    while size and isinstance(path[size - 1], int):
        size -= 1
    table, name = path[: size - 1], path[size - 1]
    models = fitting(models_at(Settings, table), value_at(values, table))
    fields = (
        field for model in models for own, field in model.model_fields.items() if name in (own, field.alias)
    )
    return Asked(path=path, given=value_at(values, path), field=next(fields, None))


def _unknown_key(path: Path, values: Mapping[str, Any]) -> str:
    table, key = path[:-1], str(path[-1])
    variants = models_at(Settings, table)
    chosen = fitting(variants, value_at(values, table))
    coming = _coming(table, values)
    if key in coming:
        return COMING
    owners = [model for model in variants if model not in chosen and key in key_names(model)]
    if owners:
        belongs = " or ".join(f'"{tag}"' for tag in sorted(map(str, _tags(owners))))
        return f"does not belong to {_variant(table, values)}, only to {belongs}; remove it"
    known = {name for model in chosen for name in key_names(model)}
    return f"unknown key{did_you_mean(key, known - coming)}"


def _coming(table: Path, values: Mapping[str, Any]) -> set[str]:
    """The keys of `table` that a later version serves."""
    chosen = fitting(models_at(Settings, table), value_at(values, table))
    return {name for model in chosen for name in COMING_KEYS.get(model, ())}


def _variant(table: Path, values: Mapping[str, Any]) -> str:
    for name in _VARIANT_KEYS:
        tag = value_at(values, (*table, name))
        if tag is not None:
            return f'{name} = "{tag}"'
    return "this table"


def _missing(path: Path, values: Mapping[str, Any]) -> str:
    if is_secret(Settings, path):
        state = "missing" if value_at(values, path) is None else "empty"
        return f"the secret is {state}; {secret_places(path)}"
    if path[-1] == "exchange":
        return f'missing; write exchange = "{EXCHANGES[0]}"'
    return "missing"


def _exchange(name: str) -> str:
    available = " or ".join(f'"{known}"' for known in EXCHANGES)
    return f'unknown exchange "{name}"; available: {available}'


def _zone(name: str) -> str:
    close = get_close_matches(name, sorted(available_timezones()), n=1)
    hint = f'did you mean "{close[0]}"?' if close else 'write an IANA name, such as "Europe/Berlin"'
    return f'unknown time zone "{name}"; {hint}'
