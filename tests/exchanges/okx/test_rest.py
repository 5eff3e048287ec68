"""REST calls against a scripted server on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from alertd.domain.errors import Disposition, RequestRefused, RequestUnavailable
from alertd.exchanges.okx import rest
from alertd.exchanges.okx.requests import rest_headers
from alertd.exchanges.okx.rest import AccountConfig, LeadTrader, OkxRest
from tests.exchanges.okx.frames import CREDENTIALS, NOW, UID, compact, frame, load

CONFIG = "/api/v5/account/config"


class ScriptedClock:
    """Half a second passes with every look at the monotonic time."""

    def __init__(self) -> None:
        self.elapsed_s = 0.0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.elapsed_s)

    def monotonic_s(self) -> float:
        self.elapsed_s += 0.5
        return self.elapsed_s


class Exchange:
    """Answers every GET with the next of its answers, the last one for ever."""

    def __init__(self, *answers: web.Response) -> None:
        self.answers = list(answers)
        self.requests: list[web.BaseRequest] = []

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(request)
        text = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.Response(status=text.status, body=text.body, headers=text.headers)


def answer(body: bytes, status: int = 200, **headers: str) -> web.Response:
    return web.Response(body=body, status=status, headers=headers)


@asynccontextmanager
async def calls(exchange: Exchange, *, demo: bool = False) -> AsyncIterator[OkxRest]:
    server = TestServer(web.Application())
    server.app.router.add_route("*", "/{path:.*}", exchange.answer)
    await server.start_server()
    try:
        async with aiohttp.ClientSession() as session:
            base_url = str(server.make_url("")).rstrip("/")
            yield OkxRest(session, base_url, CREDENTIALS, demo, ScriptedClock(), pause_s=0.0)
    finally:
        await server.close()


async def test_the_configuration_of_an_account():
    exchange = Exchange(answer(frame("rest_account_config")))
    async with calls(exchange) as okx:
        config = await okx.account_config()
    assert config == AccountConfig(
        uid=UID,
        role="copier",
        account_mode="futures",
        position_mode="net_mode",
        permissions=frozenset({"read_only", "trade"}),
        liquidation_gear="3",
        ip=("192.0.2.7", "192.0.2.8"),
    )
    [request] = exchange.requests
    sent = rest_headers(CREDENTIALS, NOW, "GET", CONFIG)
    assert request.path_qs == CONFIG
    assert {name: request.headers[name] for name in sent} == sent
    assert request.headers["User-Agent"].startswith("alertd/")
    assert "x-simulated-trading" not in request.headers


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"roleType": "1"}, {"role": "lead"}),
        ({"roleType": "0"}, {"role": "trader"}),
        ({"roleType": "9", "acctLv": "9"}, {"role": "trader", "account_mode": "9"}),
        ({"perm": "", "ip": ""}, {"permissions": frozenset(), "ip": ()}),
        ({"acctLv": "3", "futureKey": [1]}, {"account_mode": "multi_currency"}),
    ],
    ids=str,
)
async def test_variants_of_the_configuration(changes, wanted):
    body = load("rest_account_config")
    body["data"][0].update(changes)
    async with calls(Exchange(answer(compact(body)))) as okx:
        config = await okx.account_config()
    assert {name: getattr(config, name) for name in wanted} == wanted


async def test_the_offset_is_measured_to_half_the_round_trip_and_signs_what_follows():
    exchange = Exchange(answer(frame("rest_time")), answer(frame("rest_account_config")))
    async with calls(exchange) as okx:
        # Asked at 09:00:05, answered half a second later; the server says 09:00:01.500.
        assert await okx.server_time_offset_s() == pytest.approx(-3.75)
        await okx.account_config()
    assert "OK-ACCESS-KEY" not in exchange.requests[0].headers
    assert exchange.requests[1].headers["OK-ACCESS-TIMESTAMP"] == "2026-11-03T09:00:02.250Z"


async def test_demo_is_a_header():
    exchange = Exchange(answer(frame("rest_time")), answer(frame("rest_account_config")))
    async with calls(exchange, demo=True) as okx:
        await okx.server_time_offset_s()
        await okx.account_config()
    assert [request.headers["x-simulated-trading"] for request in exchange.requests] == ["1", "1"]


HTML = b"<html><body>403 Forbidden</body></html>"


@pytest.mark.parametrize(
    ("status", "body", "code", "wanted"),
    [
        (401, b'{"msg":"Timestamp request expired","code":"50102"}', "50102", Disposition.CLOCK),
        (401, b'{"msg":"API key doesn\'t exist","code":"50119"}', "50119", Disposition.CREDENTIALS),
        (200, b'{"msg":"","code":"50030","data":[]}', "50030", Disposition.CREDENTIALS),
        (429, b'{"msg":"","code":"50011"}', "50011", Disposition.RATE),
        (200, b'{"msg":"","code":50011}', "50011", Disposition.RATE),
        (
            500,
            b'{"code":500,"error_code":"500","error_message":"Internal Server Error"}',
            "500",
            Disposition.RETRY,
        ),
        (401, b'{"code":"77777","msg":"new"}', "77777", Disposition.CREDENTIALS),
        (200, b'{"code":"77777","msg":"new"}', "77777", Disposition.RETRY),
        (404, HTML, "404", Disposition.CONFIG),
        (404, b"", "404", Disposition.CONFIG),
        (429, HTML, "429", Disposition.RATE),
        (410, b"", "410", Disposition.CONFIG),
        (401, HTML, "401", Disposition.CREDENTIALS),
    ],
)
async def test_a_refusal_says_what_it_asks_for(status, body, code, wanted):
    exchange = Exchange(answer(body, status))
    async with calls(exchange) as okx:
        with pytest.raises(RequestRefused) as refused:
            await okx.account_config()
    assert (refused.value.code, refused.value.wanted) == (code, wanted)
    assert len(exchange.requests) == (2 if wanted is Disposition.RETRY else 1)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, HTML),
        (200, b""),
        (503, HTML),
        (403, HTML),
        (200, b"[]"),
        (200, b'{"code":"0","msg":""}'),
        (200, b'{"code":"0","data":[]}'),
        (200, b'{"code":"0","data":{}}'),
        (200, b'{"code":"0","data":["x"]}'),
        (200, b'{"code":"0","data":[{"uid":5}]}'),
        (500, b'{"code":"0","data":[{}]}'),
        (200, b'{"code":' + b"[" * 10_000),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_what_is_no_answer_is_unavailable_and_asked_once_more(status, body):
    exchange = Exchange(answer(body, status))
    async with calls(exchange) as okx:
        with pytest.raises(RequestUnavailable):
            await okx.account_config()
    assert len(exchange.requests) == 2


async def test_the_second_attempt_counts():
    exchange = Exchange(answer(HTML, 503), answer(frame("rest_account_config")))
    async with calls(exchange) as okx:
        assert (await okx.account_config()).uid == UID


@pytest.mark.parametrize("ts", ["", "soon", "5", "9" * 30])
async def test_a_server_time_that_is_none_is_unavailable(ts):
    async with calls(Exchange(answer(compact({"code": "0", "data": [{"ts": ts}]})))) as okx:
        with pytest.raises(RequestUnavailable):
            await okx.server_time_offset_s()


async def test_a_redirect_is_not_followed():
    exchange = Exchange(answer(b"", 302, Location="/elsewhere"))
    async with calls(exchange) as okx:
        with pytest.raises(RequestUnavailable, match="302"):
            await okx.account_config()
    assert {request.path for request in exchange.requests} == {CONFIG}


async def test_an_endless_answer_is_cut():
    async with calls(Exchange(answer(b" " * (rest.LARGEST_ANSWER + 1)))) as okx:
        with pytest.raises(RequestUnavailable, match="larger"):
            await okx.account_config()


async def test_nobody_listening():
    async with aiohttp.ClientSession() as session:
        okx = OkxRest(session, "http://127.0.0.1:9", CREDENTIALS, False, ScriptedClock(), pause_s=0.0)
        with pytest.raises(RequestUnavailable, match="account/config"):
            await okx.account_config()


TRADERS = "/api/v5/copytrading/current-lead-traders?instType=SWAP"


async def test_whom_the_account_copies():
    rows = [
        {"uniqueCode": "25CD5A80241D6FE6", "nickName": "Trader9527", "margin": "1"},
        {"uniqueCode": "123456789012345678"},  # all digits, and longer than a float can hold
        {"nickName": "without a code"},
    ]
    exchange = Exchange(answer(compact({"code": "0", "msg": "", "data": rows})))
    async with calls(exchange) as okx:
        assert await okx.lead_traders() == (
            LeadTrader("25CD5A80241D6FE6", "Trader9527"),
            LeadTrader("123456789012345678", ""),
        )
    [request] = exchange.requests
    assert request.path_qs == TRADERS
    assert (
        request.headers["OK-ACCESS-SIGN"] == rest_headers(CREDENTIALS, NOW, "GET", TRADERS)["OK-ACCESS-SIGN"]
    )


@pytest.mark.parametrize(
    "body", [{"code": "0", "data": []}, {"code": "59273"}, {"code": "59285", "msg": "x"}]
)
async def test_who_copies_nobody_is_answered_in_several_ways(body):
    async with calls(Exchange(answer(compact({"msg": "", **body})))) as okx:
        assert await okx.lead_traders() == ()


async def test_a_refusal_is_not_taken_for_copying_nobody():
    async with calls(Exchange(answer(compact({"code": "50120", "msg": "no permission"})))) as okx:
        with pytest.raises(RequestRefused, match="50120"):
            await okx.lead_traders()


async def test_only_an_accepted_signed_call_keeps_a_key_alive():
    exchange = Exchange(
        answer(frame("rest_time")),
        answer(compact({"code": "50105", "msg": "wrong"}), 401),
        answer(frame("rest_account_config")),
    )
    async with calls(exchange) as okx:
        await okx.server_time_offset_s()
        assert okx.last_signed_at is None
        with pytest.raises(RequestRefused):
            await okx.account_config()
        assert okx.last_signed_at is None
        await okx.account_config()
        assert okx.last_signed_at is not None
