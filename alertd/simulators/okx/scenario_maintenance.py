"""A scripted maintenance: announced, and a liquidation in it that nobody can see before its end."""

from __future__ import annotations

from alertd.simulators.okx.scenario import Announce, Glide, OpenPosition, Scenario
from alertd.simulators.script import Expected, Step, Words

_BTC = "BTC-USDT-SWAP"

MAINTENANCE = Scenario(
    "maintenance",
    (
        Step(
            0,
            Words("A long position in BTC is open, 10x", "开了一个 BTC 多头仓位，10 倍杠杆"),
            (OpenPosition(_BTC, "long", "10", "10", "isolated"),),
        ),
        Step(
            1,
            Words("Maintenance is announced: in two minutes, for two", "公布维护：两分钟后开始，持续两分钟"),
            (Announce("Trading system upgrade", 120, 120),),
        ),
        Step(
            180,
            Words(
                "BTC falls through its liquidation price; nothing is served meanwhile",
                "BTC 跌破强平价；维护期间没有任何数据",
            ),
            (Glide(_BTC, "89000", 5),),
            (Expected("liquidation", "critical", subject=_BTC),),
        ),
    ),
    duration_s=300,
)
