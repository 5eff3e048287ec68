"""Covers alertd/pipeline.py, with the real rules, alerts and store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from alertd.canary.line import events_of
from alertd.domain.canary import CHECK_SINK
from alertd.domain.command import Acknowledge, AnyCommand, CommandRefused
from alertd.domain.errors import StoreError
from alertd.domain.events import (
    Coverage,
    CoverageState,
    DeliveryHealth,
    Event,
    LeadTradeFailed,
    Tick,
)
from alertd.pipeline import QUEUE_SIZE
from alertd.rules.builtin import BUILTIN_RULES
from alertd.rules.settings import RuleSettings
from alertd.ruling import Ruling
from alertd.store.archive import Archive
from alertd.store.database import Database
from tests.piping import NOW, House, HurryingClock, margin


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    database = await Database.open(f"sqlite:///{tmp_path / 'alertd.db'}")
    await database.load()
    yield House(database)
    await database.close()


async def test_an_alert_and_one_delivery_per_sink_stand_in_the_store(house: House) -> None:
    await house.handle(margin("2.5"))
    counts = await house.database.counts()
    assert (counts["alerts_open"], counts["deliveries_queued"]) == (1, 2)
    assert house.woken == [{"phone", "mail"}]


async def test_quiet_events_leave_no_trace_but_a_count(house: House) -> None:
    await house.handle(*(margin("22", n=n) for n in range(100)))
    assert house.woken == []
    assert (await house.database.counts())["alerts_open"] == 0
    assert house.counters.value("events_total") == 100


async def test_what_waits_together_is_committed_together(house: House) -> None:
    events = [margin("2.5", f"C{n}-USDT-SWAP") for n in range(300)]
    await house.handle(*events)
    assert len(house.woken) == 1
    assert (await house.database.counts())["deliveries_queued"] == 600


async def test_a_long_burst_is_judged_and_committed_in_slices(house: House) -> None:
    house.pipeline._clock = HurryingClock()
    await house.handle(*(margin("2.5", f"C{n}-USDT-SWAP") for n in range(30)))
    assert len(house.woken) == 15
    assert (await house.database.counts())["deliveries_queued"] == 60


async def test_what_can_be_sent_at_once_is_leased_and_handed_over(house: House) -> None:
    house.begun = {(0, "phone")}
    await house.handle(margin("2.5"))
    assert [delivery.sink for delivery in house.leased] == ["phone"]
    counts = await house.database.counts()
    assert (counts["deliveries_sending"], counts["deliveries_queued"]) == (1, 1)


async def test_what_was_leased_is_handed_over_even_if_the_pipeline_is_stopped_meanwhile(house: House) -> None:
    house.begun = {(0, "phone"), (0, "mail")}
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(house.pipeline.run())
        await house.pipeline.put([margin("2.5")])
        while not house.woken:
            await asyncio.sleep(0)
        running.cancel()
    assert (await house.database.counts())["deliveries_sending"] == 2
    assert [delivery.sink for delivery in house.leased] == ["phone", "mail"]


async def test_an_alert_changed_twice_in_a_batch_is_written_as_it_stands_last(house: House) -> None:
    await house.handle(margin("4.5"), margin("2.5", n=1))
    (alert,) = (await house.database.load()).open_alerts
    assert (alert.severity, alert.sequence) == ("critical", 2)
    assert (await house.database.counts())["deliveries_queued"] == 4


async def test_a_store_that_cannot_be_written_ends_the_pipeline(house: House) -> None:
    await house.database.close()
    await house.pipeline.put([margin("2.5")])
    with pytest.raises(StoreError):
        await house.pipeline.run()


async def test_a_full_queue_is_counted_and_nothing_is_dropped(house: House) -> None:
    async with asyncio.TaskGroup() as tasks:
        events = [margin("2.5"), *(margin("22", "ETH-USDT-SWAP", n) for n in range(QUEUE_SIZE + 4))]
        putting = tasks.create_task(house.pipeline.put(events))
        while not house.counters.value("event_queue_full_total"):
            await asyncio.sleep(0)
        assert not putting.done()
        running = tasks.create_task(house.pipeline.run())
        await putting
        await house.pipeline.drained()
        running.cancel()
    assert house.counters.value("events_total") == QUEUE_SIZE + 5


async def test_quiet_events_do_not_wait_for_the_consumer(house: House) -> None:
    await house.pipeline.put([margin("22", n=n) for n in range(3)])
    assert house.counters.value("events_total") == 3


async def test_a_quiet_event_is_not_judged_before_what_came_ahead_of_it(house: House) -> None:
    await house.pipeline.put([margin("22", "ETH-USDT-SWAP"), margin("2.5"), margin("22", n=1)])
    await house.pipeline.put([margin("22", "ETH-USDT-SWAP", n=2)])
    assert house.counters.value("events_total") == 1
    await house.handle()
    assert house.counters.value("events_total") == 4
    counts = await house.database.counts()
    assert (counts["alerts_open"], counts["deliveries_queued"]) == (1, 2)


async def test_a_better_figure_of_an_open_alert_is_not_quiet(house: House) -> None:
    await house.handle(margin("2.5"))
    await house.handle(margin("22", n=1))
    [alert] = (await house.database.load()).open_alerts
    assert alert.better_since is not None


async def test_a_tick_lets_timers_run(house: House) -> None:
    await house.handle(margin("2.5"))
    house.clock.at = NOW + timedelta(seconds=121)  # the first reminder of a critical alert
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(house.pipeline.run())
        await house.pipeline.tick()
        await house.pipeline.drained()
        running.cancel()
    assert house.counters.value("notifications_total", reason="reminder", severity="critical") == 1


SLOW_TO_FIRE = {
    "margin_ratio": {
        "type": "ladder",
        "event": "margin_state",
        "field": "margin_ratio",
        "levels": {"critical": "3"},
        "for_s": 60,
    }
}


async def test_many_timers_at_once_are_committed_in_slices_and_before_what_waits_behind(
    tmp_path: Path,
) -> None:
    database = await Database.open(f"sqlite:///{tmp_path / 'alertd.db'}")
    await database.load()
    house = House(database, SLOW_TO_FIRE)
    names = [f"C{n:03}-USDT-SWAP" for n in range(200)]
    await house.handle(*(margin("2.5", name) for name in names))
    house.told.clear()
    house.pipeline._clock = hurrying = HurryingClock()
    hurrying.at = NOW + timedelta(seconds=61)
    tick = Tick(event_id="t", exchange="", account="", received_at=hurrying.at)
    await house.handle(tick, failed(0))
    *slices, last = [told for told in house.told if told]
    assert [subject.split("/")[0] for told in slices for subject in told] == names
    assert len(slices) > 1
    assert len(last) == 1
    assert (await database.counts())["deliveries_queued"] == 2 * 201
    await database.close()


async def test_others_get_their_turn_while_a_command_changes_many(house: House) -> None:
    """Nothing of it stands in the store before all of it does."""
    await house.handle(*(margin("2.5", f"C{n}-USDT-SWAP") for n in range(300)))
    house.pipeline._clock = HurryingClock()
    turns = 0

    async def other() -> None:
        nonlocal turns
        while not all(done := [bool(one.acknowledged_by) for one in house.lifecycle.open_alerts()]):
            await asyncio.sleep(0)
            turns += any(done)

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(house.pipeline.run())
        watching = tasks.create_task(other())
        assert len((await house.pipeline.command(ack())).alerts) == 300
        await watching
        running.cancel()
    assert turns > 1
    assert len(await journal(house)) == 1


def ruling(rules: dict[str, Any] | None = None, sinks: tuple[str, ...] = ("phone",)) -> Ruling:
    table = TypeAdapter(dict[str, RuleSettings]).validate_python(rules or {})
    return Ruling.of({**BUILTIN_RULES, **table}, [], sinks, {"main": {}})


async def apply(house: House, *steps: Event | Ruling) -> None:
    """Events and rulings in the order they are handed over, all before the first is taken."""
    async with asyncio.TaskGroup() as tasks:
        handed = []
        for step in steps:
            is_ruling = isinstance(step, Ruling)
            work = house.pipeline.reconfigure(step) if is_ruling else house.pipeline.put([step])
            handed.append(tasks.create_task(work))
        await asyncio.sleep(0)
        running = tasks.create_task(house.pipeline.run())
        await asyncio.wait(handed)
        await house.pipeline.drained()
        running.cancel()


def ratio_rule(warning: str, **more: Any) -> dict[str, Any]:
    ladder = {"type": "ladder", "event": "margin_state", "field": "margin_ratio"}
    return {"margin_ratio": {**ladder, "levels": {"warning": warning}, **more}}


async def queued(house: House) -> int:
    return (await house.database.counts())["deliveries_queued"]


async def test_another_ruling_holds_from_its_place_among_the_events(house: House) -> None:
    lax = ruling(ratio_rule("1.5"))
    await apply(house, margin("2.5", "A-USDT-SWAP"), lax, margin("2.5", "B-USDT-SWAP", n=1))
    (alert,) = (await house.database.load()).open_alerts
    assert alert.event.instrument == "A-USDT-SWAP"
    assert await queued(house) == 2  # phone and mail, as it was then
    await apply(house, ruling(), margin("2.5", "B-USDT-SWAP", n=2))
    assert await queued(house) == 3


async def test_what_was_handed_over_before_is_stored_when_it_is_said_to_be_handled(house: House) -> None:
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(house.pipeline.run())
        await house.pipeline.put([margin("2.5"), margin("22", "ETH-USDT-SWAP")])
        await house.pipeline.handled()
        assert (await house.database.counts())["alerts_open"] == 1
        await house.pipeline.handled()  # also where nothing waits
        running.cancel()


async def test_alerts_of_a_rule_that_is_gone_end_in_the_store(house: House) -> None:
    await apply(house, margin("2.5"), ruling(ratio_rule("1.5", enabled=False)))
    counts = await house.database.counts()
    assert (counts["alerts_open"], counts["deliveries_queued"]) == (0, 2)


async def test_what_is_told_when_it_changes_only_is_judged_by_the_new_rules_too(house: House) -> None:
    blind = Coverage(
        event_id="c",
        exchange="okx",
        account="main",
        received_at=NOW,
        stream="private",
        state=CoverageState.BLIND,
    )
    rule = {"type": "match", "event": "coverage", "match": {"state": "blind"}, "severity": "info"}
    await apply(house, blind)
    before = await queued(house)
    for _ in range(2):
        await apply(house, ruling({"mine": rule}))
        assert await queued(house) == before + 1


async def test_the_last_word_of_a_sink_that_is_gone_opens_nothing(house: House) -> None:
    dead = DeliveryHealth(event_id="d", exchange="", account="", received_at=NOW, sink="mail", healthy=False)
    await apply(house, dead)
    assert (await house.database.counts())["alerts_open"] == 1
    await apply(house, ruling(sinks=("phone",)), dead)
    assert (await house.database.counts())["alerts_open"] == 0


# --- what a person wants ----------------------------------------------------------------------------


def ack(*ids: str, person: str = "anna") -> Acknowledge:
    return Acknowledge(person=person, at=NOW, alerts=ids, comment="mine")


async def test_a_command_is_obeyed_in_its_place_and_stored_with_what_it_changes(
    house: House, tmp_path: Path
) -> None:
    async with asyncio.TaskGroup() as tasks:
        events = tasks.create_task(house.pipeline.put([margin("2.5", "A-USDT-SWAP")]))
        asked = tasks.create_task(house.pipeline.command(ack()))
        after = tasks.create_task(house.pipeline.put([margin("2.5", "B-USDT-SWAP", n=1)]))
        await asyncio.sleep(0)
        running = tasks.create_task(house.pipeline.run())
        changed = await asked
        assert [alert.event.instrument for alert in changed.alerts] == ["A-USDT-SWAP"]
        states = {one.event.instrument: one.state for one in (await house.database.load()).open_alerts}
        assert states["A-USDT-SWAP"] == "acknowledged"
        assert await journal(house) == [ack()]
        await asyncio.wait([events, after])
        await house.pipeline.drained()
        running.cancel()
    states = {one.event.instrument: one.state for one in (await house.database.load()).open_alerts}
    assert states == {"A-USDT-SWAP": "acknowledged", "B-USDT-SWAP": "firing"}


async def test_a_refused_command_leaves_nothing_and_ends_nothing(house: House) -> None:
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(house.pipeline.run())
        for _ in range(2):
            with pytest.raises(CommandRefused, match="no open alert"):
                await house.pipeline.command(ack("abcd"))
        running.cancel()
    assert await journal(house) == []


async def test_a_command_of_somebody_who_left_is_obeyed(house: House) -> None:
    await house.pipeline.put([margin("2.5")])
    leaving = [asyncio.ensure_future(house.pipeline.command(one)) for one in (ack(), ack())]
    await asyncio.sleep(0)
    for one in leaving:
        one.cancel()
    await asyncio.gather(*leaving, return_exceptions=True)
    await house.handle()
    assert await journal(house) == [ack()]  # the second one is refused, and nobody hears it


async def journal(house: House) -> list[AnyCommand]:
    return list(await Archive(house.database).commands(10))


# --- rules that look back ---------------------------------------------------------------------------

BURST = {
    "burst": {
        "type": "count",
        "event": "lead_trade_failed",
        "severity": "critical",
        "count": 3,
        "within_s": 600,
    },
    "lead_trade_unknown": {
        "type": "match",
        "event": "lead_trade_failed",
        "severity": "info",
        "enabled": False,
    },
}
FALLING = {
    "falling": {
        "type": "drawdown",
        "event": "margin_state",
        "severity": "critical",
        "field": "margin_ratio",
        "fall": "20%",
        "window_s": 600,
    }
}
QUIET = {"quiet": {"type": "absence", "event": "lead_trade_failed", "severity": "info", "absent_for_s": 60}}


def failed(n: int) -> LeadTradeFailed:
    return LeadTradeFailed(
        event_id=f"l{n}",
        exchange="okx",
        account="main",
        received_at=NOW + timedelta(seconds=n),
        trader=str(n),
    )


def tick(seconds: float) -> Tick:
    at = NOW + timedelta(seconds=seconds)
    return Tick(event_id=f"t{seconds}", exchange="", account="", received_at=at)


def watched(state: CoverageState = CoverageState.WATCHED, seconds: float = 0) -> Coverage:
    at = NOW + timedelta(seconds=seconds)
    return Coverage(
        event_id=f"c{seconds}", exchange="okx", account="main", received_at=at, stream="private", state=state
    )


async def again(house: House, rules: dict[str, Any]) -> House:
    """The next process on the same store."""
    return House(house.database, rules, await house.database.load())


async def told(house: House) -> list[str]:
    return sorted(alert.fingerprint.rule for alert in (await house.database.load()).open_alerts)


async def test_a_count_goes_on_where_the_last_process_was_killed(house: House) -> None:
    house = House(house.database, BURST)
    running = asyncio.create_task(house.pipeline.run())
    await house.pipeline.put([failed(0)])
    while not (await house.database.load()).memories:  # at once, without a tick or a planned stop
        await asyncio.sleep(0)
    running.cancel()
    house = await again(house, BURST)
    await house.handle(failed(1))
    assert await told(house) == []
    house = await again(house, BURST)
    await house.handle(failed(2))
    (alert,) = (await house.database.load()).open_alerts
    assert alert.recollection is not None
    assert (alert.recollection.count, alert.recollection.since) == (3, NOW)


async def test_quiet_pushes_store_a_peak_half_a_minute_later_or_at_a_planned_stop(house: House) -> None:
    house = House(house.database, FALLING)
    running = asyncio.create_task(house.pipeline.run())
    await house.pipeline.put([*(margin(str(10 + n), n=n) for n in range(50)), tick(1), tick(29)])
    await house.pipeline.reconfigure(ruling(FALLING))  # what came before is handled
    assert (await house.database.load()).memories == []
    await house.pipeline.put([tick(31)])
    await house.pipeline.reconfigure(ruling(FALLING))
    assert len((await house.database.load()).memories) == 1
    running.cancel()
    await house.handle(margin("90", "ETH-USDT-SWAP", n=60))  # and a planned stop
    assert len((await house.database.load()).memories) == 2
    house = await again(house, FALLING)
    await house.handle(margin("70", "ETH-USDT-SWAP", n=70))
    assert await told(house) == ["falling"]


async def test_the_memory_stands_in_the_store_with_the_alert_it_raised(house: House) -> None:
    house = House(house.database, FALLING)
    running = asyncio.create_task(house.pipeline.run())
    await house.pipeline.put([margin("50"), margin("30", n=1)])
    await house.pipeline.reconfigure(ruling(FALLING))
    state = await house.database.load()
    running.cancel()
    assert (len(state.open_alerts), len(state.memories)) == (1, 1)


async def test_an_absence_fires_by_ticks_and_only_while_watched(house: House) -> None:
    house = House(house.database, QUIET)
    await house.handle(*(tick(n) for n in range(300)))
    await house.handle(watched(seconds=300), *(tick(n) for n in range(300, 400)))
    await house.handle(watched(CoverageState.BLIND, 400), *(tick(n) for n in range(400, 900)))
    assert "quiet" not in await told(house)
    await house.handle(watched(seconds=900), *(tick(n) for n in range(900, 985)))
    assert "quiet" in await told(house)
    await house.handle(failed(990))
    assert "quiet" not in await told(house)


async def test_an_absence_that_is_told_is_not_told_again_after_a_restart(house: House) -> None:
    house = House(house.database, QUIET)
    await house.handle(watched(), *(tick(n) for n in range(200)))
    assert await told(house) == ["quiet"]
    before = await queued(house)
    house = await again(house, QUIET)
    await house.handle(watched(seconds=5000), *(tick(n) for n in range(5000, 5200)))
    assert (await told(house), await queued(house)) == (["quiet"], before)


async def test_a_reload_keeps_what_did_not_change_and_judges_no_state_twice(house: House) -> None:
    flaps = {"type": "count", "event": "coverage", "severity": "info", "count": 2, "within_s": 600}
    rules = {**BURST, "flaps": flaps}
    house = House(house.database, rules)
    await house.handle(failed(0), failed(1), watched())
    await apply(house, ruling(rules), ruling({**rules, "other": QUIET["quiet"]}))
    await apply(house, failed(2))
    assert await told(house) == ["burst"]


async def test_a_changed_rule_starts_afresh(house: House) -> None:
    house = House(house.database, BURST)
    await house.handle(failed(0), failed(1))
    changed = {**BURST, "burst": {**BURST["burst"], "within_s": 500}}
    await apply(house, ruling(changed), failed(2))
    assert await told(house) == []
    await apply(house, failed(3), failed(4))
    assert await told(house) == ["burst"]


async def test_a_canary_leaves_no_trace_but_its_delivery(tmp_path: Path) -> None:
    """Neither a rule of a person's nor a number of what happened hears of it; a tick ends it."""
    count = {"type": "count", "event": "liquidation_warning", "count": 2, "within_s": 90, "severity": "info"}
    any_warning = {"type": "match", "event": "liquidation_warning", "severity": "critical"}
    database = await Database.open(f"sqlite:///{tmp_path / 'alertd.db'}")
    await database.load()
    house = House(database, {"many": count, "any": any_warning})
    for episode in (1, 2):
        await house.handle(*events_of(CHECK_SINK, str(episode), house.clock.at, 1.0))
        assert house.woken[-1] == {CHECK_SINK}
        (delivery,) = await database.lease(CHECK_SINK, house.clock.at, 9)
        assert delivery.notification.alert.episode == episode
        house.clock.at += timedelta(seconds=2)
        await house.handle(Tick(event_id="t", exchange="", account="", received_at=house.clock.at))
    assert house.counters.value("events_total") == 2  # the ticks
    assert house.counters.cells("notifications_total") == {}
    assert await database.lease("phone", house.clock.at, 9) == []
    assert (await database.load()).memories == []
    assert (await database.counts())["alerts_open"] == 0
    await database.close()
