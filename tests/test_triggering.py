"""alertd/triggering.py within the pipeline, with the real desk, rules, alerts and store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from alertd.actions.desk import ActionDesk
from alertd.actions.plans import Plan, Trigger
from alertd.alerts.lifecycle import Changes
from alertd.domain.action import ActionChanges, IntentState, Mode, Step, Switch, position_name
from alertd.domain.alert import Severity
from alertd.domain.command import (
    Acknowledge,
    AddSilence,
    AnyCommand,
    Approve,
    CommandRefused,
    Deny,
    SwitchActions,
)
from alertd.domain.events import EventKind, LeaderState, Tick
from alertd.domain.notification import Delivery, DeliveryState, Notification, Reason
from alertd.domain.silence import Matchers
from alertd.rules.builtin import BUILTIN_RULES
from alertd.ruling import Ruling
from alertd.sinks.render import render
from alertd.sinks.texts import Language
from alertd.store.archive import Archive
from alertd.store.database import Database
from alertd.triggering import Triggering
from tests.actions.nouns import ANN, World, alert, moved, plan
from tests.piping import NOW, House, HurryingClock, margin

S = IntentState
BY_RATIO = {"margin_ratio": Trigger(("stop",))}


class Acting(House):
    """With one action, which every critical margin ratio triggers."""

    def __init__(self, database: Database, *plans: Plan, **more: Any) -> None:
        self.world = World()
        self.plans = {one.action: one for one in plans or (plan(),)}
        triggers = more.pop("triggers", BY_RATIO)
        super().__init__(database, desk=lambda _: ActionDesk(self.plans, triggers, world=self.world), **more)
        self.acted = 0
        self.pipeline.on_acted = self.count

    def count(self) -> None:
        self.acted += 1

    async def do(self, *steps: Callable[[], Awaitable[Any]]) -> list[Any]:
        """One after the other while the pipeline runs; what each gave."""
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(self.pipeline.run())
            given = [await step() for step in steps]
            await self.pipeline.drained()
            running.cancel()
        return given

    async def command(self, command: AnyCommand) -> Any:
        [changes] = await self.do(lambda: self.pipeline.command(command))
        return changes

    async def report(self, state: IntentState, **more: Any) -> ActionChanges:
        """The next version of the only intent, as a runner hands it in."""

        def work(desk: ActionDesk, now: datetime) -> ActionChanges:
            [intent] = desk.intents()
            return desk.progressed(*moved(intent, state, now, **more), now)

        [changes] = await self.do(lambda: self.pipeline.act(work))
        assert isinstance(changes, ActionChanges)
        return changes

    async def tick(self, at: datetime) -> None:
        self.clock.at = at
        await self.handle(Tick(event_id="t", exchange="", account="", received_at=at))

    async def intents(self) -> list[tuple[str, str]]:
        return [(one.trader, str(one.state)) for one in (await self.database.load()).intents]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    await database.load()
    yield database
    await database.close()


@pytest.fixture
async def house(database: Database) -> Acting:
    return Acting(database)


async def journal(house: House) -> list[Step]:
    archive = Archive(house.database)
    [intent] = await archive.intents(most=10)
    return list(await archive.steps(intent))


def act_id(house: House) -> str:
    [intent] = house.pipeline.acts.intents()
    return intent.intent_id


def approve(house: House, person: str = "anna") -> Approve:
    return Approve(person=person, at=NOW, intent_id=act_id(house), comment="go on")


async def test_an_alert_its_intent_and_the_question_stand_in_one_transaction(house: Acting) -> None:
    await house.handle(margin("2.5"))
    assert house.told == [["BTC-USDT-SWAP/long/isolated", f"action/stop/{ANN}"]]
    state = await house.database.load()
    [intent] = state.intents
    danger, question = sorted(state.open_alerts, key=lambda alert: alert.fingerprint.kind, reverse=True)
    assert (intent.state, intent.trader, intent.rule) == (S.AWAITING, ANN, "margin_ratio")
    assert (intent.fingerprint, intent.episode) == (danger.fingerprint, danger.episode)
    assert (question.severity, question.event.event_id) == ("critical", f"action:{intent.intent_id}:0")
    assert [(step.version, step.state, step.actor) for step in await journal(house)] == [
        (0, "awaiting", "alertd")
    ]
    assert house.acted == 1


async def test_what_triggers_nothing_writes_nothing_about_actions(house: Acting) -> None:
    await house.handle(margin("22"), margin("4.5", n=1), margin("4.4", "ETH-USDT-SWAP", n=2))
    assert len(house.told) == 1  # the warnings
    assert await house.intents() == []
    assert house.acted == 0


async def test_a_storm_of_alerts_asks_once(house: Acting) -> None:
    await house.handle(*(margin("2.5", f"C{n}-USDT-SWAP") for n in range(100)))
    assert await house.intents() == [(ANN, "awaiting")]
    assert [subject for told in house.told for subject in told].count(f"action/stop/{ANN}") == 1


async def test_what_was_milder_triggers_once_it_is_worse(house: Acting) -> None:
    await house.handle(margin("4.5"), margin("2.5", n=1))
    assert await house.intents() == [(ANN, "awaiting")]


async def test_a_silence_keeps_people_from_hearing_and_alertd_not_from_acting(house: Acting) -> None:
    silence = AddSilence(
        person="anna",
        at=NOW,
        silence_id="s",
        matchers=Matchers(kind=("margin_state",)),
        ends_at=NOW + timedelta(hours=1),
        forced=True,
    )
    await house.command(silence)
    await house.handle(margin("2.5"))
    assert house.told[-1] == [f"action/stop/{ANN}"]
    assert await house.intents() == [(ANN, "awaiting")]


async def test_what_an_action_comes_to_triggers_none(database: Database) -> None:
    house = Acting(database, triggers={**BY_RATIO, "action": Trigger(("stop",), Severity.INFO)})
    await house.handle(margin("2.5"))
    assert len(await house.intents()) == 1


async def test_a_person_approves_and_it_stands_with_the_name(house: Acting) -> None:
    await house.handle(margin("2.5"))
    changes = await house.command(approve(house))
    assert not changes.alerts  # its own: what follows is told
    assert await house.intents() == [(ANN, "planned")]
    last = (await journal(house))[-1]
    assert (last.version, last.state, last.actor, last.detail) == (1, "planned", "anna", "go on")
    [command] = await Archive(house.database).commands(5)
    assert (command.person, type(command)) == ("anna", Approve)
    assert house.told[-1] == [f"action/stop/{ANN}"]
    assert house.acted == 2


async def test_a_refused_command_leaves_no_trace(house: Acting) -> None:
    await house.handle(margin("2.5"))
    stranger = approve(house, "eve")
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(house.pipeline.run())
        with pytest.raises(CommandRefused):
            await house.pipeline.command(stranger)
        running.cancel()
    assert len(await journal(house)) == 1
    assert await Archive(house.database).commands(5) == []
    assert house.acted == 1


async def test_without_actions_nothing_can_be_approved(database: Database) -> None:
    house = House(database)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(house.pipeline.run())
        for command in (
            Approve(person="anna", at=NOW, intent_id="x"),
            Deny(person="anna", at=NOW, intent_id="x"),
            SwitchActions(person="anna", at=NOW, on=False),
        ):
            with pytest.raises(CommandRefused, match="no action is configured"):
                await house.pipeline.command(command)
        running.cancel()
    assert await Archive(database).commands(5) == []
    with pytest.raises(LookupError):
        _ = house.pipeline.acts


async def test_the_switch_is_kept_with_who_set_it(house: Acting) -> None:
    await house.handle(margin("2.5"))
    await house.command(SwitchActions(person="anna", at=NOW, on=False))
    assert await house.intents() == [(ANN, "called_off")]
    assert (await house.database.load()).switch == Switch(on=False, by="anna", at=NOW)


async def test_a_report_is_durable_when_it_returns_and_what_follows_is_told(house: Acting) -> None:
    await house.handle(margin("2.5"))
    await house.command(approve(house))
    seen: list[list[tuple[str, str]]] = []

    async def sending() -> None:
        def work(desk: ActionDesk, now: datetime) -> ActionChanges:
            [intent] = desk.intents()
            return desk.progressed(*moved(intent, S.SENDING, now, requests=1), now)

        await house.pipeline.act(work)
        seen.append(await house.intents())

    await house.do(sending)
    assert seen == [[(ANN, "sending")]]
    await house.report(S.VERIFYING)
    await house.report(S.CONFIRMED, ended_at=NOW)
    assert [str(step.state) for step in await journal(house)] == [
        "awaiting",
        "planned",
        "sending",
        "verifying",
        "confirmed",
    ]
    [danger] = (await house.database.load()).open_alerts  # that of the action is over
    assert danger.fingerprint.kind is EventKind.MARGIN_STATE
    assert house.counters.value("notifications_total", reason="recovered", severity="info") == 1


async def test_a_report_that_comes_too_late_changes_nothing(house: Acting) -> None:
    """A person was first."""
    await house.handle(margin("2.5"))
    [before] = house.pipeline.acts.intents()
    await house.command(Deny(person="anna", at=NOW, intent_id=before.intent_id))
    acted = house.acted
    late = moved(before, S.SENDING, NOW)
    [changes] = await house.do(lambda: house.pipeline.act(lambda desk, now: desk.progressed(*late, now)))
    assert not changes
    assert house.acted == acted
    assert await house.intents() == [(ANN, "denied")]


async def test_a_refused_report_raises_at_whoever_reports(house: Acting) -> None:
    def work(desk: ActionDesk, now: datetime) -> ActionChanges:
        raise CommandRefused("no")

    async def act() -> None:
        with pytest.raises(CommandRefused):
            await house.pipeline.act(work)

    await house.do(act)


async def test_whoever_reports_may_leave_meanwhile(house: Acting) -> None:
    await house.handle(margin("2.5"))
    command = approve(house)
    async with asyncio.TaskGroup() as tasks:
        leaving = tasks.create_task(
            house.pipeline.act(lambda desk, now: desk.obey(command, now))  # as a runner that is cancelled
        )
        await asyncio.sleep(0)
        leaving.cancel()
    await house.handle()
    assert await house.intents() == [(ANN, "planned")]


async def test_a_question_expires_by_time_alone_and_that_is_told(house: Acting) -> None:
    await house.handle(margin("2.5"))
    await house.tick(NOW + timedelta(seconds=899))
    assert await house.intents() == [(ANN, "awaiting")]
    await house.tick(NOW + timedelta(seconds=900))
    assert await house.intents() == [(ANN, "expired")]
    assert f"action/stop/{ANN}" in house.told[-1]
    [told] = [one for one in (await house.database.load()).open_alerts if one.fingerprint.kind == "action"]
    assert (told.severity, told.event.state) == ("critical", "expired")  # type: ignore[attr-defined]


async def test_another_configuration_calls_off_what_it_does_not_allow(house: Acting) -> None:
    await house.handle(margin("2.5"))
    without = Ruling.of(BUILTIN_RULES, [], ("phone",), {"main": {}})
    await house.do(lambda: house.pipeline.reconfigure(without))
    assert await house.intents() == [(ANN, "called_off")]
    await house.handle(margin("2.5", "ETH-USDT-SWAP"))
    assert len(await house.intents()) == 1


async def test_another_configuration_brings_new_actions(database: Database) -> None:
    house = Acting(database, plan(mode=Mode.OFF))
    await house.handle(margin("2.5"))
    assert await house.intents() == []
    rules = {**BUILTIN_RULES}
    rules["margin_ratio"] = rules["margin_ratio"].model_copy(update={"actions": ("stop",)})
    ruling = Ruling.of(rules, [], ("phone",), {"main": {}}, plans={"stop": plan()})
    await house.do(lambda: house.pipeline.reconfigure(ruling))
    await house.handle(margin("2.5", "ETH-USDT-SWAP"))
    assert await house.intents() == [(ANN, "awaiting")]


SLOW = {
    "silent": {
        "type": "ladder",
        "event": "leader_state",
        "field": "silent_for_s",
        "side": "above",
        "levels": {"critical": 60},
        "for_s": 60,
    }
}


async def test_of_many_timers_at_once_each_alert_stands_with_its_intent(database: Database) -> None:
    """What they trigger is judged between two pieces of their work: nothing is lost, told twice or apart."""
    by_event = plan(traders=None, max_per_day_total=1000, max_traders=1000)
    house = Acting(database, by_event, rules=SLOW, triggers={"silent": Trigger(("stop",))})
    traders = [f"T{n:03}" for n in range(200)]
    await house.handle(
        *(
            LeaderState(
                event_id=f"e{trader}",
                exchange="okx",
                account="main",
                received_at=NOW,
                trader=trader,
                silent_for_s=100,
            )
            for trader in traders
        )
    )
    assert await house.intents() == []
    house.told.clear()
    house.pipeline._clock = hurrying = HurryingClock()
    hurrying.at = NOW + timedelta(seconds=61)
    await house.handle(Tick(event_id="t", exchange="", account="", received_at=hurrying.at))
    slices = [told for told in house.told if told]
    assert len(slices) > 1
    for told in slices:
        asked = {subject.rpartition("/")[2] for subject in told if subject.startswith("action/")}
        assert asked == {subject.rpartition("/")[2] for subject in told if subject.startswith("trader/")}
    assert sorted(await house.intents()) == [(trader, "awaiting") for trader in traders]
    assert (await database.counts())["deliveries_queued"] == 2 * 2 * 200
    archive = Archive(database)
    assert [len(await archive.steps(one)) for one in await archive.intents(most=500)] == [1] * 200


def test_what_is_stored_together_is_every_step_and_the_newest_version_of_each_intent() -> None:
    actions = Triggering(ActionDesk({"stop": plan()}, BY_RATIO, world=World()), lambda event, now: ())
    told = Notification(alert=alert(rule="margin_ratio"), reason=Reason.NEW, created_at=NOW)
    actions.triggered([Changes(notifications=[told])], NOW)
    [asked] = actions.desk.intents()
    actions.obey(Approve(person="anna", at=NOW, intent_id=asked.intent_id), NOW)
    actions.obey(SwitchActions(person="anna", at=NOW, on=True, account="main"), NOW)
    actions.obey(SwitchActions(person="anna", at=NOW, on=False), NOW)
    together = actions.to_store()
    assert together is not None
    assert together.intents == actions.desk.intents()
    assert [(step.version, str(step.state)) for step in together.steps] == [
        (0, "awaiting"),
        (1, "planned"),
        (2, "called_off"),
    ]
    assert together.switch == actions.desk.switch
    assert actions.to_store() is None


def test_a_message_says_what_it_has_asked_for_and_no_reminder_does() -> None:
    actions = Triggering(ActionDesk({"stop": plan()}, BY_RATIO, world=World()), lambda event, now: ())
    new = Notification(alert=alert(rule="margin_ratio"), reason=Reason.NEW, created_at=NOW)
    again = Notification(alert=alert(rule="margin_ratio"), reason=Reason.REMINDER, created_at=NOW)
    other = Notification(alert=alert(rule="another"), reason=Reason.NEW, created_at=NOW)
    (said,) = actions.triggered([Changes(notifications=[again, other, new])], NOW)
    assert [one.asks_for for one in said.notifications] == [(), (), ("stop",)]
    assert "this asks for stop" in told_of(said.notifications[2])
    assert "alertd did: nothing" in told_of(said.notifications[1])


async def test_what_alertd_has_closed_is_not_laid_at_a_strangers_door(house: Acting) -> None:
    await house.handle(margin("2.5"))
    await house.command(approve(house))
    opened = margin("2.5")
    had = (position_name(opened.instrument or "", opened.direction),)
    await house.report(S.SENDING, requests=1, rounds=1, began_at=NOW, had=had)
    await house.report(S.CONFIRMED)
    gone = replace(opened, open=False)
    ended = Notification(
        alert=alert(gone, rule="margin_ratio"), reason=Reason.CLOSED, created_at=NOW + timedelta(seconds=1)
    )
    actions = Triggering(house.pipeline.acts, lambda event, now: ())
    (said,) = actions.triggered([Changes(notifications=[ended])], NOW)
    english, chinese = told_of(said.notifications[0]), told_of(said.notifications[0], "zh")
    for text in (english, chinese):
        assert text.count(act_id(house)) == 3
        assert "anna" in text
    assert "this was alertd itself" in english
    assert "If it was not you" not in english
    assert "alertd did: nothing" not in english
    assert "alertd did: stopped copying" in english
    assert "如果不是您自己平的" not in chinese
    assert "没有操作" not in chinese
    assert "If it was not you" in told_of(ended)


def told_of(notification: Notification, language: Language = "en") -> str:
    """The text of its message."""
    sent = Delivery(
        delivery_id=1,
        notification=notification,
        sink="phone",
        state=DeliveryState.SENDING,
        created_at=NOW,
        next_attempt_at=NOW,
    )
    return render(sent, language=language, timezone=ZoneInfo("UTC"), now=NOW).body


async def test_somebody_taking_care_of_a_question_does_not_answer_it(house: Acting) -> None:
    await house.handle(margin("2.5"))
    await house.command(Acknowledge(person="anna", at=NOW))
    assert await house.intents() == [(ANN, "awaiting")]
    await house.tick(NOW + timedelta(seconds=900))
    assert f"action/stop/{ANN}" in house.told[-1]
