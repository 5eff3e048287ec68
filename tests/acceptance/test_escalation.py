"""Who hears of an alert that nobody acknowledges; drills and deputies. On the whole daemon."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from alertd.config import Settings
from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import (
    LIMITS,
    Hook,
    LoopClock,
    account_table,
    hurried,
    running,
    settings,
    sinks_of,
    stored,
    text_of,
    until,
)
from tests.acceptance.test_people import ANNA, PEOPLE, ack, alerts, answering, warned

BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"
NAMES = ("phone", "call", "boss", "deputy")
STEPS = [{"after_s": 10, "sinks": ["call"]}, {"after_s": 20, "sinks": ["boss", "call"]}]
ROUTE = {"match": {"severity": ["critical"]}, "sinks": ["phone"], "remind_s": [], "escalate": STEPS}
REST = {"match": {"severity": ["warning", "info"]}, "sinks": ["phone"]}


class Street:
    """An exchange, four webhooks, and the settings of a daemon that escalates over them."""

    def __init__(self, folder: Path, okx: OkxSimulator, hooks: dict[str, Hook], clock: LoopClock) -> None:
        self.folder, self.okx, self.hooks, self.clock = folder, okx, hooks, clock
        self._account = account_table(okx, okx.add_account(Account(role_type="1")))

    def settings(self, *routes: dict[str, Any], **more: Any) -> Settings:
        sinks = sinks_of(self.hooks)
        sinks["call"]["wakes_a_sleeper"] = True
        return settings(
            self.folder,
            {"main": self._account},
            sinks,
            people=PEOPLE,
            routes=[*(routes or (ROUTE,)), REST],
            **more,
        )

    def heard(self, *words: str) -> dict[str, int]:
        """How often each heard of it, without those that did not."""
        counts = {name: len(hook.about(*words)) for name, hook in self.hooks.items()}
        return {name: count for name, count in counts.items() if count}

    async def hears(self, wanted: dict[str, int], *words: str) -> None:
        """Wait until each has heard of it at least so often."""

        def have_heard() -> bool:
            heard = self.heard(*words)
            return all(heard.get(name, 0) >= count for name, count in wanted.items())

        await until(have_heard, lambda: {name: hook.texts for name, hook in self.hooks.items()})


@asynccontextmanager
async def street(folder: Path) -> AsyncIterator[Street]:
    clock = LoopClock()
    async with OkxSimulator(clock=clock.unix_s, limits=LIMITS) as okx, AsyncExitStack() as stack:
        hooks = {name: await stack.enter_async_context(Hook()) for name in NAMES}
        yield Street(folder, okx, hooks, clock)


async def tell(http: ClientSession, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
    async with http.post(f"/api/v1/{path}", json=body, headers=ANNA) as answer:
        return answer.status, await answer.json()


@hurried(10)
async def test_step_by_step_and_again_until_somebody_acknowledges(tmp_path: Path) -> None:
    async with street(tmp_path) as at, running(at.settings(), at.clock) as app, answering(app) as http:
        await warned(at.okx, at.hooks["phone"], BTC)
        assert at.heard(BTC) == {"phone": 1}
        await at.hears({"call": 1}, BTC, "CRITICAL unanswered")
        assert "boss" not in at.heard(BTC)
        await at.hears({"call": 2, "boss": 1}, BTC, "CRITICAL unanswered")
        await at.hears({"call": 4, "boss": 2}, BTC, "CRITICAL unanswered")
        assert at.heard(BTC)["phone"] == 1

        assert (await ack(http, ANNA, all=True))[0] == 200
        stopped = at.heard(BTC, "unanswered")
        await warned(at.okx, at.hooks["phone"], ETH)
        await at.hears({"call": 3, "boss": 1}, ETH)  # that took longer than the next steps would have
        assert at.heard(BTC, "unanswered") == stopped
        text = at.hooks["call"].about(BTC)[0]
        [one] = [one for one in await alerts(http) if BTC in one["subject"]]
        assert f"alertd ack {one['id']}" in text


@hurried(10)
async def test_whom_the_chain_has_told_hears_who_takes_care_and_of_the_end(tmp_path: Path) -> None:
    """Over a restart: who was told stands in the store. The telephone rings once more, for the end."""
    late = {**ROUTE, "escalate": [STEPS[0], STEPS[1], {"after_s": 3600, "sinks": ["deputy"]}]}
    async with street(tmp_path) as at:
        async with running(at.settings(late), at.clock):
            await warned(at.okx, at.hooks["phone"], BTC)
            await at.hears({"call": 2, "boss": 1}, BTC, "unanswered")
        async with running(at.settings(late), at.clock) as app, answering(app) as http:
            assert (await ack(http, ANNA, all=True))[0] == 200
            await at.hears({"boss": 1}, BTC, "CRITICAL (anna takes care)")
            at.okx.close_position(BTC)
            await at.hears({"phone": 1, "call": 1, "boss": 1}, BTC, "CLOSED")
        assert at.heard("takes care") == {"boss": 1}
        assert at.heard("CLOSED") == {"phone": 1, "call": 1, "boss": 1}


@hurried(10)
async def test_a_telephone_that_rang_for_several_rings_once_for_their_ends(tmp_path: Path) -> None:
    async with street(tmp_path) as at, running(at.settings(), at.clock):
        await warned(at.okx, at.hooks["phone"], BTC)
        await warned(at.okx, at.hooks["phone"], ETH)
        await at.hears({"call": 1}, BTC, "unanswered")
        await at.hears({"call": 1}, ETH)
        await until(
            lambda: at.clock.unix_s() % 5 < 1
        )  # that it is gone is told 2 s later, in the same window
        at.okx.close_position(BTC)
        at.okx.close_position(ETH)
        await at.hears({"phone": 1}, ETH, "CLOSED")
        await at.hears({"call": 1}, BTC, ETH, "closed")
        assert at.heard(BTC, "CLOSED")["phone"] == at.heard(ETH, "CLOSED")["phone"] == 1
        assert "call" not in at.heard("CLOSED ")


@hurried(10)
async def test_who_is_reached_by_a_step_or_a_route_without_reminders_has_none(
    tmp_path: Path,
) -> None:
    """Over a restart and a reload, too."""
    critical = {**ROUTE, "remind_s": [15, 20], "escalate": STEPS[:1]}
    log = {"sinks": ["boss"], "remind_s": []}
    async with street(tmp_path) as at:
        async with running(at.settings(critical, log), at.clock):
            await warned(at.okx, at.hooks["phone"], BTC)
            await at.hears({"phone": 1}, BTC, "CRITICAL still")
        changed = at.settings(log, critical)
        async with running(at.settings(critical, log), at.clock, lambda: changed) as app:
            await at.hears({"phone": 2}, BTC, "CRITICAL still")
            app.reload.set()
            await until(lambda: app.counters.value("config_reloads_total", outcome="applied"))
            await at.hears({"phone": 3}, BTC, "CRITICAL still")
        assert at.heard(BTC, "CRITICAL still") == {"phone": 3}
        assert at.heard(BTC, "unanswered")["call"] >= 2
        assert at.heard(BTC)["boss"] == 1


@hurried(10)
async def test_neither_a_restart_nor_another_route_repeats_or_loses_a_step(tmp_path: Path) -> None:
    async with street(tmp_path) as at:
        async with running(at.settings(), at.clock):
            await warned(at.okx, at.hooks["phone"], BTC)
            await at.hears({"call": 1}, BTC)
        other = [{"after_s": 10, "sinks": ["call"]}, {"after_s": 60, "sinks": ["boss"]}]
        changed = at.settings({**ROUTE, "escalate": other})
        async with running(changed, at.clock) as app:
            await at.hears({"boss": 1}, BTC)
            assert at.heard(BTC, "unanswered") == {"call": 1, "boss": 1}
            await at.hears({"call": 2}, BTC)  # the next round
            assert app.web_port
    rows = stored(
        tmp_path, "select sink, state from deliveries where fingerprint like '%liquidation_warning%'"
    )
    assert len(rows) == len(set(rows)) + 1 == 4
    assert {state for _, state in rows} == {"sent"}


@hurried(10)
async def test_a_reload_in_the_middle_keeps_the_time_and_goes_the_new_way(tmp_path: Path) -> None:
    async with street(tmp_path) as at:
        changed = at.settings({**ROUTE, "escalate": [STEPS[0], {"after_s": 25, "sinks": ["deputy"]}]})
        async with running(at.settings(), at.clock, lambda: changed) as app, answering(app) as http:
            await warned(at.okx, at.hooks["phone"], BTC)
            await at.hears({"call": 1}, BTC)
            app.reload.set()
            await until(lambda: app.counters.value("config_reloads_total", outcome="applied"))
            await at.hears({"deputy": 1}, BTC)
            assert at.heard(BTC, "unanswered") == {"call": 1, "deputy": 1}
            async with http.get("/api/v1/alerts?account=main") as answer:
                [one] = (await answer.json())["alerts"]
            async with http.get(f"/api/v1/alerts/{one['id']}") as answer:
                told = [told["at"] for told in (await answer.json())["history"]]
        new, first, second = (datetime.fromisoformat(moment) for moment in told)
        assert timedelta(seconds=10) <= first - new < timedelta(seconds=15)
        assert timedelta(seconds=25) <= second - new < timedelta(seconds=30)


HELD = {"hold_better_s": 60, "damping_s": 0}
ONLY_BUFFER = {
    "buffer_used": HELD,
    "minutes_to_liquidation": {"enabled": False},
    "margin_ratio": {"enabled": False},
}


async def falls(at: Street, http: ClientSession, times: int) -> None:
    """Told as critical for so many times."""
    at.okx.set_price(BTC, "92000")
    await at.hears({"phone": times}, "CRITICAL BTC")
    await is_better(http, False)


async def is_better(http: ClientSession, wanted: bool) -> None:
    """Wait until what is critical is better, or is not, as the store has it."""
    while True:
        for one in await alerts(http):
            async with http.get(f"/api/v1/alerts/{one['id']}") as answer:
                row = (await answer.json())["alert"]
            if row["severity"] == "critical" and (row["better_since"] is not None) is wanted:
                return
        await asyncio.sleep(1)


@hurried(10)
async def test_while_better_is_held_nothing_rings_and_worse_rings_at_once(tmp_path: Path) -> None:
    """Over safe figures nobody is called or reminded, also after a restart; and nothing due is lost by it."""
    reminding = {**ROUTE, "remind_s": [15]}
    async with street(tmp_path) as at:
        wanted = at.settings(reminding, rules=ONLY_BUFFER)
        async with running(wanted, at.clock) as app, answering(app) as http:
            at.okx.open_position(BTC, lever=10)
            await falls(at, http, 1)
            at.okx.set_price(BTC, "100000")
            await at.hears({"phone": 1}, "RECOVERED")
            assert at.heard("CRITICAL still") == at.heard("unanswered") == {}

            await falls(at, http, 2)
            at.okx.set_price(BTC, "100000")
            fell_at = at.clock.now()
            await is_better(http, True)
        async with running(wanted, at.clock):
            await until(lambda: at.clock.now() > fell_at + timedelta(seconds=30))
            assert at.heard("CRITICAL still") == at.heard("unanswered") == {}
            at.okx.set_price(BTC, "92000")
            await at.hears({"call": 1, "boss": 1}, BTC, "CRITICAL unanswered")
            await at.hears({"phone": 1}, BTC, "CRITICAL still")
            assert "better since" not in "".join(at.hooks["call"].texts)


@hurried(10)
async def test_a_step_that_a_failing_telephone_has_not_taken_waits_while_it_is_better(tmp_path: Path) -> None:
    """Over a restart it waits on; what is over rings nobody, and what is worse again rings at once."""
    once = {**ROUTE, "escalate": [STEPS[0], {"after_s": 3600, "sinks": ["boss"]}]}
    asked = "Nobody has acknowledged this"

    async def fails_and_gets_better(http: ClientSession, times: int) -> None:
        at.hooks["call"].status = 503
        await falls(at, http, times)
        await until(lambda: any(asked in text_of(body) for body in at.hooks["call"].taken))
        at.okx.set_price(BTC, "100000")
        await is_better(http, True)
        at.hooks["call"].status = 200
        at.hooks["call"].taken.clear()

    async with street(tmp_path) as at:
        wanted = at.settings(once, rules=ONLY_BUFFER)
        async with running(wanted, at.clock) as app, answering(app) as http:
            at.okx.open_position(BTC, lever=10)
            await fails_and_gets_better(http, 1)
            await at.hears({"phone": 1}, "RECOVERED")

            await fails_and_gets_better(http, 2)
            came_back_at = at.clock.now()
        async with running(wanted, at.clock):
            await until(lambda: at.clock.now() > came_back_at + timedelta(seconds=40))
            assert at.hooks["call"].about("unanswered") == []
            at.okx.set_price(BTC, "92000")
            fell_s = asyncio.get_running_loop().time()
            await at.hears({"call": 1}, BTC, asked)
            assert at.hooks["call"].arrived_at[-1] - fell_s < 5
        assert at.heard(asked) == {"call": 1}


@hurried(10)
async def test_below_ten_minutes_the_telephone_rings_at_once(tmp_path: Path) -> None:
    slow = {**ROUTE, "escalate": [{"after_s": 3600, "sinks": ["call"]}]}
    async with street(tmp_path) as at, running(at.settings(slow), at.clock):
        at.okx.open_position(BTC, lever=10)
        for price in range(99_500, 93_500, -500):
            at.okx.set_price(BTC, str(price))
            await asyncio.sleep(5)  # of the daemon's time: the pace is what counts
        await at.hears({"call": 1}, BTC, "Less than 10 minutes to liquidation")
        assert at.heard("Less than 10 minutes") == {"call": 1}


@hurried(10)
async def test_a_drill_goes_all_the_way_and_its_answer_is_told_and_stored(tmp_path: Path) -> None:
    async with street(tmp_path) as at, running(at.settings(), at.clock) as app, answering(app) as http:
        status, said = await tell(http, "drills", account="main")
        assert (status, said["drill"]["state"]) == (200, "firing")
        await at.hears({"phone": 1, "call": 2, "boss": 1}, "DRILL", "nothing is wrong")
        assert not at.heard("CRITICAL")
        async with http.get("/api/v1/accounts") as answer:
            assert (await answer.json())["accounts"][0]["alerts"] == {}
        status, said = await ack(http, ANNA, alerts=[said["drill"]["id"]])
        assert status == 200
        [ended] = said["acknowledged"]
        assert (ended["state"], ended["acknowledged"]["by"]) == ("resolved", "anna")
        all_rung = {"phone": 1, "call": 1, "boss": 1}
        await at.hears(all_rung, "DRILL ANSWERED", "anna acknowledged it after")
        assert at.heard("DRILL ANSWERED") == all_rung
        kinds = [kind for (kind,) in stored(tmp_path, "select kind from commands order by command_id")]
        assert kinds == ["StartDrill", "Acknowledge"]


@hurried(10)
async def test_a_deputy_stands_in_once_a_test_was_answered(tmp_path: Path) -> None:
    async with street(tmp_path) as at:
        until_when = datetime.now(UTC) + timedelta(days=2)
        going = {"until": until_when.isoformat(), "deputy": "deputy"}
        async with running(at.settings(), at.clock) as app, answering(app) as http:
            status, said = await tell(http, "away", **going)
            assert (status, said["away"]) == (200, None)
            await at.hears({"deputy": 1}, "DRILL", "test of one sink")
            assert at.heard("DRILL") == {"deputy": 1}
            await ack(http, ANNA, alerts=[said["drill"]["id"]])
            status, said = await tell(http, "away", **going)
            assert (status, said["away"]["deputy"]) == (200, "deputy")
            await at.hears({"phone": 1, "deputy": 1}, "anna is away")
            later = {**going, "until": (until_when + timedelta(hours=1)).isoformat()}
            assert (await tell(http, "away", **later))[0] == 200
            await at.hears({"phone": 1, "deputy": 1}, "anna is away: longer")
            async with http.get("/api/v1/status") as answer:
                shown = (await answer.json())["away"]
            assert (shown["person"], shown["deputy"], shown["until"]) == ("anna", "deputy", later["until"])
        assert not at.heard("is back")
        async with running(at.settings(), at.clock) as app, answering(app) as http:
            await warned(at.okx, at.hooks["phone"], BTC)
            await at.hears({"deputy": 2}, BTC)
            assert at.heard(BTC) == {"phone": 1, "deputy": 2}
            await at.hears({"deputy": 3, "call": 1}, BTC)
            status, _ = await tell(http, "away/end")
            assert status == 200
            await at.hears({"phone": 1, "deputy": 1}, "anna is back")
