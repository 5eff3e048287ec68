"""Covers alertd/actions/toobit_stop.py: each fault of the exchange, and what alertd makes of it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from alertd.actions.performing import Said, Seen
from alertd.actions.toobit_stop import ToobitStop
from alertd.domain.action import ActionType, Intent, IntentState, Mode
from alertd.domain.errors import RequestRefused, RequestUnavailable
from alertd.domain.events import Direction
from tests.actions.toobit.conftest import BTC, SOL, Rig, as_sent, intent

DELETE = "DELETE /api/v2/copy-trading/follower/leaders/9007199254740993101"
STOPPED = {"stop_copying": 1}


def stop(rig: Rig) -> ToobitStop:
    return ToobitStop(rig.copier, rig.clock)


def of_whale(rig: Rig, **changes: object) -> Intent:
    return intent(ActionType.STOP_COPYING, rig.whale, **changes)


async def carried_out(rig: Rig, *killed_at: int) -> Intent:
    return await rig.carry_out(lambda: stop(rig), of_whale(rig), *killed_at)


def is_followed(rig: Rig) -> bool:
    return rig.toobit.relation(rig.whale, rig.toobit.account("copier").user_id) is not None


async def test_whom_it_may_concern(rig: Rig) -> None:
    assert await stop(rig).traders() == {rig.whale: "whale", "9007199254740993102": "dolphin"}
    rig.toobit.null_lists()
    with pytest.raises(RequestUnavailable):
        await stop(rig).traders()


async def test_whom_an_empty_list_leaves_out_is_out_only_by_his_settings_too(rig: Rig) -> None:
    async def remembered() -> dict[str, str]:
        return {rig.whale: "whale", "77": "gone"}

    rig.toobit.lie("/leaders", "nothing", 2)
    rig.close()
    rig.close("dolphin")
    assert await stop(rig).traders() == {}, "nobody knows of anybody"
    assert await ToobitStop(rig.copier, rig.clock, remembered).traders() == {rig.whale: "whale"}


async def test_who_holds_copies_is_copied_whatever_the_list_shows(rig: Rig) -> None:
    rig.toobit.lie("/leaders", "nothing")
    assert rig.whale in await stop(rig).traders()


async def test_what_is_open_is_told_with_what_it_is_worth(rig: Rig) -> None:
    reading = await stop(rig).read(of_whale(rig))
    assert (reading.seen, reading.exists, reading.request) == (Seen.NOT_DONE, True, DELETE)
    assert "no emergency brake" in reading.detail
    assert reading.exposure is not None
    assert reading.exposure.positions is not None
    btc, sol = reading.exposure.positions
    assert (btc.instrument, btc.direction, btc.currency, sol.instrument) == (BTC, Direction.LONG, "USDT", SOL)
    assert btc.size is not None
    assert btc.notional == btc.size * Decimal("90450")


async def test_copying_is_stopped_and_proved(rig: Rig) -> None:
    rig.close()
    done = await carried_out(rig)
    assert (done.state, done.requests, rig.toobit.effects) == (IntentState.CONFIRMED, 1, STOPPED)
    assert done.left is not None
    assert done.left.positions == ()
    assert rig.states == [IntentState.SENDING, IntentState.VERIFYING, IntentState.CONFIRMED]
    sending, answered = rig.steps[:2]
    assert sending.request == answered.request == DELETE
    assert answered.answer == "200 success"
    assert not is_followed(rig)


async def test_open_positions_hold_it_until_they_are_closed(rig: Rig) -> None:
    rig.before_move = lambda number: rig.close() if number == 2 else None
    done = await carried_out(rig)
    assert (done.state, rig.toobit.effects) == (IntentState.CONFIRMED, STOPPED)
    held = next(step for step in rig.steps if step.state is IntentState.HELD)
    assert (held.reason, "must be closed first" in held.detail) == ("-120055", True)


async def test_open_positions_that_stay_open_fail_it_and_never_pretend(rig: Rig) -> None:
    done = await carried_out(rig)
    assert (done.state, done.reason, rig.toobit.effects) == (IntentState.FAILED, "-120055", {})
    assert done.left is not None
    assert done.left.positions is not None
    assert len(done.left.positions) == 2
    assert is_followed(rig)


async def test_leaving_takes_its_time(rig: Rig) -> None:
    rig.close()
    rig.toobit.delay_leaving(reads=5)
    done = await carried_out(rig)
    assert (done.state, rig.toobit.effects) == (IntentState.CONFIRMED, STOPPED)
    assert not is_followed(rig)


@pytest.mark.parametrize("kind", ["504", "cut", "garbage", "unknown code"])
@pytest.mark.parametrize("is_made", [True, False])
async def test_an_answer_that_says_nothing_is_read_back(rig: Rig, kind: str, is_made: bool) -> None:
    rig.close()
    rig.host.offset_s = 0.0
    if kind == "cut":
        rig.toobit.cut(method="DELETE", after=is_made, times=1)
    else:
        status, code, body = {
            "504": (504, -1007, None),
            "garbage": (200, None, "<html>?</html>"),
            "unknown code": (400, -77777, None),
        }[kind]
        rig.toobit.fail(status, code, body, method="DELETE", after=is_made, times=1)
    done = await carried_out(rig)
    assert (done.state, rig.toobit.effects) == (IntentState.CONFIRMED, STOPPED)
    assert done.requests == (1 if is_made else 2)


@pytest.mark.parametrize("path", ["/leaders", "/follower/config"])
@pytest.mark.parametrize("says", ["before", "nothing"])
@pytest.mark.parametrize("killed", [(), (1,), (2,), (3,)])
async def test_one_reading_that_lies_confirms_nothing(
    rig: Rig, path: str, says: str, killed: tuple[int, ...]
) -> None:
    """Nothing came of the request; one of the readings says so later than the other."""
    rig.close()
    rig.toobit.freeze(-1007)
    performer = stop(rig)
    assert (await performer.read(of_whale(rig))).seen is Seen.NOT_DONE
    rig.toobit.lie(path=path, says=says, reads=1000)
    done = await carried_out(rig, *killed)
    assert (done.state, rig.toobit.effects) == (IntentState.UNCONFIRMED, {})


@pytest.mark.parametrize("path", ["/leaders", "/follower/config"])
async def test_a_reading_that_is_behind_is_waited_for(rig: Rig, path: str) -> None:
    rig.close()
    await stop(rig).read(of_whale(rig))
    rig.before_move = lambda number: rig.toobit.lie(path=path, reads=3) if number == 1 else None
    done = await carried_out(rig)
    assert (done.state, rig.toobit.effects) == (IntentState.CONFIRMED, STOPPED)


async def test_who_is_left_and_holds_copies_is_not_left(rig: Rig) -> None:
    """Toobit lets nobody go who holds copies: one of the three readings is wrong."""
    for path in ("/leaders", "/follower/config"):
        rig.toobit.lie(path=path, says="nothing")
    reading = await stop(rig).read(of_whale(rig))
    assert (reading.seen, reading.detail) == (Seen.MIXED, "the readings disagree")


@pytest.mark.parametrize(
    ("path", "seen"),
    [("/leaders", Seen.UNREADABLE), ("/follower/config", Seen.UNREADABLE), ("/current", Seen.NOT_DONE)],
)
async def test_what_cannot_be_read_proves_nothing(rig: Rig, path: str, seen: Seen) -> None:
    rig.toobit.fail(502, None, "<html>", path=path)
    reading = await stop(rig).read(of_whale(rig))
    assert reading.seen is seen
    assert reading.exposure is not None
    assert (reading.exposure.positions is None) == (path == "/current")
    assert reading.code == ("" if path == "/current" else "unreachable")


async def test_without_what_is_open_nobody_is_left(rig: Rig) -> None:
    """All three must say it: he who is left holds no copies."""
    rig.close()
    await stop(rig).send(as_sent(of_whale(rig)))
    rig.toobit.fail(502, None, "<html>", path="/current")
    assert (await stop(rig).read(as_sent(of_whale(rig)))).seen is Seen.UNREADABLE
    rig.toobit.heal()
    assert (await stop(rig).read(as_sent(of_whale(rig)))).seen is Seen.DONE


async def test_a_null_list_is_not_an_empty_one(rig: Rig) -> None:
    rig.close()
    await stop(rig).send(as_sent(of_whale(rig)))
    rig.toobit.null_lists()
    reading = await stop(rig).read(as_sent(of_whale(rig)))
    assert reading.seen is Seen.UNREADABLE
    assert reading.exposure is not None
    assert reading.exposure.positions is None


async def test_who_is_not_followed_needs_no_request(rig: Rig) -> None:
    nobody = intent(ActionType.STOP_COPYING, "77")
    done = await rig.carry_out(lambda: stop(rig), nobody)
    assert (done.state, done.reason, rig.asked("DELETE")) == (IntentState.NOTHING_TO_DO, "never_was", 0)
    assert (await stop(rig).send(as_sent(nobody))).said is Said.ALREADY


async def test_what_is_no_id_is_said_and_never_sent(rig: Rig) -> None:
    done = await rig.carry_out(lambda: stop(rig), intent(ActionType.STOP_COPYING, "whale"))
    assert (done.state, done.reason, rig.asked("DELETE")) == (IntentState.FAILED, "bad_id", 0)
    assert "no user id" in done.detail


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (-1020, IntentState.FAILED), (-2018, IntentState.FAILED), (-1031, IntentState.FAILED),
        (-1130, IntentState.FAILED), (-31337, IntentState.UNCONFIRMED),
    ],
)  # fmt: skip
async def test_refusals_end_in_words(rig: Rig, code: int, state: IntentState) -> None:
    """A frozen account: refused for now, until there is no time left."""
    rig.close()
    if code == -1020:
        rig.toobit.change_account("copier", can_trade=False)
    else:
        rig.toobit.freeze(code)
    done = await carried_out(rig)
    assert (done.state, rig.toobit.effects) == (state, {})
    assert is_followed(rig)


async def test_a_key_of_another_kind_reads_nothing_and_sends_nothing(rig: Rig) -> None:
    rig.toobit.change_account("copier", kind="FUTURES")
    done = await carried_out(rig)
    assert (done.state, rig.asked("DELETE")) == (IntentState.FAILED, 0)
    assert "COPY_TRADING" in done.detail
    assert (await stop(rig).send(as_sent(of_whale(rig)))).code == "-1002"
    with pytest.raises(RequestRefused):
        await stop(rig).traders()


async def test_a_host_that_is_barred_or_gone_is_certainly_not_asked(rig: Rig) -> None:
    rig.host.offset_s = 0.0
    rig.toobit.firewall()
    answer = await stop(rig).send(as_sent(of_whale(rig)))
    assert (answer.said, answer.code) == (Said.NOT_TAKEN, "HTTP 403")
    assert (await stop(rig).send(as_sent(of_whale(rig)))).code == "blocked"
    await rig.toobit.stop()
    rig.host.base_url = "http://127.0.0.1:9"
    rig.clock.at += timedelta(hours=1)
    answer = await stop(rig).send(as_sent(of_whale(rig)))
    assert (answer.said, answer.code) == (Said.NOT_TAKEN, "unreachable")


async def test_a_limit_is_certainly_not_taken(rig: Rig) -> None:
    rig.toobit.fail(429, -1003, method="DELETE")
    answer = await stop(rig).send(as_sent(of_whale(rig)))
    assert (answer.said, answer.code) == (Said.NOT_TAKEN, "HTTP 429")


async def test_a_dry_run_reads_and_tells_what_it_would_send(rig: Rig) -> None:
    rig.close()
    done = await rig.carry_out(lambda: stop(rig), of_whale(rig, mode=Mode.DRY_RUN))
    assert (done.state, rig.asked("DELETE")) == (IntentState.REHEARSED, 0)
    assert rig.steps[-1].request == DELETE


async def test_killed_anywhere_there_is_one_stop_and_the_truth(rig: Rig) -> None:
    copier = rig.toobit.account("copier").user_id
    for place in range(8):
        rig.close()
        rig.toobit.effects.clear()
        if rig.toobit.relation(rig.whale, copier) is None:
            rig.toobit.join("whale", copier)
        done = await carried_out(rig, place)
        assert (done.state, rig.toobit.effects) == (IntentState.CONFIRMED, STOPPED), place
