"""Scripted hours at OKX, and who performs them.

Data first: a scenario is a tuple of steps. `play` performs it on a simulator that runs at the wanted speed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from alertd.simulators.okx.accounts import Account, LeadTrader
from alertd.simulators.okx.exchange import Exchange
from alertd.simulators.okx.limits import Limits
from alertd.simulators.okx.market import Walk
from alertd.simulators.script import Expected, Script, Step, Words


@dataclass(frozen=True, slots=True)
class OpenPosition:
    inst_id: str
    side: str
    size: str
    lever: str
    mgn_mode: str


@dataclass(frozen=True, slots=True)
class Glide:
    """To a price, in so many seconds of market time."""

    inst_id: str
    px: str
    over_s: float


@dataclass(frozen=True, slots=True)
class Wander:
    """A random walk from the mark on."""

    inst_id: str
    seed: int


@dataclass(frozen=True, slots=True)
class LeadNotification:
    info_type: str
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CutStreams:
    """TCP is cut, and new connections are refused until `Heal`. `service` None: all of them are cut."""

    service: str | None = None


@dataclass(frozen=True, slots=True)
class Heal:
    pass


@dataclass(frozen=True, slots=True)
class Announce:
    """Planned maintenance in so many seconds of market time, for so long; nothing else is served in it."""

    title: str
    begins_in_s: float
    lasts_s: float


Action = OpenPosition | Glide | Wander | LeadNotification | CutStreams | Heal | Announce


@dataclass(frozen=True, slots=True)
class Scenario(Script[Action]):
    """A script that is played at OKX."""

    def limits(self, speed: float) -> Limits:
        """Pushes often enough for this speed; the exchange's own warning comes behind the daemon's own
        figures.
        """
        usual = Limits()
        tick_s = min(usual.tick_s, 0.2 / speed)
        return replace(
            usual,
            regular_push_s=min(usual.regular_push_s, max(tick_s, 1 / speed)),
            warning_delay_s=3 / speed,
            tick_s=tick_s,
        )

    def account(self) -> Account:
        """A lead trader in Futures mode who also copies one, with 10,000 USDT."""
        return Account(role_type="1", cash={"USDT": Decimal(10_000)}, lead_traders=(LeadTrader(),))


def _margin(rule: str, severity: str, subject: str, *, is_certain: bool = True) -> Expected:
    return Expected("margin_state", severity, rule, subject, is_certain)


_BTC, _ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"

FALL = Scenario(
    "fall",
    (
        Step(
            0,
            Words(
                "Two long positions are open: BTC isolated and ETH cross, both 10x",
                "开了两个多头仓位：BTC 逐仓和 ETH 全仓，均为 10 倍杠杆",
            ),
            (
                OpenPosition(_BTC, "long", "10", "10", "isolated"),
                OpenPosition(_ETH, "long", "50", "10", "cross"),
            ),
        ),
        Step(
            5,
            Words("BTC falls 5.4 %: half of the buffer is used up", "BTC 下跌 5.4%：缓冲已用去一半"),
            (Glide(_BTC, "94600", 3), Glide(_ETH, "3900", 3)),
            (
                _margin("buffer_used", "warning", _BTC),
                _margin("minutes_to_liquidation", "critical", _BTC, is_certain=False),
                _margin("minutes_to_liquidation", "critical", "USDT", is_certain=False),
            ),
        ),
        Step(
            11,
            Words(
                "BTC falls on: three quarters of the buffer are used up", "BTC 继续下跌：缓冲已用去四分之三"
            ),
            (Glide(_BTC, "92400", 3),),
            (_margin("buffer_used", "critical", _BTC),),
        ),
        Step(
            17,
            Words("The isolated margin ratio falls below 500 %", "逐仓保证金率跌破 500%"),
            (Glide(_BTC, "92000", 2),),
            (_margin("margin_ratio", "warning", _BTC),),
        ),
        Step(
            22,
            Words(
                "The ratio falls below 300 %; OKX's own warning follows",
                "保证金率跌破 300%，随后收到 OKX 自己的强平预警",
            ),
            (Glide(_BTC, "91100", 2),),
            (
                _margin("margin_ratio", "critical", _BTC),
                Expected("liquidation_warning", "critical", subject=_BTC),
            ),
        ),
        Step(
            29,
            Words("A lead trade fails: position limit reached", "一笔带单失败：已达仓位上限"),
            (LeadNotification("1", (("instId", _BTC), ("side", "buy"), ("posSide", "long"))),),
            (Expected("lead_trade_failed", "warning", subject="1"),),
        ),
        Step(
            31,
            Words(
                "A lead trade fails: daily number of lead trades reached",
                "一笔带单失败：已达当日带单次数上限",
            ),
            (LeadNotification("2"),),
            (Expected("lead_trade_failed", "warning", subject="2"),),
        ),
        Step(
            33,
            Words(
                "A lead trade fails: equity below the minimum for leading",
                "一笔带单失败：权益低于带单最低要求",
            ),
            (LeadNotification("3"),),
            (Expected("lead_trade_failed", "warning", subject="3"),),
        ),
        Step(
            36,
            Words("The streams are cut and refused", "连接被切断，重连被拒绝"),
            (CutStreams(),),
            (Expected("coverage", "critical", is_certain=False),),
        ),
        Step(
            40,
            Words("The exchange takes connections again", "交易所恢复接受连接"),
            (Heal(),),
        ),
        Step(
            47,
            Words("BTC falls through its liquidation price", "BTC 跌破强平价"),
            (Glide(_BTC, "90300", 1),),
            (Expected("liquidation", "critical", subject=_BTC),),
        ),
        Step(
            52,
            Words(
                "ETH falls 30 %: the cross margin has used up more than half",
                "ETH 下跌 30%：全仓缓冲已用去一半以上",
            ),
            (Glide(_ETH, "2800", 3),),
            (_margin("buffer_used", "warning", "USDT"),),
        ),
    ),
    duration_s=60,
)

QUIET = Scenario(
    "quiet",
    (
        Step(
            0,
            Words(
                "One small position, prices that wander: nothing to tell",
                "一个小仓位，价格小幅波动：没有值得提醒的事",
            ),
            (
                OpenPosition(_BTC, "long", "1", "2", "isolated"),
                *(Wander(inst_id, seed) for seed, inst_id in enumerate((_BTC, _ETH, "SOL-USDT-SWAP"))),
            ),
        ),
    ),
    duration_s=60,
)

SCENARIOS = {one.name: one for one in (FALL, QUIET)}


async def play(
    exchange: Exchange,
    scenario: Scenario,
    *,
    account: str | None = None,
    on_step: Callable[[Step[Action]], None] = lambda _step: None,
) -> None:
    """Performs the steps at the exchange's speed, from now on; returns `duration_s` after the beginning."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    for step in scenario.steps:
        await asyncio.sleep(began_s + step.at_s / exchange.speed - loop.time())
        on_step(step)
        for action in step.actions:
            perform(exchange, action, account)
    await asyncio.sleep(began_s + scenario.duration_s / exchange.speed - loop.time())


def perform(exchange: Exchange, action: Action, account: str | None = None) -> None:
    match action:
        case OpenPosition(inst_id, side, size, lever, mgn_mode):
            exchange.open_position(inst_id, side, size=size, lever=lever, mgn_mode=mgn_mode, account=account)
        case Glide(inst_id, px, over_s):
            exchange.glide(inst_id, px, over_s)
        case Wander(inst_id, seed):
            exchange.market.move(inst_id, Walk(exchange.market.mark(inst_id), seed))
        case LeadNotification(info_type, fields):
            exchange.push_lead_notification(info_type, account=account, **dict(fields))
        case CutStreams(service):
            exchange.refuse_connects()
            exchange.drop(service)
        case Heal():
            exchange.heal()
        case Announce(title, begins_in_s, lasts_s):
            begin_ms = exchange.now_ms() + int(1000 * begins_in_s / exchange.speed)
            end_ms = begin_ms + int(1000 * lasts_s / exchange.speed)
            exchange.announce_maintenance(title, begin_ms, end_ms, follows=True, is_down=True)
