"""A plain client of the exchange, with signing of its own: nothing shared with simulator or daemon."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
import pytest

from alertd.simulators.okx.limits import Limits
from alertd.simulators.okx.simulator import OkxSimulator

DEADLINE_S = 3.0


def signature(secret, message):
    return base64.b64encode(hmac.new(secret.encode(), message.encode(), hashlib.sha256).digest()).decode()


class StreamClient:
    def __init__(self, ws):
        self.ws = ws

    async def send(self, message):
        await self.ws.send_str(message if isinstance(message, str) else json.dumps(message))

    async def text(self):
        message = await self.ws.receive(DEADLINE_S)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        return message.data

    async def frame(self):
        return json.loads(await self.text())

    async def frames(self, count):
        return [await self.frame() for _ in range(count)]

    async def push(self, channel):
        """The next push of a channel, past everything else."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                frame = await self.frame()
                if "data" in frame and frame["arg"]["channel"] == channel:
                    return frame

    async def request(self, message):
        await self.send(message)
        return await self.frame()

    async def login(self, account, at=None, **overrides):
        timestamp = overrides.get("timestamp", str(int(time.time() if at is None else at)))
        secret = overrides.pop("secret", account.api_secret)
        sign = signature(secret, f"{timestamp}GET/users/self/verify")
        args = {
            "apiKey": account.api_key,
            "passphrase": account.passphrase,
            "timestamp": timestamp,
            "sign": sign,
        }
        return await self.request({"op": "login", "args": [args | overrides]})

    async def subscribe(self, channel, **arg):
        """Sends it and returns the acknowledgement."""
        return await self.request({"op": "subscribe", "args": [{"channel": channel, **arg}]})

    async def no_more(self):
        """Nothing stands before the answer to a ping."""
        await self.send("ping")
        assert await self.text() == "pong"

    async def closed(self):
        """The code and reason of the close frame, past everything else; 1006 if there was none."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                message = await self.ws.receive()
                if message.type is aiohttp.WSMsgType.CLOSE:
                    return message.data, message.extra
                if message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR):
                    return 1006, ""


class RestClient:
    def __init__(self, session, url):
        self.session = session
        self.url = url

    async def call(self, method, path, headers=None, body=""):
        headers = {"Content-Type": "application/json"} | (headers or {})
        async with self.session.request(method, self.url + path, headers=headers, data=body) as answer:
            return answer.status, await answer.text()

    async def get(self, path, account, *, timestamp=None, secret=None, **changes):
        """A signed GET. `changes`: headers by their last word (key, sign ...); None leaves one out."""
        headers = self._signed(account, "GET", path, "", timestamp, secret)
        headers |= {f"OK-ACCESS-{name.upper()}": value for name, value in changes.items()}
        status, text = await self.call(
            "GET", path, {name: one for name, one in headers.items() if one is not None}
        )
        return status, json.loads(text)

    async def act(self, path, account, body, **headers):
        """A signed POST; a `body` that is no text is sent as JSON. `headers` replace what they name."""
        text = body if isinstance(body, str) else json.dumps(body)
        signed = self._signed(account, "POST", path, text)
        status, answer = await self.call("POST", path, signed | headers, text)
        return status, json.loads(answer)

    def _signed(self, account, method, path, body, timestamp=None, secret=None):
        if timestamp is None:
            timestamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:23] + "Z"
        return {
            "OK-ACCESS-KEY": account.api_key,
            "OK-ACCESS-SIGN": signature(secret or account.api_secret, f"{timestamp}{method}{path}{body}"),
            "OK-ACCESS-TIMESTAMP": timestamp,
            "OK-ACCESS-PASSPHRASE": account.passphrase,
        }

    async def post(self, path, **body):
        status, text = await self.call("POST", path, body=json.dumps(body))
        return status, json.loads(text)


class World:
    """Starts simulators and connects clients; everything ends with the test."""

    def __init__(self, stack, session):
        self.stack = stack
        self.session = session

    async def serve(self, limits=None, **options):
        generous = replace(limits or Limits(), connects_per_s=options.pop("connects_per_s", 1000))
        return await self.stack.enter_async_context(OkxSimulator(limits=generous, **options))

    async def connect(self, url, **options):
        ws = await self.session.ws_connect(url, timeout=aiohttp.ClientWSTimeout(ws_close=0.2), **options)
        await self.stack.enter_async_context(ws)
        return StreamClient(ws)

    async def logged_in(self, okx, account=None, service="private"):
        client = await self.connect(okx.private_ws_url.replace("private", service))
        answer = await client.login(account or okx.account())
        assert answer["event"] == "login"
        return client

    async def subscribed(self, okx, channel, *, account=None, service="private", skip=2, **arg):
        """A client past the acknowledgement, the connection count and the first push (`skip` frames more)."""
        client = await self.logged_in(okx, account, service)
        answer = await client.subscribe(channel, **arg)
        assert answer["event"] == "subscribe", answer
        await client.frames(skip)
        return client

    def rest(self, okx):
        return RestClient(self.session, okx.rest_url)


@pytest.fixture
async def world():
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield World(stack, session)


@pytest.fixture
async def okx(world):
    """A simulator with one account."""
    simulator = await world.serve()
    simulator.add_account()
    return simulator


async def until(condition):
    async with asyncio.timeout(DEADLINE_S):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.fixture(name="until")
def until_fixture():
    return until
