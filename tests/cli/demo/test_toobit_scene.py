"""The scene at Toobit: whose positions are shown, and when everything was answered."""

from __future__ import annotations

from decimal import Decimal

from alertd.cli.demo.toobit_scene import ToobitScene
from alertd.simulators.toobit.scenario import TOOBIT
from alertd.telemetry import Counters

BTC, SOL = "BTC-SWAP-USDT", "SOL-SWAP-USDT"


def test_a_leaders_order_has_a_profit_rate_and_its_copy_a_distance_too() -> None:
    scene = ToobitScene(TOOBIT)
    assert [(one.owner, one.instrument, one.is_open) for one in scene.standings()] == [
        ("leader", BTC, False),
        ("follower", BTC, False),
        ("leader", SOL, False),
        ("follower", SOL, False),
    ]
    for step in TOOBIT.steps[:4]:
        scene.play(step)
    led, copied, _, riskier = scene.standings()
    assert (led.instrument, led.side, led.margin_mode, led.mark_price) == (BTC, "long", "isolated", 85200)
    assert led.distance is None
    assert led.profit_rate is not None
    assert round(led.profit_rate, 2) == Decimal("-0.41")  # 4.1 % at 10x
    assert copied.distance is not None
    assert round(copied.distance, 3) == Decimal("0.057")
    assert riskier.distance is not None
    assert riskier.distance < copied.distance


def test_up_is_what_has_answered() -> None:
    scene, counters = ToobitScene(TOOBIT), Counters()
    counters.add("polls_total", account="leader", stream="followers", outcome="failed")
    counters.cell("polls_total", account="leader", stream="lead_orders", outcome="good")
    assert scene.up(counters) == {"leader lead_orders": False}
    for name in scene.wanted:
        account, stream = name.split()
        counters.add("polls_total", account=account, stream=stream, outcome="good")
    assert scene.up(counters) == dict.fromkeys(scene.wanted, True)


def test_a_look_is_one_at_both_accounts() -> None:
    scene, counters = ToobitScene(TOOBIT), Counters()
    assert scene.looks(counters) == 0
    for name, count in (("follower orders", 3), ("leader lead_orders", 2), ("leader followers", 9)):
        account, stream = name.split()
        for _ in range(count):
            counters.add("polls_total", account=account, stream=stream, outcome="good")
    assert scene.looks(counters) == 2


def test_the_expected_figures_are_those_of_the_exchange() -> None:
    """Drawdown and buffer cross their levels at exactly the steps that say so."""
    scene = ToobitScene(TOOBIT)
    exchange = scene.exchange
    found: dict[str, int] = {}
    opened: Decimal | None = None
    for number, step in enumerate(TOOBIT.steps, 1):
        scene.play(step)
        [relation] = exchange.copied_by(exchange.account("follower").user_id)
        _, copied, *_ = scene.standings()
        assert copied.distance is not None
        if number == 2:
            opened = copied.distance  # its margin changed
        used = 0 if opened is None else 1 - copied.distance / opened
        unit = relation.equity(exchange.market) / 800
        for name, holds in (
            ("drawdown", unit <= Decimal("0.8")), ("deep", unit <= Decimal("0.6")),
            ("half", used >= Decimal("0.5")), ("three quarters", used >= Decimal("0.75")),
        ):  # fmt: skip
            if holds:
                found.setdefault(name, number)
    assert found == {"drawdown": 4, "deep": 7, "half": 6, "three quarters": 7}
