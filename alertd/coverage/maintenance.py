"""Which windows of maintenance are known, what is to be told of each and when, and what they explain. Pure.

The exchange gives its rows no id: a window is known again by its title and part, one that was moved too. What
was told stands in `Known`, so that a restart tells nothing twice; alerts in the store hold the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec
from msgspec import structs

from alertd.domain.events import MaintenanceStage as Stage
from alertd.domain.maintenance import Excuse, Window, WindowState

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# Exchanges begin a little early. Afterwards the next try of a stream may be a minute away.
EARLY = timedelta(seconds=60)
OVERRUN_AFTER = timedelta(seconds=120)
# A list without a window may be an old copy of it.
GONE_AFTER = timedelta(seconds=90)
# A plan without an end explains no more than this.
WITHOUT_END = timedelta(hours=1)
MOVED = timedelta(seconds=60)  # less than that is no change worth a message
REMEMBERED = timedelta(days=7)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """One window. `name`: stays the same when it is moved. `begin`: the window's, or when it was first seen.

    `told`: the last stage that was told; None: nothing yet. `former`: begin and end as told, where they are
    other ones now and that is still to be told. `revision` counts that. `missing_since`: no longer listed.
    """

    name: str
    begin: datetime
    window: Window
    told: Stage | None = None
    former: tuple[datetime | None, datetime | None] | None = None
    revision: int = 0
    missing_since: datetime | None = None
    ended_at: datetime | None = None


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """The present. `asked_at`: when the exchange last gave its list; None: never in this process.

    `is_blind`: an account that is concerned is not seen.
    """

    now: datetime
    asked_at: datetime | None = None
    is_blind: bool = False


def listed(known: Iterable[Known], windows: Sequence[Window], now: datetime) -> tuple[Known, ...]:
    """What is known after the exchange gave its list."""
    left = list(windows)
    after = [_followed(one, window, now) for one, window in _matched(known, left)]
    for window in left:
        is_past = window.end is not None and window.end <= now and window.state is not WindowState.RUNNING
        if not (window.is_ended or is_past):
            after.append(_first_seen(window, {one.name for one in after}, now))
    return tuple(one for one in after if not _is_forgotten(one, now))


def missing(known: Iterable[Known], windows: Sequence[Window]) -> bool:
    """Whether a window that has not ended is not listed: what became of it is worth asking."""
    left = list(windows)
    return any(found is None and one.ended_at is None for one, found in _matched(known, left))


def settled(one: Known, look: Look) -> Known:
    """Past its end a window is over unless the exchange's list says that it goes on. Only a list says so."""
    end = one.window.end
    if one.ended_at is not None or end is None or look.now < end + OVERRUN_AFTER:
        return one
    if look.asked_at is None or look.asked_at < end or _goes_on(one, look):
        return one
    return _ended(one, WindowState.OVER, look.now)


def due(one: Known, look: Look) -> Stage | None:
    """What is to be told of it now, if anybody is concerned."""
    if one.ended_at is not None:
        if one.told in (None, Stage.OVER, Stage.CANCELLED):
            return None
        return Stage.CANCELLED if one.window.state is WindowState.CANCELLED else Stage.OVER
    is_past = one.window.end is not None and one.window.end <= look.now
    if one.told is not None and one.former is not None and not is_past:
        return Stage.CHANGED
    reached = _reached(one, look)
    if reached is None or one.told is reached:
        return None
    if reached is Stage.OVERRUN:
        return reached
    if reached is Stage.RUNNING:
        return reached if one.told is None else None
    if reached is Stage.HOUR:
        return reached if one.told in (None, Stage.DAY, Stage.CHANGED) else None
    return reached if one.told in (None, Stage.CHANGED) else None


def told(one: Known, stage: Stage, look: Look) -> Known:
    """The same after a stage was told."""
    if stage is not Stage.CHANGED:
        return structs.replace(one, told=stage, former=None)
    # A change says all that the stage it has reached would say, but not that it lasts beyond its end.
    reached = _reached(one, look)
    return structs.replace(one, told=stage if reached in (None, Stage.OVERRUN) else reached, former=None)


def excuse(one: Known, now: datetime) -> Excuse | None:
    """What this window explains at `now`: that an account is not seen, if it was planned and does not last
    longer than was said.
    """
    window, begin = one.window, one.begin
    if not (window.planned and window.blinds) or window.state is WindowState.CANCELLED:
        return None
    ends = begin + WITHOUT_END if window.end is None else window.end + OVERRUN_AFTER
    if one.ended_at is not None:
        ends = min(ends, one.ended_at + OVERRUN_AFTER)
    if one.told is Stage.OVERRUN or not begin - EARLY <= now < ends:
        return None
    return Excuse(since=begin - EARLY, until=window.end)


def is_under_way(one: Known, now: datetime) -> bool:
    """It has begun and not ended."""
    return one.ended_at is None and (one.begin <= now or one.window.state is WindowState.RUNNING)


def encoded(known: Iterable[Known]) -> str:
    """As text for the store."""
    return msgspec.json.encode(list(known)).decode()


def decoded(text: str | None) -> tuple[Known, ...]:
    """The inverse; nothing where the text is of another version: what was told is in the alerts."""
    try:
        return tuple(msgspec.json.decode(text or "[]", type=list[Known]))
    except msgspec.MsgspecError:
        return ()


def _reached(one: Known, look: Look) -> Stage | None:
    window, left = one.window, one.begin - look.now
    if window.end is not None and look.now >= window.end:
        is_long = look.now >= window.end + OVERRUN_AFTER
        return Stage.OVERRUN if is_long and _goes_on(one, look) else None
    if window.state is WindowState.RUNNING or left <= timedelta():
        return Stage.RUNNING
    if left <= HOUR:
        return Stage.HOUR
    return Stage.DAY if left <= DAY else None


def _goes_on(one: Known, look: Look) -> bool:
    """Whether it lasts beyond its end: the exchange says so, or it is not asked and not seen either."""
    end = one.window.end
    if look.asked_at is not None and end is not None and look.asked_at >= end:
        return one.window.state is WindowState.RUNNING and one.missing_since is None
    return look.is_blind


def _first_seen(window: Window, taken: Collection[str], now: datetime) -> Known:
    begin = window.begin or now
    named = "/".join((window.title, window.system, str(begin)))
    name = sha256(named.encode("utf-8", "replace")).hexdigest()[:12]
    while name in taken:  # of two services, with ends of their own
        name += "+"
    return Known(name=name, begin=begin, window=structs.replace(window, begin=begin))


def _followed(one: Known, window: Window | None, now: datetime) -> Known:
    if window is None:
        if one.ended_at is not None:
            return one
        since = one.missing_since or now
        if now - since >= GONE_AFTER:
            state = WindowState.CANCELLED if now < one.begin else WindowState.OVER
            return _ended(one, state, now)
        return structs.replace(one, missing_since=since)
    newer = structs.replace(
        window, begin=window.begin or one.begin, planned=window.planned or one.window.planned
    )
    if window.is_ended:
        # The end stays as it was told: one that came early is no change of plan.
        return one if one.ended_at is not None else _ended(one, window.state, now)
    if one.ended_at is not None:
        if window.state is not WindowState.RUNNING and (newer.end is None or newer.end <= now):
            return one
        one = structs.replace(one, told=None, former=None, revision=one.revision + 1)
    return _changed(one, newer)


def _changed(one: Known, newer: Window) -> Known:
    before = one.window
    begin = newer.begin or one.begin
    after = structs.replace(one, begin=begin, window=newer, missing_since=None, ended_at=None)
    if one.told is None or not (_differs(before.begin, newer.begin) or _differs(before.end, newer.end)):
        return after
    # What was told is what it is compared with, however often it changes before that is told again.
    former = one.former or (before.begin, before.end)
    if not (_differs(former[0], newer.begin) or _differs(former[1], newer.end)):
        return structs.replace(after, former=None)
    return structs.replace(after, former=former, revision=one.revision + 1)


def _ended(one: Known, state: WindowState, now: datetime) -> Known:
    window = structs.replace(one.window, state=state)
    return structs.replace(one, window=window, former=None, missing_since=None, ended_at=now)


def _differs(one: datetime | None, other: datetime | None) -> bool:
    if one is None or other is None:
        return one is not other
    return abs(one - other) >= MOVED


def _matched(known: Iterable[Known], left: list[Window]) -> list[tuple[Known, Window | None]]:
    """Each window that is known with the one that is listed for it, which is taken out of `left`.

    The same times first; then, of one title, whatever is left in the order of time: those were moved.
    """
    ordered = sorted(known, key=lambda one: (one.ended_at is not None, one.begin))
    found: dict[str, Window] = {}
    for is_same in (_is_unchanged, _is_unmoved, _is_moved):
        for one in ordered:
            if one.name in found:
                continue
            fitting = [window for window in left if is_same(one, window)]
            if fitting:
                found[one.name] = min(fitting, key=lambda window: window.begin or one.begin)
                left.remove(found[one.name])
    return [(one, found.get(one.name)) for one in ordered]


def _is_unchanged(one: Known, window: Window) -> bool:
    return _is_unmoved(one, window) and not _differs(one.window.end, window.end)


def _is_unmoved(one: Known, window: Window) -> bool:
    same_begin = window.begin is None or not _differs(one.begin, window.begin)
    return _is_alike(one, window) and same_begin


def _is_moved(one: Known, window: Window) -> bool:
    """What has ended is not moved: the next one of that title is another one."""
    return _is_alike(one, window) and one.ended_at is None and not window.is_ended


def _is_alike(one: Known, window: Window) -> bool:
    return (one.window.title, one.window.system) == (window.title, window.system)


def _is_forgotten(one: Known, now: datetime) -> bool:
    return one.ended_at is not None and now - one.ended_at >= REMEMBERED
