"""What is known of a demo while it is shown."""

from __future__ import annotations

from tests.cli.demo.samples import show


async def test_elapsed_times() -> None:
    shown = show(now_s=7.0)
    assert (shown.elapsed_s, shown.market_elapsed_s) == (7.0, None)
    shown.market_began_s = 5.0
    assert shown.market_elapsed_s == 2.0
