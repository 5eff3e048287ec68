"""How the positions stand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from alertd.cli.demo.scene import Standing
from alertd.simulators.okx.scenario import Action, CutStreams, Heal, OpenPosition
from tests.cli.demo.samples import BTC, POSITION, okx, show, step

CROSS = OpenPosition("ETH-USDT-SWAP", "short", "50", "10", "cross")


async def test_a_position_not_yet_open_has_a_price_only() -> None:
    shown = show(step(actions=(POSITION,)))
    assert list(shown.scene.standings()) == [
        Standing(BTC, "long", "isolated", Decimal(100_000), is_open=False),
    ]


async def test_an_open_position_has_the_exchanges_figures() -> None:
    shown = show(step(actions=(POSITION, CROSS)))
    okx(shown).open_position(BTC, "long", size=10, lever=10)
    okx(shown).open_position("ETH-USDT-SWAP", "short", size=50, lever=10, mgn_mode="cross")
    okx(shown).set_price(BTC, 91_000)
    isolated, cross = shown.scene.standings()
    # 0.1 BTC bought at 100,000 with 1,000 of margin; 0.4 % and a fee of 0.05 % of 9,100 are needed.
    assert isolated.margin_ratio is not None
    assert isolated.distance is not None
    assert round(isolated.margin_ratio, 4) == round(Decimal(100) / Decimal("40.95"), 4)
    assert round(isolated.distance, 4) == Decimal("0.0065")
    assert cross.side == "short"
    assert cross.distance is not None
    assert cross.distance > Decimal("0.3")


async def test_a_position_that_is_gone_is_not_open() -> None:
    shown = show(step(actions=(POSITION,)))
    okx(shown).open_position(BTC, "long", size=10, lever=10)
    okx(shown).set_price(BTC, 90_000)
    assert [one.is_open for one in shown.scene.standings()] == [False]


async def test_what_is_wanted_depends_on_the_role() -> None:
    assert show().scene.wanted == {"private", "business"}


@pytest.mark.parametrize(("actions", "was_cut", "wanted"), [
    ((), False, False), ((), True, True), ((CutStreams(),), False, True), ((Heal(),), True, False),
])  # fmt: skip
async def test_after_a_cut_nothing_is_up_until_it_heals(
    actions: tuple[Action, ...], was_cut: bool, wanted: bool
) -> None:
    assert show().scene.is_cut_after(step(actions=actions), was_cut) is wanted
