"""The sink on real sockets: every outcome, and no sink that holds up another."""

import asyncio
import logging
import socket
import time
from typing import Any

import pytest

from alertd.domain.notification import Delivery, Outcome, Reason, SendResult
from alertd.sinks.apprise_sink import MOST_LOST, AppriseSink, validate
from alertd.sinks.settings import SinkSettings
from tests.doubles.apprise_rig import SLACK_BOT_URL, SLACK_HOOK_URL, TELEGRAM_URL
from tests.sinks.samples import BERLIN, T, delivery, ratio_alert
from tests.sinks.webhook import Behaviour, Webhook, answer, drip, hang, reset

# Apprise imports a module that Python 3.11 and 3.12 call outdated.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

SECRETS = ("planted-Pass1", "planted-Path2", "planted-Head3")


def settings_of(url: str, **values: Any) -> SinkSettings:
    return SinkSettings.model_validate({"url": url, **values})


def sink_to(address: str, **values: Any) -> AppriseSink:
    url = f"json://anna:{SECRETS[0]}@{address}/{SECRETS[1]}?+X-Token={SECRETS[2]}"
    return AppriseSink("phone", settings_of(url, **values), "en", BERLIN)


def a_delivery(reason: Reason = Reason.NEW) -> Delivery:
    return delivery(ratio_alert(), reason)


async def sent_to(behave: Behaviour, **values: Any) -> tuple[SendResult, list[dict[str, Any]]]:
    async with Webhook(behave) as hook:
        return await sink_to(hook.address, **values).send([a_delivery()], T), hook.messages


def unused_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


async def test_it_delivers() -> None:
    result, messages = await sent_to(answer(200))
    assert result == SendResult(Outcome.SENT, "HTTP 200 OK")
    assert [message["title"] for message in messages] == ["CRITICAL BTC-USDT-SWAP long: ratio 180 %, main"]
    assert messages[0]["message"].startswith(
        "BTC-USDT-SWAP long is close to liquidation.\nAccount: main (OKX)"
    )
    assert messages[0]["type"] == "failure"


async def test_good_news_looks_like_good_news() -> None:
    async with Webhook() as hook:
        await sink_to(hook.address).send([a_delivery(Reason.RECOVERED)], T)
    assert hook.messages[0]["type"] == "success"


async def test_the_sinks_own_language_and_zone_win() -> None:
    async with Webhook() as hook:
        sink = sink_to(hook.address, language="zh", timezone="Asia/Shanghai")
        await sink.send([a_delivery()], T)
    assert hook.messages[0]["title"].startswith("严重 ")
    assert "(CST, Asia/Shanghai)" in hook.messages[0]["message"]


@pytest.mark.parametrize(
    ("behave", "outcome"),
    [
        (answer(500), Outcome.TRANSIENT),
        (answer(503), Outcome.TRANSIENT),
        (answer(404), Outcome.PERMANENT),
        (answer(401), Outcome.PERMANENT),
        (answer(429), Outcome.TRANSIENT),
        (reset(), Outcome.UNKNOWN),
    ],
    ids=["500", "503", "404", "401", "429", "reset"],
)
async def test_outcomes(behave: Behaviour, outcome: Outcome) -> None:
    result, messages = await sent_to(behave)
    assert result.outcome is outcome
    assert len(messages) == 1
    assert result.detail


async def test_a_refused_connection_is_known_not_to_have_delivered() -> None:
    result = await sink_to(unused_address()).send([a_delivery()], T)
    assert result.outcome is Outcome.TRANSIENT
    assert "onnection error" in result.detail


async def test_a_host_that_does_not_exist_is_known_not_to_have_delivered() -> None:
    sink = AppriseSink("phone", settings_of("json://nowhere.invalid/x"), "en", BERLIN)
    assert (await sink.send([a_delivery()], T)).outcome is Outcome.TRANSIENT


async def test_a_hung_sink_is_unknown_and_holds_up_no_other() -> None:
    async with Webhook(hang()) as dead, Webhook() as alive, asyncio.TaskGroup() as tasks:
        hung = sink_to(dead.address, timeout_s=1)
        sending = [tasks.create_task(hung.send([a_delivery()], T)) for _ in range(3)]
        other = sink_to(alive.address)
        began = time.monotonic()
        for _ in range(3):
            assert (await other.send([a_delivery()], T)).outcome is Outcome.SENT
        took_s = time.monotonic() - began
        assert not any(send.done() for send in sending)
        results = [await send for send in sending]
    assert {result.outcome for result in results} == {Outcome.UNKNOWN}
    assert took_s < 1
    assert hung.lost_sends == 0  # the socket's own timeout ended them


async def test_a_send_that_never_ends_is_given_up_counted_and_capped() -> None:
    async with Webhook(drip()) as hook:
        sink = sink_to(hook.address, timeout_s=1)
        results = await asyncio.gather(*(sink.send([a_delivery()], T) for _ in range(MOST_LOST)))
        assert {(result.outcome, result.detail) for result in results} == {
            (Outcome.UNKNOWN, "no answer within 1 s")
        }
        assert sink.lost_sends == MOST_LOST
        sick = await sink.send([a_delivery()], T)
        assert (sick.outcome, sick.detail) == (Outcome.TRANSIENT, "sick: 8 sends hang; not tried")
        assert len(hook.messages) == MOST_LOST
        began = time.monotonic()
        await sink.close()
        assert time.monotonic() - began < 1


async def test_no_secret_in_any_word_it_says(caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    caplog.set_level(logging.DEBUG)
    said = []
    for behave in (
        answer(200),
        answer(500),
        answer(404),
        answer(302, Location="http://127.0.0.1:1/"),
        reset(),
    ):
        said.append((await sent_to(behave))[0].detail)
    said.append((await sink_to(unused_address()).send([a_delivery()], T)).detail)
    output = capfd.readouterr()
    everything = "\n".join([*said, caplog.text, output.out, output.err])
    assert "error=404" in everything
    assert [secret for secret in SECRETS if secret in everything] == []


async def test_a_url_that_cannot_work_is_permanent() -> None:
    sink = AppriseSink("phone", settings_of("tgramm://123456789:planted-Token4/1"), "en", BERLIN)
    result = await sink.send([a_delivery()], T)
    assert result.outcome is Outcome.PERMANENT
    assert result.detail == 'sinks.phone.url: the scheme "tgramm" is unknown, did you mean "tgram"?'


@pytest.mark.parametrize(
    "url",
    [
        TELEGRAM_URL,
        SLACK_HOOK_URL,
        SLACK_BOT_URL,
        "json://127.0.0.1/x",
        "ntfy://topic",
        "mailto://u:p@gmail.com",
    ],
)
def test_one_target_is_accepted(url: str) -> None:
    assert validate("phone", settings_of(url)) is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"{TELEGRAM_URL}/1002", "names several targets; a sink has exactly one"),
        (f"{SLACK_HOOK_URL}/#more", "names several targets"),
        ("mailto://u:p@gmail.com?to=a@example.org,b@example.org", "names several targets"),
        ("json://a/b json://c/d", "holds several URLs; give each a sink of its own"),
        (TELEGRAM_URL.removesuffix("/1001"), "names no chat; write tgram://TOKEN/CHAT"),
        ("tgramm://123456789:x/1", 'the scheme "tgramm" is unknown, did you mean "tgram"?'),
        ("https://example.org/hook", 'write "jsons://HOST/PATH"'),
        ("planted-Token5", "is no URL"),
        ("tgram://planted-Token6/1001", "a part is missing or malformed; the form is tgram://"),
        ("discord://planted-Token7", "the form is discord://WEBHOOK_ID/WEBHOOK_TOKEN"),
        (
            "twilio://planted-Sid8:planted-Auth8@from",
            "the form is twilio://ACCOUNT_SID:AUTH_TOKEN@FROM_PHONE or",
        ),
        ("json://", "a part is missing"),
    ],
)
def test_what_validate_refuses_and_the_cure(url: str, words: str) -> None:
    problem = validate("phone", settings_of(url))
    assert problem is not None
    assert problem.startswith("sinks.phone.url: ")
    assert words in problem
    assert "planted" not in problem
