"""Secrets are planted and everything that leaves the process is searched for them.

Output at its most talkative, every file of the state folder, `/metrics`, and what people are sent; through
start, indiscreet frames, failing sinks, a refused login that quotes the request, and `check`.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp import web

from tests.acceptance.house import Hook, files_of, stored, until
from tests.doubles.daemon import Daemon
from tests.doubles.okx_like import CONN_ID, UID, OkxLike

KEY = "planted-key-7Hq2vT"
SECRET = "PLANTED1SECRET2Zx81"
PASSPHRASE = 'plantéd "päss\\phrase/9'
SINK_USER, SINK_PASSWORD, SINK_TOKEN, SINK_HEADER = (
    "plantuser7",
    "plantpw77Q",
    "plantTokenA1B2C3",
    "plantHeader9Z",
)
PLAIN = (KEY, SECRET, PASSPHRASE, SINK_PASSWORD, SINK_TOKEN, SINK_HEADER)


def needles() -> set[bytes]:
    """Each secret as it may stand in a text, a JSON text, a URL, or a header."""
    forms = set()
    for secret in PLAIN:
        forms |= {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
        forms |= {quote(secret), quote(secret, safe=""), base64.b64encode(secret.encode()).decode()}
    forms.add(base64.b64encode(f"{SINK_USER}:{SINK_PASSWORD}".encode()).decode())
    return {form.encode() for form in forms}


def found_in(data: bytes) -> list[bytes]:
    return sorted(needle for needle in needles() if needle in data)


class Indiscreet(OkxLike):
    """Takes any login, or refuses it and quotes what it was sent."""

    quotes: str | None = None

    async def _login(self, ws: web.WebSocketResponse, args: list[dict[str, str]]) -> bool:
        self.logins += 1
        if self.quotes is None:
            await ws.send_json({"event": "login", "code": "0", "msg": "", "connId": CONN_ID})
            return True
        message = self.quotes.format(request=json.dumps({"op": "login", "args": args}), **args[0])
        await ws.send_json({"event": "error", "code": "60005", "msg": message, "connId": CONN_ID})
        return False


def folder_with_configuration(tmp_path: Path, server: OkxLike, log_format: str) -> Path:
    (tmp_path / "alertd.toml").write_text(
        f"""
        [log]
        level = "debug"
        format = "{log_format}"
        [web]
        port = 0
        [accounts.main]
        exchange = "okx"
        role = "lead"
        private_ws_url = "{server.url("private")}"
        business_ws_url = "{server.url("business")}"
        rest_url = "{server.rest_url}"
        [sinks.hook]
        """
    )
    return tmp_path / "alertd.toml"


def environment(hook: Hook) -> dict[str, str]:
    url = f"json://{SINK_USER}:{SINK_PASSWORD}@127.0.0.1:{hook.port}/{SINK_TOKEN}?+X-Token={SINK_HEADER}"
    return {
        "ALERTD_ACCOUNTS__MAIN__API_KEY": KEY,
        "ALERTD_ACCOUNTS__MAIN__API_SECRET": SECRET,
        "ALERTD_ACCOUNTS__MAIN__PASSPHRASE": PASSPHRASE,
        "ALERTD_SINKS__HOOK__URL": url,
    }


def indiscreet_frames() -> list[str | bytes]:
    """Pushes, errors and garbage that hold secrets, some of them where a long frame is cut."""
    warning: dict[str, Any] = {
        "arg": {"channel": "liquidation-warning", "instType": "SWAP", "uid": UID},
        "data": [{"instId": "ETH-USDT-SWAP", "mgnMode": "isolated", "posSide": "long", "extra": list(PLAIN)}],
    }
    unreadable = json.loads(json.dumps(warning))
    unreadable["data"][0] |= {"instId": "SOL-USDT-SWAP", "mgnRatio": []}
    lead = {
        "arg": {"channel": "copytrading-lead-notification", "instType": "SWAP", "uid": UID},
        "data": [{"infoType": "1", "uniqueCode": "3AF72F63E3EAD701", "note": list(PLAIN)}],
    }
    echo = json.dumps({"op": "login", "args": [{"apiKey": KEY, "passphrase": PASSPHRASE, "sign": "x"}]})
    frames: list[str | bytes] = [
        json.dumps(warning),
        json.dumps(unreadable, ensure_ascii=False),
        json.dumps(lead),
        json.dumps({"event": "error", "code": "60012", "msg": f"Invalid request: {echo}"}),
        json.dumps({"event": "notice", "code": "65000", "msg": " ".join(PLAIN)}),
        json.dumps({"arg": {"channel": "positions", "instType": "ANY"}, "data": {"secrets": list(PLAIN)}}),
        "{" + " ".join(PLAIN),
        ("{" + " ".join(PLAIN)).encode(),
        *(json.dumps({"arg": {"channel": "account"}, "data": [{"mgnRatio": secret}]}) for secret in PLAIN),
    ]
    for secret in PLAIN:
        # Half of it before, half of it behind the end of what is kept.
        frames.append("{" + "x" * (64 * 1024 - 1 - len(secret.encode()) // 2) + secret)
    return frames


@pytest.mark.parametrize("log_format", ["json", "console"])
async def test_no_secret_leaves_the_process(tmp_path: Path, log_format: str) -> None:
    async with Indiscreet() as server, Hook() as hook:
        config, env = folder_with_configuration(tmp_path, server, log_format), environment(hook)
        async with Daemon(config, env) as daemon:
            ready = await daemon.wait_for_output(r"web\W+(http://127\.0\.0\.1:\d+)")
            await until(server.subscribed_enough.is_set)
            await daemon.wait_for_output("ready")
            frames = indiscreet_frames()
            for frame in frames:
                service = "business" if isinstance(frame, str) and "copytrading" in frame else "private"
                socket = server.sockets[service]
                await (socket.send_str(frame) if isinstance(frame, str) else socket.send_bytes(frame))
            await until(lambda: hook.about("ETH-USDT-SWAP") and hook.about("SOL-USDT-SWAP"))
            hook.status = 500
            await server.push_warning("XRP-USDT-SWAP")
            await until(lambda: len(hook.taken) > len(hook.messages))
            hook.status = 404
            await server.push_warning("BNB-USDT-SWAP")
            await daemon.wait_for_output("delivery dead")
            async with aiohttp.ClientSession() as session, session.get(f"{ready[1]}/metrics") as answer:
                metrics = await answer.read()
            assert b"frames_unreadable_total" in metrics
            server.quotes = "Invalid request: {request}"
            await server.sockets["private"].close()
            await daemon.wait_for_output("account parked")
            # The warning, the notification, the error and the notice can be read.
            await until(lambda: count_kept(tmp_path) >= len(frames) - 5)
            await daemon.kill()  # so that nothing is tidied up
            first_output = daemon.output.encode()

            server.quotes = "the key {apiKey} with {passphrase} is not valid"
            hook.status = 200
            await daemon.start()
            await daemon.wait_for_output("account parked")
            await until(lambda: hook.about("60005"), lambda: hook.titles)
            assert await daemon.terminate() == 0
        sent = json.dumps(list(hook.taken), ensure_ascii=False).encode()
        for what, data in (
            ("first output", first_output),
            ("second output", daemon.output.encode()),
            ("metrics", metrics),
            ("messages", sent),
        ):
            assert found_in(data) == [], what
        searched = [path.name for path, _ in files_of(tmp_path)]
        assert "alertd.db" in searched
        for path, data in files_of(tmp_path):
            assert found_in(data) == [], path
        check_every_cell(tmp_path)


def count_kept(folder: Path) -> int:
    return len(stored(folder, "select 1 from kept_frames"))


def check_every_cell(folder: Path) -> None:
    """Also what stands in the store in another form: the raw frames of alerts as base64."""
    tables = [name for (name,) in stored(folder, "select name from sqlite_master where type = 'table'")]
    kept = stored(folder, "select frame from kept_frames")
    raws = [
        base64.b64decode(json.loads(body)["event"].get("raw", ""))
        for (body,) in stored(folder, "select body from alerts")
    ]
    rows = [row for name in tables for row in stored(folder, f'select * from "{name}"')]
    assert any(b"***" in frame for (frame,) in kept)
    assert any(b"***" in raw for raw in raws)
    for data in (*raws, *(frame for (frame,) in kept), *(repr(row).encode() for row in rows)):
        assert found_in(data) == []
    for (frame,) in kept:
        # Nor the first half of one, where a long frame was cut.
        assert not any(secret.encode()[: len(secret) // 2] in frame[-40:] for secret in PLAIN), frame[-40:]


@pytest.mark.parametrize("arguments", [("check",), ("check", "--json")])
@pytest.mark.parametrize(
    "slip", ["", "[accounts.main.instrument]\ninst_type = 'SWAP'", "[sinks.hok]\nurll = 'x'"]
)
async def test_no_secret_is_shown_by_check(tmp_path: Path, arguments: tuple[str, ...], slip: str) -> None:
    async with OkxLike() as server, Hook() as hook:
        config = folder_with_configuration(tmp_path, server, "auto")
        config.write_text(f"{config.read_text()}\n{slip}\n")
        done = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "alertd", *arguments, "--config", str(config),
            env=Daemon(config, environment(hook)).env,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await done.communicate()
        assert done.returncode == (2 if slip else 0), output.decode()
        assert output
        assert found_in(output) == []
