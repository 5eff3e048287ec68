"""REST calls against a scripted server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from alertd.domain.errors import Disposition, RequestRefused, RequestUnavailable
from alertd.exchanges.okx import calling
from alertd.exchanges.okx.budget import Budget
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
        self.bodies: list[str] = []

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(request)
        self.bodies.append(await request.text())
        text = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.Response(status=text.status, body=text.body, headers=text.headers)


def answer(body: bytes, status: int = 200, **headers: str) -> web.Response:
    return web.Response(body=body, status=status, headers=headers)


@asynccontextmanager
async def calls(
    exchange: Exchange, *, demo: bool = False, shared: Budget | None = None
) -> AsyncIterator[OkxRest]:
    server = TestServer(web.Application())
    server.app.router.add_route("*", "/{path:.*}", exchange.answer)
    await server.start_server()
    try:
        async with aiohttp.ClientSession() as session:
            base_url = str(server.make_url("")).rstrip("/")
            clock = ScriptedClock()
            yield OkxRest(session, base_url, CREDENTIALS, demo, clock, pause_s=0.0, shared=shared)
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
    async with calls(Exchange(answer(b" " * (calling.LARGEST_ANSWER + 1)))) as okx:
        with pytest.raises(RequestUnavailable, match="larger"):
            await okx.account_config()


async def test_nobody_listening():
    async with aiohttp.ClientSession() as session:
        okx = OkxRest(session, "http://127.0.0.1:9", CREDENTIALS, False, ScriptedClock(), pause_s=0.0)
        with pytest.raises(RequestUnavailable, match="account/config"):
            await okx.account_config()


# --- what reconciling reads ------------------------------------------------------------------------


def closed(*times_ms: int) -> web.Response:
    rows = [{"posId": f"9{ms}", "uTime": str(ms), "type": "2"} for ms in times_ms]
    return answer(compact({"code": "0", "msg": "", "data": rows}))


NOW_MS = int(NOW.timestamp() * 1000)


async def read_since(exchange: Exchange, since_ms: int) -> list[int]:
    async with calls(exchange) as okx:
        found = await okx.closed_since(NOW - timedelta(milliseconds=NOW_MS - since_ms))
    return [int(row.uTime) for row in found.rows]


async def test_of_the_history_only_what_is_new_is_read():
    exchange = Exchange(closed(NOW_MS, NOW_MS - 10, NOW_MS - 5000))
    assert await read_since(exchange, NOW_MS - 10) == [NOW_MS, NOW_MS - 10]
    assert [request.query_string for request in exchange.requests] == ["limit=20"]


async def test_a_long_history_is_read_to_its_beginning():
    newest = list(range(NOW_MS, NOW_MS - 20, -1))
    # The edge is asked for once more: another position may have ended in the same millisecond.
    older = list(range(newest[-1], newest[-1] - 100, -1))
    oldest = [older[-1], older[-1] - 1, 5]
    exchange = Exchange(closed(*newest), closed(*older), closed(*oldest))
    assert await read_since(exchange, NOW_MS - 1000) == [*newest, *older[1:], oldest[1]]
    assert [request.query_string for request in exchange.requests] == [
        "limit=20",
        f"after={newest[-1] + 1}&limit=100",
        f"after={older[-1] + 1}&limit=100",
    ]
    [first, *_] = exchange.requests
    signed = rest_headers(CREDENTIALS, NOW, "GET", first.path_qs)
    assert first.headers["OK-ACCESS-SIGN"] == signed["OK-ACCESS-SIGN"]


async def test_a_history_that_repeats_itself_comes_to_an_end():
    exchange = Exchange(closed(*range(NOW_MS, NOW_MS - 20, -1)))
    assert len(await read_since(exchange, 0)) == 20
    assert len(exchange.requests) == 2


@pytest.mark.looptime
async def test_a_history_without_end_is_no_answer():
    class Endless(Exchange):
        async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
            newest = int(request.query.get("after", NOW_MS)) - 1
            self.requests.append(request)
            return closed(*range(newest, newest - 100, -1))

    exchange = Endless()
    with pytest.raises(RequestUnavailable, match="more than 50 pages"):
        async with calls(exchange) as okx:
            await okx.closed_since(NOW - timedelta(days=30))


def bills(*numbers: int):
    rows = [{"billId": str(number), "type": "5", "ts": "1"} for number in numbers]
    return answer(compact({"code": "0", "msg": "", "data": rows}))


async def test_bills_are_read_by_type_and_page_by_page():
    exchange = Exchange(bills(*range(300, 200, -1)), bills(200), bills(), bills(7))
    async with calls(exchange) as okx:
        found = await okx.bills_since(NOW, ("5", "9", "10"))
    assert [row.billId for row in found.rows][-3:] == ["201", "200", "7"]
    assert (len(found.rows), found.asked_at) == (102, NOW)
    since = f"begin={NOW_MS}&limit=100"
    assert [request.query_string for request in exchange.requests] == [
        f"type=5&{since}",
        f"type=5&{since}&after=201",
        f"type=9&{since}",
        f"type=10&{since}",
    ]


async def test_bills_that_repeat_themselves_come_to_an_end():
    exchange = Exchange(*[bills(*range(100))] * 2)
    async with calls(exchange) as okx:
        assert len((await okx.bills_since(NOW, ("5",))).rows) == 100


@pytest.mark.looptime
async def test_bills_without_end_are_no_answer():
    class Endless(Exchange):
        async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
            newest = int(request.query.get("after", 10**9)) - 1
            self.requests.append(request)
            return bills(*range(newest, newest - 100, -1))

    with pytest.raises(RequestUnavailable, match="more than 50 pages of bills"):
        async with calls(Endless()) as okx:
            await okx.bills_since(NOW, ("5",))


async def test_a_closed_position_without_a_time_is_not_lost():
    rows = [{"posId": "1", "uTime": "", "type": "3"}, {"posId": "2", "uTime": str(NOW_MS)}, {"posId": 3}]
    exchange = Exchange(answer(compact({"code": "0", "data": rows})))
    async with calls(exchange) as okx:
        found = await okx.closed_since(NOW)
    assert [row.posId for row in found.rows] == ["1", "2"]
    assert len(found.bad) == 1


async def test_open_positions_and_balance_come_with_the_time_they_were_asked_at():
    position = {**load("positions_isolated_short")["data"][0]}
    exchange = Exchange(answer(compact({"code": "0", "data": [position, {"pos": 1}]})))
    async with calls(exchange) as okx:
        found = await okx.positions()
    assert (found.asked_at, len(found.rows), len(found.bad)) == (NOW, 1, 1)
    assert b"posId" in found.body
    nothing = Exchange(answer(compact({"code": "0", "data": []})))
    async with calls(nothing) as okx:
        assert list((await okx.positions()).rows) == []


@pytest.mark.looptime
async def test_after_too_many_requests_a_whole_period_passes():
    exchange = Exchange(answer(b'{"code":"50011","msg":"Too Many Requests"}', 429), closed())
    async with calls(exchange) as okx:
        loop = asyncio.get_running_loop()
        with pytest.raises(RequestRefused):
            await okx.balance()
        began_s = loop.time()
        await okx.balance()
        assert loop.time() - began_s >= 2.0


@pytest.mark.looptime
async def test_many_accounts_share_what_is_counted_by_address():
    exchange = Exchange(answer(frame("rest_time")))
    shared = Budget()
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    async with (
        calls(exchange, shared=shared) as one,
        calls(exchange, shared=shared) as other,
        asyncio.TaskGroup() as tasks,
    ):
        for okx in [one, other] * 8:
            tasks.create_task(okx.server_time_offset_s())
    assert len(exchange.requests) == 16
    assert 2.0 <= loop.time() - began_s < 4.0


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


async def test_announcements_are_asked_for_without_a_signature_and_by_state():
    body = b'{"code":"0","data":[{"title":"Upgrade","state":"completed","begin":1,"new":{}}],"msg":""}'
    exchange = Exchange(answer(body))
    async with calls(exchange, demo=True) as okx:
        [row] = (await okx.announcements()).rows
        assert (row.title, row.state) == ("Upgrade", "completed")
        await okx.announcements("canceled")
    paths = [request.path_qs for request in exchange.requests]
    assert paths == ["/api/v5/system/status", "/api/v5/system/status?state=canceled"]
    assert all("OK-ACCESS-KEY" not in request.headers for request in exchange.requests)
    assert exchange.requests[0].headers["x-simulated-trading"] == "1"


async def test_a_list_that_cannot_be_had_is_not_asked_for_twice():
    exchange = Exchange(answer(b'{"code":"50001","msg":"busy","data":[]}', status=503))
    async with calls(exchange) as okx:
        with pytest.raises(RequestRefused):
            await okx.announcements()
    assert len(exchange.requests) == 1


STOP = "/api/v5/copytrading/stop-copy-trading"
BODY = '{"uniqueCode":"25CD5A80241D6FE6"}'


@pytest.mark.parametrize("demo", [True, False])
async def test_a_change_is_signed_with_its_body_and_sent_once(demo):
    exchange = Exchange(answer(b'{"code":"50026","msg":"","data":[]}', status=500))
    async with calls(exchange, demo=demo) as okx:
        assert await okx.post_once(STOP, BODY) == (500, b'{"code":"50026","msg":"","data":[]}')
        assert okx.last_signed_at is None
    [request] = exchange.requests
    sent = rest_headers(CREDENTIALS, NOW, "POST", STOP, BODY, demo=demo)
    assert (request.method, request.path_qs, exchange.bodies) == ("POST", STOP, [BODY])
    assert {name: request.headers[name] for name in sent} == sent
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["User-Agent"].startswith("alertd/")


async def test_a_change_that_was_taken_counts_as_use_of_the_key():
    async with calls(Exchange(answer(b'{"code":"0","msg":"","data":[{"result":true}]}'))) as okx:
        await okx.post_once(STOP, BODY)
        assert okx.last_signed_at is not None


@pytest.mark.looptime
@pytest.mark.parametrize(("status", "code"), [(429, "50011"), (200, "50011"), (200, "50061")])
async def test_a_change_asked_too_often_waits_a_whole_period(status, code):
    refused = answer(f'{{"code":"{code}","msg":""}}'.encode(), status=status)
    async with calls(Exchange(refused)) as okx:
        await okx.post_once(STOP, BODY)
        began_s = asyncio.get_running_loop().time()
        await okx.post_once(STOP, BODY)
        assert asyncio.get_running_loop().time() - began_s >= 2


def test_what_quotes_the_key_is_hidden():
    okx = OkxRest(None, "", CREDENTIALS, False, ScriptedClock())
    text = f"{CREDENTIALS.api_key}, {CREDENTIALS.api_secret} and {CREDENTIALS.passphrase} are wrong"
    assert okx.hidden(text) == "***, *** and *** are wrong"
