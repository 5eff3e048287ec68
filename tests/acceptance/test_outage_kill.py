"""A sink is down for an hour in a storm, and the daemon is killed (SIGKILL) in the midst of it.

A real process with a real store; its hour passes as fast as its work allows
(`tests/doubles/steered_daemon.py`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import count, islice
from pathlib import Path
from typing import Any

from alertd.sinks.webhook_sink import WebhookSink
from tests.acceptance.house import Hook, stored, text_of, until
from tests.acceptance.test_independent_server import configuration, environment
from tests.doubles.okx_like import OkxLike, position_row
from tests.doubles.receiver import Receiver
from tests.doubles.steered_daemon import Steering

INSTRUMENT = re.compile(r"(?:CRIT|WARN)\d{4}-USDT-SWAP")
MINUTE_S, HOUR_S = 60.0, 3600.0
# One rule tells of a position, so that each is one alert. A stream without carriers is nobody's news here.
QUIET = """
        url = "{mail}"
        [sinks.phone]
        url = "{phone}"
        pace_per_minute = 20
        timeout_s = 60
        [[routes]]
        sinks = ["phone", "hook"]
        remind_s = []
        [canary]
        enabled = false
        [rules.coverage]
        enabled = false
"""


class Storm:
    """Positions that are in danger, more and more of them, until the end."""

    def __init__(self, server: OkxLike) -> None:
        self._server = server
        self._numbers = count(1)
        self.named: list[str] = []
        server.snapshot_rows = []

    async def breaks_out(self, criticals: int, warnings: int) -> None:
        rows = [*self._rows("WARN", "4.0", warnings), *self._rows("CRIT", "2.9", criticals)]
        assert self._server.snapshot_rows is not None
        self._server.snapshot_rows += rows
        self.named += [row["instId"] for row in rows]
        channel = {"channel": "positions", "instType": "ANY"}
        with suppress(ConnectionError):  # between two connections: the snapshot of the next one holds them
            await self._server.push("private", channel, rows, eventType="event_update")
            await self._server.push_account()  # else its silence would end the connection

    def _rows(self, kind: str, ratio: str, n: int) -> list[dict[str, str]]:
        return [
            position_row(
                f"{kind}{number:04}-USDT-SWAP",
                ratio=ratio,
                mark="59900",
                liquidation="54500",
                entry="60000",
                upl="-95",
            )
            for number in islice(self._numbers, n)
        ]


def named_in(message: dict[str, Any]) -> set[str]:
    return set(INSTRUMENT.findall(text_of(message)))


class Told:
    """What a hook was told by now, each message read once."""

    def __init__(self, hook: Hook) -> None:
        self._hook = hook
        self._read = 0
        self._names: set[str] = set()

    def names(self) -> set[str]:
        fresh = self._hook.messages[self._read :]
        self._read += len(fresh)
        self._names.update(*map(named_in, fresh))
        return self._names


def named_by(hook: Receiver) -> set[str]:
    return set().union(*map(named_in, hook.messages))


async def half_an_hour(storm: Storm, told: Told, steering: Steering, worst: int = -1) -> None:
    for minute in range(30):
        await storm.breaks_out(*((40, 200) if minute == worst else (2, 1)))
        await until(lambda: told.names() >= set(storm.named), "not all was told where it could be", 30)
        await steering.pass_time(MINUTE_S)


async def test_a_sink_that_is_down_for_an_hour_of_storm_with_a_kill_9_in_the_middle(tmp_path: Path) -> None:
    async with OkxLike() as server, Hook() as phone, Hook() as mail, Steering() as steering:
        config = configuration(tmp_path, server)
        config.write_text(config.read_text() + QUIET.format(phone=phone.url, mail=mail.url))
        env = environment(mail, ALERTD_ACCOUNTS__MAIN__STALE_AFTER_S="100000")
        storm = Storm(server)
        phone.status = 503
        daemon = steering.daemon(config, env)
        await daemon.start()
        await daemon.wait_for_output('"private", "event": "stream watched"')
        await half_an_hour(storm, Told(mail), steering, worst=10)
        assert mail.about("phone")  # that it is down was told where somebody could read it
        assert len(phone.taken) < 150  # it was not hammered: hundreds wait

        # In its hands are messages of which nobody knows what became, of a storm that is not told yet.
        phone.hangs = True
        before = len(phone.taken)
        for _ in range(10):
            if len(phone.taken) > before:
                break
            await steering.pass_time(10)
        assert len(phone.taken) > before
        told_before = len(mail.taken)
        mail.hangs = True
        await storm.breaks_out(20, 150)
        await until(lambda: len(mail.taken) > told_before)
        await daemon.kill()
        assert daemon.ended_by == 9
        assert not named_by(mail) >= set(storm.named)

        phone.hangs = mail.hangs = False
        async with steering.daemon(config, env) as daemon:
            await daemon.wait_for_output('"private", "event": "stream watched"')
            await half_an_hour(storm, Told(mail), steering)
            assert not phone.messages
            phone.status = 200
            await until_told(phone, set(storm.named), steering)
            assert await daemon.terminate() == 0
        check_the_store(tmp_path, storm)
        check_what_was_told(phone, mail, storm)


async def until_told(phone: Hook, names: set[str], steering: Steering) -> None:
    for _ in range(60):
        await steering.pass_time(MINUTE_S)
        if named_by(phone) >= names:
            return
    raise AssertionError(f"an hour later not told: {sorted(names - named_by(phone))}")


def check_the_store(folder: Path, storm: Storm) -> None:
    """None lost, none given up, and it lasted for an hour of the daemon's own time."""
    query = (
        "select sink, state, fingerprint, created_us from deliveries where fingerprint like '%-USDT-SWAP%'"
    )
    rows = stored(folder, query)
    assert Counter((sink, state) for sink, state, *_ in rows) == {
        ("phone", "sent"): len(storm.named),
        ("hook", "sent"): len(storm.named),
    }
    made_us = [created_us for *_, created_us in rows]
    assert max(made_us) - min(made_us) >= (HOUR_S - MINUTE_S) * 1e6


def check_what_was_told(phone: Hook, mail: Hook, storm: Storm) -> None:
    """Everything, what is critical before everything else, and nothing twice unless it says so."""
    for hook in (phone, mail):
        assert named_by(hook) == set(storm.named)
        plain = Counter(
            name
            for message in hook.messages
            if "possible duplicate" not in text_of(message).lower()
            for name in named_in(message)
        )
        assert {name: n for name, n in plain.items() if n > 1} == {}
        doubtful = [text for text in hook.texts if "possible duplicate" in text.lower()]
        assert len(set(INSTRUMENT.findall("".join(doubtful)))) <= WebhookSink.width.most
    of_critical = [any(name.startswith("CRIT") for name in names) for names in telling(phone)]
    assert of_critical == sorted(of_critical, reverse=True)
    assert len(phone.messages) < len(storm.named) / 4  # most were named in digests


def telling(hook: Hook) -> Iterator[set[str]]:
    """The names in each message that names any."""
    return filter(None, map(named_in, hook.messages))
