"""What runs and who decides, together: killed at every place, and switched off at every place."""

from __future__ import annotations

import itertools
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from alertd.actions.desk import ActionDesk
from alertd.actions.moves import Moved
from alertd.actions.performing import Said, Seen
from alertd.domain.action import ActionChanges, Intent, IntentState, Mode, OpenPositions, Switch
from alertd.domain.command import SwitchActions
from tests.actions.intents import AT, Fuse, MemoryJournal, planned
from tests.actions.killing import House
from tests.actions.nouns import World, desk, plan

S = IntentState
SHOWN: tuple[tuple[Seen | None, ...], ...] = ((None,), (None, Seen.MIXED, None), (None, Seen.UNREADABLE))
SCRIPTS: list[dict[str, Any]] = [
    {"says": [said], "shows": shown, "effect_after_s": effect_s, "close_after_s": 4.0}
    for said, shown, effect_s in itertools.product(Said, SHOWN, (0.0, 4.0))
]


class DeskJournal(MemoryJournal):
    """The desk has the last word. `off_at`: a person switches all off once so many places are passed."""

    def __init__(self, intent: Intent, fuse: Fuse, off_at: int | None = None) -> None:
        super().__init__(intent, fuse)
        self.sends_after_off = 0
        self._off_at = off_at
        self._switch = Switch(armed=frozenset(("main",)))
        self._now = AT
        self._desk = self._made()

    def _made(self) -> ActionDesk:
        left = self.newest.open_positions
        made = plan(action="stop_all", mode=Mode.AUTO, auto_after_runs=0, open_positions=left)
        return desk(World(), made, intents=[self.newest], switch=self._switch)

    async def record(self, moved: Moved) -> Intent | None:
        self._fuse.place()
        self._look_at_switch()
        self._take(self._desk.progressed(moved.intent, moved.step, moved.step.at))
        self._fuse.place()
        return self._desk.intent(moved.intent.intent_id)

    def restarted(self) -> None:
        self._desk = self._made()

    def tick(self, now: datetime) -> None:
        self._now = now
        self._look_at_switch()
        self._take(self._desk.tick(now))

    def _look_at_switch(self) -> None:
        if self._off_at is not None and self._fuse.passed >= self._off_at and self._switch.on:
            command = SwitchActions(person="anna", at=self._now, on=False)
            self._take(self._desk.obey(command, self._now))
            assert not self._switch.on

    def _take(self, changes: ActionChanges) -> None:
        for intent in changes.intents:
            self.newest = intent
        self.steps += changes.steps
        self._switch = changes.switch or self._switch
        if not self._switch.on:
            self.sends_after_off += sum(step.state is S.SENDING for step in changes.steps)


@pytest.mark.parametrize("left", [OpenPositions.LEADER_CLOSES, OpenPositions.CLOSE_AT_MARKET])
async def test_killed_anywhere_the_desk_lets_it_end_with_one_stop_and_the_truth(left: OpenPositions) -> None:
    for script in SCRIPTS:
        whole = House(planned(open_positions=left), keeps=DeskJournal, **script)
        plain = House(planned(open_positions=left), **script)
        assert (await whole.to_the_end()).state is (await plain.to_the_end()).state
        assert whole.journal.states == plain.journal.states, "the desk changes nothing where nothing forbids"
        for place in range(whole.fuse.passed):
            house = House(planned(open_positions=left), place, keeps=DeskJournal, **script)
            await house.to_the_end()


async def test_switched_off_anywhere_nothing_more_is_sent_and_what_was_sent_is_read_back() -> None:
    ends: set[IntentState] = set()
    for script in SCRIPTS:
        whole = House(planned(), keeps=DeskJournal, **script)
        await whole.to_the_end()
        for place in range(whole.fuse.passed + 1):
            house = House(planned(), keeps=partial(DeskJournal, off_at=place), **script)
            end = await house.to_the_end()
            ends.add(end.state)
            assert house.journal.sends_after_off == 0
            if end.state is S.CALLED_OFF:
                assert not house.exchange.taken_at, "what was taken is read to its end"
    assert {S.CALLED_OFF, S.CONFIRMED, S.UNCONFIRMED} <= ends
