"""Covers alertd/actions/toobit_remove.py: what a count of followers can prove, and what it cannot."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from alertd.actions.performing import Said, Seen
from alertd.actions.toobit_remove import ToobitRemove
from alertd.domain.action import ActionType, Intent, IntentState, Mode
from tests.actions.toobit.conftest import Rig, as_sent, intent

ONE = "7003"
REMOVED = {"remove_follower": 1}
DELETE = f"DELETE /api/v2/copy-trading/leader/followers/{ONE}"


def remove(rig: Rig) -> ToobitRemove:
    return ToobitRemove(rig.leader, (ONE, "7004"), rig.clock)


def of(follower: str = ONE, **changes: Any) -> Intent:
    return intent(ActionType.REMOVE_FOLLOWER, follower, **changes)


async def carried_out(rig: Rig, *killed_at: int, **changes: Any) -> Intent:
    return await rig.carry_out(lambda: remove(rig), of(**changes), *killed_at)


def follows(rig: Rig, who: str = ONE) -> bool:
    return rig.toobit.relation(rig.toobit.leader("leader").user_id, who) is not None


@pytest.mark.parametrize("others", [0, 150])
async def test_a_follower_is_removed_and_proved(rig: Rig, others: int) -> None:
    """On one page, and on several."""
    rig.close("leader")
    for number in range(others):
        rig.toobit.join("leader", str(8000 + number))
    done = await carried_out(rig)
    assert (done.state, done.requests, rig.toobit.effects) == (IntentState.CONFIRMED, 1, REMOVED)
    assert not follows(rig)
    assert rig.steps[0].request == rig.steps[1].request == DELETE
    assert rig.steps[-1].answer == f"followers: {11 + others}"


async def test_those_who_were_named_are_whom_it_concerns(rig: Rig) -> None:
    assert await remove(rig).traders() == {ONE: "", "7004": ""}
    assert (await remove(rig).exposure(of())).positions is None


async def test_open_copies_hold_it(rig: Rig) -> None:
    done = await carried_out(rig)
    assert (done.state, done.reason, rig.toobit.effects) == (IntentState.FAILED, "-120055", {})
    rig.before_move = lambda number: rig.close("leader") if number == 2 else None
    done = await carried_out(rig)
    assert (done.state, rig.toobit.effects) == (IntentState.CONFIRMED, REMOVED)


@pytest.mark.parametrize("follower", ["99", "whale"])
async def test_an_id_nobody_has_is_an_error_of_a_person(rig: Rig, follower: str) -> None:
    done = await rig.carry_out(lambda: remove(rig), of(follower))
    assert (done.state, done.requests, rig.toobit.effects) == (IntentState.FAILED, 1, {})
    assert done.reason == ("-32045" if follower == "99" else "bad_id")


async def test_without_an_answer_one_who_is_gone_may_be_another(rig: Rig) -> None:
    rig.close("leader")
    rig.toobit.fail(504, -1007, method="DELETE", after=True, times=1)
    done = await carried_out(rig)
    assert (done.state, done.requests, rig.toobit.effects) == (IntentState.UNCONFIRMED, 1, REMOVED)
    assert "1 left, 0 joined" in done.detail


async def test_without_an_effect_another_who_leaves_confirms_nothing(rig: Rig) -> None:
    rig.close("leader")
    rig.toobit.fail(504, -1007, method="DELETE", times=1)
    rig.before_move = lambda number: rig.toobit.leave("leader", "7009") if number == 1 else None
    done = await carried_out(rig)
    assert (done.state, rig.toobit.effects, follows(rig)) == (IntentState.UNCONFIRMED, {}, True)


async def test_what_had_no_effect_is_asked_again_once_nobody_is_gone(rig: Rig) -> None:
    rig.close("leader")
    rig.toobit.fail(504, -1007, method="DELETE", times=1)
    done = await carried_out(rig)
    assert (done.state, done.requests, rig.toobit.effects) == (IntentState.CONFIRMED, 2, REMOVED)


async def test_an_effect_that_shows_late_is_proved_by_the_second_answer(rig: Rig) -> None:
    """The second time the exchange says that nobody of that id follows, which is the aim."""
    rig.close("leader")
    performer = remove(rig)
    await performer.read(of())
    rig.toobit.fail(504, -1007, method="DELETE", after=True, times=1)
    once = as_sent(of())
    assert (await performer.send(once)).said is Said.UNKNOWN
    assert (await performer.read(once)).seen is Seen.MIXED
    twice = as_sent(once)
    assert (await performer.send(twice)).said is Said.ALREADY
    assert (await performer.read(twice)).seen is Seen.DONE
    assert rig.toobit.effects == REMOVED


@pytest.mark.parametrize("others", [1, 2])
async def test_who_joins_or_leaves_meanwhile_makes_it_unproved(rig: Rig, others: int) -> None:
    rig.close("leader")

    def meanwhile(number: int) -> None:
        if number == 1 and others == 1:
            rig.toobit.join("leader", "9999", 777)
        elif number == 1:
            rig.toobit.leave("leader", "7001")

    rig.before_move = meanwhile
    done = await carried_out(rig)
    assert (done.state, rig.toobit.effects) == (IntentState.UNCONFIRMED, REMOVED)
    assert "cannot be told" in done.detail


@pytest.mark.parametrize("place", range(1, 8))
async def test_killed_anywhere_nothing_false_is_confirmed(rig: Rig, place: int) -> None:
    """What was known before the request is lost with the process."""
    rig.close("leader")
    done = await carried_out(rig, place)
    assert rig.toobit.effects[next(iter(REMOVED))] <= 1
    if done.state is IntentState.CONFIRMED:
        assert not follows(rig)
    else:
        assert done.state is IntentState.UNCONFIRMED
        assert done.detail == "how many followed before the request is not known any more"


async def test_leaving_takes_its_time(rig: Rig) -> None:
    rig.close("leader")
    rig.toobit.delay_leaving(reads=6)
    done = await carried_out(rig)
    assert (done.state, rig.toobit.effects) == (IntentState.CONFIRMED, REMOVED)


async def test_a_list_that_lies_confirms_nothing(rig: Rig) -> None:
    rig.close("leader")
    performer = remove(rig)
    await performer.read(of())
    await performer.send(as_sent(of()))
    rig.toobit.lie(path="/followers", says="before", reads=2)
    assert (await performer.read(as_sent(of()))).seen is Seen.NOT_DONE
    rig.toobit.lie(path="/followers", says="nothing", reads=1)
    assert (await performer.read(as_sent(of()))).seen is Seen.UNREADABLE
    assert (await performer.read(as_sent(of()))).seen is Seen.DONE
    rig.toobit.fail(502, None, "<html>", path="/followers")
    gone = await performer.read(as_sent(of()))
    assert (gone.seen, gone.code) == (Seen.UNREADABLE, "unreachable")


@pytest.mark.parametrize(("can_trade", "code"), [(False, "-1020"), (True, "-1031")])
async def test_refusals_end_in_words(rig: Rig, can_trade: bool, code: str) -> None:
    rig.close("leader")
    rig.toobit.change_account("leader", can_trade=can_trade)
    rig.toobit.freeze()
    done = await carried_out(rig)
    assert (done.state, done.reason, rig.toobit.effects) == (IntentState.FAILED, code, {})


async def test_a_dry_run_reads_and_tells_what_it_would_send(rig: Rig) -> None:
    done = await carried_out(rig, mode=Mode.DRY_RUN)
    assert (done.state, rig.steps[-1].request, rig.asked("DELETE")) == (IntentState.REHEARSED, DELETE, 0)


async def test_two_at_once_go_one_after_the_other(rig: Rig) -> None:
    """Else each would count the other's."""
    rig.close("leader")
    performer, first, second = remove(rig), of(intent_id="i1"), of("7004", intent_id="i2")
    assert (await performer.read(first)).seen is Seen.NOT_DONE
    waits = await performer.read(second)
    assert (waits.seen, "each in turn" in waits.detail) == (Seen.UNREADABLE, True)
    assert (await performer.read(of("7004", intent_id="i3", mode=Mode.DRY_RUN))).seen is Seen.NOT_DONE
    await performer.send(as_sent(first))
    assert (await performer.read(second)).seen is Seen.UNREADABLE
    assert (await performer.read(as_sent(first))).seen is Seen.DONE
    assert (await performer.read(second)).seen is Seen.NOT_DONE
    await performer.send(as_sent(second))
    assert (await performer.read(as_sent(second))).seen is Seen.DONE


@pytest.mark.parametrize("ending", ["refused", "unread", "given up"])
async def test_a_turn_has_an_end(rig: Rig, ending: str) -> None:
    performer, first, second = remove(rig), of(intent_id="i1"), of("7004", intent_id="i2")
    if ending == "unread":
        rig.toobit.fail(502, None, "<html>", path="/followers", times=2)
    await performer.read(first)
    if ending == "refused":
        assert (await performer.send(as_sent(first))).said is Said.HELD
    elif ending == "given up":
        rig.clock.at += timedelta(seconds=240)
    assert (await performer.read(second)).seen is Seen.NOT_DONE
