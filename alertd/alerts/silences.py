"""The silences people ask for: which may be made, which cover an alert, when each wants attention. Pure.

A silence covers what it matches from `starts_at` until `ends_at`; critical alerts only where it was forced.
It is told a while before it ends. All of that stands in its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

import msgspec

from alertd.alerts.matching import Accepts, accepting, readings
from alertd.domain.alert import Alert, Severity
from alertd.domain.command import AddSilence, CommandRefused
from alertd.domain.silence import Matchers, Silence

WARNED_BEFORE_S = 600.0  # or a tenth of its length, where that is less
MAX_S = 86_400.0
SHORTEST_ID = 4  # letters of an id that name a silence, where no other one begins with them

_FORCE = "force it (--force), or leave critical alerts out (--severity warning --severity info)"
_NAMED_AT_MOST = 3


class _Known(msgspec.Struct, frozen=True):
    silence: Silence
    accepts: Accepts


class Silences:
    """All that are stored, by their ids. `labels` by account; `max_s`: the longest that is accepted."""

    def __init__(
        self,
        stored: Iterable[Silence] = (),
        labels: Mapping[str, Mapping[str, str]] | None = None,
        max_s: float = MAX_S,
    ) -> None:
        self.labels = labels or {}
        self.max_s = max_s
        self._known: dict[str, _Known] = {}
        self._running: dict[str, _Known] = {}  # not ended; all that an alert is held against
        for silence in stored:
            self.put(silence)

    def __bool__(self) -> bool:
        """Whether there is any that has not ended."""
        return bool(self._running)

    def put(self, silence: Silence) -> None:
        """Take a new silence, or a newer version of one."""
        former = self._known.get(silence.silence_id)
        accepts = accepting(silence.matchers) if former is None else former.accepts
        known = _Known(silence, accepts)
        self._known[silence.silence_id] = known
        if silence.ended_at is None:
            self._running[silence.silence_id] = known
        else:
            self._running.pop(silence.silence_id, None)

    def all(self) -> list[Silence]:
        """Be they over or not."""
        return [known.silence for known in self._known.values()]

    def running(self) -> list[Silence]:
        """Those whose end was not dealt with, be they begun or not."""
        return [known.silence for known in self._running.values()]

    def running_one(self, silence_id: str) -> Silence:
        """The one of that id that has not ended. Raises: CommandRefused, also where there is none."""
        known = self._known.get(silence_id)
        if known is None:
            raise CommandRefused(f"there is no silence {silence_id!r}", "see alertd silence list")
        if known.silence.ended_at is not None:
            raise CommandRefused(
                f"silence {silence_id} ended already, at {_moment(known.silence.ended_at)}",
                "nothing is to be done",
            )
        return known.silence

    def covering(self, alert: Alert, now: datetime) -> tuple[str, ...]:
        """The ids of those in force that cover this alert, whether it broke them or not.

        Trouble of several accounts is covered where it would be for each of them.
        """
        if not self._running:
            return ()
        meant = readings(alert, self.labels)
        return tuple(
            name
            for name, known in self._running.items()
            if is_in_force(known.silence, now) and _covers(known, alert, meant)
        )

    def made(self, command: AddSilence, open_alerts: Iterable[Alert], now: datetime) -> Silence:
        """The silence a person asks for; not taken yet.

        Raises: CommandRefused: its times, or critical alerts without force.
        """
        if command.silence_id in self._known:
            raise CommandRefused(f"there is a silence {command.silence_id!r} already", "ask again")
        starts_at = max(command.starts_at or now, now)
        self._check_times(starts_at, command.ends_at)
        if not command.forced:
            accepts = accepting(command.matchers)
            hit = [alert for alert in open_alerts if all(map(accepts, readings(alert, self.labels)))]
            _check_force(command.matchers, hit)
        return Silence(
            silence_id=command.silence_id,
            matchers=command.matchers,
            person=command.person,
            comment=command.comment,
            created_at=now,
            starts_at=starts_at,
            ends_at=command.ends_at,
            forced=command.forced,
        )

    def _check_times(self, starts_at: datetime, ends_at: datetime) -> None:
        if ends_at <= starts_at:
            raise CommandRefused(f"the silence would end at {_moment(ends_at)}", "give a time to come")
        if ends_at - starts_at > timedelta(seconds=self.max_s):
            length_s = (ends_at - starts_at).total_seconds()
            raise CommandRefused(
                f"{_length(length_s)} is longer than a silence may be ({_length(self.max_s)})",
                "make it shorter and renew it when it is told to end, or raise [silences] max_s",
            )


def named_one(name: str, silences: Iterable[Silence]) -> Silence:
    """The one of that id, or whose id alone begins so; of several the one that has not ended.

    Raises: CommandRefused where there is none, where there are several, or `name` is too short.
    """
    wanted = name.strip().lower()
    known = {silence.silence_id: silence for silence in silences}
    if (exact := known.get(name) or known.get(wanted)) is not None:
        return exact
    if len(wanted) < SHORTEST_ID:
        raise CommandRefused(
            f"the id {name!r} is too short",
            f"give at least {SHORTEST_ID} of its letters, as alertd silence list shows them",
        )
    fitting = [silence for silence in known.values() if silence.silence_id.startswith(wanted)]
    fitting = [silence for silence in fitting if silence.ended_at is None] or fitting
    if len(fitting) > 1:
        ids = ", ".join(sorted(silence.silence_id for silence in fitting))
        raise CommandRefused(f"the id {name!r} means several silences", f"give more of {ids}")
    if not fitting:
        raise CommandRefused(f"there is no silence {name!r}", "see alertd silence list")
    return fitting[0]


def is_in_force(silence: Silence, now: datetime) -> bool:
    """Whether it mutes at this moment."""
    return silence.ended_at is None and silence.starts_at <= now < silence.ends_at


def warn_at(silence: Silence) -> datetime:
    """When people are told that it ends soon."""
    tenth = (silence.ends_at - silence.starts_at) / 10
    return silence.ends_at - min(tenth, timedelta(seconds=WARNED_BEFORE_S))


def next_look(silence: Silence) -> datetime:
    """When it wants attention next: it begins, is told to end soon, or ends."""
    if silence.began_at is None:
        return silence.starts_at
    return silence.ends_at if silence.warned_at is not None else warn_at(silence)


def _covers(known: _Known, alert: Alert, meant: Iterable[Alert]) -> bool:
    if alert.severity is Severity.CRITICAL and not known.silence.forced:
        return False
    return all(map(known.accepts, meant))


def _check_force(matchers: Matchers, hit: Iterable[Alert]) -> None:
    """Raises: CommandRefused where it asks for what only a forced silence may do."""
    critical = [alert for alert in hit if alert.severity is Severity.CRITICAL]
    if matchers == Matchers():
        raise CommandRefused("it would match every alert, critical ones too", f"say which, or {_FORCE}")
    if any(fnmatchcase(Severity.CRITICAL, glob) for glob in matchers.severity):
        raise CommandRefused("it names critical alerts, which only a forced silence covers", _FORCE)
    if critical:
        named = ", ".join(_named(alert) for alert in critical[:_NAMED_AT_MOST])
        more = f" and {len(critical) - _NAMED_AT_MOST} more" if len(critical) > _NAMED_AT_MOST else ""
        raise CommandRefused(f"it matches what is critical now: {named}{more}", _FORCE)


def _named(alert: Alert) -> str:
    name = alert.fingerprint
    return " ".join(part for part in (name.account, name.rule, name.subject) if part)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _length(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours:.4g} h" if hours >= 1 else f"{seconds / 60:.4g} min"
