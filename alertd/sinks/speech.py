"""One reader's way of hearing things: language, timezone and the present. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from alertd.domain.events import Event, Source
from alertd.sinks.figures import clean, number, percent
from alertd.sinks.privacy import Privacy
from alertd.sinks.texts import PHRASES, TEXTS, Language

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400
_LEARNED_LATE_S = 5.0  # sooner than that is no later than a push may come
_EXACT_UP_TO_S = 300.0
# Zone abbreviations mean different places to different people, so the zone's own name stands beside them.
_UNMISTAKABLE = ("UTC",)
_EXCHANGE_NAMES = {"okx": "OKX", "toobit": "Toobit"}


class Reader(msgspec.Struct, frozen=True):
    """Who reads at one sink."""

    language: Language
    timezone: ZoneInfo
    privacy: Privacy = "full"

    def at(self, now: datetime) -> Speech:
        """What this reader is told at that moment."""
        return Speech(self.language, self.timezone, now, self.privacy)


class Speech(msgspec.Struct, frozen=True):
    """Says keys of the texts, and figures and times, in one language."""

    language: Language
    timezone: ZoneInfo
    now: datetime
    privacy: Privacy = "full"

    @property
    def shows_money(self) -> bool:
        """Whether the reader may see amounts, sizes and prices."""
        return self.privacy == "full"

    def say(self, key: str, **parts: str) -> str:
        """The text of `key` with its placeholders filled."""
        return PHRASES[self.language][key] % parts

    def template(self, key: str) -> str:
        """The text of `key`, its placeholders still in it."""
        return TEXTS[self.language][key]

    def knows(self, key: str) -> bool:
        """Whether there is a text of that key."""
        return key in TEXTS[self.language]

    def percent(self, fraction: Decimal) -> str:
        """1.8 as `180 %`."""
        return self.say("percent", number=percent(fraction))

    def duration(self, seconds: float) -> str:
        """A length of time in the unit a person would choose; `seconds` is not negative."""
        if seconds < 10:
            return self.say("seconds", number=f"{seconds:.1f}")
        if seconds < _MINUTE_S:
            return self.say("seconds", number=f"{int(seconds)}")
        if seconds < _HOUR_S:
            return self.say("minutes", number=f"{int(seconds // _MINUTE_S)}")
        if seconds < 2 * _DAY_S:
            hours, rest = divmod(int(seconds), _HOUR_S)
            return self.say("hours", hours=str(hours), minutes=str(rest // _MINUTE_S))
        return self.say("days", number=f"{int(min(seconds, 1e12) // _DAY_S):,}")

    def exact_duration(self, seconds: float) -> str:
        """As `duration`, below an hour to the second."""
        if not _MINUTE_S <= seconds < _HOUR_S:
            return self.duration(seconds)
        minutes, rest = divmod(int(seconds), _MINUTE_S)
        return self.say("minutes_and_seconds", minutes=str(minutes), seconds=str(rest))

    def minutes(self, minutes: Decimal) -> str:
        """Minutes left until something happens."""
        if minutes < 1:
            return self.say("under_a_minute")
        if minutes < 10:
            return self.say("minutes", number=number(minutes.quantize(Decimal("0.1"))))
        return self.duration(float(min(minutes, Decimal(10) ** 9)) * _MINUTE_S)

    def moment(self, at: datetime) -> str:
        """Date, time and the name of the zone."""
        return _moment(at.replace(microsecond=0), self.timezone)

    def clock_time(self, at: datetime) -> str:
        """Hours and minutes, with the date where it is not today's. For lists: it names no zone."""
        day, time, with_day = _clock_time(at.replace(second=0, microsecond=0), self.timezone)
        today, _, _ = _clock_time(self.now.replace(second=0, microsecond=0), self.timezone)
        return time if day == today else with_day

    def since(self, at: datetime) -> str:
        """A moment and how long ago it was."""
        return self.say("since", moment=self.moment(at), ago=self.duration(seconds_between(at, self.now)))

    def learned_late(self, event: Event) -> str:
        """How long after the fact the exchange's records told it; empty where they did not, or at once."""
        if event.source is not Source.RECONCILE or event.observed_at is None:
            return ""
        late_s = seconds_between(event.observed_at, event.received_at)
        if late_s < _LEARNED_LATE_S:
            return ""
        exact = late_s < _EXACT_UP_TO_S
        return self.say("seconds", number=f"{late_s:.0f}") if exact else self.duration(late_s)

    def direction(self, event: Event) -> str:
        """`long`, `short`, or nothing where it is not known."""
        return self.say(f"direction_{event.direction}") if event.direction else ""

    def exchange(self, event: Event) -> str:
        """The exchange's name as it writes itself."""
        return _EXCHANGE_NAMES.get(event.exchange, clean(event.exchange)) or self.say("exchange_unnamed")

    def account(self, event: Event) -> str:
        """The account's name in the configuration."""
        return clean(event.account)


@lru_cache(maxsize=256)  # of many alerts of one moment
def _moment(at: datetime, timezone: ZoneInfo) -> str:
    local = _local(at, timezone)
    zone = local.tzname() or "UTC"
    name = timezone.key or zone
    zone = zone if zone in _UNMISTAKABLE or zone == name else f"{zone}, {name}"
    return f"{local.replace(tzinfo=None).isoformat(' ', 'seconds')} ({zone})"


@lru_cache(maxsize=256)
def _clock_time(at: datetime, timezone: ZoneInfo) -> tuple[date, str, str]:
    """The day, the time, and both."""
    local = _local(at, timezone)
    return local.date(), f"{local:%H:%M}", f"{local:%m-%d %H:%M}"


def _local(at: datetime, timezone: ZoneInfo) -> datetime:
    try:
        return at.astimezone(timezone)
    except (OverflowError, ValueError):  # the first or last day of the calendar
        return at.replace(tzinfo=UTC)


def seconds_between(earlier: datetime, later: datetime) -> float:
    """How long it took, never negative: two clocks may disagree."""
    return max(0.0, (later - earlier).total_seconds())
