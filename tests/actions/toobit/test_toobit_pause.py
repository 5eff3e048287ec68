"""Covers alertd/actions/toobit_pause.py: each fault of the exchange, and what alertd makes of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from alertd.actions.performing import Said, Seen
from alertd.actions.toobit_pause import ToobitPause
from alertd.domain.action import NO_TRADER, ActionType, Intent, IntentState, Mode
from alertd.domain.events import Direction
from tests.actions.intents import AT
from tests.actions.toobit.conftest import BTC, ETH, Rig, as_sent, intent

HOUR_S = 3600
PAUSED = {"leader_config": 1}
PUT = "PUT /api/v2/copy-trading/leader/config "
WINDOW = ("unLeadType", "unLeadStartTime", "unLeadEndTime")


def pause(rig: Rig) -> ToobitPause:
    rest = rig.rest(rig.toobit.account("leader"))
    return ToobitPause(rig.leader, rest, HOUR_S, rig.clock)


def one(**changes: Any) -> Intent:
    return intent(ActionType.PAUSE_LEADING, NO_TRADER, **changes)


async def carried_out(rig: Rig, *killed_at: int) -> Intent:
    return await rig.carry_out(lambda: pause(rig), one(), *killed_at)


def settings(rig: Rig) -> dict[str, Any]:
    return dict(rig.toobit.leader("leader").config)


def others(rig: Rig) -> dict[str, Any]:
    return {name: value for name, value in settings(rig).items() if name not in WINDOW}


def set_window(rig: Rig, begins_s: int, ends_s: int) -> None:
    now_ms = rig.toobit.now_ms()
    rig.toobit.leader("leader").config.update(
        unLeadType=1,
        unLeadStartTime=str(now_ms + begins_s * 1000),
        unLeadEndTime=str(now_ms + ends_s * 1000),
    )


@pytest.mark.parametrize("ahead_s", [0, 400, -400])
async def test_it_pauses_by_the_clock_of_the_exchange_and_changes_nothing_else(
    rig: Rig, ahead_s: int
) -> None:
    rig.toobit.shift_clock(ahead_s * 1000)
    rig.toobit.leader("leader").config.update(isNeedInvite=1, inviteCode="KEEPTHIS", profitRate="0.15")
    before, began_ms = others(rig), rig.toobit.now_ms()
    done = await carried_out(rig)
    assert (done.state, done.requests, rig.toobit.effects) == (IntentState.CONFIRMED, 1, PAUSED)
    assert others(rig) == before
    found = settings(rig)
    assert (found["unLeadType"], int(found["unLeadStartTime"])) == (1, began_ms)
    assert int(found["unLeadEndTime"]) == began_ms + HOUR_S * 1000
    sending, answered = rig.steps[:2]
    assert sending.request == answered.request
    body = json.loads(sending.request.removeprefix(PUT))
    assert body["symbolIds"] == before["symbolIds"]
    assert "inviteCode" not in body
    assert await pause(rig).traders() == {NO_TRADER: ""}


async def test_what_is_led_goes_on_and_is_told(rig: Rig) -> None:
    """It is not left by the pause: nobody needs to be reminded of it."""
    reading, exposure = await pause(rig).read(one()), await pause(rig).exposure(one())
    assert (reading.seen, reading.exposure) == (Seen.NOT_DONE, None)
    assert f"what is led now goes on: {BTC}, {ETH}" in reading.answer
    assert exposure.positions is not None
    btc, eth = exposure.positions
    assert (btc.instrument, eth.instrument, eth.direction) == (BTC, ETH, Direction.SHORT)
    rig.toobit.null_lists()
    reading = await pause(rig).read(one())
    assert (await pause(rig).exposure(one())).positions is None
    assert reading.request.startswith("nothing is sent: ")
    assert not (await carried_out(rig)).has_left


@pytest.mark.parametrize(
    ("begins_s", "ends_s", "state"),
    [
        (-60, HOUR_S, IntentState.NOTHING_TO_DO),
        (-60, 2 * HOUR_S, IntentState.NOTHING_TO_DO),
        (-60, HOUR_S - 1, IntentState.CONFIRMED),
        (60, 2 * HOUR_S, IntentState.CONFIRMED),
        (2 * HOUR_S, 3 * HOUR_S, IntentState.CONFIRMED),
    ],
)
async def test_a_pause_that_is_there(rig: Rig, begins_s: int, ends_s: int, state: IntentState) -> None:
    set_window(rig, begins_s, ends_s)
    was = settings(rig)
    done = await carried_out(rig)
    assert (done.state, rig.asked("PUT")) == (state, int(state is IntentState.CONFIRMED))
    if state is IntentState.NOTHING_TO_DO:
        assert settings(rig) == was
        assert (await pause(rig).send(as_sent(one()))).said is Said.ALREADY
    lost = begins_s > HOUR_S
    assert any("replaces the cool-down" in step.detail for step in rig.steps) == lost


@pytest.mark.parametrize("kind", ["504", "cut", "garbage", "unknown code"])
@pytest.mark.parametrize("is_made", [True, False])
async def test_an_answer_that_says_nothing_is_read_back(rig: Rig, kind: str, is_made: bool) -> None:
    before = others(rig)
    if kind == "cut":
        rig.toobit.cut(method="PUT", after=is_made, times=1)
    else:
        status, code, body = {
            "504": (504, -1007, None),
            "garbage": (200, None, "<html>?</html>"),
            "unknown code": (400, -77777, None),
        }[kind]
        rig.toobit.fail(status, code, body, method="PUT", after=is_made, times=1)
    done = await carried_out(rig)
    assert (done.state, rig.toobit.effects, others(rig)) == (IntentState.CONFIRMED, PAUSED, before)
    assert rig.asked("PUT") == (1 if is_made else 2)


async def test_one_reading_that_lies_confirms_nothing_and_what_is_sent_again_changes_nothing(
    rig: Rig,
) -> None:
    """The settings are shown as they were before, for longer than anybody waits."""
    await pause(rig).read(one())
    rig.toobit.lie(path="/leader/config", says="before", reads=1000)
    done = await carried_out(rig)
    assert (done.state, rig.toobit.effects) == (IntentState.UNCONFIRMED, PAUSED)
    assert done.requests == 3


async def test_two_readings_that_disagree(rig: Rig) -> None:
    performer, asked = pause(rig), one()
    await performer.read(asked)
    assert (await performer.send(as_sent(asked))).said is Said.ACCEPTED
    rig.toobit.lie(path="/leader/config", says="before", reads=1)
    assert (await performer.read(as_sent(asked))).seen is Seen.MIXED
    assert (await performer.read(as_sent(asked))).seen is Seen.DONE


async def test_what_changed_since_it_was_read_is_kept(rig: Rig) -> None:
    performer = pause(rig)
    reading = await performer.read(one())
    rig.toobit.leader("leader").config.update(profitRate="0.2", symbolIds=[BTC, ETH])
    answer = await performer.send(as_sent(one()))
    assert (answer.said, answer.request == reading.request) == (Said.ACCEPTED, False)
    assert (settings(rig)["profitRate"], settings(rig)["symbolIds"]) == ("0.2", [BTC, ETH])


@pytest.mark.parametrize("after_s", [0, 600, 5000])
async def test_after_a_crash_what_was_asked_for_is_known_again(rig: Rig, after_s: int) -> None:
    """When its time is over, and it is shown no more, nothing is proved, and nothing is paused anew."""
    first, asked = pause(rig), one(began_at=AT)
    await first.read(asked)
    await first.send(as_sent(asked))
    rig.clock.at += timedelta(seconds=after_s)
    assert (await pause(rig).read(as_sent(asked))).seen is Seen.DONE
    rig.toobit.leader("leader").config.update(unLeadType=0, unLeadStartTime="0", unLeadEndTime="0")
    gone = await pause(rig).read(as_sent(asked))
    assert gone.seen is (Seen.UNREADABLE if after_s > HOUR_S else Seen.NOT_DONE)


async def test_a_pause_of_others_that_is_too_short_is_not_taken_for_ours_after_a_crash(rig: Rig) -> None:
    set_window(rig, -60, HOUR_S - 120)
    asked = one(began_at=AT)
    assert (await pause(rig).read(as_sent(asked))).seen is Seen.NOT_DONE


async def test_killed_anywhere_there_is_one_pause_and_the_truth(rig: Rig) -> None:
    fresh = settings(rig)
    for place in range(8):
        rig.toobit.effects.clear()
        rig.toobit.leader("leader").config.update(fresh)
        done = await carried_out(rig, place)
        assert (done.state, rig.toobit.effects) == (IntentState.CONFIRMED, PAUSED), place


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (-1020, IntentState.FAILED), (-1031, IntentState.FAILED), (-120078, IntentState.FAILED),
        (-120072, IntentState.FAILED), (-32090, IntentState.UNCONFIRMED), (-31337, IntentState.UNCONFIRMED),
    ],
)  # fmt: skip
async def test_refusals_end_in_words(rig: Rig, code: int, state: IntentState) -> None:
    rig.toobit.freeze(code)
    done = await carried_out(rig)
    assert (done.state, rig.toobit.effects) == (state, {})


async def test_who_leads_not_is_told_so(rig: Rig) -> None:
    rig.toobit.stop_leading("leader")
    done = await carried_out(rig)
    assert (done.state, rig.asked("PUT")) == (IntentState.FAILED, 0)
    assert "no active leader" in done.detail
    answer = await pause(rig).send(as_sent(one()))
    assert (answer.said, answer.code) == (Said.REFUSED, "-120041")


async def test_switched_off_in_the_last_moment_nothing_is_written(rig: Rig) -> None:
    rest = rig.rest(rig.toobit.account("leader"))
    answer = await ToobitPause(rig.leader, rest, HOUR_S, rig.clock, lambda: False).send(as_sent(one()))
    assert (answer.said, answer.code, rig.asked("PUT")) == (Said.NOT_TAKEN, "switched_off", 0)


async def test_settings_that_cannot_be_written_back_are_left_alone(rig: Rig) -> None:
    """Held, since what is not told may be told again; and told at once."""
    rig.toobit.leader("leader").config["profitRate"] = ""
    done = await carried_out(rig)
    assert (done.state, done.reason, rig.asked("PUT")) == (IntentState.FAILED, "settings", 0)
    assert "profit_share: the exchange does not tell it" in done.detail
    assert all("profit_share" in step.detail for step in rig.steps if step.state is IntentState.HELD)


async def test_a_dry_run_of_what_could_not_be_carried_out_is_not_rehearsed(rig: Rig) -> None:
    rig.toobit.leader("leader").config["profitRate"] = ""
    done = await rig.carry_out(lambda: pause(rig), one(mode=Mode.DRY_RUN))
    assert (done.state, rig.asked("PUT")) == (IntentState.FAILED, 0)
    assert "profit_share" in done.detail


async def test_a_cool_down_that_is_not_told_proves_nothing(rig: Rig) -> None:
    rig.toobit.leader("leader").config["unLeadType"] = ""
    assert (await pause(rig).read(one())).seen is Seen.UNREADABLE


@pytest.mark.parametrize("path", ["/leader/config", "/symbols", "/orders/current"])
async def test_what_cannot_be_read_before_the_change_is_not_sent(rig: Rig, path: str) -> None:
    rig.toobit.fail(500, -1007, path=path)
    answer = await pause(rig).send(as_sent(one()))
    assert (answer.said, answer.code, rig.asked("PUT")) == (Said.NOT_TAKEN, "-1007", 0)
    assert (await pause(rig).read(one())).seen is Seen.UNREADABLE


async def test_a_dry_run_tells_what_is_then_sent(rig: Rig) -> None:
    done = await rig.carry_out(lambda: pause(rig), one(mode=Mode.DRY_RUN))
    assert (done.state, rig.asked("PUT")) == (IntentState.REHEARSED, 0)
    rehearsed = rig.steps[-1].request
    await carried_out(rig)
    assert rig.steps[0].request == rehearsed
