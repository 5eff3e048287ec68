"""A leader's bad day, as the exchange shows it to the two accounts."""

from __future__ import annotations

from alertd.simulators.toobit.scenario import TOOBIT, perform, set_cast
from alertd.simulators.toobit.simulator import ToobitSimulator

BTC, SOL = "BTC-SWAP-USDT", "SOL-SWAP-USDT"


def test_what_happens_in_it_happens_at_the_exchange() -> None:
    toobit = ToobitSimulator()
    leader, follower = set_cast(toobit)
    assert len({one.symbol + str(one.is_long) for one in toobit.leader("leader").closed}) >= 5
    assert len(toobit.followers_of(leader.user_id)) == 12
    for step in TOOBIT.steps:
        for action in step.actions:
            perform(toobit, action)
    led = toobit.leader("leader")
    assert not led.is_active
    assert [(one.symbol, one.leverage) for one in led.positions] == [(BTC, 10), (SOL, 25)]
    assert len(toobit.followers_of(leader.user_id)) == 7
    [relation] = toobit.copied_by(follower.user_id)
    assert [(one.symbol, one.leverage) for one in relation.positions] == [(BTC, 10), (SOL, 25)]
    assert not any("liquidated" in line for line in toobit.happened)


def test_steps_follow_each_other() -> None:
    moments = [step.at_s for step in TOOBIT.steps]
    assert moments == sorted(moments)
    assert moments[-1] < TOOBIT.duration_s
