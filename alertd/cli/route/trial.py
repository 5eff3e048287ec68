"""What a file of route tests says: events that did not happen, and where each is expected to go."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from alertd.config.keys import dotted
from alertd.config.toml_lines import key_lines
from alertd.config.words import Asked, example_of, has_an_example, refusal_words
from alertd.domain.alert import Severity
from alertd.domain.errors import ConfigError
from alertd.domain.events import RULE_KINDS, EventKind
from alertd.domain.notification import Reason
from alertd.rules.nearest import did_you_mean


def _known_kind(value: object) -> object:
    if value not in RULE_KINDS:
        raise ValueError(f"unknown kind {str(value)!r}{did_you_mean(str(value), RULE_KINDS)}")
    return value


def read_moment(value: object) -> datetime:
    """TOML has times of its own; a text is the same in ISO form. Raises: ValueError with the cure."""
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(str(value))
    except ValueError as exc:
        raise ValueError(
            "is no time; write 2026-11-21T03:00, with +01:00 or as the daemon's clock shows it"
        ) from exc


Moment = Annotated[datetime, BeforeValidator(read_moment)]


class Made(BaseModel):
    """An event that did not happen, of an alert that did not fire. `account` "": the only one, or none.

    `severity` None: critical, of a report info. `sink`: the one that fails, where `kind` is delivery.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    severity: Severity | None = None
    kind: Annotated[EventKind, BeforeValidator(_known_kind)] = EventKind.MARGIN_STATE
    account: str = ""
    instrument: str | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    reason: Reason = Reason.NEW
    sink: str = ""
    minutes_to_liquidation: Decimal | None = None


class Step(BaseModel):
    """One step of a chain, as in a route. Sinks in any order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after_s: float
    sinks: frozenset[str]


class Expected(BaseModel):
    """Where it should go; None: not asked. Sinks in any order.

    `sinks` hear of it, `at_once` those of them that do not wait; `fallback` only if these do not take it.
    `held_until`: the end of quiet hours for all that wait for it, or for each sink that does; "" or {} =
    none waits. `escalate`: the steps of the chain. `remind_s` as in a route: of all sinks that are reminded
    ([] = none is), or by sink, without those that are not.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sinks: frozenset[str] | None = None
    at_once: frozenset[str] | None = None
    fallback: frozenset[str] | None = None
    held_until: str | dict[str, str] | None = None
    escalate: tuple[Step, ...] | None = None
    remind_s: tuple[float, ...] | dict[str, tuple[float, ...]] | None = None


class Trial(BaseModel):
    """One `[[tests]]` entry. `at`: without an offset it is the daemon's local time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    event: Made = Made()
    at: Moment | None = None
    expect: Expected


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    tests: tuple[Trial, ...] = ()


class Placed(msgspec.Struct, frozen=True):
    """A test and where it stands."""

    trial: Trial
    place: str  # FILE:LINE


def read_trials(path: Path) -> list[Placed]:
    """The tests of a file. Raises: ConfigError with one line for each problem."""
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text, parse_float=Decimal)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else str(exc)
        raise ConfigError([f"{path}: cannot be read: {reason}"]) from exc
    lines = key_lines(text)
    try:
        trials = _File.model_validate(values).tests
    except ValidationError as refused:
        raise ConfigError([_line(path, lines, key, detail) for key, detail in _refused(refused)]) from refused
    if not trials:
        raise ConfigError([f"{path}: holds no tests; write [[tests]] with name, event and expect"])
    return [Placed(trial, f"{path}:{lines.get(('tests', at), 1)}") for at, trial in enumerate(trials)]


def refusal_lines(refused: ValidationError) -> list[str]:
    """`KEY: what is wrong with it`, for an event that stands in no file."""
    return [f"{dotted(key)}: {_text(key, detail)}" for key, detail in _refused(refused)]


def _refused(refused: ValidationError) -> list[tuple[tuple[str | int, ...], Any]]:
    """Each key with the first that is wrong with it: of several types it may have, the usual one counts."""
    found: dict[tuple[str | int, ...], Any] = {}
    for detail in refused.errors():
        key = tuple(part for part in detail["loc"] if "[" not in str(part))  # the name of a type
        found.setdefault(key, detail)
    return list(found.items())


def _line(
    path: Path, lines: dict[tuple[str | int, ...], int], key: tuple[str | int, ...], detail: Any
) -> str:
    near = next((lines[key[:size]] for size in range(len(key), 0, -1) if key[:size] in lines), 1)
    return f"{path}:{near}: {dotted(key)}: {_text(key, detail)}"


def _model_at(key: Sequence[str | int]) -> type[BaseModel]:
    if len(key) <= 3:
        return _File if len(key) == 1 else Trial
    if key[2] == "event":
        return Made
    return Expected if len(key) == 4 else Step


def _text(key: Sequence[str | int], detail: Any) -> str:
    if detail["type"] == "extra_forbidden":
        model = _model_at(key)
        return f"unknown key{did_you_mean(str(key[-1]), model.model_fields)}"
    asked = Asked(path=tuple(key), given=detail["input"])
    example = example_of(asked) if has_an_example(detail["type"]) else ""
    return ("missing" if detail["type"] == "missing" else refusal_words(detail, asked)) + example
