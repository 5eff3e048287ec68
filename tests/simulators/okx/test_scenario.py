from decimal import Decimal

import pytest

from alertd.simulators.okx.limits import Limits
from alertd.simulators.okx.scenario import FALL, QUIET, SCENARIOS, Glide, OpenPosition, perform, play
from alertd.simulators.okx.simulator import OkxSimulator

BTC = "BTC-USDT-SWAP"


SPEED = 40  # the script must not outrun the market on a busy machine


@pytest.fixture
async def fall():
    async with OkxSimulator(limits=FALL.limits(SPEED), speed=SPEED) as okx:
        okx.add_account(FALL.account())
        yield okx


async def test_what_is_expected_is_what_the_figures_do():
    """Step by step at the prices the steps name: buffer and ratio cross exactly the levels expected."""
    async with OkxSimulator() as okx:
        okx.add_account(FALL.account())
        crossed = []
        first_distance = None
        for step in FALL.steps:
            for action in step.actions:
                if isinstance(action, OpenPosition):
                    perform(okx, action)
                if isinstance(action, Glide):
                    okx.set_price(action.inst_id, action.px)
            held = next((one for one in okx.account().positions.values() if one.is_isolated), None)
            if held is None:
                break
            figures = okx.account().value(okx.market).positions[held.pos_id]
            distance = 1 - figures.liq_px / figures.mark
            first_distance = first_distance or distance
            used = 1 - distance / first_distance
            crossed.append(
                (used >= Decimal("0.5"), used >= Decimal("0.75"), figures.ratio < 5, figures.ratio < 3)
            )
        assert crossed[:5] == [
            (False, False, False, False),
            (True, False, False, False),
            (True, True, False, False),
            (True, True, True, False),
            (True, True, True, True),
        ]
        assert f"liquidation {BTC} main" in okx.happened


async def test_fall_plays_through_in_order(fall):
    steps = []
    await play(fall, FALL, on_step=steps.append)
    assert steps == list(FALL.steps)
    told = [one.split()[0] + " " + one.split()[1] for one in fall.happened]
    # Market and script run side by side: on a busy machine the warning may come one notification later.
    notifications = [f"lead-notification {n}" for n in (1, 2, 3)]
    warning = f"liquidation-warning {BTC}"
    assert told[:2] == [f"filled {BTC}", "filled ETH-USDT-SWAP"]
    assert told[2:-1] in ([warning, *notifications], [notifications[0], warning, *notifications[1:]])
    assert told[-1] == f"liquidation {BTC}"
    (ether,) = fall.account().positions.values()
    assert fall.account().value(fall.market).positions[ether.pos_id].ratio > 5
    assert fall.refused_connects is None


async def test_quiet_tells_nothing(fall):
    perform_before = len(fall.happened)
    await play(fall, QUIET)
    assert [one.split()[0] for one in fall.happened[perform_before:]] == ["filled"]
    assert fall.market.mark(BTC) != 100000


def test_scenarios_are_complete_data():
    assert set(SCENARIOS) == {"fall", "quiet"}
    for scenario in SCENARIOS.values():
        times = [step.at_s for step in scenario.steps]
        assert times == sorted(times)
        assert scenario.duration_s > times[-1]
        assert all(step.description.en and step.description.zh for step in scenario.steps)


def test_own_figures_come_before_the_exchanges_warning_at_any_speed():
    for speed in (0.5, 1, 10, 200):
        limits = FALL.limits(speed)
        assert limits.warning_delay_s > 2 * limits.regular_push_s
        assert limits.connects_per_s == Limits().connects_per_s


@pytest.mark.parametrize("speed", [0.01, 0.1, 1, 10])
def test_regular_pushes_are_never_rarer_than_the_exchanges_own(speed):
    assert FALL.limits(speed).regular_push_s <= Limits().regular_push_s
