"""Reads each place values come from into its layer: command line, environment, secret files, TOML file."""

from __future__ import annotations

import json
import re
import stat
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path as FilePath

from pydantic import BaseModel

from alertd.config.keys import (
    PREFIX,
    dotted,
    holds_tables,
    is_list,
    is_secret,
    secrets_in,
    shapes_at,
    variable,
)
from alertd.config.layers import Layer
from alertd.config.places import SecretsFolder
from alertd.config.toml_lines import Path, key_lines
from alertd.domain.errors import ConfigError

_NOT_KEYS = frozenset({"ALERTD_CONFIG", "ALERTD_LOOP"})
# Kubernetes gives these to every container beside a service that is named alertd.
_KUBERNETES = re.compile(r"ALERTD_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_.*)?)")
_ALL_MAY_READ = stat.S_IROTH


def toml_layer(path: FilePath, model: type[BaseModel]) -> Layer:
    """The TOML file. Raises: ConfigError if it cannot be read as TOML at all."""
    problem: str
    try:
        text = path.read_bytes().decode("utf-8-sig")
        values = tomllib.loads(text, parse_float=Decimal)
    except OSError as exc:
        problem = f"{path}: cannot be read: {exc.strerror}"
    except UnicodeDecodeError:
        problem = f"{path}: is not UTF-8 text; save it as UTF-8"
    except tomllib.TOMLDecodeError as exc:
        problem = f'{path}: is not valid TOML: {exc.args[0]}; texts need quotes, as in name = "value"'
    else:
        layer = Layer(values=values)
        layer.origins = {key: f"{path}:{line}" for key, line in key_lines(text).items()}
        layer.origins.setdefault((), str(path))
        if any(True for _ in secrets_in(model, values)) and path.stat().st_mode & _ALL_MAY_READ:
            layer.warnings.append(f"{path}: holds secrets and every user may read it; chmod 600 {path}")
        return layer
    # Raised here and not above, so that no exception chain holds the text of the file.
    raise ConfigError([problem])


def environment_layer(env: Mapping[str, str], model: type[BaseModel]) -> Layer:
    """The variables that begin with `ALERTD_`; `__` goes one level down."""
    layer = Layer()
    for name in sorted(env):
        if not name.startswith(PREFIX) or name in _NOT_KEYS or _KUBERNETES.fullmatch(name):
            continue
        path: Path = tuple(name[len(PREFIX) :].lower().split("__"))
        origin = f"environment variable {name}"
        if hint := _one_underscore(path, model):
            layer.problems.append(f"{origin}: {hint}")
        elif "" in path:
            layer.problems.append(f"{origin}: is not a key; write ALERTD_SECTION__NAME__KEY")
        else:
            _put_text(layer, path, env[name], origin, model)
    return layer


def _one_underscore(path: Path, model: type[BaseModel]) -> str:
    """`ALERTD_WEB_PORT` for `ALERTD_WEB__PORT`: the usual slip, which no nearest key would explain."""
    first = str(path[0])
    section = next((name for name in model.model_fields if first.startswith(f"{name}_")), None)
    if section is None or first in model.model_fields:
        return ""
    meant = variable((section, first[len(section) + 1 :], *path[1:]))
    return f"unknown key {dotted(path)}; levels are separated by two underscores, as in {meant}"


def assignment_layer(assignments: Sequence[str], model: type[BaseModel]) -> Layer:
    """`KEY=VALUE` texts of the command line; the key is dotted."""
    layer = Layer()
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        path: Path = tuple(part.strip() for part in key.split("."))
        if not equals or "" in path:
            layer.problems.append("--set: write KEY=VALUE with a dotted key, as in --set web.port=0")
        else:
            _put_text(layer, path, text, "--set", model)
    return layer


def secret_files_layer(folder: SecretsFolder, model: type[BaseModel]) -> Layer:
    """A folder of files named by dotted keys; a trailing newline is no part of the secret."""
    layer = Layer()
    try:
        files = sorted(
            item for item in folder.path.iterdir() if not item.name.startswith(".") and item.is_file()
        )
    except OSError as exc:
        layer.problems.append(f"{folder.path}: the folder of secret files cannot be read: {exc.strerror}")
        return layer
    for file in files:
        path: Path = tuple(file.name.split("."))
        if folder.shared and not _looks_ours(path, model):
            continue
        _read_secret_file(file, path, folder, model, layer)
    return layer


def _looks_ours(path: Path, model: type[BaseModel]) -> bool:
    """Dotted, and its first part is a section or nearly one: `tls.key` is another program's."""
    return len(path) > 1 and bool(get_close_matches(str(path[0]), model.model_fields, n=1, cutoff=0.75))


def _read_secret_file(
    file: FilePath, path: Path, folder: SecretsFolder, model: type[BaseModel], layer: Layer
) -> None:
    try:
        text = file.read_bytes().decode("utf-8")
        mode = file.stat().st_mode
    except OSError as exc:
        layer.problems.append(f"{file}: {dotted(path)}: the secret file cannot be read: {exc.strerror}")
        return
    except UnicodeDecodeError:
        layer.problems.append(f"{file}: {dotted(path)}: the secret file is not UTF-8 text")
        return
    if mode & _ALL_MAY_READ and not folder.shared:
        layer.warnings.append(f"{file}: every user may read it; chmod 600 {file}")
    _put_text(layer, path, text.rstrip("\r\n"), str(file), model)


def _put_text(layer: Layer, path: Path, text: str, origin: str, model: type[BaseModel]) -> None:
    for length in range(1, len(path)):
        if is_list(shapes_at(model, path[:length])):
            whole = dotted(path[:length])
            layer.problems.append(f"{origin}: {whole}: is a list and given as a whole, as JSON or TOML")
            return
    layer.put(path, read_text(text, path, model), origin)


def read_text(text: str, path: Path, model: type[BaseModel]) -> object:
    """A value given as text: lists and tables are read as TOML or JSON, the rest is left to the models."""
    shapes = shapes_at(model, path)
    if is_secret(model, path) or not holds_tables(shapes):
        return text
    try:
        read = tomllib.loads(f"value = {text}", parse_float=Decimal)
        if set(read) == {"value"}:
            return read["value"]
    except tomllib.TOMLDecodeError:
        pass
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError:
        return text
