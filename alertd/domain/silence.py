"""A silence: for a time nothing is told of what it matches."""

from __future__ import annotations

from datetime import datetime

import msgspec

from alertd.domain.alert import Alert


class Matchers(msgspec.Struct, frozen=True, kw_only=True):
    """Every key given must match one of its globs, as in a route. Empty: anything, present or not."""

    severity: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    account: tuple[str, ...] = ()
    exchange: tuple[str, ...] = ()
    instrument: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    labels: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """`forced`: covers critical alerts too. What a person must be told of it is a fact of its row.

    `began_at`: what was open then is muted. `warned_at`: when it was told that it ends soon. `ended_at`: its
    end was dealt with, by time or by hand. `passed`: what happened under it, was told to nobody and is over
    by its time; of very much the worst and newest, and `unnamed` more.
    """

    silence_id: str
    matchers: Matchers
    person: str
    comment: str
    created_at: datetime
    starts_at: datetime
    ends_at: datetime
    forced: bool = False
    began_at: datetime | None = None
    warned_at: datetime | None = None
    ended_at: datetime | None = None
    passed: tuple[Alert, ...] = ()
    unnamed: int = 0
    version: int = 0
