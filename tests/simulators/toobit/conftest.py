"""A simulator with its cast, and a client of its own for raw calls."""

import hashlib
import hmac
import json
import time

import aiohttp
import pytest

from alertd.simulators.toobit.simulator import ToobitSimulator
from alertd.simulators.toobit.stage import set_stage

V2 = "/api/v2/copy-trading"


class Raw:
    """Signs as the documentation says, without a line of alertd's."""

    def __init__(self, session, toobit, account):
        self.session, self.toobit, self.account = session, toobit, account

    async def __call__(self, method, path, query="", body=None, **changes):
        at_ms = changes.get("at_ms", int(time.time() * 1000))
        text = "&".join(part for part in (query, f"recvWindow=5000&timestamp={at_ms}") if part)
        text = changes.get("query_text", text)
        payload = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
        payload = changes.get("payload", payload)
        secret = changes.get("secret", self.account.api_secret)
        signed = text.encode() + (payload if changes.get("signs_body", True) else b"")
        signature = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        headers = {"X-BB-APIKEY": changes.get("key", self.account.api_key)}
        if body is not None or changes.get("as_json"):
            headers["Content-Type"] = "application/json"
        url = f"{self.toobit.rest_url}{path}?{text}&signature={signature}"
        async with self.session.request(method, url, data=payload or None, headers=headers) as answer:
            content = await answer.text()
            self.headers = answer.headers
            return answer.status, json.loads(content) if content[:1] in "{[" else content

    async def data(self, path, query=""):
        status, answer = await self("GET", f"{V2}{path}", query)
        assert (status, answer["code"], answer["msg"]) == (200, 200, "success"), answer
        return answer["data"]


@pytest.fixture
async def toobit():
    # One window of weights for the whole test: at the turn of a minute the count would begin anew.
    async with ToobitSimulator(now_s=lambda: 5.0) as simulator:
        simulator.cast = set_stage(simulator)
        yield simulator


@pytest.fixture
async def as_leader(toobit):
    async with aiohttp.ClientSession() as session:
        yield Raw(session, toobit, toobit.cast.leader)


@pytest.fixture
async def as_copier(toobit):
    async with aiohttp.ClientSession() as session:
        yield Raw(session, toobit, toobit.cast.copier)
