"""What happens in a day: each is a story of some minutes, at whose end all is as it was before.

Each says beforehand what people must hear of it. In quiet hours only what is critical is expected at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

from alertd.simulators.okx.accounts import LeadTrader
from benchmarks.soak.world import BEN, World

BTC, ETH, SOL = "BTC-USDT-SWAP", "ETH-USDT-SWAP", "SOL-USDT-SWAP"
ETH_PRICE = Decimal(4000)
TOOBIT_BTC = "BTC-SWAP-USDT"
TOOBIT_PRICE = Decimal(90_000)
SOON_S = 90.0

Incident = Callable[[World], Awaitable[None]]


async def _minutes(number: float) -> None:
    await asyncio.sleep(60 * number)


async def reloads(world: World) -> None:
    """Another threshold and another sink than in the hour before; nothing of that is told."""
    rules, sinks = world.tables["rules"], world.tables["sinks"]
    if "own" in rules:
        del rules["own"], sinks["board"]
    else:
        rules["own"] = {
            "type": "ladder",
            "event": "margin_state",
            "field": "notional_usd",
            "side": "above",
            "levels": {"warning": 5_000_000},
        }
        sinks["board"] = {"url": world.chats["desk"].url}
    before = world.counted("config_reloads_total", outcome="applied")
    world.app.reload.set()
    await asyncio.sleep(10)
    if world.counted("config_reloads_total", outcome="applied") <= before:
        raise AssertionError("the configuration was not reloaded")


async def falls(world: World) -> None:
    """A copied position comes near its liquidation, nearer, and is well again."""
    okx = world.okx
    okx.open_position(ETH, size=5, lever=10, account="main")
    await _minutes(1)
    world.expect("buffer", ETH, within_s=SOON_S, urgent=False)
    okx.set_price(ETH, ETH_PRICE * Decimal("0.945"))
    await _minutes(2)
    world.expect("CRITICAL worse", ETH, within_s=SOON_S)
    okx.set_price(ETH, ETH_PRICE * Decimal("0.925"))
    await _minutes(2)
    world.expect("RECOVERED", ETH, within_s=300 + SOON_S)
    okx.set_price(ETH, ETH_PRICE)
    await _minutes(6.5)
    okx.close_position(ETH, account="main")
    await _minutes(0.5)


async def warned(world: World) -> None:
    """The exchange warns; nobody does anything until a reminder comes, then somebody takes care."""
    okx = world.okx
    okx.open_position(SOL, size=1, lever=5, account="main")
    await _minutes(0.5)
    world.expect("OKX warns", SOL, within_s=SOON_S)
    okx.push_liquidation_warning(SOL, mgn_ratio="1.4", account="main")
    await _minutes(2)
    world.expect("CRITICAL still", SOL, within_s=300.0)
    await _minutes(5)
    status, said = await world.tell("alerts/ack", account="main", comment="I close it")
    if status != 200:
        raise AssertionError(f"not acknowledged: {said}")
    await _minutes(3)
    world.expect("CLOSED", SOL, within_s=SOON_S)
    okx.close_position(SOL, account="main")
    await _minutes(1)


async def whale_dives(world: World) -> None:
    """What a leader at Toobit opened falls, and he closes it."""
    toobit = world.toobit
    toobit.set_price(TOOBIT_BTC, TOOBIT_PRICE)
    toobit.open_position("whale", TOOBIT_BTC, size="1", leverage=10, margin="isolated")
    await _minutes(1)
    world.expect("buffer", TOOBIT_BTC, within_s=SOON_S, urgent=False)
    toobit.set_price(TOOBIT_BTC, TOOBIT_PRICE * Decimal("0.945"))
    await _minutes(2)
    world.expect("CRITICAL worse", TOOBIT_BTC, within_s=SOON_S)
    toobit.set_price(TOOBIT_BTC, TOOBIT_PRICE * Decimal("0.92"))
    await _minutes(2)
    world.expect("CLOSED", TOOBIT_BTC, within_s=SOON_S)
    toobit.close_position("whale", TOOBIT_BTC)
    toobit.set_price(TOOBIT_BTC, TOOBIT_PRICE)
    await _minutes(1)


async def ben_leaves(world: World) -> None:
    """A trader is copied no more, and again."""
    okx = world.okx
    world.expect("ended", "ben", within_s=300, urgent=False)
    okx.stop_copying(BEN, account="main")
    await _minutes(5)
    owner = okx.account("main")
    world.expect("began", "ben", within_s=300, urgent=False)
    owner.former_lead_traders = []
    owner.lead_traders = [*owner.lead_traders, LeadTrader(BEN, "ben", began_ms=okx.now_ms())]
    await _minutes(5)


async def shark_leaves(world: World) -> None:
    """The same at Toobit."""
    toobit = world.toobit
    owner = toobit.account("follower")
    world.expect("ended", "shark", within_s=300, urgent=False)
    toobit.leave("shark", owner.user_id)
    await _minutes(5)
    world.expect("began", "shark", within_s=300, urgent=False)
    toobit.join("shark", owner.user_id, 1000)
    await _minutes(5)


async def liquidated(world: World) -> None:
    """It happened: told until somebody has seen it."""
    world.okx.open_position(SOL, size=1, lever=20, account="main")
    await _minutes(1)
    world.expect("liquidated", SOL, within_s=SOON_S)
    world.okx.close_position(SOL, event="liquidation", account="main")
    await _minutes(2)
    await world.tell("alerts/ack", all=True, comment="seen")
    await _minutes(1)


async def lead_fails(world: World) -> None:
    """A lead trade failed."""
    world.expect("NOT led", "lead", within_s=SOON_S, urgent=False)
    world.okx.push_lead_notification("1", account="lead")
    await _minutes(3)


async def silenced(world: World) -> None:
    """A silence in which something happens, and whose end tells of it."""
    asked = {"matchers": {"account": ["main"]}, "comment": "works", "for_s": 300}
    status, said = await world.tell("silences", **asked, force=True)
    if status != 200:
        raise AssertionError(f"not silenced: {said}")
    world.okx.open_position(SOL, size=1, lever=5, account="main")
    await _minutes(1)
    world.expect("It muted what follows", SOL, within_s=300 + SOON_S)
    world.okx.push_liquidation_warning(SOL, mgn_ratio="1.4", account="main")
    await _minutes(6)
    world.okx.close_position(SOL, account="main")
    await _minutes(1)


async def upgrade(world: World) -> None:
    """64008: the exchange announces that it will close the connections."""
    world.okx.notice(close_after_s=60)
    await _minutes(3)


async def cut(world: World) -> None:
    """The TCP connections are gone."""
    world.okx.drop()
    await _minutes(3)


async def reset(world: World) -> None:
    """Once more, as a firewall does it."""
    world.okx.reset()
    await _minutes(3)


async def half_open(world: World) -> None:
    """The connections stand, and nobody is there."""
    world.okx.half_open()
    await _minutes(2)
    world.okx.heal()
    await _minutes(1)


async def muted(world: World) -> None:
    """One channel falls silent."""
    world.okx.mute("positions", account="main")
    await _minutes(3)
    world.okx.heal()


async def garbage(world: World) -> None:
    """What cannot be read is kept, but not more than a few."""
    for _ in range(220):
        world.okx.malformed(service="private", account="main")
    await _minutes(3)


async def refused(world: World) -> None:
    """Nobody can connect for minutes, and something is open."""
    world.okx.open_position(SOL, size=1, lever=3, account="main")
    await _minutes(1)
    world.expect("CRITICAL", "main", "not noticed now", within_s=180 + SOON_S)
    world.okx.refuse_connects(503)
    world.okx.drop()
    await _minutes(5)
    world.expect("watched again", "main", within_s=180)
    world.okx.heal()
    await _minutes(4)
    world.okx.close_position(SOL, account="main")
    await _minutes(1)


async def banned(world: World) -> None:
    """Toobit answers nobody here for minutes."""
    world.expect("ask nothing", "follower", within_s=180 + SOON_S, urgent=False)
    world.toobit.ban(240)
    await _minutes(5)
    world.expect("watched again", "follower", within_s=240, urgent=False)
    await _minutes(4)


async def records_fail(world: World) -> None:
    """OKX's REST answers with errors."""
    world.okx.fail_rest(503)
    await _minutes(5)
    world.okx.heal()
    await _minutes(2)


async def maintained(world: World) -> None:
    """Announced, and short."""
    begin_ms = world.okx.now_ms() + 120_000
    world.expect("OKX plans", "OKX maintenance", within_s=600, urgent=False)
    world.okx.announce_maintenance("Upgrade", begin_ms, begin_ms + 180_000, follows=True, is_down=True)
    await _minutes(9)
    world.okx.maintenance.clear()


def phone_is_down(minutes: float) -> Incident:
    """For so long the phone takes nothing: somebody stands in, and then it hears of all of it."""

    async def story(world: World) -> None:
        phone = world.chats["phone"]
        world.up_at_s["phone"] = world.clock.monotonic_s() + 60 * minutes
        phone.status = 503
        world.stands_in("desk", "CRITICAL", within_s=1800)
        await _minutes(minutes)
        phone.status = 200

    return story


def mail_is_gone(minutes: float) -> Incident:
    """For so long nobody listens where the mail goes."""

    async def story(world: World) -> None:
        mail = world.chats["mail"]
        world.up_at_s["mail"] = world.clock.monotonic_s() + 60 * minutes
        await mail.__aexit__()
        await _minutes(minutes)
        await mail.__aenter__()

    return story
