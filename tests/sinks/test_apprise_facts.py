"""What alertd relies on in Apprise 2.x. When one of these fails, read it before changing alertd."""

import asyncio
import importlib.util
from typing import Any

import apprise
import pytest
from aiohttp import web
from apprise import apprise as engine
from apprise.plugins.base import NotifyBase
from apprise.result import AppriseResultStatus

from alertd.domain.alert import Severity
from alertd.sinks.apprise_plugin import ApprisePlugin, UnusableUrl
from alertd.sinks.message import Markup, Message
from alertd.sinks.outcome import Cause, Status
from tests.doubles.apprise_rig import SLACK_HOOK_URL, TELEGRAM_URL
from tests.sinks.webhook import Behaviour, Webhook, answer

# Apprise imports a module that Python 3.11 and 3.12 call outdated.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

MESSAGE = Message("title", "body")
NOWHERE = "127.0.0.1:1"  # port 1 is nobody's


def plugin(url: str, timeout_s: float = 2) -> ApprisePlugin:
    return ApprisePlugin(url, timeout_s)


def service(url: str) -> NotifyBase:
    return plugin(url)._service


def test_its_statuses_are_ours() -> None:
    ours = {status.name for status in Status} - {"DEADLINE"}
    known = {name for name in dir(AppriseResultStatus) if name.isupper()}
    assert known == ours


async def test_a_send_runs_on_the_calling_thread() -> None:
    async with Webhook() as hook:
        url = f"json://{hook.address}/"
        attempt = await asyncio.to_thread(plugin(url).send, MESSAGE, Severity.INFO, False)
    assert attempt.status is Status.SUCCESS
    assert engine._shared_executor is None
    assert apprise.AppriseAsset._service_timeout == 60  # else the shared pool would be used


def test_an_optional_service_calls_a_failure_a_success() -> None:
    plain = apprise.Apprise(asset=apprise.AppriseAsset(service_timeout=0))
    plain.add(f"json://{NOWHERE}/?optional=yes")
    assert plain.notify(body="x")
    ours = plugin(f"json://{NOWHERE}/?optional=yes").send(MESSAGE, Severity.INFO, False)
    assert (ours.status, ours.cause) == (Status.FAILURE, Cause.NOT_SENT)


def test_a_url_cannot_bring_back_what_the_outbox_does() -> None:
    loaded = service(f"ntfy://{NOWHERE}/topic?retry=5&overflow=split&cto=60&rto=60&optional=yes&emojis=yes")
    assert NotifyBase.request_rate_per_sec == 5.5
    assert loaded.request_rate_per_sec == 0
    assert (loaded.retry, loaded.optional, loaded.interpret_emojis) == (0, False, False)
    assert loaded.overflow_mode is apprise.OverflowMode.TRUNCATE
    assert loaded.request_timeout == (2, 2)


@pytest.mark.skipif(importlib.util.find_spec("paho") is None, reason="paho-mqtt is missing")
@pytest.mark.parametrize(("options", "qos"), [("", 1), ("?qos=0", 1), ("?qos=2", 2)])
def test_a_broker_is_asked_whether_it_took_the_message(options: str, qos: int) -> None:
    loaded: Any = service(f"mqtt://{NOWHERE}/topic{options}")
    assert loaded.qos == qos
    assert type(loaded).template_args["qos"]["default"] == 0


def test_nothing_is_kept_on_disk() -> None:
    assert service(TELEGRAM_URL).asset.storage_path is None


def test_targets_are_counted() -> None:
    for url in (f"{TELEGRAM_URL}/1002", "ntfy://host/a/b", "mailto://u:p@gmail.com?to=a@b.de,c@d.de"):
        with pytest.raises(UnusableUrl, match="several targets"):
            plugin(url)


async def test_a_redirect_is_not_followed() -> None:
    async with Webhook() as elsewhere, Webhook(answer(302, Location=f"http://{elsewhere.address}/")) as hook:
        send = plugin(f"json://{hook.address}/").send
        attempt = await asyncio.to_thread(send, MESSAGE, Severity.INFO, False)
    assert attempt.status is Status.FAILURE
    assert "error=302" in attempt.texts[0]
    assert elsewhere.messages == []


def test_the_exception_is_still_there_when_the_warning_is_logged() -> None:
    attempt = plugin(f"json://{NOWHERE}/").send(MESSAGE, Severity.INFO, False)
    assert "Connection error" in attempt.texts[0]
    assert attempt.cause is Cause.NOT_SENT


async def test_sends_at_once_on_one_service_hear_only_themselves() -> None:
    """Each of them fails in its own way, all while the others are under way."""
    async with Webhook(answer_as_told()) as hook:
        send = plugin(f"json://{hook.address}/").send
        wanted = [200, 404, 500, 429] * 4
        attempts = await asyncio.gather(
            *(
                asyncio.to_thread(send, Message(str(status), "body"), Severity.INFO, False)
                for status in wanted
            )
        )
    assert len(hook.messages) == len(wanted)
    for status, attempt in zip(wanted, attempts, strict=True):
        assert attempt.status is (Status.SUCCESS if status == 200 else Status.FAILURE)
        assert len(attempt.texts) == (status != 200)
        assert status == 200 or f"error={status}" in attempt.texts[0]


def answer_as_told() -> Behaviour:
    """The status that the title names, once enough of the others have come to be under way as well."""

    async def behave(request: web.Request) -> web.Response:
        status = int((await request.json())["title"])
        await asyncio.sleep(0.05)
        return web.Response(status=status)

    return behave


def test_a_plugin_that_raises_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = plugin(f"json://{NOWHERE}/")

    def broken(**_: object) -> bool:
        raise ConnectionRefusedError("no one there")

    monkeypatch.setattr(ours._service, "send", broken)
    attempt = ours.send(MESSAGE, Severity.INFO, False)
    assert (attempt.status, attempt.cause) == (Status.FAILURE, Cause.NOT_SENT)
    assert attempt.texts == ("the service raised ConnectionRefusedError: no one there",)


def test_a_mail_server_that_cannot_be_reached_has_taken_nothing() -> None:
    attempt = plugin("mailto://u:p@example.org:1?smtp=127.0.0.1&to=a@example.org&mode=insecure").send(
        MESSAGE, Severity.INFO, False
    )
    assert (attempt.status, attempt.cause) == (Status.FAILURE, Cause.NOT_SENT)


def test_an_empty_body_would_be_a_failure_so_there_is_never_one() -> None:
    assert plugin(f"json://{NOWHERE}/").send(Message("", ""), Severity.INFO, False).status is Status.FAILURE


def test_limits_are_known_before_sending() -> None:
    telegram = plugin(TELEGRAM_URL).limits
    assert (telegram.title, telegram.body) == (0, 4096)
    assert telegram.markup is Markup.HTML  # so a text is measured as we have escaped it
    assert telegram.length("😀") == 2
    assert plugin(f"json://{NOWHERE}/").limits.title == 250
    slack = plugin(SLACK_HOOK_URL).limits
    assert (slack.markup, slack.length("<")) == (Markup.PLAIN, len("<"))


@pytest.mark.parametrize(
    ("url", "switch"),
    [
        ("tgram://123456789:AAabcdefghijklmnopqrstuvwxyz012345678/1001", "silent"),
        ("ntfy://topic", "priority"),
        ("pover://uuuuuuuuuuuuuuuuuuuuuuuuuuuuuu@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "priority"),
        ("gotify://host/Atoken123456789", "priority"),
        ("discord://123456789012345678/abcdefghijklmnopqrstuvwxyz", "flags"),
    ],
)
def test_a_hushed_service_has_the_switch_that_is_set(url: str, switch: str) -> None:
    loud, hushed = ApprisePlugin(url, 5.0), ApprisePlugin(url, 5.0, hushed=True)
    assert hasattr(loud._service, switch)
    assert getattr(loud._service, switch) != getattr(hushed._service, switch)
