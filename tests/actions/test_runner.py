"""Covers alertd/actions/runner.py.

The process is killed at every place between two steps, and the exchange answers and shows everything it can.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.actions.copied import TradersUnproved
from alertd.actions.machine import MOST_ROUNDS
from alertd.actions.performing import Answer, Reading, Said, Seen
from alertd.actions.runner import Runner
from alertd.domain.action import ALL_TRADERS, Exposure, Intent, IntentState, Mode, OpenPositions
from alertd.domain.errors import RequestUnavailable
from tests.actions.intents import AT, BODY, LEFT, Exchange, planned
from tests.actions.killing import PATIENCE, House

POSITIONS = (OpenPositions.LEADER_CLOSES, OpenPositions.CLOSE_AT_MARKET)
SHOWN: tuple[tuple[Seen | None, ...], ...] = (
    (None,),
    (Seen.MIXED,),
    (Seen.UNREADABLE,),
    (None, Seen.MIXED, None),
    (None, Seen.UNREADABLE, None),
    (Seen.MIXED, Seen.UNREADABLE, None),
    (None, Seen.MIXED),
    (None, Seen.UNREADABLE),
)


def _scripts(left: OpenPositions) -> Iterator[dict[str, Any]]:
    """Every answer, taken or not, in every sight, quick and slow."""
    closes = (0.0, 4.0, None) if left is OpenPositions.CLOSE_AT_MARKET else (None,)
    for said, shown, effect_s, close_s in itertools.product(Said, SHOWN, (0.0, 20.0), closes):
        for takes in (True, False) if said is Said.UNKNOWN else (True,):
            yield {
                "says": [said],
                "shows": shown,
                "takes_unknown": takes,
                "effect_after_s": effect_s,
                "close_after_s": close_s,
            }


@pytest.mark.parametrize("left", POSITIONS)
async def test_every_answer_in_every_sight_comes_to_an_end_that_is_true(left: OpenPositions) -> None:
    for script in _scripts(left):
        await House(planned(open_positions=left), **script).to_the_end()


@pytest.mark.parametrize("down_for_s", [0.0, 3600.0])
@pytest.mark.parametrize("left", POSITIONS)
async def test_killed_between_any_two_steps_it_ends_with_one_stop_and_the_truth(
    left: OpenPositions, down_for_s: float
) -> None:
    places = 0
    for script in _scripts(left):
        whole = House(planned(open_positions=left), **script)
        await whole.to_the_end()
        for place in range(whole.fuse.passed):
            await House(planned(open_positions=left), place, down_for_s=down_for_s, **script).to_the_end()
            places += 1
    assert places > 1_500, "so many ends of a process were tried"


async def test_killed_twice_at_any_two_places_it_ends_with_one_stop_and_the_truth() -> None:
    intent = planned(open_positions=OpenPositions.CLOSE_AT_MARKET)
    script: dict[str, Any] = {"says": [Said.UNKNOWN], "effect_after_s": 4.0, "close_after_s": 4.0}
    whole = House(intent, **script)
    await whole.to_the_end()
    for places in itertools.combinations(range(whole.fuse.passed + 4), 2):
        await House(intent, *places, **script).to_the_end()


@given(
    says=st.lists(st.sampled_from(Said), max_size=8),
    shows=st.lists(st.sampled_from([None, Seen.MIXED, Seen.UNREADABLE]), min_size=1, max_size=12),
    takes=st.booleans(),
    killed_at=st.sets(st.integers(0, 80), max_size=6),
    left=st.sampled_from(OpenPositions),
    effect_s=st.sampled_from([0.0, 1.0, 7.0, 30.0]),
    close_s=st.sampled_from([0.0, 10.0, None]),
)
async def test_whatever_happens_there_is_one_stop_and_the_truth(
    says: list[Said],
    shows: list[Seen | None],
    takes: bool,
    killed_at: set[int],
    left: OpenPositions,
    effect_s: float,
    close_s: float | None,
) -> None:
    script: dict[str, Any] = {"says": says, "shows": shows, "takes_unknown": takes}
    script |= {"effect_after_s": effect_s, "close_after_s": close_s}
    await House(planned(open_positions=left), *killed_at, **script).to_the_end()


async def test_a_stop_is_read_stored_sent_and_read_until_it_is_so() -> None:
    house = House(planned(), effect_after_s=4.0, close_after_s=None)
    end = await house.to_the_end()
    assert house.journal.states == [IntentState.SENDING, IntentState.VERIFYING, IntentState.CONFIRMED]
    assert (end.requests, end.left and end.left.positions) == (1, (LEFT,))
    assert end.ended_at == AT + timedelta(seconds=8), "read after 1, 2 and 5 s"
    sending, answered = house.journal.steps[:2]
    assert (sending.request, answered.request, answered.answer) == (BODY, BODY, "accepted")


async def test_killed_after_the_request_it_reads_and_sends_nothing_more() -> None:
    whole = House(planned())
    await whole.to_the_end()
    sent_at = 2 + 2 + 1  # a reading, a step, and the request has left
    house = House(planned(), sent_at)
    end = await house.to_the_end()
    assert house.journal.states == [IntentState.SENDING, IntentState.CONFIRMED]
    assert (house.exchange.sent, end.requests) == (1, 1)


async def test_killed_before_the_request_left_it_asks_once_a_whole_round_shows_nothing() -> None:
    house = House(planned(), 4)
    end = await house.to_the_end()
    assert (house.exchange.sent, end.requests, end.state) == (1, 2, IntentState.CONFIRMED)
    assert house.clock.at >= AT + timedelta(seconds=18)


async def test_a_dry_run_reads_the_same_and_says_what_would_be_sent() -> None:
    rehearsed, real = House(planned(mode=Mode.DRY_RUN)), House(planned())
    assert (await rehearsed.to_the_end()).state is IntentState.REHEARSED
    await real.to_the_end()
    assert rehearsed.exchange.sent == 0
    assert rehearsed.journal.steps[0].request == real.journal.steps[0].request == BODY
    assert rehearsed.journal.steps[0].answer == real.journal.steps[0].answer


async def test_what_shows_nothing_to_stop_ends_the_same_dry_or_not() -> None:
    for mode in (Mode.DRY_RUN, Mode.AUTO):
        house = House(planned(mode=mode))
        house.exchange.taken_at.append(AT)
        assert (await house.to_the_end()).state is IntentState.NOTHING_TO_DO
        assert house.exchange.sent == 0


async def test_what_is_refused_for_now_is_tried_slowly_and_not_for_ever() -> None:
    house = House(planned(), says=[Said.HELD] * 99)
    end = await house.to_the_end()
    assert (end.state, end.reason) == (IntentState.FAILED, "code_held")
    assert house.exchange.sent == 10
    assert end.ended_at == AT + timedelta(seconds=600)


async def test_what_is_never_taken_becomes_slow_and_ends() -> None:
    house = House(planned(), says=[Said.NOT_TAKEN] * 99)
    end = await house.to_the_end()
    assert end.state is IntentState.FAILED
    assert house.journal.states[-1] is IntentState.FAILED
    assert IntentState.HELD in house.journal.states
    assert house.exchange.sent == 6 + 9, "after 1, 2, 5, 10 and 30 s, then every minute"


async def test_what_never_comes_true_is_asked_for_three_times_and_called_unproved() -> None:
    house = House(planned(), says=[Said.UNKNOWN] * 99, takes_unknown=False)
    end = await house.to_the_end()
    assert (end.state, end.reason, house.exchange.sent) == (IntentState.UNCONFIRMED, "not_done", MOST_ROUNDS)


async def test_positions_that_do_not_close_are_not_called_done() -> None:
    house = House(planned(open_positions=OpenPositions.CLOSE_AT_MARKET), close_after_s=None)
    end = await house.to_the_end()
    assert (end.state, end.reason, house.exchange.sent) == (IntentState.UNCONFIRMED, "positions_open", 1)
    assert end.left is not None
    assert end.left.positions == (LEFT,)


async def test_what_is_called_off_while_it_reads_is_not_sent() -> None:
    house = House(planned())
    house.journal.is_switched_off = True
    await Runner(house.exchange, house.journal, house.clock, PATIENCE).advance(planned())
    assert house.exchange.sent == 0


class Faulty(Exchange):
    """A performer with a bug."""

    async def read(self, intent: Intent) -> Reading:
        if intent.requests == 0:
            return await super().read(intent)
        raise ZeroDivisionError

    async def send(self, intent: Intent) -> Answer:
        await super().send(intent)
        raise KeyError("data")

    async def exposure(self, intent: Intent) -> Exposure:
        return Exposure(at=self._clock.now(), positions=(LEFT,))


async def test_a_bug_of_a_performer_is_an_unknown_outcome() -> None:
    house = House(planned())
    house.exchange = Faulty(house.clock, house.journal, house.fuse)
    end = await house.to_the_end()
    assert (end.state, end.reason) == (IntentState.UNCONFIRMED, "unreadable")
    assert house.journal.steps[1].reason == "fault"
    assert house.exchange.sent == 1


class Shy(Exchange):
    """Tells its traders at the third time."""

    asked = 0

    async def traders(self) -> Mapping[str, str]:
        self.asked += 1
        if self.asked < 3:
            raise RequestUnavailable("no route to host")
        return await super().traders()


async def test_all_traders_are_looked_up_and_take_its_place() -> None:
    house = House(planned(trader=ALL_TRADERS))
    exchange = Shy(house.clock, house.journal, house.fuse)
    runner = Runner(exchange, house.journal, house.clock, PATIENCE)
    for _ in range(5):
        house.clock.at = house.journal.newest.next_at or house.clock.at
        await runner.advance(house.journal.newest)
        if house.journal.traders:
            break
    assert house.journal.traders == {"25CD5A80241D6FE6": "Ann"}
    assert [step.reason for step in house.journal.steps] == ["unreadable", "unreadable"]
    assert "no route to host" in house.journal.steps[0].detail


class Forgetful(Exchange):
    """Names nobody so many times."""

    empty = 1

    async def traders(self) -> Mapping[str, str]:
        self.empty -= 1
        return {} if self.empty >= 0 else await super().traders()


class Unsure(Exchange):
    """Never knows."""

    async def traders(self) -> Mapping[str, str]:
        raise TradersUnproved("whose are they?")


async def resolved(kind: type[Exchange], empty: int = 0) -> House:
    house = House(planned(trader=ALL_TRADERS))
    exchange = kind(house.clock, house.journal, house.fuse)
    if isinstance(exchange, Forgetful):
        exchange.empty = empty
    for _ in range(40):
        house.clock.at = house.journal.newest.next_at or house.clock.at
        await Runner(exchange, house.journal, house.clock, PATIENCE).advance(house.journal.newest)
        if house.journal.traders is not None or not house.journal.newest.is_open:
            break
    return house


async def test_that_there_is_nobody_is_believed_at_the_second_reading_only() -> None:
    once, twice = await resolved(Forgetful, 1), await resolved(Forgetful, 2)
    assert once.journal.traders == {"25CD5A80241D6FE6": "Ann"}
    assert [step.reason for step in once.journal.steps] == ["nobody_shown"]
    assert (twice.journal.traders, len(twice.journal.steps)) == ({}, 1)


async def test_what_is_never_proved_is_told_tried_again_and_ends_as_not_done() -> None:
    house = await resolved(Unsure)
    assert house.journal.traders is None
    assert house.journal.states == [IntentState.PLANNED, IntentState.HELD, IntentState.FAILED]
    assert {step.reason for step in house.journal.steps} == {"traders_unproved"}


async def test_what_was_left_is_looked_at_until_it_is_closed() -> None:
    house = House(planned(), close_after_s=300.0)
    await house.to_the_end()
    runner = Runner(house.exchange, house.journal, house.clock, PATIENCE)
    before = len(house.journal.steps)
    for _ in range(10):
        house.clock.at += timedelta(seconds=60)
        await runner.look_after(house.journal.newest)
    late = house.journal.steps[before:]
    assert [(step.state, step.reason) for step in late] == [(IntentState.CONFIRMED, "left_closed")]


async def test_what_could_not_be_proved_may_be_proved_later_and_is_never_sent_again() -> None:
    house = House(planned(), shows=[None, *[Seen.UNREADABLE] * 12, None])
    assert (await house.to_the_end()).state is IntentState.UNCONFIRMED
    runner = Runner(house.exchange, house.journal, house.clock, PATIENCE)
    for _ in range(5):
        house.clock.at += timedelta(seconds=60)
        await runner.look_after(house.journal.newest)
    assert (house.journal.newest.state, house.journal.newest.reason) == (
        IntentState.CONFIRMED,
        "proved_late",
    )
    assert house.exchange.sent == 1
