"""More to tell than a sink may be given, sinks that are down for long: nothing is lost, the worst is first.

The outbox as the daemon runs it, a real store, real requests to a receiver; hours pass while nobody works.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from alertd.clock import Clock
from alertd.delivering import Deliveries, sink_plans
from alertd.domain.alert import Fingerprint, Severity
from alertd.domain.events import DeliveryHealth, EventKind
from alertd.domain.notification import Notification, Reason
from alertd.outbox.health import LONGEST_PROBE_S
from alertd.sinks.settings import SinkSettings
from alertd.store.database import Database
from alertd.telemetry import Counters
from tests.acceptance.house import Hook, LoopClock, text_of
from tests.acceptance.leaping import leaping
from tests.store.samples import make_alert, to

A_MINUTE_S = 60.0
PACE = 20  # a minute, as Telegram allows a group
INSTRUMENT = re.compile(r"COIN(\d+)-USDT-SWAP")
CRITICAL, WARNING = Severity.CRITICAL, Severity.WARNING


@dataclass
class Outbox:
    """Workers on a store, and what was queued for them, by number and when."""

    database: Database
    deliveries: Deliveries
    clock: Clock
    counters: Counters
    reports: list[DeliveryHealth]
    queued: dict[int, float] = field(default_factory=dict)

    async def queue(
        self, *numbers: int, severity: Severity, account: str = "main", sinks: Sequence[str] = ("phone",)
    ) -> None:
        """As the pipeline does it, one after the other in one transaction."""
        now = self.clock.now()
        alerts = [
            make_alert(
                n,
                severity=severity,
                since=now,
                updated_at=now,
                fingerprint=Fingerprint(account, EventKind.MARGIN_STATE, "margin_ratio", f"COIN{n}"),
            )
            for n in numbers
        ]
        names = [sinks] if isinstance(sinks, str) else sinks
        told = [
            (Notification(alert=alert, reason=Reason.NEW, created_at=now), to(*names)) for alert in alerts
        ]
        reserved = self.deliveries.reserve(told)
        stored = self.database.commit(alerts, reserved.routed, now, begun=reserved.begun)
        stored.add_done_callback(reserved.stored)
        await stored
        self.queued |= dict.fromkeys(numbers, asyncio.get_running_loop().time())

    async def waiting(self) -> int:
        counts = await self.database.counts()
        return sum(counts[f"deliveries_{state}"] for state in ("queued", "sending", "unknown"))

    async def told_all(self) -> None:
        while await self.waiting():
            await asyncio.sleep(1.0)


@asynccontextmanager
async def outbox(file: Path, **hooks: Hook) -> AsyncIterator[Outbox]:
    """`phone` is paced, others are not. At the end it is killed: nothing that is not stored yet will be."""
    database = await Database.open(f"sqlite:///{file}")
    await database.load()
    counters, reports, clock = Counters(), list[DeliveryHealth](), LoopClock()
    async with asyncio.TaskGroup() as tasks:
        deliveries = Deliveries(tasks, database, clock, counters, reports.append)
        plans = {
            name: SinkSettings(
                url=SecretStr(hook.url), timeout_s=5.0, pace_per_minute=PACE if name == "phone" else 0
            )
            for name, hook in hooks.items()
        }
        deliveries.replace(sink_plans(plans, "en", ZoneInfo("UTC")))
        await asyncio.sleep(0.1)
        yield Outbox(database, deliveries, clock, counters, reports)
        deliveries.cancel()
    await database.close()


@contextmanager
def frozen(file: Path) -> Iterator[Path]:
    """The store as a kill at this moment leaves it: what is committed, and nothing else."""
    image = file.with_name("image.db")
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(image)) as target:
        source.backup(target)
    yield image


def numbers_in(text: str) -> list[int]:
    return list(dict.fromkeys(int(found) for found in INSTRUMENT.findall(text)))


def told_at(hook: Hook) -> dict[int, list[float]]:
    """When each number was told, every time."""
    found: dict[int, list[float]] = defaultdict(list)
    for message, at_s in zip(hook.messages, hook.arrived_at, strict=True):
        for number in numbers_in(text_of(message)):
            found[number].append(at_s)
    return found


def keeps_the_pace(arrived_at: list[float]) -> bool:
    """At most a burst of a quarter, then the pace."""
    return all(
        n <= PACE / 4 + (last - first) * PACE / A_MINUTE_S + 0.01
        for i, first in enumerate(arrived_at)
        for n, last in enumerate(arrived_at[i:], start=1)
    )


@pytest.mark.parametrize("accounts", [1, 10, 150])
@leaping
async def test_the_last_of_150_criticals_in_a_minute_is_readable_within_half_a_minute(
    tmp_path: Path, accounts: int
) -> None:
    async with Hook() as phone, outbox(tmp_path / "alertd.db", phone=phone) as house:
        await house.queue(*range(1000, 1040), severity=WARNING)
        for number in range(150):
            await house.queue(number, severity=CRITICAL, account=f"account{number % accounts}")
            await asyncio.sleep(A_MINUTE_S / 150)
        await house.told_all()
        told = told_at(phone)
        assert set(told) == set(house.queued)
        assert all(len(times) == 1 for times in told.values())
        late = {n: told[n][0] - house.queued[n] for n in range(150) if told[n][0] - house.queued[n] > 30.0}
        assert not late
        assert keeps_the_pace(phone.arrived_at)
        assert house.counters.value("deliveries_merged_total", sink="phone") > 0


async def an_hour_of_trouble(
    house: Outbox, minutes: Iterator[int], numbers: Iterator[int]
) -> dict[int, Severity]:
    """Every minute two critical ones and four others, in the tenth a storm; to a sink that fails and one that
    works."""
    made: dict[int, Severity] = {}
    for minute in minutes:
        for severity, n in (
            ((CRITICAL, 2), (WARNING, 4)) if minute != 10 else ((WARNING, 600), (CRITICAL, 60))
        ):
            some = [next(numbers) for _ in range(n)]
            await house.queue(
                *some, severity=severity, account=f"account{minute % 3}", sinks=("phone", "mail")
            )
            made |= dict.fromkeys(some, severity)
        await asyncio.sleep(A_MINUTE_S)
    return made


@leaping
async def test_a_sink_that_is_down_for_an_hour_in_a_storm_with_a_kill_in_the_middle(tmp_path: Path) -> None:
    minutes, numbers = iter(range(60)), count(1)
    async with Hook() as phone, Hook() as mail:
        phone.status = 503
        async with outbox(tmp_path / "alertd.db", phone=phone, mail=mail) as first:
            made = await an_hour_of_trouble(first, islice(minutes, 30), numbers)
            assert [(report.sink, report.healthy) for report in first.reports if not report.healthy] == [
                ("phone", False)
            ]
            tried = len(phone.taken)
            with frozen(tmp_path / "alertd.db") as image:
                pass
            mail_had = len(mail.messages)
        assert tried < 150  # it was not hammered: hundreds wait
        async with outbox(image, phone=phone, mail=mail) as second:
            made |= await an_hour_of_trouble(second, minutes, numbers)
            assert not phone.messages
            phone.status = 200
            await second.told_all()
            counts = await second.database.counts()
        told = told_at(phone)
        assert set(told) == set(made)
        assert counts["deliveries_dead"] == 0
        assert counts["deliveries_sent"] == 2 * len(made)
        # All critical ones first: whatever is told before the last of them is critical.
        texts = [text_of(message) for message in phone.messages]
        of_critical = [any(made[n] is CRITICAL for n in numbers_in(text)) for text in texts]
        assert of_critical == sorted(of_critical, reverse=True)
        assert keeps_the_pace(phone.arrived_at)
        # Nobody is told twice, but for what was under way when it was killed, and that says so.
        twice = {n for hook in (phone, mail) for n, times in told_at(hook).items() if len(times) > 1}
        doubtful = {n for text in phone.texts + mail.texts if "duplicate" in text for n in numbers_in(text)}
        assert twice <= doubtful
        assert len(doubtful) <= 2 * 64
        # The sink that worked was told of everything at once.
        assert set(told_at(mail)) == set(made)
        assert mail_had


@leaping
async def test_what_waits_for_a_sink_that_is_down_stays_due_however_often_it_was_tried(
    tmp_path: Path,
) -> None:
    """A critical one had its turn just before it is back: for that it waits no longer than the others."""
    criticals, others = {1, 2, 3}, {4, 5, 6, 7}
    async with Hook() as mail:
        mail.status = 503
        async with outbox(tmp_path / "alertd.db", mail=mail) as house:
            await house.queue(*criticals, severity=CRITICAL, sinks="mail")
            await house.queue(*others, severity=WARNING, sinks="mail")
            await asyncio.sleep(2400.0)
            while not criticals.issuperset(numbers_in(text_of(mail.taken[-1]))):
                await asyncio.sleep(1.0)
            mail.status = 200
            await house.told_all()
        told = [n for text in mail.texts for n in numbers_in(text)]
        assert set(told) == criticals | others
        assert criticals <= set(told[:4])  # the first of all is whose turn it was


@leaping
async def test_a_critical_one_that_a_service_always_fails_at_holds_up_no_others(tmp_path: Path) -> None:
    async with Hook() as mail:
        mail.fails_at = "COIN1-"
        async with outbox(tmp_path / "alertd.db", mail=mail) as house:
            await house.queue(1, severity=CRITICAL, sinks="mail")
            await asyncio.sleep(1200.0)
            assert {report.healthy for report in house.reports} == {False}
            loop = asyncio.get_running_loop()
            await house.queue(2, 3, severity=WARNING, sinks="mail")
            while len(mail.messages) < 2:
                await asyncio.sleep(0.1)
            assert loop.time() - house.queued[2] < 1.5 * LONGEST_PROBE_S
            assert [report.healthy for report in house.reports] == [False, True]
            for n in range(4, 100):  # from then on everything leaves at once
                await house.queue(n, severity=WARNING, sinks="mail")
                await asyncio.sleep(10.0)
                assert len(mail.messages) == n - 1
            mail.fails_at = ""
            await house.told_all()
        assert set(told_at(mail)) == set(house.queued)


@leaping
async def test_a_sink_that_fails_and_one_that_hangs_hold_up_no_other(tmp_path: Path) -> None:
    async with Hook() as phone, Hook() as hung, Hook() as mail:
        phone.status, hung.hangs = 503, True
        hooks = {"phone": phone, "hung": hung, "mail": mail}
        async with outbox(tmp_path / "alertd.db", **hooks) as house:
            loop = asyncio.get_running_loop()
            waited = []
            for n in range(100):
                began_s = loop.time()
                await house.queue(n, severity=CRITICAL, sinks=tuple(hooks))
                while len(mail.messages) <= n:
                    await asyncio.sleep(0.01)
                waited.append(loop.time() - began_s)
                await asyncio.sleep(1.0)
            assert max(waited) < 1.0
            await asyncio.sleep(600.0)  # nothing more is told meanwhile, and both are known to be sick
            assert {report.sink for report in house.reports if not report.healthy} == {"phone", "hung"}
            assert (
                len(set(numbers_in("".join(text_of(body) for body in hung.taken)))) < 100
            )  # few are in doubt
