"""A stop on OKX from the plan to the end: runner, machine and performer against the simulated exchange.

The exchange fails, lies and takes its time in every combination; each move is made by a process of its own,
which knows nothing but the journal.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import aiohttp
import pytest

from alertd.actions import machine
from alertd.actions.machine import Wish
from alertd.actions.moves import Patience
from alertd.actions.okx_stop import OkxStop
from alertd.actions.runner import Runner
from alertd.actions.telling import state_of
from alertd.clock import Clock
from alertd.domain.action import Intent, IntentState, Mode, OpenPositions
from alertd.domain.notification import Reason
from alertd.exchanges.okx import stop_codes
from alertd.exchanges.okx.requests import Credentials
from alertd.exchanges.okx.rest import OkxRest
from alertd.simulators.okx.accounts import Account, LeadTrader
from alertd.simulators.okx.simulator import OkxSimulator
from alertd.sinks.texts import Language
from alertd.sources.session import open_session
from tests.actions.intents import AT, Fuse, MemoryJournal, planned
from tests.doubles.set_clock import SetClock
from tests.sinks.samples import alert, told

ANN, BEN = "25CD5A80241D6FE6", "2" * 18
BTC = "BTC-USDT-SWAP"
STOP = "stop-copy-trading"
PATIENCE = Patience(60.0, 600.0)
MOST_MOVES = 300
AT_MARKET, LEADER, ME = OpenPositions
PROVED = (IntentState.CONFIRMED, IntentState.NOTHING_TO_DO)


class SetExchange(OkxSimulator):
    """Its intervals go by the time of the test."""

    def __init__(self, clock: SetClock) -> None:
        self._set = clock
        super().__init__()

    def now_s(self) -> float:
        return self._set.monotonic_s()


class House:
    def __init__(self, okx: OkxSimulator, clock: SetClock, session: aiohttp.ClientSession) -> None:
        self.okx = okx
        self.clock = clock
        self._session = session

    def performer(self) -> OkxStop:
        who = self.okx.account()
        credentials = Credentials(who.api_key, who.api_secret, who.passphrase)
        rest = OkxRest(self._session, self.okx.rest_url, credentials, False, Clock(), pause_s=0)
        return OkxStop(rest, rest, self.clock)

    async def to_the_end(
        self, intent: Intent, on_move: Callable[[int], None] = lambda _: None
    ) -> MemoryJournal:
        """`on_move`: what happens before the n-th move."""
        journal = MemoryJournal(intent, Fuse())
        moves = itertools.count()
        for _ in range(MOST_MOVES):
            newest = journal.newest
            wanted = machine.wish(newest, self.clock.now())
            if wanted is Wish.END:
                break
            if wanted is Wish.WAIT:
                assert newest.next_at is not None
                self.clock.at = newest.next_at
                self.okx.copying.carry_on()
                continue
            on_move(next(moves))
            await Runner(self.performer(), journal, self.clock, PATIENCE).advance(newest)
        self.holds(journal)
        return journal

    def holds(self, journal: MemoryJournal) -> None:
        """What must be true whatever happened."""
        end = journal.newest
        is_copied = self.state_of(end.trader) in ("copying", "stopping")
        assert not end.is_open, f"no end: {journal.states}"
        assert self.okx.copying.stops["main", ANN] <= 1, "two effective stops"
        assert self.okx.copying.asked["main", ANN] <= end.requests, "a request that no step tells of"
        if end.state in PROVED:
            assert not is_copied, "a false word"
        if end.state is IntentState.CONFIRMED and end.open_positions is AT_MARKET:
            assert not self.okx.account().positions
        if end.state is IntentState.FAILED and end.requests:
            assert is_copied
        assert self.state_of(BEN) == "copying", "another one was stopped"

    def state_of(self, code: str) -> str:
        return self.okx.copying.state_of(self.okx.account(), code)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    clock = SetClock(AT)
    async with SetExchange(clock) as okx, open_session() as session:
        traders = (LeadTrader(ANN, "Ann"), LeadTrader(BEN, "Ben"))
        okx.add_account(Account(role_type="2", perm="read_only,trade", lead_traders=traders))
        okx.open_position(BTC, lead_trader=ANN)
        yield House(okx, clock, session)


Arranged = Callable[[OkxSimulator, bool], None]


def answered(status: int, body: str, times: int | None = None) -> Arranged:
    return lambda okx, after: okx.fail_rest(status, body=body, path=STOP, after_effect=after, times=times)


def refused(code: str, times: int | None) -> Arranged:
    return lambda okx, after: okx.fail_rest(0, code, path=STOP, after_effect=after, times=times)


ANSWERS: dict[str, Arranged] = {
    "as documented": lambda _okx, _after: None,
    "cut": lambda okx, after: okx.cut_rest(path=STOP, after_effect=after, times=1),
    "cut always": lambda okx, after: okx.cut_rest(path=STOP, after_effect=after),
    "a gateway's page": answered(502, "<html>"),
    "half an answer": answered(200, '{"code":"0","data":[{"r'),
    "no result": answered(200, '{"code":"0","data":[]}', times=1),
    **{
        f"{code} {times or 'always'}": refused(code, times)
        for code in ("50004", "50026", "50042", "51054", "59999", "50013", "59216", "59278")
        for times in (1, None)
    },
}
LIES: dict[str, Callable[[OkxSimulator], None]] = {
    "the truth": lambda okx: None,
    "the list is wrong at first": lambda okx: okx.lie("list", times=2),
    "the settings are wrong at first": lambda okx: okx.lie("settings", times=2),
    "the list is wrong for good": lambda okx: okx.lie("list"),
    "the settings are wrong for good": lambda okx: okx.lie("settings"),
}


@pytest.mark.parametrize("after_effect", [True, False], ids=["after the effect", "before the effect"])
@pytest.mark.parametrize("answer", ANSWERS)
async def test_every_ambiguous_answer_ends_in_the_truth_or_an_alarm(
    house: House, answer: str, after_effect: bool
) -> None:
    ANSWERS[answer](house.okx, after_effect)
    journal = await house.to_the_end(planned(trader=ANN, open_positions=LEADER))
    if after_effect or answer in ("as documented", "cut", "no result"):
        assert journal.newest.state is IntentState.CONFIRMED
    else:
        assert journal.newest.state in (*PROVED, IntentState.UNCONFIRMED, IntentState.FAILED)


@pytest.mark.parametrize(
    ("answer", "lie", "stopping_s"),
    list(
        itertools.product(
            ["as documented", "cut always", "50026 1", "59278 always"], LIES, [0.0, 4.0, 100.0, 10_000.0]
        )
    ),
)
async def test_wrong_pages_and_slow_stops_are_no_false_proof(
    house: House, answer: str, lie: str, stopping_s: float
) -> None:
    house.okx.copying.limits = replace(house.okx.copying.limits, stopping_s=stopping_s)
    ANSWERS[answer](house.okx, True)
    LIES[lie](house.okx)
    journal = await house.to_the_end(planned(trader=ANN, open_positions=LEADER))
    if lie.endswith("for good") or stopping_s == 10_000:
        assert journal.newest.state is IntentState.UNCONFIRMED
    elif stopping_s <= 4:
        assert journal.newest.state is IntentState.CONFIRMED


@pytest.mark.parametrize("leads", [True, False])
async def test_a_page_that_leads_reads_as_stopping(house: House, leads: bool) -> None:
    limits = replace(house.okx.copying.limits, stopping_s=30, list_drops_first=leads)
    house.okx.copying.limits = limits
    journal = await house.to_the_end(planned(trader=ANN, open_positions=LEADER))
    assert journal.newest.state is IntentState.CONFIRMED
    assert ("readings_disagree" in [step.reason for step in journal.steps]) is leads
    assert house.okx.copying.asked["main", ANN] == 1


@pytest.mark.parametrize(
    ("closing_s", "end"), [(0.0, "confirmed"), (20.0, "confirmed"), (1e6, "unconfirmed")]
)
@pytest.mark.parametrize("is_named", [True, False])
async def test_a_market_close_is_done_when_nothing_is_open(
    house: House, closing_s: float, end: str, is_named: bool
) -> None:
    limits = house.okx.copying.limits
    house.okx.copying.limits = replace(limits, closing_s=closing_s)

    def names_vanish(move: int) -> None:
        """Once it is stopped, nothing says any more whose the position was."""
        if move and not is_named:
            house.okx.copying.limits = replace(house.okx.copying.limits, names_copied_positions=False)

    journal = await house.to_the_end(planned(trader=ANN, open_positions=AT_MARKET), names_vanish)
    assert (journal.newest.state, house.state_of(ANN)) == (
        end,
        "stopped" if end == "confirmed" else "closing",
    )
    assert bool(house.okx.account().positions) is (end == "unconfirmed")
    left = journal.newest.left
    assert left is not None
    assert [one.instrument for one in left.positions or ()] == ([] if end == "confirmed" else [BTC])


@pytest.mark.parametrize("positions", [LEADER, ME])
async def test_what_is_left_open_is_told(house: House, positions: OpenPositions) -> None:
    journal = await house.to_the_end(planned(trader=ANN, open_positions=positions))
    end = journal.newest
    assert end.state is IntentState.CONFIRMED
    assert end.left is not None
    assert [one.instrument for one in end.left.positions or ()] == [BTC]
    assert end.has_left


async def test_a_frozen_account_is_asked_until_it_thaws(house: House) -> None:
    house.okx.change_account(frozen="50009")

    def thaw(move: int) -> None:
        if move == 3:
            house.okx.change_account(frozen="")

    journal = await house.to_the_end(planned(trader=ANN, open_positions=LEADER), thaw)
    assert journal.newest.state is IntentState.CONFIRMED
    assert IntentState.HELD in journal.states
    assert next(step.reason for step in journal.steps if step.state is IntentState.HELD) == "50009"


async def test_an_account_that_stays_frozen_fails_in_the_end(house: House) -> None:
    house.okx.change_account(frozen="50009")
    journal = await house.to_the_end(planned(trader=ANN, open_positions=LEADER))
    assert (journal.newest.state, journal.newest.reason) == (IntentState.FAILED, "50009")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"perm": "read_only"}, "50120"),
        ({"role_type": "1"}, "59258"),
        ({"acct_lv": "3"}, "59283"),
    ],
)
async def test_what_is_refused_for_good_ends_with_its_code(
    house: House, change: dict[str, str], code: str
) -> None:
    house.okx.change_account(**change)
    journal = await house.to_the_end(planned(trader=ANN, open_positions=LEADER))
    assert (journal.newest.state, journal.newest.reason) == (IntentState.FAILED, code)


@pytest.mark.parametrize(("kind", "code"), [("smart_sync", "59292"), ("spot", "59264")])
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_copy_that_no_program_stops_is_told_at_once(
    house: House, kind: str, code: str, language: Language
) -> None:
    house.okx.account().lead_traders = (LeadTrader(ANN, "Ann", kind=kind), LeadTrader(BEN, "Ben"))
    journal = MemoryJournal(planned(trader=ANN, trader_name="Ann", open_positions=LEADER), Fuse())
    await Runner(house.performer(), journal, house.clock, PATIENCE).advance(journal.newest)
    assert (journal.newest.state, journal.newest.reason) == (IntentState.FAILED, code)
    assert house.okx.copying.asked.total() == 0
    message = told(alert(state_of(journal.newest, AT), "action"), Reason.NEW, language)
    assert "Ann" in message.title
    assert code in message.title
    assert stop_codes.verdict(code).means.text(language) in message.body
    assert stop_codes.BY_HAND.text(language) in message.body


async def test_a_key_of_another_region_is_told_while_it_is_tried_again(house: House) -> None:
    house.okx.change_account(region="eea")
    journal = await house.to_the_end(planned(trader=ANN, open_positions=LEADER))
    held = next(step for step in journal.steps if step.state is IntentState.HELD)
    assert (held.reason, journal.newest.state) == ("50119", IntentState.FAILED)
    assert house.okx.copying.asked.total() == 0


async def test_a_trader_whom_okx_does_not_know_is_a_failure(house: House) -> None:
    journal = await house.to_the_end(planned(trader="3" * 16, open_positions=LEADER))
    assert (journal.newest.state, journal.newest.reason) == (IntentState.FAILED, "59269")
    assert house.okx.copying.asked.total() == 0


async def test_the_dry_run_tells_what_auto_then_sends(house: House) -> None:
    dry = await house.to_the_end(planned(trader=ANN, open_positions=AT_MARKET, mode=Mode.DRY_RUN))
    assert dry.newest.state is IntentState.REHEARSED
    assert house.okx.copying.asked.total() == 0
    real = await house.to_the_end(planned(trader=ANN, open_positions=AT_MARKET))
    assert real.newest.state is IntentState.CONFIRMED
    rehearsed = [step.request for step in dry.steps if step.request]
    assert rehearsed == [step.request for step in real.steps if step.state is IntentState.SENDING]
