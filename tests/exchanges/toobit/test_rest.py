"""Calls against a scripted server on loopback: time, limits, bans, repeats, and what became of a change."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from alertd.domain.errors import (
    Disposition,
    HostBlocked,
    OutcomeUnknown,
    RequestRefused,
    RequestUnavailable,
)
from alertd.exchanges.toobit import rest
from alertd.exchanges.toobit.budget import HostBudget
from alertd.exchanges.toobit.requests import Credentials, Request, body_bytes, signed
from alertd.exchanges.toobit.rest import Host, ToobitRest
from alertd.sources.session import open_session

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
WHO = Credentials("key-1", "secret-1")
READ = Request("GET", "/api/v2/copy-trading/leader/symbols")
PUT = Request("PUT", "/api/v2/copy-trading/leader/config", body=body_bytes({"a": 1}))
DELETE = Request("DELETE", "/api/v2/copy-trading/leader/followers/5")
NOT_FOUND = b"<html><body><h2>404 Not found</h2></body></html>"
AHEAD_MS = 4000


class LoopClock:
    """Goes with the event loop."""

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.monotonic_s())

    def monotonic_s(self) -> float:
        return asyncio.get_running_loop().time()


def ok(data: Any = None) -> web.Response:
    return web.json_response({"code": 200, "msg": "success", "data": data})


def no(code: int, status: int = 200, msg: str = "", **headers: str) -> web.Response:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return web.json_response({"code": code, "msg": msg}, status=status, headers=named)


class Exchange:
    """Tells its time, and answers all else with the next of its answers, the last one for ever."""

    def __init__(self, *answers: web.Response | str) -> None:
        self.answers = list(answers)
        self.requests: list[web.BaseRequest] = []
        self.bodies: list[bytes] = []
        self.times = 0

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/api/v1/time":
            self.times += 1
            return web.json_response({"serverTime": int(LoopClock().now().timestamp() * 1000) + AHEAD_MS})
        self.requests.append(request)
        self.bodies.append(await request.read())
        said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if said == "cut":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        assert isinstance(said, web.Response)
        return web.Response(status=said.status, body=said.body, headers=said.headers)


@asynccontextmanager
async def asking(*answers: web.Response | str, **host: Any) -> AsyncIterator[tuple[ToobitRest, Exchange]]:
    exchange = Exchange(*answers)
    server = TestServer(web.Application())
    server.app.router.add_route("*", "/{path:.*}", exchange.answer)
    await server.start_server()
    try:
        async with open_session() as session:
            base_url = str(server.make_url("")).rstrip("/")
            yield ToobitRest(session, Host(base_url, **host), WHO, LoopClock(), pause_s=0.0), exchange
    finally:
        await server.close()


def content(data: Any) -> Any:
    return None if data is None else json.loads(bytes(data))


async def read(toobit: ToobitRest) -> Any:
    return await toobit.read(READ, content)


async def test_the_offset_is_measured_once_and_signs_what_follows() -> None:
    async with asking(ok([1])) as (toobit, exchange):
        assert await read(toobit) == [1]
        assert await read(toobit) == [1]
    assert exchange.times == 1
    assert toobit.host.offset_s == pytest.approx(AHEAD_MS / 1000, abs=0.5)
    asked = exchange.requests[0]
    at_ms = int(asked.query["timestamp"])
    assert at_ms - NOW.timestamp() * 1000 >= AHEAD_MS - 500
    assert asked.path_qs == signed(WHO, READ, at_ms).target
    assert asked.headers["X-BB-APIKEY"] == "key-1"
    assert "Content-Type" not in asked.headers
    assert asked.headers["User-Agent"].startswith("alertd/")


async def test_accounts_of_one_host_share_its_clock() -> None:
    async with asking(ok()) as (toobit, exchange), open_session() as session:
        other = ToobitRest(session, toobit.host, Credentials("key-2", "secret-2"), LoopClock())
        await read(toobit)
        await read(other)
    assert exchange.times == 1
    assert [one.headers["X-BB-APIKEY"] for one in exchange.requests] == ["key-1", "key-2"]


async def test_a_refused_clock_is_measured_again_and_asked_once_more() -> None:
    async with asking(no(-1021, 400), ok([1])) as (toobit, exchange):
        assert await read(toobit) == [1]
    assert (exchange.times, len(exchange.requests)) == (2, 2)


async def test_a_clock_that_is_refused_twice_is_off() -> None:
    async with asking(no(-1021)) as (toobit, exchange):
        with pytest.raises(RequestRefused) as caught:
            await read(toobit)
    assert (caught.value.code, caught.value.wanted) == ("-1021", Disposition.CLOCK)
    assert "set this machine's clock" in caught.value.detail
    assert len(exchange.requests) == 2


@pytest.mark.parametrize(
    "first",
    [
        no(-1000),
        no(-1007, 400),
        web.Response(status=502, body=NOT_FOUND),
        web.Response(),
        "cut",
        ok({"x": 1}),
    ],
    ids=["-1000", "-1007", "page", "empty", "cut", "unreadable"],
)
async def test_a_read_is_asked_once_more_where_that_may_help(first: web.Response | str) -> None:
    def number(data: Any) -> int:
        found = content(data)
        if not isinstance(found, int):
            raise rest.DecodeError("no number")
        return found

    async with asking(first, ok(7)) as (toobit, exchange):
        assert await toobit.read(READ, number) == 7
    assert len(exchange.requests) == 2


@pytest.mark.parametrize(
    ("said", "code", "wanted"),
    [
        (no(-1022, 400), "-1022", Disposition.CREDENTIALS),
        (no(-120041), "-120041", Disposition.CONFIG),
        (no(-1130, 400), "-1130", Disposition.BUG),
        (web.Response(status=404, body=NOT_FOUND), "HTTP 404", Disposition.BUG),
        (web.Response(status=401), "HTTP 401", Disposition.CREDENTIALS),
    ],
    ids=["signature", "no leader", "parameter", "path", "401"],
)
async def test_what_will_not_change_is_not_asked_again(
    said: web.Response, code: str, wanted: Disposition
) -> None:
    async with asking(said) as (toobit, exchange):
        with pytest.raises(RequestRefused) as caught:
            await read(toobit)
    assert (caught.value.code, caught.value.wanted) == (code, wanted)
    assert len(exchange.requests) == 1


async def test_nothing_readable_in_the_end() -> None:
    async with asking(web.Response(status=502, body=NOT_FOUND)) as (toobit, exchange):
        with pytest.raises(RequestUnavailable):
            await read(toobit)
    assert len(exchange.requests) == 2


async def test_nobody_there() -> None:
    async with open_session() as session:
        toobit = ToobitRest(session, Host("http://127.0.0.1:9"), WHO, LoopClock(), pause_s=0.0)
        with pytest.raises(RequestUnavailable):
            await read(toobit)


@pytest.mark.looptime
async def test_429_is_waited_out_as_the_header_says() -> None:
    reset_ms = int(NOW.timestamp() * 1000) + AHEAD_MS + 20_000
    limited = no(-1003, 429, X_Api_Limit_Reset_Timestamp=str(reset_ms))
    async with asking(limited, ok()) as (toobit, exchange):
        with pytest.raises(RequestRefused) as caught:
            await read(toobit)
        assert caught.value.wanted is Disposition.RATE
        assert len(exchange.requests) == 1
        await read(toobit)
        assert 19 < asyncio.get_running_loop().time() < 22


@pytest.mark.looptime
@pytest.mark.parametrize(
    "limited",
    [no(-1003, 429), no(-1015, 400), no(-1003, 429, X_Api_Limit_Reset_Timestamp="1000000000000")],
    ids=["429", "-1015", "a header of the past"],
)
async def test_429_without_a_reset_costs_a_whole_window(limited: web.Response) -> None:
    async with asking(limited, ok()) as (toobit, _):
        with pytest.raises(RequestRefused):
            await read(toobit)
        await read(toobit)
        assert 60 <= asyncio.get_running_loop().time() < 62


@pytest.mark.looptime
async def test_418_stops_every_account_of_the_host_and_is_told_once() -> None:
    told: list[HostBlocked] = []
    async with (
        asking(no(-1003, 418), ok([1]), on_blocked=told.append) as (toobit, exchange),
        open_session() as session,
    ):
        other = ToobitRest(session, toobit.host, Credentials("key-2", "secret-2"), LoopClock())
        for one in (toobit, other, toobit):
            with pytest.raises(HostBlocked):
                await read(one)
        with pytest.raises(HostBlocked):
            await other.change(PUT)
        assert len(exchange.requests) == 1
        assert [round(one.for_s) for one in told] == [120]
        await asyncio.sleep(121)
        assert await read(other) == [1]


@pytest.mark.looptime
async def test_a_ban_that_meets_several_calls_under_way_is_told_once() -> None:
    told: list[HostBlocked] = []
    async with (
        asking(no(-1003, 418), on_blocked=told.append, offset_s=0.0) as (toobit, exchange),
        asyncio.TaskGroup() as tasks,
    ):
        refused = [tasks.create_task(_refusal(toobit)) for _ in range(3)]
    assert {type(one.result()) for one in refused} == {HostBlocked}
    assert (len(exchange.requests), len(told)) == (3, 1)


@pytest.mark.looptime
async def test_who_waits_for_a_place_is_not_served_in_a_ban() -> None:
    budget = HostBudget(most_weight=3, share=1.0)
    async with asking(ok(), no(-1003, 418), ok(), budget=budget) as (toobit, exchange):
        await read(toobit)  # with the time, that is two of three
        async with asyncio.TaskGroup() as tasks:
            banned = tasks.create_task(_refusal(toobit))
            waiting = tasks.create_task(_refusal(toobit))
    assert {type(banned.result()), type(waiting.result())} == {HostBlocked}
    assert len(exchange.requests) == 2


async def _refusal(toobit: ToobitRest) -> RequestRefused:
    with pytest.raises(RequestRefused) as caught:
        await read(toobit)
    return caught.value


@pytest.mark.looptime
async def test_the_stated_end_of_a_ban_counts() -> None:
    until_ms = int(NOW.timestamp() * 1000) + AHEAD_MS + 600_000
    async with asking(no(-1003, 400, f"IP banned until {until_ms}.")) as (toobit, _):
        with pytest.raises(HostBlocked) as caught:
            await read(toobit)
    assert 598 < caught.value.for_s < 601


@pytest.mark.looptime
async def test_the_firewall_s_page() -> None:
    async with asking(web.Response(status=403, body=NOT_FOUND)) as (toobit, exchange):
        for _ in range(2):
            with pytest.raises(HostBlocked):
                await read(toobit)
    assert len(exchange.requests) == 1


@pytest.mark.looptime
async def test_all_accounts_together_stay_within_the_budget() -> None:
    """Fifty accounts, forty calls each at once: 2000 calls at 600 a minute take three minutes."""
    budget = HostBudget(most_weight=600, share=1.0)
    at_s: list[float] = []
    for _ in range(2000):
        at_s.append(budget.wait_s(1, 0.0))
    assert max(sum(1 for one in at_s if begin <= one < begin + 60) for begin in (0, 30, 60, 120)) <= 600
    assert 180 <= at_s[-1] < 181


async def test_a_place_that_is_far_away_is_refused() -> None:
    budget = HostBudget(most_weight=1, share=1.0)
    async with asking(ok(), budget=budget) as (toobit, exchange):
        for _ in range(3):
            budget.wait_s(1, LoopClock().monotonic_s())
        with pytest.raises(RequestRefused, match="no place within"):
            await read(toobit)
    assert not exchange.requests


async def test_a_change_is_signed_with_its_body_and_sent_once() -> None:
    async with asking(ok()) as (toobit, exchange):
        await toobit.change(PUT)
    [asked] = exchange.requests
    assert asked.path_qs == signed(WHO, PUT, int(asked.query["timestamp"])).target
    assert exchange.bodies == [PUT.body]
    assert asked.headers["Content-Type"] == "application/json"


async def test_a_refused_signature_is_tried_once_without_the_body_and_what_worked_is_kept() -> None:
    async with asking(no(-1022, 400), ok()) as (toobit, exchange):
        await toobit.change(PUT)
        await toobit.change(PUT)
    assert len(exchange.requests) == 3
    assert not toobit.host.covers_body
    for asked in exchange.requests[1:]:
        at_ms = int(asked.query["timestamp"])
        assert asked.path_qs == signed(WHO, PUT, at_ms, covers_body=False).target


async def test_a_signature_that_is_refused_twice_is_a_wrong_secret() -> None:
    async with asking(no(-1022)) as (toobit, exchange):
        with pytest.raises(RequestRefused) as caught:
            await toobit.change(PUT)
    assert (caught.value.wanted, len(exchange.requests)) == (Disposition.CREDENTIALS, 2)
    assert toobit.host.covers_body


async def test_a_change_without_a_body_has_no_second_signature() -> None:
    async with asking(no(-1022)) as (toobit, exchange):
        with pytest.raises(RequestRefused):
            await toobit.change(DELETE)
    assert len(exchange.requests) == 1


async def test_a_read_only_key_is_named() -> None:
    async with asking(no(-1020, 400)) as (toobit, _):
        with pytest.raises(RequestRefused, match="it is read-only") as caught:
            await toobit.change(PUT)
    assert caught.value.wanted is Disposition.CREDENTIALS


async def test_a_change_whose_clock_was_refused_is_sent_again() -> None:
    async with asking(no(-1021), ok()) as (toobit, exchange):
        await toobit.change(DELETE)
    assert (exchange.times, len(exchange.requests)) == (2, 2)


@pytest.mark.parametrize(
    "said",
    ["cut", no(-1000), no(-1007, 500), no(-99999), web.Response(status=502, body=NOT_FOUND), web.Response()],
    ids=["cut", "-1000", "-1007", "unknown", "page", "empty"],
)
async def test_a_change_that_may_have_been_made_is_never_sent_again(said: web.Response | str) -> None:
    async with asking(said) as (toobit, exchange):
        with pytest.raises(OutcomeUnknown):
            await toobit.change(PUT)
    assert len(exchange.requests) == 1


@pytest.mark.parametrize("said", [no(-120055), no(-1003, 429), web.Response(status=404, body=NOT_FOUND)])
async def test_a_change_that_was_not_made_says_so(said: web.Response) -> None:
    async with asking(said) as (toobit, _):
        with pytest.raises(RequestRefused):
            await toobit.change(DELETE)


async def test_a_change_that_could_not_be_sent_was_not_made() -> None:
    async with open_session() as session:
        host = Host("http://127.0.0.1:9", offset_s=0.0)
        with pytest.raises(RequestUnavailable):
            await ToobitRest(session, host, WHO, LoopClock()).change(PUT)


async def test_no_error_shows_key_or_signature() -> None:
    async with asking("cut") as (toobit, exchange):
        with pytest.raises(RequestUnavailable) as caught:
            await read(toobit)
    signature = exchange.requests[0].query["signature"]
    assert not any(secret in str(caught.value) for secret in (signature, "secret-1", "key-1"))


async def test_an_answer_without_end() -> None:
    async with asking(web.Response(body=b"x" * (rest.LARGEST_ANSWER + 1))) as (toobit, _):
        with pytest.raises(RequestUnavailable, match="larger than"):
            await read(toobit)


async def test_redirects_are_not_followed() -> None:
    async with asking(web.Response(status=302, headers={"Location": "/elsewhere"})) as (toobit, exchange):
        with pytest.raises(RequestUnavailable):
            await read(toobit)
    assert {one.path for one in exchange.requests} == {READ.path}


async def test_the_kind_of_the_key() -> None:
    async with asking(web.json_response({"accountType": "contract"})) as (toobit, _):
        assert await toobit.account_type() == "contract"
