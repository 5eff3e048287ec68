"""Whatever comes in whatever order, the journal is whole (alertd/triggering.py in the pipeline)."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alertd.actions.desk import ActionDesk
from alertd.actions.plans import Trigger
from alertd.alerts.lifecycle import Lifecycle
from alertd.domain.action import ALL_TRADERS, ActionChanges, Intent, IntentState, Mode, Switch
from alertd.domain.alert import Fingerprint, Severity
from alertd.domain.command import AnyCommand, Approve, CommandRefused, Deny, SwitchActions
from alertd.domain.events import Tick
from alertd.store.archive import Archive
from alertd.store.database import Database
from alertd.store.stored_state import StoredState
from tests.actions.nouns import ANN, BOB, CEM, World, moved, plan
from tests.piping import NOW, House, margin

S = IntentState
PLANS = {
    "ask": plan(action="ask", traders=(ANN, BOB), approvers=2, cooldown_s=60.0),
    "dry": plan(action="dry", mode=Mode.DRY_RUN, traders=(ALL_TRADERS,), cooldown_s=0.0),
    "auto": plan(
        action="auto", mode=Mode.AUTO, traders=(CEM,), cooldown_s=60.0, max_per_day=2, auto_after_runs=0
    ),
}
TRIGGERS = {"margin_ratio": Trigger(tuple(PLANS))}
REPORTED = (S.SENDING, S.VERIFYING, S.HELD, S.CONFIRMED, S.REHEARSED, S.FAILED, S.UNCONFIRMED)
ENDS = (S.CONFIRMED, S.HELD, S.FAILED, S.UNCONFIRMED)


class Op(NamedTuple):
    """One thing that happens. `which`: of the intents known then, or of the instruments."""

    what: str
    which: int = 0
    state: IntentState = S.SENDING
    stale: bool = False


_REPORT = st.builds(Op, st.just("report"), st.integers(0, 9), st.sampled_from(REPORTED), st.booleans())
OPS = st.one_of(
    _REPORT,  # twice, for it to be often
    _REPORT,
    st.builds(Op, st.sampled_from(["fire", "recover"]), st.integers(0, 3)),
    st.builds(Op, st.sampled_from(["approve", "agree", "agree", "deny", "split"]), st.integers(0, 9)),
    st.builds(Op, st.just("carry"), st.integers(0, 9), st.sampled_from(ENDS)),
    st.builds(Op, st.sampled_from(["off", "on", "arm", "wait", "wait_long", "restart"])),
)


@dataclass
class Fires(World):
    """What fires is what the life cycle says."""

    lifecycle: Lifecycle | None = None

    def is_in_force(self, fingerprint: Fingerprint, episode: int, severity: Severity) -> bool:
        assert self.lifecycle is not None
        alert = self.lifecycle.open_alert(fingerprint)
        return alert is not None and alert.episode == episode and alert.severity.rank >= severity.rank


def house_of(database: Database, stored: StoredState) -> House:
    world = Fires()

    def desk(_: StoredState | None) -> ActionDesk:
        runs, switch = stored.finished_runs, stored.switch
        return ActionDesk(
            PLANS, TRIGGERS, intents=stored.intents, finished_runs=runs, switch=switch, world=world
        )

    house = House(database, stored=stored, desk=desk)
    world.lifecycle = house.lifecycle
    return house


class Daemon:
    """One after another on the same file."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._now = NOW
        self._events = 0

    async def live(self, ops: Sequence[Op]) -> None:
        """All of these, until the next restart several at once; each life ends with a look at the store."""
        lives: list[list[Op]] = [[]]
        for op in ops:
            if op.what == "restart":
                lives.append([])
            else:
                lives[-1].append(op)
        for life in lives:
            database = await Database.open(self._url)
            try:
                await self._live(database, life)
            finally:
                await database.close()

    async def _live(self, database: Database, ops: Sequence[Op]) -> None:
        house = house_of(database, await database.load())
        house.clock.at = self._now
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(house.pipeline.run())
            for first in range(0, len(ops), 3):
                async with asyncio.TaskGroup() as together:
                    for op in ops[first : first + 3]:
                        together.create_task(self._do(house, op))
            await house.pipeline.drained()
            running.cancel()
        self._now = house.clock.at
        await check(house)

    async def _do(self, house: House, op: Op) -> None:
        known = house.pipeline.acts.intents()
        at = house.clock.at
        match op.what:
            case "fire" | "recover":
                self._events += 1
                ratio = "2.5" if op.what == "fire" else "30"
                await house.pipeline.put([margin(ratio, f"C{op.which}-USDT-SWAP", self._events)])
            case "wait" | "wait_long":
                house.clock.at = at + timedelta(seconds=40 if op.what == "wait" else 1000)
                tick = Tick(event_id="t", exchange="", account="", received_at=house.clock.at)
                await house.pipeline.put([tick])
            case "off" | "on" | "arm":
                account = "main" if op.what == "arm" else ""
                await obey(house, SwitchActions(person="anna", at=at, on=op.what != "off", account=account))
            case _ if not known:
                return
            case "approve" | "agree":
                wanted = known[op.which % len(known)].intent_id
                for person in ("anna", "ben")[: 1 + (op.what == "agree")]:
                    await obey(house, Approve(person=person, at=at, intent_id=wanted))
            case "carry":
                for state in (S.SENDING, S.VERIFYING, op.state):
                    await report(house, Op("report", state=state), known[op.which % len(known)])
            case "deny":
                wanted = known[op.which % len(known)].intent_id
                await obey(house, Deny(person="ben", at=at, intent_id=wanted))
            case _:
                await report(house, op, known[op.which % len(known)])


async def obey(house: House, command: AnyCommand) -> None:
    try:
        await house.pipeline.command(command)
    except CommandRefused:
        return


async def report(house: House, op: Op, seen: Intent) -> None:
    """As a runner: from the version it has seen, or from the newest."""

    def work(desk: ActionDesk, now: datetime) -> ActionChanges:
        intent = seen if op.stale else desk.intent(seen.intent_id) or seen
        if op.what == "split":
            return (
                desk.split(intent, {ANN: "Ann", BOB: "Bob"}, now)
                if intent.trader == ALL_TRADERS
                else ActionChanges()
            )
        return desk.progressed(*moved(intent, op.state, now), now)

    changes = await house.pipeline.act(work)
    for intent in changes.intents:  # what is said to be done is stored
        [found] = [one for one in (await house.database.load()).intents if one.intent_id == intent.intent_id]
        assert found.version >= intent.version


async def check(house: House) -> None:
    """The rows are what the desk holds, each equals its newest step, no step is missing or there twice."""
    stored = await house.database.load()
    by_id = {intent.intent_id: intent for intent in stored.intents}
    for intent in house.pipeline.acts.intents():
        assert by_id[intent.intent_id] == intent
    assert stored.switch == house.pipeline.acts.switch
    assert isinstance(stored.switch, Switch)
    archive = Archive(house.database)
    open_for: set[tuple[str, str, str]] = set()
    for intent in stored.intents:
        steps = await archive.steps(intent)
        assert [step.version for step in steps] == list(range(intent.version + 1))
        assert steps[-1].state is intent.state
        if intent.is_open:
            key = (intent.action, intent.account, intent.trader)
            assert key not in open_for  # never two for one trader
            open_for.add(key)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(OPS, min_size=8, max_size=24))
def test_no_step_is_lost_or_doubled(ops: list[Op]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'alertd.db'}"
        asyncio.run(Daemon(url).live([Op("fire"), *ops]))
