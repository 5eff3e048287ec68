"""Silences and inhibition on the whole daemon, over a restart, with what people read of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from alertd.app import App
from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import hurried, running, stored, until
from tests.acceptance.test_escalation import tell
from tests.acceptance.test_people import alerts, answering, ground

BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"
ROUTE: dict[str, Any] = {"sinks": ["hook"], "remind_s": []}
OVER, SOON = "is over.\nIt muted what follows", "silence ends in"


async def muted(http: ClientSession, instrument: str) -> list[str]:
    """What mutes the warning about it, once there is one."""
    async with asyncio.timeout(300):  # of a hurried clock
        while True:
            for one in await alerts(http):
                if one["rule"] == "exchange_warning" and instrument in one["subject"]:
                    return list(one["muted_by"])


def counted_muted(app: App) -> float:
    return sum(cell.value for cell in app.counters.cells("notifications_muted_total").values())


async def warn(okx: OkxSimulator, instrument: str) -> None:
    """The exchange warns of a position, whoever is told of it."""
    okx.open_position(instrument, size=1, lever=5)
    await until(lambda: okx.push_liquidation_warning(instrument, mgn_ratio="1.4") == 1)


@hurried(10)
async def test_a_silence_ends_with_one_digest_of_what_is_still_bad_also_over_a_restart(
    tmp_path: Path,
) -> None:
    async with ground(tmp_path, routes=[ROUTE]) as (okx, hook, wanted, clock):
        async with running(wanted, clock) as app, answering(app) as http:
            what: dict[str, Any] = {"matchers": {"account": ["main"]}, "comment": "works", "for_s": 150}
            status, refused = await tell(http, "silences", **{**what, "matchers": {}})
            assert (status, refused["ok"]) == (409, False)
            assert "it would match every alert, critical ones too" in refused["problems"][0]
            status, said = await tell(http, "silences", **what, force=True)
            assert (status, said["covers"]) == (200, 0)
            name = f"silence:{said['silence']['id']}"
            await warn(okx, BTC)
            await warn(okx, ETH)
            assert await muted(http, BTC) == await muted(http, ETH) == [name]
            await until(lambda: counted_muted(app) >= 2, lambda: counted_muted(app))
        assert not hook.about("140 %")
        async with running(wanted, clock) as app, answering(app) as http:
            await until(lambda: hook.about(SOON), lambda: hook.texts)
            assert "open alerts now" in hook.about(SOON)[0]
            await until(lambda: hook.about(OVER), lambda: hook.texts)
            [digest] = hook.about(OVER)
            for part in ("of anna (works)", BTC, ETH):
                assert part in digest
            assert await muted(http, BTC) == []
            status, refused = await tell(http, "silences/expire", id=name.removeprefix("silence:"))
            assert (status, "ended already" in refused["problems"][0]) == (409, True)
        assert len(hook.about(SOON)) == len(hook.about(OVER)) == 1
    [(late_us,)] = stored(tmp_path, "select ended_us - ends_us from silences")
    assert 0 <= late_us < 30_000_000
    assert stored(tmp_path, "select kind, person from commands") == [("AddSilence", "anna")]


@hurried(10)
async def test_what_happened_under_a_silence_and_is_over_is_told_at_its_end_also_over_a_restart(
    tmp_path: Path,
) -> None:
    brief = {"type": "match", "event": "liquidation_warning", "severity": "critical", "resolve_after_s": 20}
    rules = {"exchange_warning": {"enabled": False}, "brief": brief}
    async with ground(tmp_path, routes=[ROUTE], rules=rules) as (okx, hook, wanted, clock):
        async with running(wanted, clock) as app, answering(app) as http:
            what: dict[str, Any] = {"matchers": {"rule": ["brief"]}, "comment": "works", "for_s": 150}
            assert (await tell(http, "silences", **what, force=True))[0] == 200
            await warn(okx, BTC)
            passed = "select body like '%\"passed\"%' from silences"
            await until(lambda: stored(tmp_path, passed) == [(1,)], lambda: stored(tmp_path, passed))
        async with running(wanted, clock):
            await until(lambda: hook.about("Happened while muted"), lambda: hook.texts)
            [text] = hook.about("Happened while muted")
            assert text.startswith("MUTED, OVER CRITICAL")
            assert BTC in text
        assert not hook.about("It muted what follows")


@hurried(10)
async def test_a_trade_not_led_is_told_at_the_end_although_there_is_enough_equity_by_then(
    tmp_path: Path,
) -> None:
    async with (
        ground(tmp_path, routes=[ROUTE]) as (okx, hook, wanted, clock),
        running(wanted, clock) as app,
        answering(app) as http,
    ):
        what: dict[str, Any] = {"matchers": {"rule": ["lead_e*"]}, "comment": "works", "for_s": 150}
        assert (await tell(http, "silences", **what))[0] == 200
        await until(lambda: okx.push_lead_notification("3") == 1)
        ended = "select json_extract(body, '$.resolution') from alerts where fingerprint like '%lead_equity%'"
        await until(lambda: stored(tmp_path, ended) == [("expired",)], lambda: stored(tmp_path, ended))
        assert not hook.about("NOT led")
        await until(lambda: hook.about("Happened while muted"), lambda: hook.texts)
        [text] = hook.about("Happened while muted")
        assert text.startswith("MUTED, OVER WARNING")
        assert "This trade was not led" in text


@hurried(5)
async def test_an_inhibition_of_the_configuration_holds_and_lets_go(tmp_path: Path) -> None:
    source = {
        "type": "match",
        "event": "liquidation_warning",
        "match": {"instrument": BTC},
        "severity": "warning",
        "resolve_after_s": 30,
    }
    inhibit = {"source": {"rule": "source"}, "target": {"rule": "exchange_warning", "instrument": ETH}}
    more: dict[str, Any] = {"routes": [ROUTE], "inhibit": [inhibit], "rules": {"source": source}}
    async with (
        ground(tmp_path, **more) as (okx, hook, wanted, clock),
        running(wanted, clock) as app,
        answering(app) as http,
    ):
        await warn(okx, BTC)
        await until(lambda: hook.about(BTC, "Rule: source"), lambda: hook.texts)
        await warn(okx, ETH)
        assert await muted(http, ETH) == ["inhibit:1"]
        assert not hook.about(ETH, "140 %")
        await until(lambda: hook.about(ETH, "140 %"), lambda: hook.texts)
        assert "CRITICAL" in hook.about(ETH, "140 %")[0]
