"""alertd/holdings.py"""

from __future__ import annotations

from alertd.domain.copy_digest import CopyFigures, LedFigures
from alertd.domain.presence import OpenPosition
from alertd.holdings import Holdings


def test_only_of_the_accounts_that_are_asked_for_and_as_they_are_now() -> None:
    holdings = Holdings()
    held = {"main": [OpenPosition(account="main", instrument="BTC")], "desk": []}
    for name in held:
        holdings.joins(name, lambda name=name: held[name])
    assert holdings.of(["main", "desk", "gone"]) == held["main"]
    held["desk"] = [OpenPosition(account="desk", instrument="ETH")]
    assert [one.instrument for one in holdings.of(["desk", "main"])] == ["ETH", "BTC"]
    assert holdings.figures_of("main") is None
    figures = CopyFigures(led=LedFigures(followers=3))
    holdings.joins("main", list, lambda: figures)
    assert holdings.figures_of("main") is figures
    assert holdings.figures_of("gone") is None
    assert holdings.of(["main"]) == []
