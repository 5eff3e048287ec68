"""The exchange closes, stalls, half-opens and refuses: the stream heals or waits as the code asks for.

After each fault every wanted subscription stands again, exactly once, an alert raised then arrives, and the
number of dials shows that nothing looped. One second here is ten of the daemon's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.house import STALE_AFTER_S, House, house, hurried, hurry, until

# Where time is hurried so much that a busy machine could look like a silent exchange.
PATIENT = {"stale_after_s": 120.0}


def loop_s() -> float:
    return asyncio.get_running_loop().time()


async def reconnected(home: House, *streams: str, times: int = 1, real_s: float = 20.0) -> None:
    """Each stream has dialled so many times more than at the start."""
    wanted = times + 1
    await until(lambda: all(home.connects(one) >= wanted for one in streams), home.standing, real_s)


async def healed(home: House, *streams: str, dials: int = 1) -> None:
    """Whole again after exactly so many dials of each of these streams, and none of the others."""
    await reconnected(home, *streams, times=dials)
    await home.complete()
    await home.alert_arrives()
    expected = {one: 1 + (dials if one in streams else 0) for one in ("private", "business")}
    assert {one: home.connects(one) for one in expected} == expected
    assert len(home.gate.dialled_at) == sum(expected.values())
    assert home.gate.keeps_the_limit()


# --- closed -----------------------------------------------------------------------------------------

AT_ONCE = (1000, 1001, 1011, 1012, 4001, 4004, 4005, 4006, 4007, 4999)
AFTER_A_MINUTE = (1009, 4002, 4003, 4008, 4009)


@pytest.mark.parametrize("code", AT_ONCE)
@hurried(4)  # as below
async def test_a_close_is_healed_at_once(tmp_path: Path, code: int) -> None:
    async with house(tmp_path) as home:
        home.okx.close_all(code, "as the reference has it")
        began_s = loop_s()
        await healed(home, "private", "business")
        assert loop_s() - began_s < 15


@pytest.mark.parametrize("code", AFTER_A_MINUTE)
@hurried(60)
async def test_where_the_exchange_blames_us_the_next_try_waits_a_minute(tmp_path: Path, code: int) -> None:
    async with house(tmp_path, **PATIENT) as home:
        home.okx.close_all(code, "your fault", service="private")
        began_s = loop_s()
        await reconnected(home, "private")
        assert loop_s() - began_s >= 60
        hurry(10)
        await healed(home, "private")


CUTS: dict[str, Callable[[House], None]] = {
    "without a close frame": lambda home: home.okx.drop(),
    "with a reset": lambda home: home.gate.reset(),
    "announced, closing a minute later": lambda home: home.okx.notice(close_after_s=60.0),
    "announced, never closing": lambda home: home.okx.notice(close_after_s=None),
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS.keys())
@hurried(4)  # quicker, and a busy machine brings two dials nearer to each other than the exchange allows
async def test_a_cut_or_an_announced_close_is_healed_at_once(
    tmp_path: Path, cut: Callable[[House], None]
) -> None:
    async with house(tmp_path) as home:
        began_s = loop_s()
        old = list(home.okx.sessions)
        cut(home)
        await home.without(old)
        await healed(home, "private", "business")
        assert loop_s() - began_s < 15


@hurried(10)
async def test_an_unknown_notice_changes_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.okx.notice(code="64999", close_after_s=None)
        await home.alert_arrives()
        assert (home.connects("private"), home.connects("business")) == (1, 1)


@hurried(10)
async def test_an_exchange_that_accepts_and_closes_again_is_not_dialled_in_a_loop(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        hurry(40)
        began_s = loop_s()
        while loop_s() - began_s < 120:
            if home.is_complete():
                home.okx.close_all(4006)
            await asyncio.sleep(0.2)
        # At once, then after 1, 2, 4 ... 60 s with up to half taken off: nine waits are more than 120 s.
        assert 4 <= home.connects("private") <= 10
        assert 4 <= home.connects("business") <= 10
        assert home.gate.keeps_the_limit()
        await home.complete(30)
        hurry(10)
        await home.alert_arrives()


# --- silent -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Silence:
    """`streams` are found out, and dialled again `within_s` seconds."""

    begin: Callable[[House], None]
    streams: tuple[str, ...] = ("private",)
    within_s: float = STALE_AFTER_S + 10


SILENCES = {
    "stalled": Silence(lambda home: home.okx.stall("private")),
    "half open": Silence(lambda home: home.okx.half_open("private")),
    "positions muted, pings answered": Silence(lambda home: home.okx.mute("positions")),
    "account muted, pings answered": Silence(lambda home: home.okx.mute("account")),
    # No carrier channel tells it: the unanswered ping does.
    "business half open": Silence(lambda home: home.okx.half_open("business"), ("business",), 45),
}


@pytest.mark.parametrize("silence", SILENCES.values(), ids=SILENCES.keys())
@hurried(20)
async def test_silence_is_found_out_and_healed(tmp_path: Path, silence: Silence) -> None:
    async with house(tmp_path) as home:
        await carriers_have_found_their_rhythm(home)
        began_s = loop_s()
        silence.begin(home)
        await reconnected(home, *silence.streams)
        assert loop_s() - began_s < silence.within_s
        await healed(home, *silence.streams)


async def carriers_have_found_their_rhythm(home: House) -> None:
    def pushes(channel: str) -> float:
        return home.app.counters.value("pushes_total", account="main", stream="private", channel=channel)

    await until(lambda: pushes("positions") >= 3 and pushes("account") >= 3)


@hurried(10)
async def test_a_path_on_which_nothing_passes_is_left_and_found_again(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await carriers_have_found_their_rhythm(home)
        home.gate.silence()
        await reconnected(home, "private", "business")  # into the same silence
        assert not home.is_live("private")
        home.gate.reset()
        home.gate.flow()
        await home.complete()
        await home.alert_arrives()
        assert home.gate.keeps_the_limit()


# --- refused ----------------------------------------------------------------------------------------


async def shut(home: House) -> None:
    home.gate.shut()
    home.gate.reset()


async def reopen(home: House) -> None:
    await home.gate.open()


def refusing(status: int) -> Callable[[House], Awaitable[None]]:
    async def refuse(home: House) -> None:
        home.okx.refuse_connects(status)
        home.okx.drop()

    return refuse


async def heal(home: House) -> None:
    home.okx.heal()


REFUSALS: dict[str, tuple[Callable[[House], Awaitable[None]], Callable[[House], Awaitable[None]]]] = {
    "TCP refused": (shut, reopen),
    "TCP cut in the handshake": (refusing(0), heal),
    "HTTP 429": (refusing(429), heal),
    "HTTP 503": (refusing(503), heal),
}


@pytest.mark.parametrize(("refuse", "accept"), REFUSALS.values(), ids=REFUSALS.keys())
@hurried(10)
async def test_a_refused_dial_is_repeated_ever_more_slowly(
    tmp_path: Path,
    refuse: Callable[[House], Awaitable[None]],
    accept: Callable[[House], Awaitable[None]],
) -> None:
    async with house(tmp_path) as home:
        hurry(30)
        began_s = loop_s()
        await refuse(home)
        await until(lambda: loop_s() - began_s > 40)
        assert not home.is_live("private")
        assert 3 <= home.connects("private") - 1 <= 8
        assert 3 <= home.connects("business") - 1 <= 8
        await accept(home)
        await home.complete(30)
        hurry(10)
        await home.alert_arrives()
        assert home.gate.keeps_the_limit()


@hurried(60)
async def test_minutes_of_blindness_are_told_and_their_end_too(tmp_path: Path) -> None:
    async with house(tmp_path, **PATIENT) as home:
        home.okx.open_position("SOL-USDT-SWAP", lever=2)
        await carriers_have_found_their_rhythm(home)
        await shut(home)
        await until(lambda: len(home.hook.about("WARNING")) == 1, home.standing)
        await until(lambda: len(home.hook.about("CRITICAL")) == 1, home.standing)
        await reopen(home)
        await home.complete(30)
        # One alert of the account, whichever of its streams is lost: a warning, worse, and its end.
        await until(lambda: len(home.hook.texts) == 3, home.standing)
        assert all("main" in text.splitlines()[0] for text in home.hook.texts)


# --- one channel ------------------------------------------------------------------------------------


@hurried(10)
async def test_a_channel_with_too_many_connections_is_told_and_asked_for_again(tmp_path: Path) -> None:
    async with house(tmp_path, **PATIENT) as home:
        home.okx.channel_conn_count_error("positions")
        await until(lambda: "positions" not in home.subscribed("private"))
        await home.alert_arrives()  # the other channels go on
        hurry(100)
        await until(lambda: home.hook.about("WARNING", "positions"), home.standing)
        assert not home.is_complete()
        await home.complete(30)
        hurry(10)
        await home.alert_arrives()
        assert (home.connects("private"), home.connects("business")) == (1, 1)
