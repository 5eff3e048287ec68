"""Telegram and Slack as Apprise really sends them, through the rig, in a process of its own."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.doubles.apprise_rig import (
    SLACK_BOT_URL,
    SLACK_HOOK_URL,
    TELEGRAM_URL,
    Rig,
    reset,
    slack_429,
    stall,
    telegram_429,
    telegram_refuses,
)

TOKENS = (
    "AAabcdefghijklmnopqrstuvwxyz012345678",
    "TIiajkdnlazkcOXrIdevi7FQ",
    "4ddbc191d40ee098cbaae6f3523ada2d",
)


@dataclass
class Sent:
    results: list[dict[str, Any]]
    output: str
    took_s: float

    @property
    def outcomes(self) -> list[str]:
        return [result["outcome"] for result in self.results]


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with Rig() as running:
        yield running


async def send(rig: Rig, url: str, **options: Any) -> Sent:
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.sinks.send_child", url, json.dumps(options)),
        env={**os.environ, **rig.env},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    results = [json.loads(line) for line in out.decode().splitlines() if line.startswith("{")]
    sent = Sent(results, out.decode() + err.decode(), time.monotonic() - began)
    assert results, sent.output
    assert [token for token in TOKENS if token in sent.output] == []
    assert rig.refused == []
    return sent


@pytest.mark.parametrize(
    "url", [TELEGRAM_URL, SLACK_HOOK_URL, SLACK_BOT_URL], ids=["telegram", "hook", "bot"]
)
async def test_it_delivers(rig: Rig, url: str) -> None:
    sent = await send(rig, url)
    assert sent.outcomes == ["sent"]
    assert len(rig.world.delivered) == len(rig.world.requests) == 1
    assert "BTC-USDT-SWAP long is still close to liquidation." in json.dumps(rig.world.delivered[0].body)


async def test_a_canary_comes_without_a_sound_and_nothing_else_does(rig: Rig) -> None:
    assert (await send(rig, TELEGRAM_URL, canary=True)).outcomes == ["sent"]
    assert (await send(rig, TELEGRAM_URL)).outcomes == ["sent"]
    assert [one.body["disable_notification"] for one in rig.world.delivered] == [True, False]
    assert "alertd is awake" in rig.world.delivered[0].text


async def test_what_looks_like_markup_arrives_as_text(rig: Rig) -> None:
    sent = await send(rig, TELEGRAM_URL, instrument="B <1> & _2_")
    assert sent.outcomes == ["sent"]
    assert "B &lt;1&gt; &amp; _2_" in rig.world.delivered[0].text
    assert rig.world.delivered[0].body["parse_mode"] == "HTML"


async def test_a_message_too_long_for_telegram_is_shortened_to_one(rig: Rig) -> None:
    sent = await send(rig, TELEGRAM_URL, instrument="<&" * 30, also=10)
    assert sent.outcomes == ["sent"]
    assert len(rig.world.requests) == 1
    text = rig.world.delivered[0].text
    assert 2000 < len(text) <= 4096
    assert "What to do:" in text
    assert text.endswith("...")


@pytest.mark.parametrize(
    "words", ["Bad Request: can't parse entities: x", "Bad Request: message is too long"]
)
async def test_a_refused_text_goes_out_plainer(rig: Rig, words: str) -> None:
    rig.world.script = [telegram_refuses(400, words)]
    sent = await send(rig, TELEGRAM_URL, instrument="<_x_>")
    assert sent.outcomes == ["sent"]
    assert "&lt;" in rig.world.requests[0].text
    assert "&lt;" not in rig.world.delivered[0].text


async def test_too_many_requests_waits_as_long_as_the_service_says(rig: Rig) -> None:
    rig.world.script = [telegram_429(7)]
    telegram = await send(rig, TELEGRAM_URL)
    rig.world.script = [slack_429(7)]
    slack = await send(rig, SLACK_HOOK_URL)
    waits = [(sent.outcomes[0], sent.results[0]["retry_after_s"]) for sent in (telegram, slack)]
    assert waits == [("transient", 7.0), ("transient", 7.0)]
    assert len(rig.world.requests) == 2


async def test_a_chat_that_is_gone_is_permanent(rig: Rig) -> None:
    gone = [
        "Bad Request: chat not found",
        "Forbidden: bot was blocked by the user",
        "Forbidden: bot was kicked",
    ]
    rig.world.script = [telegram_refuses(400 + 3 * (i > 0), words) for i, words in enumerate(gone)]
    sent = await send(rig, TELEGRAM_URL, count=4)
    assert sent.outcomes == ["permanent", "permanent", "permanent", "sent"]
    assert "chat not found" in sent.results[0]["detail"]


async def test_a_cut_connection_is_unknown(rig: Rig) -> None:
    rig.world.script = [reset()]
    assert (await send(rig, TELEGRAM_URL)).outcomes == ["unknown"]


async def test_a_late_answer_is_unknown_though_it_arrived_and_the_process_ends_at_once(rig: Rig) -> None:
    rig.world.script = [stall(30)]
    sent = await send(rig, TELEGRAM_URL, timeout_s=1)
    assert sent.outcomes == ["unknown"]
    assert len(rig.world.delivered) == 1
    assert sent.took_s < 20


async def test_the_rig_lets_nothing_leave_the_machine(rig: Rig) -> None:
    with pytest.raises(AssertionError, match="discord"):
        await send(
            rig, "discord://123456789012345678/abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz123456/"
        )
    assert rig.refused == ["discord.com"]
    assert rig.world.requests == []


async def test_a_proxy_that_refuses_has_not_delivered(rig: Rig) -> None:
    env = {**os.environ, **rig.env}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.sinks.send_child", "jsons://hooks.example.invalid/x"),
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert json.loads(out.splitlines()[-1])["outcome"] == "transient"
    assert rig.refused == ["hooks.example.invalid"]
