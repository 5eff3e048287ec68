"""What an intent does next, from what it is and what the exchange says and shows. Pure.

    PLANNED -- read: so already ----------------------------------> NOTHING_TO_DO
    PLANNED -- read: the exchange knows nobody of that name ------> FAILED
    PLANNED -- read: not so, a dry run ---------------------------> REHEARSED
    PLANNED -- read: not so --> SENDING -- answer --> VERIFYING -- read: so --> CONFIRMED
                                   |                     |-- read to the end of a round: not so --> SENDING
                                   |                     |-- rounds and readings are used up --> UNCONFIRMED
                                   |-- not now --> HELD -- read: not so --> SENDING, until its time is up
                                   |-- never ---> FAILED, or UNCONFIRMED after one that may have been taken

A request follows a reading that shows that it is needed, always. It is sent again only where the last one
was surely not taken or lost a race, or where a whole round of readings shows that nothing came of it. Whoever
finds SENDING after a crash reads: what was sent may have been taken.

Source: OKX API guide, "Copy Trading" (read July 2026), which answers a stop before it is done.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from alertd.actions.moves import Moved, Patience, Why, moved
from alertd.actions.performing import Answer, Reading, Said, Seen
from alertd.domain.action import (
    ALL_TRADERS,
    ActionType,
    Exposure,
    Intent,
    IntentState,
    Mode,
    OpenPositions,
    position_name,
)

POLLS_S = (1.0, 2.0, 5.0, 10.0, 30.0)  # the readings of a round, each after so long
MOST_READINGS = 10  # since the last request; those after a round come as late as its last one
MOST_ROUNDS = 3
REPEAT_WITHIN_S = 900.0  # of the beginning, or as long as patience lasts: later things may have changed
MIXED_BEFORE = 3  # so many readings may disagree before the first request: then it is sent all the same


_UNPROVED = {str(why): why for why in (Why.NOBODY_SHOWN, Why.TRADERS_UNPROVED)}


class Wish(StrEnum):
    """What an intent needs now."""

    READ = "read"
    RESOLVE = "resolve"  # the traders it concerns are to be looked up
    WAIT = "wait"
    END = "end"


def wish(intent: Intent, now: datetime) -> Wish:
    """What is to be done with it now. A request is never wished for: it follows a reading."""
    if not intent.is_open:
        return Wish.END
    if intent.state is IntentState.AWAITING or not is_due(intent, now):
        return Wish.WAIT
    return Wish.RESOLVE if intent.trader == ALL_TRADERS else Wish.READ


def is_due(intent: Intent, now: datetime) -> bool:
    """Whether its next move has come. What is farther away than we wait was set by a clock since set back."""
    if intent.next_at is None:
        return True
    wait = intent.next_at - now
    is_ours = intent.state is IntentState.HELD or wait <= timedelta(seconds=POLLS_S[-1])
    return wait <= timedelta(0) or not is_ours


def after_reading(intent: Intent, reading: Reading, now: datetime, patience: Patience) -> Moved:
    """What a reading makes of it. SENDING: the request leaves once that is stored, and not before."""
    intent = msgspec.structs.replace(
        intent,
        readings=intent.readings + 1,
        began_at=intent.began_at or now,
        left=intent.left if reading.exposure is None else reading.exposure,
        had=_had(intent, reading.exposure),
    )
    return _Judged(intent, reading, now, patience).moved()


def after_answer(intent: Intent, answer: Answer, now: datetime, patience: Patience) -> Moved:
    """What the exchange's answer to the request makes of it. Nothing is proved by an answer."""
    said = answer.said
    if said in (Said.NOT_TAKEN, Said.HELD, Said.REFUSED):
        intent = msgspec.structs.replace(intent, rounds=intent.rounds - 1)
    state, wait_s = IntentState.VERIFYING, POLLS_S[0]
    refused_in_turn = intent.requests - intent.rounds
    if said is Said.ALREADY:
        wait_s = 0.0
    elif said is Said.REFUSED:  # one before it may have been taken, and still take effect
        state, wait_s = IntentState.UNCONFIRMED if intent.rounds else IntentState.FAILED, 0.0
    elif said is Said.HELD or (said is Said.NOT_TAKEN and refused_in_turn > len(POLLS_S)):
        state, wait_s = IntentState.HELD, patience.retry_s
    elif said is Said.NOT_TAKEN:
        wait_s = POLLS_S[refused_in_turn - 1]
    return moved(
        intent,
        now,
        state,
        wait_s=wait_s,
        may_repeat=said in (Said.RACE, Said.NOT_TAKEN, Said.HELD),
        readings=0,
        reason=answer.code or str(said),
        detail=answer.detail,
        request=answer.request,
        answer=answer.answer,
    )


def _had(intent: Intent, exposure: Exposure | None) -> tuple[str, ...]:
    open_now = () if exposure is None or exposure.positions is None else exposure.positions
    named = (position_name(one.instrument, one.direction) for one in open_now)
    return tuple(dict.fromkeys((*intent.had, *named)))


class _Judged:
    """One reading of one intent, which counts it already."""

    def __init__(self, intent: Intent, reading: Reading, now: datetime, patience: Patience) -> None:
        self._intent = intent
        self._reading = reading
        self._now = now
        self._patience = patience

    def moved(self) -> Moved:
        intent = self._intent
        if intent.state.may_have_been_sent:
            return self._asked()
        if intent.requests:
            return self._held()
        return self._unsent()

    def _unsent(self) -> Moved:
        """Nothing was sent so far, in no round."""
        seen, readings = self._reading.seen, self._intent.readings
        if seen is Seen.DONE and not self._reading.exists and (code := self._own_code()):
            return self._to(IntentState.FAILED, code)  # nobody of that name: whoever is meant is still copied
        if seen is Seen.DONE:
            already = Why.ALREADY_SO if self._reading.exists else Why.NEVER_WAS
            return self._to(IntentState.NOTHING_TO_DO, already, intent=self._watched())
        if seen is Seen.NOT_DONE or (seen is Seen.MIXED and readings >= MIXED_BEFORE):
            return self._send()
        if seen is Seen.MIXED:
            return self._to(IntentState.PLANNED, Why.READINGS_DISAGREE, wait_s=POLLS_S[readings - 1])
        why = self._own_code() or _UNPROVED.get(self._reading.code, Why.UNREADABLE)
        if self._reading.is_final or self._is_time_up():
            return self._to(IntentState.FAILED, why)
        if readings <= len(POLLS_S):
            return self._to(IntentState.PLANNED, why, wait_s=POLLS_S[readings - 1])
        return self._to(IntentState.HELD, why, wait_s=self._patience.retry_s)

    def _held(self) -> Moved:
        """The last request was refused for now."""
        seen, may_have_worked = self._reading.seen, self._intent.rounds > 0
        if seen is Seen.DONE:
            return self._done()
        if seen is Seen.MIXED:
            self._intent = msgspec.structs.replace(self._intent, readings=1)
            return self._on(Why.READINGS_DISAGREE)
        if not self._is_time_up():
            if seen is Seen.NOT_DONE:
                return self._send()
            return self._to(IntentState.HELD, self._intent.reason, wait_s=self._patience.retry_s)
        if seen is Seen.NOT_DONE or not may_have_worked:
            return self._to(IntentState.FAILED, self._intent.reason)
        return self._to(IntentState.UNCONFIRMED, Why.UNREADABLE)

    def _asked(self) -> Moved:
        """A request may have been taken, or its turn comes again."""
        intent, seen = self._intent, self._reading.seen
        if seen is Seen.DONE:
            return self._done()
        if seen is Seen.MIXED:
            return self._on(Why.READINGS_DISAGREE)
        if seen is Seen.UNREADABLE:
            return self._on(Why.UNREADABLE)
        is_round_over = intent.readings >= len(POLLS_S)
        if (intent.may_repeat or is_round_over) and intent.rounds < MOST_ROUNDS and not self._is_too_late():
            return self._send()
        if is_round_over:
            return self._to(IntentState.UNCONFIRMED, Why.NOT_DONE)
        return self._on(Why.NOT_DONE)

    def _own_code(self) -> str:
        """The exchange's, of digits alone, which says more than a word of ours; "" where it gave none."""
        code = self._reading.code
        return code if code.removeprefix("-").isdigit() else ""

    def _done(self) -> Moved:
        intent, exposure = self._intent, self._reading.exposure
        if intent.type is ActionType.STOP_COPYING and intent.open_positions is OpenPositions.CLOSE_AT_MARKET:
            if exposure is None or exposure.positions is None:
                return self._on(Why.POSITIONS_UNREAD)
            if exposure.positions:
                return self._on(Why.CLOSING, at_the_end=Why.POSITIONS_OPEN)
        return self._to(IntentState.CONFIRMED, "", intent=self._watched())

    def _watched(self) -> Intent:
        """Where nothing is known of the positions they may be open: they are looked at until it is known.

        That there were none before the end is nothing known: one may have been opened since.
        """
        intent = self._intent
        if intent.type is not ActionType.STOP_COPYING or self._reading.exposure is not None:
            return intent
        if intent.left is not None and intent.left.positions:
            return intent
        return msgspec.structs.replace(intent, left=Exposure(at=self._now))

    def _on(self, why: str, at_the_end: str = "") -> Moved:
        """Read again, unless that was done often enough."""
        readings = self._intent.readings
        if readings >= MOST_READINGS:
            return self._to(IntentState.UNCONFIRMED, at_the_end or why)
        return self._to(IntentState.VERIFYING, why, wait_s=POLLS_S[min(readings, len(POLLS_S) - 1)])

    def _send(self) -> Moved:
        intent = self._intent
        if intent.mode is Mode.DRY_RUN:
            return self._to(IntentState.REHEARSED, "", request=self._reading.request)
        counted = msgspec.structs.replace(
            intent, requests=intent.requests + 1, rounds=intent.rounds + 1, may_repeat=False, readings=0
        )
        return self._to(IntentState.SENDING, "", request=self._reading.request, intent=counted)

    def _to(
        self,
        state: IntentState,
        why: str,
        *,
        wait_s: float = 0.0,
        request: str = "",
        intent: Intent | None = None,
    ) -> Moved:
        reading = self._reading
        return moved(
            intent or self._intent,
            self._now,
            state,
            wait_s=wait_s,
            reason=why,
            detail=reading.detail or (reading.code if reading.code != why else ""),
            request=request,
            answer=reading.answer,
        )

    def _is_time_up(self) -> bool:
        return self._age() >= timedelta(seconds=self._patience.retry_for_s)

    def _is_too_late(self) -> bool:
        """After a long halt: somebody may copy the trader anew by now, and on purpose."""
        return self._age() >= timedelta(seconds=max(REPEAT_WITHIN_S, self._patience.retry_for_s))

    def _age(self) -> timedelta:
        return self._now - (self._intent.began_at or self._now)
