"""Covers alertd/performers.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from alertd.actions.okx_stop import OkxStop
from alertd.actions.performing import Said, Seen
from alertd.actions.toobit_pause import ToobitPause
from alertd.actions.toobit_remove import ToobitRemove
from alertd.actions.toobit_stop import ToobitStop
from alertd.clock import Clock
from alertd.config import Settings
from alertd.domain.errors import RequestUnavailable
from alertd.performers import Performers
from alertd.sources.fleet import Fleet
from alertd.sources.offset import HostOffsets
from alertd.surroundings import Surroundings
from alertd.telemetry import Counters
from alertd.waking import Waking
from tests.actions.intents import planned

OKX = {"exchange": "okx", "api_key": "k", "api_secret": "s", "passphrase": "p"}
TOOBIT = {"exchange": "toobit", "api_key": "k", "api_secret": "s"}
STOP: dict[str, Any] = {
    "type": "stop_copying",
    "account": "main",
    "mode": "approve",
    "lead_traders": "all",
    "open_positions": "leader_closes",
    "retry_s": 30,
    "retry_for_s": 90,
}


class House:
    def __init__(self, session: ClientSession) -> None:
        counters, clock, waking = Counters(), Clock(), Waking()
        self.settings = self.configured(STOP)
        shared = Surroundings(
            session=session,
            clock=clock,
            fleet=Fleet(lambda _: None),
            offsets=HostOffsets(clock, counters, waking).of,
            counters=counters,
            deliver=None,  # type: ignore[arg-type] - performers deliver nothing
            desk=None,  # type: ignore[arg-type] - nor watch
            keep_frame=lambda _: None,
        )
        self.performers = Performers(lambda: self.settings, shared)

    @staticmethod
    def configured(action: Mapping[str, Any], **account: Any) -> Settings:
        """Whatever `check` may have to say about it."""
        return Settings.model_validate(
            {
                "accounts": {"main": OKX | account, "toobit": TOOBIT},
                "sinks": {"phone": {"url": "json://127.0.0.1:9/"}},
                "actions": {"stop_all": action},
            }
        )


@asynccontextmanager
async def house() -> AsyncIterator[House]:
    async with ClientSession() as session:
        yield House(session)


async def test_each_exchange_has_its_own_and_it_is_kept_as_long_as_it_is_configured_so() -> None:
    async with house() as one:
        found = await one.performers.of(planned())
        assert isinstance(found.performer, OkxStop)
        assert (found.patience.retry_s, found.patience.retry_for_s) == (30, 90)
        assert (await one.performers.of(planned())).performer is found.performer
        assert isinstance(await one.performers.find("toobit", "stop_all"), ToobitStop)
        one.settings = one.configured(STOP, api_key="another")
        assert (await one.performers.of(planned())).performer is not found.performer


@pytest.mark.parametrize(
    ("action", "wanted"),
    [
        ({"type": "pause_leading", "pause_s": 600}, ToobitPause),
        ({"type": "remove_follower", "followers": ["7001"]}, ToobitRemove),
    ],
)
async def test_what_only_toobit_can_do(action: dict[str, Any], wanted: type) -> None:
    async with house() as one:
        one.settings = one.configured({"account": "toobit", "mode": "approve", **action})
        assert isinstance(await one.performers.find("toobit", "stop_all"), wanted)
        assert await one.performers.find("main", "stop_all") is None


@pytest.mark.parametrize("gone", [{"account": "other"}, {"action": "another"}, {"type": "pause_leading"}])
async def test_what_is_not_configured_any_more_is_neither_read_nor_sent(gone: dict[str, str]) -> None:
    intent = planned(**gone)
    async with house() as one:
        performer = (await one.performers.of(intent)).performer
        reading, answer = await performer.read(intent), await performer.send(intent)
        assert (reading.seen, reading.code) == (Seen.UNREADABLE, "not_configured")
        assert (answer.said, answer.code) == (Said.NOT_TAKEN, "not_configured")
        assert (await performer.exposure(intent)).positions is None
        with pytest.raises(RequestUnavailable):
            await performer.traders()


async def test_an_authority_that_is_gone_ends_no_daemon(tmp_path: Path) -> None:
    async with house() as one:
        one.settings = one.configured(STOP, ca_file=str(tmp_path / "gone.pem"))
        performer = (await one.performers.of(planned())).performer
        assert (await performer.read(planned())).seen is Seen.UNREADABLE
