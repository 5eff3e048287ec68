"""When a route is quiet: a window of local time on some days of the week. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)")
_A_DAY = timedelta(days=1)


def _days(value: object) -> object:
    """`mon-fri`, `sat, sun`, `fri-mon` or a list of such, as the days of the week in order."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not texts or not all(isinstance(text, str) for text in texts):
        raise ValueError('names no day; write days = "mon-sun", "mon-fri" or ["sat", "sun"]')
    parts = [part.strip() for text in texts for part in text.split(",")]
    named = {day for part in parts for day in _days_of(part)}
    return tuple(day for day in DAYS if day in named)


def _days_of(text: str) -> list[str]:
    first, dash, last = (part.strip() for part in text.lower().partition("-"))
    if first not in DAYS or (dash and last not in DAYS):
        raise ValueError(f'{text!r} is no day; use {", ".join(DAYS)}, or a range such as "mon-fri"')
    begin = DAYS.index(first)
    length = (DAYS.index(last) - begin) % 7 + 1 if dash else 1
    return [DAYS[(begin + step) % 7] for step in range(length)]


def _time(value: object) -> object:
    """TOML has times of its own, which are taken as well."""
    if isinstance(value, time) and not (value.second or value.microsecond):
        return value
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f'{str(value)!r} is no time of the day; write "23:00", from "00:00" to "23:59"')
    return time(int(found["hour"]), int(found["minute"]))


_TimeOfDay = Annotated[
    time,
    BeforeValidator(_time, json_schema_input_type=Annotated[str, Field(pattern=f"^({_TIME.pattern})$")]),
    PlainSerializer(lambda at: at.strftime("%H:%M"), return_type=str),
]


class QuietHours(BaseModel):
    """The `quiet_hours` of a route: from `begin` (the key `from`) until `to`, local time.

    Over midnight where `to` is not later than `from`; the window belongs to the day it begins on. What
    counts is what a clock on the wall shows: an hour that the clocks leave out is in no window, and one that
    comes twice is in it twice. `timezone` None: that of the daemon.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)

    days: Annotated[tuple[str, ...], BeforeValidator(_days, json_schema_input_type=str | tuple[str, ...])] = (
        DAYS
    )
    begin: Annotated[_TimeOfDay, Field(alias="from")]
    to: _TimeOfDay
    timezone: ZoneInfo | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_a_table(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            raise ValueError('is no table; write quiet_hours = { from = "23:00", to = "07:00" }')
        return values

    @model_validator(mode="after")
    def _ends(self) -> QuietHours:
        if self.begin == self.to:
            raise ValueError(
                "from and to are the same time: that is no window; to keep a sink from hearing of this at"
                " all, leave it out of the route"
            )
        return self

    def covers(self, wall: datetime) -> bool:
        """Whether a clock on the wall that shows `wall` (naive) shows a time in the window."""
        shown = wall.time()
        if self.begin < self.to:
            return self.begin <= shown < self.to and self._begins_on(wall)
        if shown >= self.begin:
            return self._begins_on(wall)
        return shown < self.to and self._begins_on(wall - _A_DAY)

    def _begins_on(self, wall: datetime) -> bool:
        return DAYS[wall.weekday()] in self.days


def end_of_quiet(hours: QuietHours, now: datetime, timezone: ZoneInfo) -> datetime | None:
    """When the quiet that holds at `now` is over; None: it is not quiet. `timezone`: that of the daemon.

    The end is the first moment at which a clock on the wall shows a time outside of the window. Where the
    clocks are put back in it, it may become quiet again soon after.
    """
    zone = hours.timezone or timezone
    moment = now.astimezone(UTC)  # only there does adding seconds let seconds pass
    while hours.covers(wall := _wall(moment, zone)):
        ends = moment + _until(hours.to, wall)
        moment = _first_change(moment, ends, zone) or ends
    return moment if moment > now else None


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _until(end: time, wall: datetime) -> timedelta:
    """How long a clock that shows `wall`, and is not touched, takes until it shows `end`. Above 0."""
    left = datetime.combine(wall, end) - wall
    return left if left > timedelta(0) else left + _A_DAY


def _first_change(after: datetime, until: datetime, zone: ZoneInfo) -> datetime | None:
    """When the clocks are changed after `after`, at `until` at the latest; None: they are not.

    To the second, as the time zone database has it. Two changes within a day are not looked for: no zone
    has put its clocks forward and back within one.
    """
    before = after.astimezone(zone).utcoffset()
    if until.astimezone(zone).utcoffset() == before:
        return None
    low, high = int(after.timestamp()), int(until.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)
