"""Each service with each fault, unmodified plugins, real sockets: the store says what happened.

The worker, the store and the sinks are the daemon's own; only the clock stands still between the attempts.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from alertd.domain.notification import Outcome
from alertd.outbox.delivery import SinkWorker
from alertd.outbox.retry import RetryPolicy
from alertd.sinks.choosing import make_sink
from alertd.sinks.settings import SinkSettings
from alertd.store.database import Database
from alertd.telemetry import Counters
from tests.acceptance.house import Hook
from tests.doubles.apprise_rig import (
    SLACK_BOT_URL,
    SLACK_HOOK_URL,
    TELEGRAM_URL,
    Fault,
    Rig,
    lie,
    reset,
    slack_429,
    stall,
    telegram_429,
    telegram_refuses,
)
from tests.doubles.mail_server import HANG_UP, SILENCE, MailServer
from tests.doubles.mqtt_broker import MqttBroker
from tests.outbox.scripted import FrozenClock, running
from tests.sinks.samples import BERLIN
from tests.store.samples import make_alert, to, told

# Apprise imports a module that Python 3.11 and 3.12 call outdated.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

needs_mqtt = pytest.mark.skipif(importlib.util.find_spec("paho") is None, reason="paho-mqtt is missing")

SECRETS = (
    "AAabcdefghijklmnopqrstuvwxyz012345678",
    "TIiajkdnlazkcOXrIdevi7FQ",
    "4ddbc191d40ee098cbaae6f3523ada2d",
    "planted-Mail1",
)


@dataclass
class Service:
    """A double: where it is, what has arrived there as texts, and how it is healed."""

    url: str
    arrived: Callable[[], list[str]]
    heal: Callable[[], None]
    double: Any = None


Enter = Callable[[AsyncExitStack, pytest.MonkeyPatch], Any]


async def _rig(stack: AsyncExitStack, monkeypatch: pytest.MonkeyPatch, url: str, *faults: Fault) -> Service:
    rig = await stack.enter_async_context(Rig())
    for name, value in rig.env.items():
        monkeypatch.setenv(name, value)
    rig.world.script = list(faults)
    return Service(
        url, lambda: [json.dumps(one.body) for one in rig.world.delivered], rig.world.script.clear, rig
    )


def telegram(*faults: Fault) -> Enter:
    return lambda stack, patch: _rig(stack, patch, TELEGRAM_URL, *faults)


def slack_hook(*faults: Fault) -> Enter:
    return lambda stack, patch: _rig(stack, patch, SLACK_HOOK_URL, *faults)


def slack_bot(*faults: Fault) -> Enter:
    return lambda stack, patch: _rig(stack, patch, SLACK_BOT_URL, *faults)


def mail(**answers: str) -> Enter:
    async def enter(stack: AsyncExitStack, _patch: pytest.MonkeyPatch) -> Service:
        server = await stack.enter_async_context(MailServer())
        server.accepts_then = answers.pop("accepts_then", "")
        server.answers = answers

        def heal() -> None:
            server.answers, server.accepts_then = {}, ""

        return Service(server.url, lambda: [str(one) for one in server.delivered], heal, server)

    return enter


def mqtt(**faults: Any) -> Enter:
    async def enter(stack: AsyncExitStack, _patch: pytest.MonkeyPatch) -> Service:
        broker = await stack.enter_async_context(MqttBroker())
        for name, value in faults.items():
            setattr(broker, name, value)

        def heal() -> None:
            broker.refuses, broker.is_silent, broker.hangs_up = 0, False, False

        return Service(broker.url, lambda: broker.delivered, heal, broker)

    return enter


def web_hook(scheme: str, **faults: Any) -> Enter:
    """`json` natively, `jsonapprise` through Apprise, or `ntfy`."""

    async def enter(stack: AsyncExitStack, _patch: pytest.MonkeyPatch) -> Service:
        hook = await stack.enter_async_context(Hook())
        for name, value in faults.items():
            setattr(hook, name, value)

        def heal() -> None:
            hook.status, hook.hangs, hook.answer_after_s = 200, False, []

        url = f"{scheme}://127.0.0.1:{hook.port}/alerts"
        return Service(url, lambda: [json.dumps(one) for one in hook.messages], heal, hook)

    return enter


@dataclass
class House:
    """A store with one delivery, and the worker of one sink."""

    database: Database
    worker: SinkWorker
    clock: FrozenClock
    outcomes: list[Outcome] = field(default_factory=list)

    async def states(self) -> dict[str, int]:
        counts = await self.database.counts()
        return {k.removeprefix("deliveries_"): n for k, n in counts.items() if n and k != "alerts_open"}

    async def after_attempt(self, number: int) -> str:
        """The delivery's state in the store once that many attempts were made."""
        async with asyncio.timeout(30):
            while len(self.outcomes) < number:
                await asyncio.sleep(0.005)
        assert await self.worker.drain(10)
        (state,) = await self.states()
        return state


@asynccontextmanager
async def house(folder: Path, url: str, number: int = 1, **values: Any) -> AsyncIterator[House]:
    database = await Database.open(f"sqlite:///{folder / 'alertd.db'}")
    await database.load()
    settings = SinkSettings.model_validate({"url": url, "timeout_s": 1, **values})
    clock, outcomes = FrozenClock(), list[Outcome]()
    worker = SinkWorker(
        make_sink("phone", settings, "en", BERLIN, facts=database),
        database,
        clock,
        RetryPolicy(),
        None,
        lambda _: None,
        Counters(),
        attempted=lambda _sink, outcome, _at: outcomes.append(outcome),
    )
    alert = make_alert(number)
    await database.commit([alert], [(told(alert), to("phone"))], clock.now())
    async with running(worker):
        yield House(database, worker, clock, outcomes)
    await database.close()


# What the service does, what it has of the message then, and what the store must say.
TABLE: list[tuple[str, Enter, int, str]] = [
    ("telegram: takes it", telegram(), 1, "sent"),
    ("telegram: too many", telegram(telegram_429(7)), 0, "queued"),
    ("telegram: broken", telegram(telegram_refuses(502, "Bad Gateway")), 0, "queued"),
    ("telegram: gateway timeout", telegram(telegram_refuses(504, "Gateway Timeout")), 0, "unknown"),
    ("telegram: no such chat", telegram(telegram_refuses(400, "Bad Request: chat not found")), 0, "dead"),
    (
        "telegram: bot blocked",
        telegram(telegram_refuses(403, "Forbidden: bot was blocked by the user")),
        0,
        "dead",
    ),
    ("telegram: token revoked", telegram(telegram_refuses(401, "Unauthorized")), 0, "dead"),
    ("telegram: takes it, silent", telegram(stall(5)), 1, "unknown"),
    ("telegram: silent", telegram(stall(5, deliver=False)), 0, "unknown"),
    ("telegram: takes it, hangs up", telegram(reset()), 1, "unknown"),
    (
        "telegram: refuses the markup",
        telegram(telegram_refuses(400, "Bad Request: can't parse entities")),
        1,
        "sent",
    ),
    ("telegram: lies", telegram(lie()), 0, "queued"),
    ("slack hook: takes it", slack_hook(), 1, "sent"),
    ("slack hook: too many", slack_hook(slack_429(2)), 0, "queued"),
    ("slack hook: lies", slack_hook(lie()), 0, "queued"),
    ("slack hook: takes it, silent", slack_hook(stall(5)), 1, "unknown"),
    ("slack hook: takes it, hangs up", slack_hook(reset()), 1, "unknown"),
    ("slack hook: gone", slack_hook(telegram_refuses(404, "no_service")), 0, "dead"),
    ("slack hook: quotes the token", slack_hook(telegram_refuses(403, f"invalid {SECRETS[1]}")), 0, "dead"),
    ("slack bot: takes it", slack_bot(), 1, "sent"),
    ("slack bot: lies", slack_bot(lie()), 0, "queued"),
    ("slack bot: not in the channel", slack_bot(lie("not_in_channel")), 0, "dead"),
    ("slack bot: too many", slack_bot(slack_429(2)), 0, "queued"),
    ("mail: takes it", mail(), 1, "sent"),
    ("mail: no such mailbox", mail(RCPT="550 5.1.1 no such user"), 0, "dead"),
    ("mail: greylisted", mail(RCPT="450 4.2.0 greylisted"), 0, "queued"),
    ("mail: text refused", mail(END="554 5.7.1 spam"), 0, "dead"),
    ("mail: busy after the text", mail(END="451 4.3.0 try later"), 0, "queued"),
    ("mail: wrong password", mail(AUTH="535 5.7.8 no"), 0, "dead"),
    ("mail: busy", mail(GREETING="421 4.3.2 busy"), 0, "queued"),
    ("mail: hangs up at once", mail(GREETING=HANG_UP), 0, "queued"),
    ("mail: takes it, silent", mail(accepts_then=SILENCE), 1, "unknown"),
    ("mail: takes it, hangs up", mail(accepts_then=HANG_UP), 1, "unknown"),
    ("mail: silent", mail(END=SILENCE), 0, "unknown"),
    *[
        row
        for scheme in ("json", "ntfy")
        for row in (
            (f"{scheme}: takes it", web_hook(scheme), 1, "sent"),
            (f"{scheme}: too many", web_hook(scheme, status=429), 0, "queued"),
            (f"{scheme}: broken", web_hook(scheme, status=500), 0, "queued"),
            (f"{scheme}: gateway timeout", web_hook(scheme, status=504), 0, "unknown"),
            (f"{scheme}: forbidden", web_hook(scheme, status=403), 0, "dead"),
            (f"{scheme}: silent", web_hook(scheme, hangs=True), 0, "unknown"),
            (f"{scheme}: takes it, silent", web_hook(scheme, answer_after_s=[5.0]), 1, "unknown"),
        )
    ],
]
MQTT_TABLE: list[tuple[str, Enter, int, str]] = [
    ("mqtt: takes it", mqtt(), 1, "sent"),
    ("mqtt: refuses the login", mqtt(refuses=5), 0, "unknown"),
    ("mqtt: takes it, silent", mqtt(is_silent=True), 1, "unknown"),
    ("mqtt: hangs up", mqtt(hangs_up=True), 0, "unknown"),
]
ROWS = [
    *(pytest.param(*row[1:], id=row[0]) for row in TABLE),
    *(pytest.param(*row[1:], id=row[0], marks=needs_mqtt) for row in MQTT_TABLE),
]


@pytest.mark.parametrize(("enter", "arrives", "state"), ROWS)
async def test_the_store_says_what_happened(
    enter: Enter,
    arrives: int,
    state: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with AsyncExitStack() as stack:
        service: Service = await enter(stack, monkeypatch)
        async with house(tmp_path, service.url) as home:
            assert await home.after_attempt(1) == state
            assert len(service.arrived()) == arrives
            if state in ("queued", "unknown"):  # an hour later all is well there
                service.heal()
                home.clock.forward(3600)
                home.worker.wake()
                assert await home.after_attempt(2) == "sent"
                texts = service.arrived()
                assert len(texts) == arrives + 1
                assert ("Possible duplicate" in texts[-1]) is (state == "unknown")
                assert "Possible duplicate" not in "".join(texts[:-1])
    said = capfd.readouterr()
    everything = (tmp_path / "alertd.db").read_bytes().decode("latin-1") + caplog.text + said.out + said.err
    assert [secret for secret in SECRETS if secret in everything] == []


async def test_a_group_that_became_a_supergroup_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AsyncExitStack() as stack:
        service: Service = await telegram()(stack, monkeypatch)
        world = service.double.world
        world.moved = {1001: -1001234567890}
        async with house(tmp_path, service.url) as home:
            assert await home.after_attempt(1) == "sent"
            (first,) = world.delivered
            assert first.body["chat_id"] == -1001234567890
            assert "This group has a new id: write -1001234567890 instead of 1001" in first.text
            assert "sinks.phone.url" in first.text
            asked = [request.method for request in world.requests]
            assert asked == ["sendMessage", "sendMessage"]
            alert = make_alert(2)
            await home.database.commit([alert], [(told(alert), to("phone"))], home.clock.now())
            home.worker.wake()
            assert await home.after_attempt(2) == "sent"
        assert [one.body["chat_id"] for one in world.delivered] == [-1001234567890] * 2
        assert "new id" not in world.delivered[1].text
        assert len(world.requests) == 3  # from then on straight to the new one
        async with house(tmp_path, service.url, number=3) as home:  # after a restart, too
            assert await home.after_attempt(1) == "sent"
        assert len(world.requests) == 4
        assert world.delivered[-1].body["chat_id"] == -1001234567890
        other = service.url.replace("/1001", "/2002")
        async with house(tmp_path, other, number=4) as home:  # what the configuration says now counts
            assert await home.after_attempt(1) == "sent"
        assert world.delivered[-1].body["chat_id"] == 2002


async def test_a_move_that_telegram_does_not_name_is_a_dead_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "Bad Request: group chat was upgraded to a supergroup chat"
    async with AsyncExitStack() as stack:
        service: Service = await telegram(telegram_refuses(400, words))(stack, monkeypatch)
        async with house(tmp_path, service.url) as home:
            assert await home.after_attempt(1) == "dead"
            assert service.arrived() == []


@pytest.mark.parametrize(
    ("enter", "waits_s"),
    [
        (telegram(telegram_429(90)), 90),
        (slack_hook(slack_429(90)), 90),
        (slack_bot(slack_429(90)), 90),
        (web_hook("json", status=429), 30),
    ],
    ids=["telegram", "slack hook", "slack bot", "json"],
)
async def test_a_service_that_asks_for_peace_gets_it(
    enter: Enter, waits_s: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AsyncExitStack() as stack:
        service: Service = await enter(stack, monkeypatch)
        async with house(tmp_path, service.url) as home:
            assert await home.after_attempt(1) == "queued"
            service.heal()
            home.clock.forward(waits_s - 1)
            home.worker.wake()
            assert await home.worker.drain(10)
            assert len(home.outcomes) == 1
            home.clock.forward(waits_s + 60)
            home.worker.wake()
            assert await home.after_attempt(2) == "sent"
