"""Reads every place a value may come from; gives the settings, or everything that is wrong at once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from alertd.config.checks import findings
from alertd.config.keys import secrets_in
from alertd.config.layers import Layer
from alertd.config.places import find_config, secrets_folder, state_folder
from alertd.config.problems import Given, refusals
from alertd.config.readers import assignment_layer, environment_layer, secret_files_layer, toml_layer
from alertd.config.settings import Settings, completed
from alertd.config.stand_ins import stand_ins
from alertd.domain.errors import ConfigError
from alertd.sinks.url_secrets import secret_parts
from alertd.telemetry import redact, register_secret
from alertd.web.settings import WebSettings


def load(
    path: Path | None = None,
    secrets_dir: Path | None = None,
    env: Mapping[str, str] | None = None,
    assignments: Sequence[str] = (),
    *,
    needs_secrets: bool = True,
    for_watching: bool = True,
) -> Settings:
    """The settings from `path` (default: the usual places), secret files, environment and `KEY=VALUE` texts.

    `env` None: the process's own. Every secret found is registered for redaction. `needs_secrets` False: who
    only asks what the configuration says gets a value that is none for each secret that is missing.
    `for_watching` False: who only asks an exchange needs no sink, and may have accounts nobody watches.
    Raises: ConfigError with one line for each problem, none of which shows a secret.
    """
    env = os.environ if env is None else env
    config_path = find_config(path, env)
    settings, problems, warnings = _read(
        config_path, secrets_dir, env, assignments, needs_secrets, for_watching
    )
    if settings is None or problems:
        # Raised here, where no local holds what was read: tracebacks with locals exist.
        raise ConfigError(problems)
    settings._config_path = config_path
    settings._state_dir = state_folder(config_path, env)
    settings._warnings = tuple(warnings)
    return settings


def load_web(
    path: Path | None = None, secrets_dir: Path | None = None, env: Mapping[str, str] | None = None
) -> tuple[WebSettings, Path]:
    """Where a daemon with this configuration answers, and its state folder: all that is needed to ask it.

    Whoever asks need not have the secrets of its accounts and sinks. Raises: ConfigError as `load` does,
    where `[web]` cannot be used.
    """
    env = os.environ if env is None else env
    config_path = find_config(path, env)
    table: dict[str, Any] = {}
    for layer in reversed(_layers(config_path, secrets_dir, env, ())):
        given = layer.values.get("web")
        table |= given if isinstance(given, Mapping) else {}
    try:
        web = WebSettings.model_validate(table)
    except ValidationError:
        web = None
    if web is None:  # outside, so that no exception chain holds what was refused
        return load(path, secrets_dir, env).web, state_folder(config_path, env)
    if web.token is not None:
        register_secret(web.token.get_secret_value())
    return web, state_folder(config_path, env)


def _read(
    config_path: Path,
    secrets_dir: Path | None,
    env: Mapping[str, str],
    assignments: Sequence[str],
    needs_secrets: bool,
    for_watching: bool,
) -> tuple[Settings | None, list[str], list[str]]:
    """The settings if the models took them, every problem, every warning."""
    layers = _layers(config_path, secrets_dir, env, assignments)
    invented = [] if needs_secrets else [stand_ins(layers)]
    merged = _Merged(Settings)
    settings, refused = _validate((*(_Given(layer) for layer in (*layers, *invented)), merged))
    given = Given(layers, completed(merged.values))
    for _, secret in secrets_in(Settings, given.values):
        for part in (str(secret), *secret_parts(str(secret))):
            register_secret(part)
    problems = [problem for layer in layers for problem in layer.problems]
    problems += refusals(refused, given) if refused is not None else []
    problems += findings(given, for_watching=for_watching)
    warnings = [warning for layer in layers for warning in layer.warnings]
    return settings, [redact(problem) for problem in sorted(set(problems), key=_place)], warnings


def _place(problem: str) -> tuple[str, int, str]:
    """By file and line, as an editor would walk through them."""
    placed = re.match(r"(.*?):(\d+): ", problem)
    return (placed[1], int(placed[2]), problem) if placed else ("", 0, problem)


def _layers(
    config_path: Path, secrets_dir: Path | None, env: Mapping[str, str], assignments: Sequence[str]
) -> list[Layer]:
    """Highest precedence first."""
    folder = secrets_folder(secrets_dir, env)
    return [
        assignment_layer(assignments, Settings),
        environment_layer(env, Settings),
        secret_files_layer(folder, Settings) if folder is not None else Layer(),
        toml_layer(config_path, Settings),
    ]


def _validate(
    sources: tuple[PydanticBaseSettingsSource, ...],
) -> tuple[Settings | None, ValidationError | None]:
    """Returned, not raised: an error raised here would carry the refused values in its chain."""
    try:
        # The parameter is pydantic-settings' own; the type checker sees the fields only.
        return Settings(_build_sources=(sources, {})), None  # type: ignore[call-arg]
    except ValidationError as refused:
        return None, refused


class _Given(PydanticBaseSettingsSource):
    """One layer, as pydantic-settings takes it."""

    def __init__(self, layer: Layer) -> None:
        super().__init__(Settings)
        self._layer = layer

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        return self._layer.values.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return self._layer.values


class _Merged(PydanticBaseSettingsSource):
    """The last source: gives nothing, keeps what the others gave together."""

    values: Mapping[str, Any] = {}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        self.values = dict(self.current_state)
        return {}
