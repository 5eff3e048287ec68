"""Covers alertd/accounts.py, against the simulator."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from alertd.accounts import OkxAccountWatch
from alertd.clock import Clock
from alertd.domain.coverage import Sight
from alertd.domain.events import Coverage, Event, MarginState
from alertd.exchanges.okx.settings import OkxAccount
from alertd.reconciling import ReconcileDoors
from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.limits import Limits
from alertd.simulators.okx.simulator import OkxSimulator
from alertd.sources.fleet import Fleet
from alertd.sources.offset import HostOffsets
from alertd.sources.session import open_session
from alertd.surroundings import Surroundings
from alertd.telemetry import Counters
from alertd.waking import Waking


class Seen:
    """What the account's streams delivered."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.counters = Counters()
        self.compared: list[str] = []
        self.left: list[str] = []
        self.began_streams: list[str] = []

    async def deliver(self, events: Sequence[Event]) -> None:
        self.events += events

    async def handled(self) -> None:
        pass

    async def read_fact(self, key: str) -> str | None:
        return None

    async def write_fact(self, key: str, value: str) -> None:
        pass

    async def reconciled(self, account: str, at: datetime, missed: int) -> None:
        self.compared.append(account)

    async def reconcile_failed(self, account: str, at: datetime, reason: str) -> None:
        self.compared.append(reason)

    def watch(self, account: str, exchange: str, look: Callable[[], Sight]) -> None:
        self.look, self.first = look, look()

    def leave(self, account: str) -> None:
        self.left.append(account)

    def began(self, account: str, stream: str) -> None:
        self.began_streams.append(stream)

    def noticed(self, account: str, stream: str) -> None:
        """Whoever wants to know looks."""

    async def tell(self, coverage: Coverage) -> None:
        self.events.append(coverage)

    def states(self, stream: str) -> list[str]:
        return [e.state for e in self.events if isinstance(e, Coverage) and e.stream == stream]


def settings(okx: OkxSimulator, account: Account, **more: Any) -> OkxAccount:
    return OkxAccount(
        exchange="okx",
        api_key=SecretStr(account.api_key),
        api_secret=SecretStr(account.api_secret),
        passphrase=SecretStr(account.passphrase),
        private_ws_url=okx.private_ws_url,
        business_ws_url=okx.business_ws_url,
        rest_url=okx.rest_url,
        **more,
    )


@asynccontextmanager
async def watching(configured: OkxAccount) -> AsyncIterator[Seen]:
    seen = Seen()
    async with open_session() as session, asyncio.TaskGroup() as tasks:
        shared = Surroundings(
            session=session,
            clock=Clock(),
            fleet=Fleet(),
            offsets=HostOffsets(Clock(), seen.counters, Waking()).of,
            counters=seen.counters,
            deliver=seen.deliver,
            desk=seen,
            keep_frame=lambda _: None,
            records=ReconcileDoors(seen.deliver, seen.handled, seen, seen),
        )
        task = tasks.create_task(OkxAccountWatch("main", configured, shared).run())
        yield seen
        task.cancel()


async def eventually(holds: Callable[[], bool], timeout_s: float = 10.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not holds():
            await asyncio.sleep(0.01)


def channels(okx: OkxSimulator, service: str) -> set[str]:
    return {
        one.channel
        for session in okx.sessions
        if session.service.value == service
        for one in session.subscriptions
    }


@pytest.mark.parametrize(
    ("role", "role_type", "leads"),
    [
        ("lead", "0", True),
        ("copier", "1", False),
        ("auto", "1", True),
        ("auto", "2", False),
        ("auto", "0", False),
    ],
)
async def test_the_lead_channel_is_for_those_who_lead(role: str, role_type: str, leads: bool) -> None:
    async with OkxSimulator(limits=replace(Limits(), regular_push_s=0.2)) as okx:
        account = okx.add_account(Account(role_type=role_type))
        async with watching(settings(okx, account, role=role)) as seen:
            await eventually(lambda: seen.states("private") == ["watched"])
            wanted = {"copytrading-lead-notification"} if leads else set()
            await eventually(lambda: channels(okx, "business") == wanted)
            if not leads:
                # Whoever does not lead gets no second connection, however long one waits for it.
                await eventually(
                    lambda: (
                        seen.counters.value(
                            "pushes_total", account="main", stream="private", channel="account"
                        )
                        > 1
                    )
                )
                assert seen.states("business") == []


async def test_a_role_that_cannot_be_learned_is_tried() -> None:
    async with OkxSimulator() as okx:
        okx.fail_rest(502, "", "<html>bad gateway</html>")
        account = okx.add_account(Account(role_type="1"))
        async with watching(settings(okx, account)) as seen:
            await eventually(lambda: seen.states("private") == ["watched"])
            await eventually(lambda: channels(okx, "business") == {"copytrading-lead-notification"})


@pytest.mark.parametrize(("before", "after", "leads"), [("2", "1", True), ("1", "0", False)])
async def test_another_role_is_followed_after_the_next_connect(before: str, after: str, leads: bool) -> None:
    async with OkxSimulator(limits=replace(Limits(), regular_push_s=0.2)) as okx:
        account = okx.add_account(Account(role_type=before))
        async with watching(settings(okx, account)) as seen:
            await eventually(lambda: seen.compared == ["main"])
            await eventually(lambda: (channels(okx, "business") == set()) is leads)
            account.role_type = after
            okx.drop("private")
            await eventually(lambda: (channels(okx, "business") != set()) is leads)
            await eventually(lambda: seen.states("private")[-1] == "watched")


async def test_a_connect_is_followed_by_a_comparison_within_the_exchanges_limits() -> None:
    async with OkxSimulator(limits=replace(Limits(), regular_push_s=0.2)) as okx:
        account = okx.add_account()
        okx.open_position("BTC-USDT-SWAP")
        async with watching(settings(okx, account)) as seen:
            for times in range(1, 4):
                await eventually(lambda times=times: len(seen.compared) >= times)
                okx.drop()
        assert set(seen.compared) == {"main"}


async def test_an_announced_close_is_no_change_of_coverage() -> None:
    async with OkxSimulator(limits=replace(Limits(), regular_push_s=0.2)) as okx:
        account = okx.add_account(Account(role_type="1"))
        okx.open_position("BTC-USDT-SWAP")
        async with watching(settings(okx, account)) as seen:
            await eventually(
                lambda: len(channels(okx, "private")) == 4 and channels(okx, "business") != set()
            )
            await eventually(
                lambda: seen.states("private") == ["watched"] and seen.states("business") == ["watched"]
            )
            old = list(okx.sessions)
            okx.notice(close_after_s=30.0)
            await eventually(lambda: not any(one in okx.sessions for one in old))
            assert len(channels(okx, "private")) == 4
            before = len(seen.events)
            await eventually(lambda: len(seen.events) > before)

            assert (seen.states("private"), seen.states("business")) == (["watched"], ["watched"])
            margins = [event for event in seen.events if isinstance(event, MarginState)]
            assert all(state.open for state in margins)


async def test_a_clock_that_is_a_minute_off_logs_in_at_the_first_try() -> None:
    async with OkxSimulator(clock=lambda: time.time() + 60) as okx:
        account = okx.add_account(Account(role_type="1"))
        async with watching(settings(okx, account)) as seen:
            await eventually(
                lambda: seen.states("private") == ["watched"] and seen.states("business") == ["watched"]
            )
            assert seen.counters.value("clock_offset_seconds", account="main") == pytest.approx(60, abs=2)


async def test_refused_credentials_end_the_watch_of_this_account() -> None:
    async with OkxSimulator() as okx:
        account = okx.add_account()
        wrong = settings(okx, account).model_copy(update={"passphrase": SecretStr("wrong")})
        async with watching(wrong) as seen:
            await eventually(lambda: "blind" in seen.states("private"))
            (told,) = [e for e in seen.events if isinstance(e, Coverage) and e.stream == "private"]
            assert (told.cause, told.code) == ("credentials", "60024")
            await eventually(lambda: not okx.sessions)


async def test_a_key_that_is_deleted_leaves_neither_stream_told_as_watched() -> None:
    async with OkxSimulator() as okx:
        account = okx.add_account(Account(role_type="1"))
        async with watching(settings(okx, account)) as seen:
            await eventually(
                lambda: seen.states("private") == ["watched"] and seen.states("business") == ["watched"]
            )
            okx.refuse_login("60032")
            okx.close_all(4007, "API key deleted", service="private")
            await eventually(lambda: seen.states("private")[-1] == seen.states("business")[-1] == "blind")
            await eventually(lambda: not okx.sessions)


async def test_a_refusal_of_the_lead_channel_leaves_the_private_stream_alone() -> None:
    async with OkxSimulator() as okx, OkxSimulator() as elsewhere:
        account = okx.add_account(Account(role_type="1"))
        misled = settings(okx, account).model_copy(update={"business_ws_url": elsewhere.business_ws_url})
        async with watching(misled) as seen:
            await eventually(lambda: seen.states("business") == ["blind"])
            await eventually(lambda: seen.states("private") == ["watched"])
            assert seen.counters.value("connects_total", account="main", stream="business") == 1


async def test_it_shows_what_coverage_asks_for() -> None:
    async with OkxSimulator(limits=replace(Limits(), regular_push_s=0.2)) as okx:
        account = okx.add_account(Account(role_type="2"))
        account.smart_sync_equity = Decimal(50)
        async with watching(settings(okx, account)) as seen:
            await eventually(lambda: hasattr(seen, "look"))
            first = seen.first
            assert [(one.name, one.essential, one.state) for one in first.streams] == [
                ("private", True, "blind"),
                ("business", False, "blind"),  # wanted until the role says that it is not
            ]
            assert (first.offset_s, first.positions) == (None, None)
            await eventually(lambda: [one.state for one in seen.look().streams] == ["watched"])
            await eventually(lambda: seen.look().positions == 0 and not seen.look().streams[0].awaiting)
            assert seen.look().offset_at is not None
            okx.open_position("ETH-USDT-SWAP")
            await eventually(lambda: seen.look().positions == 1)
            assert [str(spot.what) for spot in seen.look().unseen] == ["smart_sync"]
            assert seen.began_streams == ["private"]
            okx.drop()
            await eventually(lambda: seen.look().streams[0].cause == "connection")
            assert seen.look().positions == 1  # as last seen


async def test_a_name_that_is_not_found_is_told_apart_from_a_host_that_does_not_answer() -> None:
    async with OkxSimulator() as okx:
        account = okx.add_account(Account(role_type="2"))
        nowhere = settings(okx, account).model_copy(update={"private_ws_url": "ws://nowhere.invalid/ws"})
        refused = settings(okx, account).model_copy(update={"private_ws_url": "ws://127.0.0.1:1/ws"})
        for configured, resolved in ((nowhere, False), (refused, True)):
            async with watching(configured) as seen:
                await eventually(lambda seen=seen: "blind" in seen.states("private"))
                assert seen.look().streams[0].resolved is resolved
