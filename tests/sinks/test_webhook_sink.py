"""The native sender on real sockets: every outcome, and no word of a secret."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import threading
from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest

from alertd.clock import Clock
from alertd.domain.notification import Delivery, Outcome, Reason, SendResult
from alertd.sinks.choosing import make_sink
from alertd.sinks.settings import SinkSettings
from alertd.sinks.speech import Reader
from alertd.sinks.webhook_sink import WebhookSink
from alertd.sinks.webhook_url import read_webhook
from tests.doubles.raw_server import Behaviour, Caller, RawServer
from tests.sinks.samples import BERLIN, T, delivery, ratio_alert
from tests.sinks.webhook import Behaviour as WebBehaviour
from tests.sinks.webhook import Webhook, answer, drip, hang, reset

SECRETS = ("planted-Pass1", "planted-Path2", "planted-Head3", "planted-Value4")


def sink_to(address: str, **values: Any) -> WebhookSink:
    url = f"json://anna:{SECRETS[0]}@{address}/{SECRETS[1]}?+X-Token={SECRETS[2]}&-key={SECRETS[3]}"
    sink = make_sink("phone", SinkSettings.model_validate({"url": url, **values}), "en", BERLIN)
    assert isinstance(sink, WebhookSink)
    return sink


def a_delivery(reason: Reason = Reason.NEW) -> Delivery:
    return delivery(ratio_alert(), reason)


async def sent_to(behave: WebBehaviour, **values: Any) -> tuple[SendResult, list[dict[str, Any]]]:
    async with Webhook(behave) as hook:
        sink = sink_to(hook.address, **values)
        result = await sink.send([a_delivery()], T)
        await sink.close()
        return result, hook.messages


def unused_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


async def test_it_delivers() -> None:
    result, messages = await sent_to(hang(0.05))  # else all of the time may have been ours
    assert result == SendResult(Outcome.SENT, "HTTP 200 OK")
    assert result.took_s > 0
    assert [message["title"] for message in messages] == ["CRITICAL BTC-USDT-SWAP long: ratio 180 %, main"]
    assert messages[0]["message"].startswith(
        "BTC-USDT-SWAP long is close to liquidation.\nAccount: main (OKX)"
    )
    assert messages[0]["type"] == "failure"


async def test_what_was_prepared_is_sent_unless_it_would_be_told_wrong() -> None:
    texts = []
    async with Webhook() as hook:
        sink = sink_to(hook.address)
        for sent_s in (0.06, 20.0):
            one = a_delivery()
            sink.prepare(one, T + timedelta(seconds=0.04))
            await sink.send([one], T + timedelta(seconds=sent_s))
        unprepared = a_delivery()
        await sink.send([unprepared], T + timedelta(seconds=0.06))
        await sink.close()
    texts = [message["message"] for message in hook.messages]
    assert ["sent 0.0 s later" in text for text in texts] == [True, False, False]
    assert "sent 0.1 s later" in texts[2]
    assert texts[0].replace("sent 0.0 s", "sent 0.1 s") == texts[2]


async def test_good_news_looks_like_good_news() -> None:
    async with Webhook() as hook:
        sink = sink_to(hook.address)
        await sink.send([a_delivery(Reason.RECOVERED)], T)
        await sink.close()
    assert hook.messages[0]["type"] == "success"


async def test_the_sinks_own_language_and_zone_win() -> None:
    async with Webhook() as hook:
        sink = sink_to(hook.address, language="zh", timezone="Asia/Shanghai")
        await sink.send([a_delivery()], T)
        await sink.close()
    assert hook.messages[0]["title"].startswith("严重 ")
    assert "(CST, Asia/Shanghai)" in hook.messages[0]["message"]


@pytest.mark.parametrize(
    ("behave", "outcome", "wish_s"),
    [
        (answer(500), Outcome.TRANSIENT, None),
        (answer(404), Outcome.PERMANENT, None),
        (answer(429, **{"Retry-After": "7"}), Outcome.TRANSIENT, 7.0),
        (answer(504), Outcome.UNKNOWN, None),
        (reset(), Outcome.UNKNOWN, None),
        (hang(), Outcome.UNKNOWN, None),
        (drip(), Outcome.UNKNOWN, None),
    ],
    ids=["500", "404", "429", "504", "reset", "hang", "drip"],
)
async def test_outcomes(behave: WebBehaviour, outcome: Outcome, wish_s: float | None) -> None:
    result, messages = await sent_to(behave, timeout_s=1)
    assert (result.outcome, result.retry_after_s) == (outcome, wish_s)
    assert result.detail
    assert len(messages) == 1


class SteppingClock(Clock):
    """Each reading is later than the last: by 0.1 s on the wall, by 0.03 s of work."""

    def __init__(self) -> None:
        self.read: list[float] = []
        self.worked_s = 0.0

    def monotonic_s(self) -> float:
        self.read.append(len(self.read) * 0.1)
        return self.read[-1]

    def busy_s(self) -> float:
        self.worked_s += 0.03
        return self.worked_s


async def test_how_long_the_receiver_took_is_told_without_what_we_did_meanwhile() -> None:
    clock = SteppingClock()
    async with Webhook() as hook:
        webhook = read_webhook(f"json://{hook.address}/x")
        sink = WebhookSink("phone", webhook, timeout_s=10, reader=Reader("en", BERLIN), clock=clock)
        result = await sink.send([a_delivery()], T)
        await sink.close()
    assert result.took_s == pytest.approx(clock.read[-1] - clock.read[0] - 0.03)


async def test_a_redirect_is_not_followed() -> None:
    async with Webhook() as elsewhere:
        moved = answer(307, Location=f"http://{elsewhere.address}/x")
        result, messages = await sent_to(moved)
        assert result.outcome is Outcome.TRANSIENT
        assert len(messages) == 1
        assert elsewhere.messages == []


async def test_nobody_there_is_known_not_to_have_delivered() -> None:
    result = await sink_to(unused_address()).send([a_delivery()], T)
    assert result.outcome is Outcome.TRANSIENT
    assert result.detail.startswith("no connection")


async def test_an_idle_connection_that_is_closed_costs_neither_a_failure_nor_a_double() -> None:
    async def behave(caller: Caller) -> None:
        await caller.request()
        await caller.say(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with RawServer(behave) as server:
        sink = sink_to(f"127.0.0.1:{server.port}")
        for _ in range(20):
            assert (await sink.send([a_delivery()], T)).outcome is Outcome.SENT
            await server.until_closed()
        assert len(server.bodies) == 20
        await sink.close()


async def test_a_hung_sink_holds_up_no_other_and_needs_no_thread() -> None:
    before = set(threading.enumerate())  # some of other tests may end meanwhile
    async with Webhook(hang()) as dead, Webhook() as alive, asyncio.TaskGroup() as tasks:
        hung, other = sink_to(dead.address, timeout_s=1), sink_to(alive.address)
        sending = [tasks.create_task(hung.send([a_delivery()], T)) for _ in range(50)]
        for _ in range(3):
            assert (await other.send([a_delivery()], T)).outcome is Outcome.SENT
        assert not any(send.done() for send in sending)
        assert set(threading.enumerate()) <= before
        results = [await send for send in sending]
        await other.close()
    assert {result.outcome for result in results} == {Outcome.UNKNOWN}


async def refuses(caller: Caller) -> None:
    await caller.request()
    login = b64encode(f"anna:{SECRETS[0]}".encode()).decode()
    echo = " ".join((*SECRETS, login)).encode()
    head = b"HTTP/1.1 403 %b\r\nX-Echo: %b\r\nRetry-After: %b\r\n" % (echo, echo, echo)
    await caller.say(head + b"Content-Length: %d\r\n\r\nno! %b" % (len(echo) + 4, echo))


async def babbles(caller: Caller) -> None:
    await caller.request()
    await caller.say(b" ".join(secret.encode() for secret in SECRETS) + b"\r\n\r\n")


@pytest.mark.parametrize("behave", [refuses, babbles])
async def test_no_secret_in_any_word_it_says(
    behave: Behaviour, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with RawServer(behave) as server:
        sink = sink_to(f"127.0.0.1:{server.port}")
        result = await sink.send([a_delivery()], T)
        head = server.heads[0].decode()
    said = [
        result.detail,
        repr(result),
        result.answer,
        repr(sink),
        (await sink_to(unused_address()).send([a_delivery()], T)).detail,
    ]
    output = capfd.readouterr()
    everything = "\n".join([*said, caplog.text, output.out, output.err])
    assert [secret for secret in SECRETS[1:] if secret not in head] == []
    login = b64encode(f"anna:{SECRETS[0]}".encode()).decode()
    assert [secret for secret in (*SECRETS, login) if secret in everything] == []
    assert behave is babbles or result.answer.startswith("no! *** ***")
    assert json.loads(server.bodies[0])["version"] == "1.0"
