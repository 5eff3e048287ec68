"""A runner that is killed at any place and started again, before an exchange that does as its script says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from alertd.actions import machine
from alertd.actions.machine import Wish
from alertd.actions.moves import Patience
from alertd.actions.runner import Runner
from alertd.domain.action import Intent, IntentState, OpenPositions
from tests.actions.intents import AT, Exchange, Fuse, Killed, MemoryJournal
from tests.doubles.set_clock import SetClock

PATIENCE = Patience(60.0, 600.0)
MOST_MOVES = 300
PROVED = (IntentState.CONFIRMED, IntentState.NOTHING_TO_DO)


class House:
    """The exchange outlives the process; of the process only the journal does."""

    def __init__(
        self,
        intent: Intent,
        *killed_at: int,
        down_for_s: float = 0.0,
        keeps: Callable[[Intent, Fuse], MemoryJournal] = MemoryJournal,
        **script: Any,
    ) -> None:
        self.clock = SetClock(AT)
        self.fuse = Fuse(*killed_at)
        self.journal = keeps(intent, self.fuse)
        self.exchange = Exchange(self.clock, self.journal, self.fuse, **script)
        self.down_for = timedelta(seconds=down_for_s)

    async def to_the_end(self) -> Intent:
        """From move to move, and from process to process."""
        for _ in range(MOST_MOVES):
            self.journal.tick(self.clock.now())
            intent = self.journal.newest
            wanted = machine.wish(intent, self.clock.now())
            if wanted is Wish.END:
                break
            if wanted is Wish.WAIT:
                assert intent.next_at is not None
                self.clock.at = intent.next_at
                continue
            try:
                await Runner(self.exchange, self.journal, self.clock, PATIENCE).advance(intent)
            except Killed:
                self.clock.at += self.down_for
                self.journal.restarted()
        self.holds()
        return self.journal.newest

    def holds(self) -> None:
        """What must be true whatever happened."""
        end, exchange = self.journal.newest, self.exchange
        assert exchange.wrongs == []
        assert not end.is_open, f"no end: {self.journal.states}"
        assert len(exchange.taken_at) <= 1, "two effective stops"
        if end.state in PROVED:
            assert not exchange.is_copying, "a false word"
        if end.state is IntentState.CONFIRMED and end.open_positions is OpenPositions.CLOSE_AT_MARKET:
            assert exchange.left == ()
        if end.state is IntentState.FAILED:
            assert exchange.is_copying
        assert exchange.sent <= end.requests, "a request that no step tells of"
        assert [step.version for step in self.journal.steps] == list(range(1, end.version + 1))
