"""Scripted hours for demos and tests: what happens when, and what an alerting daemon is expected to notice.

Data only. What a step does stands in its actions, which are each exchange's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Action = TypeVar("Action")


@dataclass(frozen=True, slots=True)
class Words:
    """The same in English and Chinese."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing a daemon should tell of, named by event kind. `rule`, `subject`: where more than the kind is
    meant.

    subject: the instrument, the cross margin's currency or the infoType. `is_certain` False: depends on pace
    and grace.
    """

    kind: str
    severity: str
    rule: str = ""
    subject: str = ""
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class Step(Generic[Action]):
    """`at_s`: market seconds since the scenario began."""

    at_s: float
    description: Words
    actions: tuple[Action, ...]
    expected: tuple[Expected, ...] = ()


@dataclass(frozen=True, slots=True)
class Script(Generic[Action]):
    """`duration_s`: market seconds until everything expected had time to arrive."""

    name: str
    steps: tuple[Step[Action], ...]
    duration_s: float
