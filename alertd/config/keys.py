"""PURE: what the settings models say about a key: which keys stand beside it, and what it holds.

Works on annotations, because most questions are about keys that no model has accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr

from alertd.config.toml_lines import Path


def shapes_at(model: type[BaseModel], path: Path) -> list[Any]:
    """The plain types a value at `path` may have: one for each variant. Empty: no such key."""
    shapes: list[Any] = [model]
    if path[:1] == ("account_defaults",) and len(path) > 1:
        path = ("accounts", "any", *path[1:])  # the keys of an account, for all of them
    for part in path:
        shapes = [inner for shape in shapes for inner in _inside(shape, part)]
    return shapes


def models_at(model: type[BaseModel], path: Path) -> list[type[BaseModel]]:
    """The settings models that may describe the table at `path`: one for each variant."""
    return [shape for shape in shapes_at(model, path) if _is_model(shape)]


def key_names(model: type[BaseModel]) -> set[str]:
    """The keys of a table as they stand in the file."""
    return {field.alias or name for name, field in model.model_fields.items()}


def fitting(models: Sequence[type[BaseModel]], table: object) -> list[type[BaseModel]]:
    """Those of `models` whose `type` or `exchange` is the one `table` names; all where none is."""
    if not isinstance(table, Mapping):
        return list(models)
    return [model for model in models if _names_variant(model, table)] or list(models)


def holds_tables(shapes: Sequence[Any]) -> bool:
    """Whether the value is a table or a list, which a plain text must be read into."""
    return any(_is_model(shape) or get_origin(shape) in (dict, list, tuple) for shape in shapes)


def is_list(shapes: Sequence[Any]) -> bool:
    """Whether the value can only be a list."""
    return bool(shapes) and all(get_origin(shape) in (list, tuple) for shape in shapes)


def is_secret(model: type[BaseModel], path: Path) -> bool:
    """Whether the value at `path` must never be shown."""
    return SecretStr in shapes_at(model, path)


def secrets_in(model: type[BaseModel], value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Every secret in a configuration as it was read, with its key."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from secrets_in(model, inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from secrets_in(model, inner, (*path, index))
    elif is_secret(model, path) and not _names_a_file(value):
        yield path, value


def dotted(path: Path) -> str:
    """The key as people write it: `accounts.main.region`, `routes[0].sinks`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def variable(path: Path) -> str:
    """The environment variable of a key: `ALERTD_ACCOUNTS__MAIN__API_KEY`."""
    return PREFIX + "__".join(str(part).upper() for part in path)


PREFIX = "ALERTD_"


def value_at(values: object, path: Path) -> object:
    """The value at `path`, None where there is none."""
    for part in path:
        if isinstance(values, Mapping):
            values = values.get(part)
        elif isinstance(values, list) and isinstance(part, int) and part < len(values):
            values = values[part]
        else:
            return None
    return values


def _names_a_file(value: object) -> bool:
    """A URL of the store is secret for its password, which SQLite has none of."""
    return isinstance(value, str) and value.startswith("sqlite:")


def _inside(shape: Any, part: str | int) -> Iterator[Any]:
    if _is_model(shape):
        for name, field in shape.model_fields.items():
            if part == (field.alias or name):
                yield from _plain(field.annotation)
    elif get_origin(shape) in (dict, list):
        yield from _plain(get_args(shape)[-1])
    elif get_origin(shape) is tuple:
        yield from _plain(get_args(shape)[0])


def _plain(annotation: Any) -> Iterator[Any]:
    """Without Annotated; each member of a union on its own."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _plain(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for member in get_args(annotation):
            yield from _plain(member)
    elif annotation is not type(None):
        yield annotation


def _is_model(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, BaseModel)


def _names_variant(model: type[BaseModel], table: Mapping[Any, Any]) -> bool:
    for name in ("exchange", "type"):
        field = model.model_fields.get(name)
        if field is not None and name in table and get_origin(field.annotation) is Literal:
            return table[name] in get_args(field.annotation)
    return True
