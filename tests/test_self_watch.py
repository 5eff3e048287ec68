"""Covers alertd/self_watch.py. The whole way stands in tests/acceptance/test_canary.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from alertd.config import Settings
from alertd.domain.events import Event
from alertd.proofs import SinkProofs
from alertd.self_watch import SelfWatch, ways_of
from alertd.store.database import Database
from alertd.telemetry import Counters
from tests.coverage.evidence import START
from tests.doubles.set_clock import SetClock

KEYS = {"exchange": "okx", "api_key": "k", "api_secret": "s", "passphrase": "p"}


def configured(**more: Any) -> Settings:
    sinks: Mapping[str, Any] = {
        "phone": {"url": "tgram://1:a/2"},
        "call": {"url": "twilio://a:b@1/2"},
        "hook": {"url": "json://host/x", "wakes_a_sleeper": True},
    }
    return Settings(**{"accounts": {"main": KEYS}, "sinks": sinks, **more})


def test_where_critical_news_goes_and_where_a_canary_may() -> None:
    settings = configured(routes=[{"match": {"severity": ["critical"]}, "sinks": ["phone", "call"]}])
    ways = ways_of(settings)
    assert ways.routes == {"main": ("phone", "call")}
    assert ways.chats == {"phone"}
    assert ways.to_prove("main") == ["phone"]


async def test_it_follows_the_configuration(tmp_path: Path) -> None:
    async def deliver(_: Sequence[Event]) -> None: ...

    database = await Database.open(f"sqlite:///{tmp_path / 'alertd.db'}")
    watch = SelfWatch(
        configured(),
        database=database,
        proofs=SinkProofs(),
        clock=SetClock(START),
        counters=Counters(),
        deliver=deliver,
        tell=lambda _: None,
    )
    assert set(watch.critical_sinks("main")) == {"phone", "call", "hook"}
    assert [one.code for one in watch.findings()] == ["no_watcher"]
    assert watch.standing()["dead_man"] == {"configured": False, "last_ping_at": None}
    assert watch._longest_interval_s() == 300
    watch.use(
        configured(dead_man={"url": "https://watch.example/x", "interval_s": 60}, routes=[{"sinks": "call"}])
    )
    assert watch.critical_sinks("main") == ("call",)
    assert [one.code for one in watch.findings()] == ["watcher_pinged"]
    assert watch.standing()["dead_man"] == {"configured": True, "last_ping_at": None}
    assert watch._longest_interval_s() == 60
    assert watch.trouble("main") == ""
    await database.close()
