"""Sinks that hang, refuse or are gone hold up no other; nothing is lost, and no repeat is unmarked."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.acceptance.house import Hook, House, house, hurried, hurry, sinks_of, until
from tests.acceptance.test_independent_server import configuration, environment
from tests.doubles.daemon import Daemon
from tests.doubles.okx_like import OkxLike

DUPLICATE = "Possible duplicate"


class TwoSinks(House):
    """`phone` and `mail` hear of everything."""

    phone: Hook
    mail: Hook


@asynccontextmanager
async def two_sinks(folder: Path, timeout_s: float = 10.0) -> AsyncIterator[TwoSinks]:
    async with Hook() as phone, Hook() as mail:
        tables = sinks_of({"phone": phone, "mail": mail}, timeout_s=timeout_s)
        async with house(folder, sinks=tables, stale_after_s=1000.0, reconcile_interval_s=3600.0) as home:
            # The warnings are about positions that the exchange's records do not have.
            await until(
                lambda: home.app.counters.value("reconciles_total", account="main", outcome="done") >= 2
            )
            both = TwoSinks(home.okx, home.gate, home.hook, home.app)
            both.phone, both.mail = phone, mail
            yield both


def warn(home: House, n: int) -> list[str]:
    """So many dangers at once, each its own."""
    pushed = [f"C{number:03}-USDT-SWAP" for number in range(n)]
    uid = home.okx.account().uid
    for instrument in pushed:
        row = (
            f'{{"instType":"SWAP","instId":"{instrument}","mgnMode":"isolated","posId":"7{instrument}",'
            '"posSide":"long","pos":"1","posCcy":"","lever":"10","markPx":"100","mgnRatio":"1.4","ccy":"USDT"}'
        )
        arg = f'{{"channel":"liquidation-warning","instType":"SWAP","uid":"{uid}"}}'
        assert home.okx.inject_text(f'{{"arg":{arg},"data":[{row}]}}', "private") == 1
    return pushed


def outcomes(home: House, sink: str) -> dict[str, float]:
    """What the sink said, and how often."""
    cells = home.app.counters.cells("deliveries_total").items()
    return {dict(labels)["outcome"]: cell.value for labels, cell in cells if dict(labels)["sink"] == sink}


def all_told(hook: Hook, instruments: list[str]) -> bool:
    return all(hook.about(instrument) for instrument in instruments)


@hurried(3)
async def test_a_hung_sink_holds_up_no_other(tmp_path: Path) -> None:
    """The fast one has everything while the hung one still has the first it was given."""
    async with two_sinks(tmp_path, timeout_s=60.0) as home:
        home.mail.hangs = True
        instruments = warn(home, 40)
        await until(lambda: all_told(home.phone, instruments), lambda: len(home.phone.texts))
        assert outcomes(home, "mail") == {}
        assert len(home.mail.taken) <= 2  # what is in flight at once
        assert len(home.phone.texts) == len(instruments)
        home.phone.messages.clear()
        home.okx.push_lead_notification("3")
        await until(lambda: home.phone.texts)
        assert outcomes(home, "mail") == {}
        hurry(20)  # the stop waits for the hung one, within its bound


@hurried(10)
async def test_a_sink_that_hung_gets_everything_when_it_is_well_again(tmp_path: Path) -> None:
    async with two_sinks(tmp_path, timeout_s=2.0) as home:
        home.mail.hangs = True
        instruments = warn(home, 12)
        await until(lambda: outcomes(home, "mail").get("unknown", 0) >= 4, lambda: outcomes(home, "mail"))
        assert all_told(home.phone, instruments)
        home.mail.hangs = False
        hurry(30)
        await until(lambda: all_told(home.mail, instruments), lambda: home.mail.titles)
        # What may have arrived is marked, what never left is not.
        marked = home.mail.about(DUPLICATE)
        assert 4 <= len(marked) < len(instruments)
        assert not home.phone.about(DUPLICATE)


@hurried(10)
async def test_a_sink_that_fails_for_a_while_gets_its_message_once(tmp_path: Path) -> None:
    async with two_sinks(tmp_path) as home:
        home.mail.status = 500
        warn(home, 1)
        await until(lambda: len(home.mail.taken) >= 4)
        assert len(home.phone.texts) == 1
        home.mail.status = 200
        await until(lambda: home.mail.texts)
        assert len(home.mail.texts) == 1
        assert DUPLICATE not in home.mail.texts[0]
        await home.alert_arrives_at(home.phone, home.mail)
        assert len(home.mail.texts) == len(home.phone.texts) == 2


@hurried(10)
async def test_a_sink_that_is_gone_for_a_while_gets_its_message_once(tmp_path: Path) -> None:
    async with two_sinks(tmp_path) as home:
        await home.mail.__aexit__()
        warn(home, 1)
        await until(lambda: outcomes(home, "mail").get("transient", 0) >= 3, lambda: outcomes(home, "mail"))
        await home.mail.__aenter__()
        await until(lambda: home.mail.texts)
        assert DUPLICATE not in home.mail.texts[0]
        assert len(home.mail.texts) == len(home.phone.texts) == 1


@hurried(10)
async def test_a_sink_that_refuses_for_good_is_dead_and_the_other_is_told(tmp_path: Path) -> None:
    async with two_sinks(tmp_path) as home:
        home.mail.status = 404
        warn(home, 1)
        await until(lambda: home.phone.about("CRITICAL", "mail"), lambda: home.phone.texts)
        assert outcomes(home, "mail") == {"permanent": 1}
        assert home.counted("deliveries_dead_total") == 1
        assert len(home.phone.texts) == 2
        # It is set right: the next message proves it, and that is told too.
        home.mail.status = 200
        await home.alert_arrives_at(home.phone, home.mail)
        await until(lambda: home.phone.about("RECOVERED", "mail"), lambda: home.phone.titles)
        assert not home.mail.about("CRITICAL", "mail")


@hurried(10)
async def test_a_message_that_may_have_arrived_is_repeated_and_says_so(tmp_path: Path) -> None:
    async with two_sinks(tmp_path, timeout_s=2.0) as home:
        home.mail.answer_after_s = [20.0]
        (instrument,) = warn(home, 1)
        await until(lambda: len(home.mail.texts) == 2, lambda: home.mail.titles)
        first, again = home.mail.about(instrument)
        assert DUPLICATE not in first
        assert DUPLICATE in again
        await until(
            lambda: outcomes(home, "mail") == {"unknown": 1, "sent": 1}, lambda: outcomes(home, "mail")
        )
        assert len(home.phone.texts) == 1


async def test_a_stop_during_a_hanging_send_ends_and_the_next_start_repeats_it(tmp_path: Path) -> None:
    async with OkxLike() as server, Hook() as hook:
        hook.hangs = True
        config, env = configuration(tmp_path, server), environment(hook)
        async with Daemon(config, env) as daemon:
            await until(server.subscribed_enough.is_set)
            await daemon.wait_for_output("ready")
            await server.push_warning("ETH-USD-210430")
            await until(lambda: hook.taken)
            began = time.monotonic()
            assert await daemon.terminate(30) == 0
            assert time.monotonic() - began < 20
        hook.hangs = False
        async with Daemon(config, env) as daemon:
            await until(lambda: hook.about("ETH-USD-210430"))
            assert DUPLICATE in hook.texts[0]
            assert await daemon.terminate() == 0
        assert len(hook.texts) == 1
