"""Pause leading at Toobit: a cool-down, written into the leader's settings.

The exchange replaces all settings with what is sent, so they are read right before, and sent back as they
are. Source: Toobit API, "Copy trading: leader".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from alertd.actions.performing import Answer, Reading, Said, Seen
from alertd.actions.toobit_words import (
    FAILURES,
    NOTHING,
    asked,
    clipped,
    code_of,
    not_sent,
    shown_request,
    withheld,
    would_not,
)
from alertd.clock import Clock
from alertd.domain.action import NO_TRADER, ActionType, Exposure, Intent, LeftPosition, Mode
from alertd.domain.errors import ChangeRefused
from alertd.exchanges.toobit import cool_down, stopping
from alertd.exchanges.toobit.leader import LeaderCalls, writing
from alertd.exchanges.toobit.leader_config import LeaderState
from alertd.exchanges.toobit.models import LeaderConfig
from alertd.exchanges.toobit.rest import ToobitRest

_ACTION = ActionType.PAUSE_LEADING
SWITCHED_OFF = "switched_off"  # right before it left
_ROUNDING = timedelta(seconds=30)  # more than lies between a window and the `began_at` of its reading


class _Window(NamedTuple):
    """In the exchange's time, whole seconds. `enough`: one that lasts until then is what was wanted."""

    begins: datetime
    until: datetime
    enough: datetime


class _Looked(NamedTuple):
    """The settings, read twice. `state` None: the rest cannot be read, for the `problem`."""

    first: LeaderConfig
    second: LeaderConfig
    state: LeaderState | None
    problem: str


class ToobitPause:
    """For one account. `pause_s`: from the first request on. What was asked for is remembered by intent.

    `may_send` is asked right before the settings are written.
    """

    def __init__(
        self,
        leader: LeaderCalls,
        rest: ToobitRest,
        pause_s: float,
        clock: Clock,
        may_send: Callable[[], bool] = lambda: True,
    ) -> None:
        self._may_send = may_send
        self._leader = leader
        self._rest = rest
        self._pause = timedelta(seconds=pause_s)
        self._clock = clock
        self._windows: dict[str, _Window] = {}

    async def traders(self) -> Mapping[str, str]:
        """It concerns the account itself."""
        return {NO_TRADER: ""}

    async def read(self, intent: Intent) -> Reading:
        """The settings, twice; and what `send` would write."""
        try:
            await self._rest.server_time_offset_s()
            looked = await self._look()
        except FAILURES as exc:
            return Reading(seen=Seen.UNREADABLE, code=code_of(exc), detail=clipped(str(exc)))
        configs = (looked.first, looked.second)
        if not all(map(cool_down.is_told, configs)):
            return Reading(seen=Seen.UNREADABLE, detail="whether there is a cool-down is not told")
        now = self._server_now()  # after all that takes time: `began_at` follows at once
        window = self._windows[intent.intent_id] = self._window(intent, now)
        votes = [cool_down.is_paused(one, now, window.enough) for one in configs]
        seen = Seen.DONE if all(votes) else Seen.MIXED if any(votes) else Seen.NOT_DONE
        code, detail, request = "", "", ""
        if seen is Seen.NOT_DONE and now >= window.until:
            seen, detail = Seen.UNREADABLE, "the time of the cool-down is over: it is not shown any more"
        elif seen is not Seen.DONE:
            request, detail = _wanted(looked, window)
            if request.startswith(NOTHING) and intent.mode is Mode.DRY_RUN:
                seen, code = Seen.UNREADABLE, stopping.UNFIT_SETTINGS  # it could not be carried out
        shown = f"cool-down: {_shown(looked.first)}; read again: {_shown(looked.second)}"
        return Reading(
            seen=seen,
            code=code,
            detail=detail or _going_on(looked),
            answer=clipped(f"{shown}; {_going_on(looked)}"),
            request=request,
        )

    async def send(self, intent: Intent) -> Answer:
        """Reads everything once more, and writes the settings with the cool-down, once."""
        now = self._server_now()
        window = self._windows.get(intent.intent_id) or self._window(intent, now)
        try:
            state = await self._leader.state()
            if cool_down.is_paused(state.config, now, window.enough):
                return Answer(said=Said.ALREADY, detail=f"cool-down: {_shown(state.config)}")
            planned = cool_down.pausing(state, window.begins, window.until)
        except ChangeRefused as exc:
            return withheld(_ACTION, stopping.UNFIT_SETTINGS, str(exc))
        except FAILURES as exc:
            return not_sent(_ACTION, exc)
        if not self._may_send():
            return Answer(said=Said.NOT_TAKEN, code=SWITCHED_OFF)
        return await asked(_ACTION, writing(planned), lambda: self._leader.write_config(planned))

    async def exposure(self, intent: Intent) -> Exposure:  # noqa: ARG002 - it concerns the account itself
        """What is led now. It goes on, and is not left by a pause, so no reading tells it as if it were.

        In which unit the exchange tells the size is not documented.
        """
        try:
            orders = await self._leader.orders()
        except FAILURES:
            return Exposure(at=self._clock.now())
        if orders.is_null or orders.bad:
            return Exposure(at=self._clock.now())
        led = (
            LeftPosition(
                instrument=one.instrument,
                direction=one.direction,
                size=one.quantity,
                currency=one.instrument.rpartition("-")[2],
            )
            for one in orders.items
        )
        return Exposure(at=self._clock.now(), positions=tuple(led))

    async def _look(self) -> _Looked:
        """Raises: RequestRefused, RequestUnavailable."""
        state, problem = None, ""
        try:
            state = await self._leader.state()
            first = state.config
        except ChangeRefused as exc:
            problem = str(exc)
            first = await self._leader.config()
        return _Looked(first, await self._leader.config(), state, problem)

    def _window(self, intent: Intent, now: datetime) -> _Window:
        """Until something may have been taken it begins now. Then it stands, so that what is sent again
        changes nothing more.

        What was asked for before a crash is not known here: it lasted as long from the first reading on, or
        more.
        """
        if not intent.rounds:
            return _Window(now, now + self._pause, now + self._pause)
        known = self._windows.get(intent.intent_id)
        if known is not None:
            return known
        began_at = ((intent.began_at or intent.planned_at) + self._offset()).replace(microsecond=0)
        return _Window(now, began_at + self._pause, began_at + self._pause - _ROUNDING)

    def _server_now(self) -> datetime:
        return (self._clock.now() + self._offset()).replace(microsecond=0)

    def _offset(self) -> timedelta:
        return timedelta(seconds=self._rest.host.offset_s or 0.0)


def _wanted(looked: _Looked, window: _Window) -> tuple[str, str]:
    """What would be sent, and what is to be told of it."""
    if looked.state is None:
        return would_not(looked.problem), clipped(looked.problem)
    try:
        planned = cool_down.pausing(looked.state, window.begins, window.until)
    except ChangeRefused as exc:
        return would_not(str(exc)), clipped(str(exc))
    return shown_request(writing(planned)), cool_down.replaced(looked.state, planned, window.begins)


def _going_on(looked: _Looked) -> str:
    """A pause closes nothing."""
    if looked.state is None:
        return "what is led now could not be read"
    names = ", ".join(one.instrument for one in looked.state.orders)
    return f"what is led now goes on: {names or 'nothing'}"


def _shown(config: LeaderConfig) -> str:
    if not config.has_cool_down:
        return "none"
    begins, ends = config.cool_down_from, config.cool_down_until
    return f"{begins.isoformat() if begins else '?'} to {ends.isoformat() if ends else '?'}"
