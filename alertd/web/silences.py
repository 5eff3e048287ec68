"""GET and POST /api/v1/silences, POST /api/v1/silences/expire: what is to be left quiet for a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from secrets import choice
from typing import Annotated, Any

import msgspec

from alertd.alerts.lifecycle import Changes
from alertd.alerts.mutes import SILENCE
from alertd.alerts.silences import is_in_force, named_one
from alertd.domain.alert import Alert
from alertd.domain.command import AddSilence, CommandRefused, ExpireSilence
from alertd.domain.people import Right
from alertd.domain.silence import Matchers, Silence
from alertd.web.alerts import summary, time
from alertd.web.writing import Asked, Json, Write

MOST_NAMED = 100
LONGEST_S = 366 * 86_400.0  # the configuration's own bound is far below

_Glob = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_Globs = Annotated[list[_Glob], msgspec.Meta(max_length=50)]
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_ID_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # none that is read as another
_ID_LENGTH = 8


class MatchersBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Globs; every key given must fit."""

    severity: _Globs = []
    kind: _Globs = []
    account: _Globs = []
    exchange: _Globs = []
    instrument: _Globs = []
    rule: _Globs = []
    labels: Annotated[dict[_Glob, _Globs], msgspec.Meta(max_length=20)] = {}

    def matchers(self) -> Matchers:
        """The same for the command."""
        globs = {name: tuple(getattr(self, name)) for name in self.__struct_fields__ if name != "labels"}
        labels = {name: tuple(values) for name, values in self.labels.items()}
        return Matchers(**globs, labels=labels)


class SilenceBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of `for_s` (seconds from its beginning) and `until`. `starts_at`: now, where it is not given."""

    comment: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    matchers: MatchersBody = MatchersBody()
    for_s: Annotated[float, msgspec.Meta(gt=0, le=LONGEST_S)] | None = None
    until: _Moment | None = None
    starts_at: _Moment | None = None
    force: bool = False


class ExpireBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`id`: which silence, or how its id begins."""

    id: Annotated[str, msgspec.Meta(max_length=100)]
    comment: Annotated[str, msgspec.Meta(max_length=500)] = ""


async def add_silence(asked: Asked[SilenceBody]) -> Json:
    """`silence` as it was stored, and what it covers now: `covers` of them, of very many some in `alerts`."""
    body, now = asked.body, asked.doors.now()
    matchers = body.matchers.matchers()
    asked.doors.names().check_matchers(matchers)
    silence_id = _new_id()
    command = AddSilence(
        person=asked.person,
        at=now,
        comment=body.comment,
        silence_id=silence_id,
        matchers=matchers,
        ends_at=_ends_at(body, body.starts_at or now),
        starts_at=body.starts_at,
        forced=body.force,
    )
    changes = await asked.doors.command(command)
    name = SILENCE + silence_id
    covered = {alert.fingerprint: alert for alert in changes.alerts if name in alert.muted_by}
    return {
        "silence": shown(_of(silence_id, changes), len(covered), asked.doors.now()),
        "covers": len(covered),
        "alerts": [summary(alert) for alert in list(covered.values())[:MOST_NAMED]],
    }


async def expire_silence(asked: Asked[ExpireBody]) -> Json:
    """`silence` as it ended, and what is still bad and told now: `told` of them, some in `alerts`."""
    body, now = asked.body, asked.doors.now()
    name = named_one(body.id, asked.doors.silences()).silence_id
    command = ExpireSilence(person=asked.person, at=now, comment=body.comment, silence_id=name)
    changes = await asked.doors.command(command)
    named = [alert for told in changes.notifications for alert in (told.alert, *told.also)]
    return {
        "silence": shown(_of(name, changes), 0, asked.doors.now()),
        "told": len(named),
        "alerts": [summary(alert) for alert in named[:MOST_NAMED]],
    }


def listed(silences: Collection[Silence], alerts: Collection[Alert], now: datetime) -> list[Json]:
    """Each with how many open alerts it mutes now: those that run by their ends, then the others, the newest
    first.
    """
    mutes: dict[str, int] = {}
    for alert in alerts:
        for name in alert.muted_by:
            mutes[name] = mutes.get(name, 0) + 1
    running = sorted((one for one in silences if one.ended_at is None), key=lambda one: one.ends_at)
    over = sorted((one for one in silences if one.ended_at is not None), key=_ended_at, reverse=True)
    return [shown(one, mutes.get(SILENCE + one.silence_id, 0), now) for one in (*running, *over)]


def shown(silence: Silence, mutes: int, now: datetime) -> Json:
    """A silence. `mutes`: how many open alerts it keeps quiet."""
    return {
        "id": silence.silence_id,
        "state": _state(silence, now),
        "matchers": _matchers(silence.matchers),
        "force": silence.forced,
        "person": silence.person,
        "comment": silence.comment,
        "created_at": time(silence.created_at),
        "starts_at": time(silence.starts_at),
        "ends_at": time(silence.ends_at),
        "ended_at": time(silence.ended_at),
        "mutes": mutes,
    }


def _state(silence: Silence, now: datetime) -> str:
    if silence.ended_at is not None or now >= silence.ends_at:
        return "over"
    return "active" if is_in_force(silence, now) else "coming"


def _matchers(matchers: Matchers) -> Json:
    given: Mapping[str, Any] = msgspec.to_builtins(matchers)
    return {name: globs for name, globs in given.items() if globs}


def _ends_at(body: SilenceBody, starts_at: datetime) -> datetime:
    if (body.for_s is None) == (body.until is None):
        raise CommandRefused("not clear how long", 'send one of "for_s" and "until"')
    return body.until if body.until is not None else starts_at + timedelta(seconds=body.for_s or 0)


def _of(silence_id: str, changes: Changes) -> Silence:
    """Its newest version."""
    return [one for one in changes.silences if one.silence_id == silence_id][-1]


def _ended_at(silence: Silence) -> datetime:
    return silence.ended_at or silence.ends_at


def _new_id() -> str:
    return "".join(choice(_ID_LETTERS) for _ in range(_ID_LENGTH))


ADD_SILENCE = Write("/api/v1/silences", Right.ACK, SilenceBody, add_silence)
EXPIRE_SILENCE = Write("/api/v1/silences/expire", Right.ACK, ExpireBody, expire_silence)
