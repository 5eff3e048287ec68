"""Covers alertd/sources/poller.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from alertd.domain.errors import Disposition, LoginRefused, RequestRefused, RequestUnavailable
from alertd.domain.events import Coverage
from alertd.sources.poller import Poller
from alertd.sources.polling import Endpoint, Unasked
from alertd.telemetry import Counters
from tests.acceptance.house import LoopClock
from tests.acceptance.leaping import leaping


class Desk:
    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.began_streams: list[str] = []

    def began(self, account: str, stream: str) -> None:
        self.began_streams.append(stream)

    def noticed(self, account: str, stream: str) -> None:
        """Whoever wants to know looks."""

    async def tell(self, coverage: Coverage) -> None:
        self.told.append((str(coverage.state), coverage.cause))


class Asked:
    """Answers as scripted, then well."""

    def __init__(self, *answers: Exception | str | Unasked | None) -> None:
        self.answers = list(answers)
        self.at_s: list[float] = []
        self.gaps: list[bool] = []

    async def __call__(self, after_gap: bool) -> str | Unasked | None:
        self.at_s.append(asyncio.get_running_loop().time())
        self.gaps.append(after_gap)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer


def poller(ask: Asked, desk: Desk, counters: Counters | None = None) -> Poller:
    return Poller(
        account="copier",
        exchange_name="toobit",
        endpoint=Endpoint("orders", 5.0, 15.0, essential=True),
        ask=ask,
        clock=LoopClock(),
        desk=desk,
        counters=counters or Counters(),
        dice=lambda: 0.5,
    )


async def running(one: Poller, until: Callable[[], bool]) -> None:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(one.run())
        while not until():
            await asyncio.sleep(0.5)
        task.cancel()


@leaping
async def test_it_asks_at_its_interval_and_is_watched() -> None:
    ask, desk = Asked(), Desk()
    one = poller(ask, desk)
    assert one.sight().state == "blind"
    await running(one, lambda: len(ask.at_s) == 5)
    pauses = [after - before for before, after in zip(ask.at_s, ask.at_s[1:], strict=False)]
    assert pauses == pytest.approx([5.0] * 4, abs=0.1)
    assert desk.began_streams == ["orders"]
    assert desk.told == [("watched", "")]
    assert ask.gaps == [True, False, False, False, False]
    assert one.sight().state == "watched"


@leaping
async def test_a_failure_that_lasts_blinds_and_the_next_answer_knows_of_the_gap() -> None:
    ask, desk, counters = Asked(None, *[RequestUnavailable("cut")] * 6), Desk(), Counters()
    await running(poller(ask, desk, counters), lambda: len(ask.at_s) == 9)
    assert desk.told == [("watched", ""), ("blind", "connection"), ("watched", "")]
    assert ask.gaps[-2:] == [True, False]
    counted = [
        counters.value("polls_total", account="copier", stream="orders", outcome=outcome)
        for outcome in ("good", "failed")
    ]
    assert counted == [3, 6]


@leaping
async def test_where_nothing_was_asked_nothing_is_proved() -> None:
    ask, desk, counters = Asked(Unasked.UNASKED, Unasked.UNASKED), Desk(), Counters()
    one = poller(ask, desk, counters)
    await running(one, lambda: len(ask.at_s) == 2)
    assert (desk.told, one.sight().state) == ([], "blind")
    await running(one, lambda: len(ask.at_s) == 3)
    assert desk.told == [("watched", "")]
    assert ask.gaps == [True, True, True]
    assert counters.value("polls_total", account="copier", stream="orders", outcome="good") == 1


@leaping
async def test_it_keeps_to_another_rhythm_from_the_next_pause_on() -> None:
    ask, desk = Asked(), Desk()
    one = poller(ask, desk)
    await running(one, lambda: len(ask.at_s) == 1)
    one.keep_to(Endpoint("orders", 20.0, 60.0))
    await running(one, lambda: len(ask.at_s) == 4)
    assert ask.at_s[-1] - ask.at_s[-2] == pytest.approx(20.0, abs=0.1)
    assert ask.gaps == [True, False, False, False]
    assert not one.sight().essential


@leaping
async def test_what_our_own_fault_ends_is_asked_again() -> None:
    ask, desk = Asked(None, RuntimeError("a fault of ours")), Desk()
    await running(poller(ask, desk), lambda: len(ask.at_s) == 4)
    assert desk.told == [("watched", "")]


@leaping
async def test_refused_credentials_end_it_at_once() -> None:
    ask, desk = Asked(RequestRefused("-2015", "no", Disposition.CREDENTIALS)), Desk()
    one = poller(ask, desk)
    with pytest.raises(LoginRefused, match="-2015"):
        await one.run()
    await one.park(LoginRefused("-2015", "no"))
    assert len(ask.at_s) == 1
    assert desk.told == [("blind", "credentials")]
    assert (one.sight().state, one.sight().cause, one.sight().code) == ("blind", "credentials", "-2015")
    assert "tried again every 10 minutes" in one.sight().detail
