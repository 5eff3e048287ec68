"""ccxt's own client for Toobit, unmodified: what it reads, the simulator said as the exchange does.

It has no calls for copy trading; what it signs and reads of the account is checked.
"""

import asyncio
import json
import time
from pathlib import Path

import pytest

from alertd.simulators.toobit.simulator import ToobitSimulator
from alertd.simulators.toobit.stage import set_stage
from tests.simulators.peers import python_with

PROGRAM = Path(__file__).parent / "clients" / "ccxt_user.py"
DEADLINE_S = 60
CCXT = python_with("ccxt")
pytestmark = pytest.mark.skipif(CCXT is None, reason="ccxt is not installed: pip install 'alertd[peers]'")


async def ask():
    async with ToobitSimulator() as toobit:
        leader = set_stage(toobit).leader
        good = {"rest": toobit.rest_url, "key": leader.api_key, "secret": leader.api_secret}
        cases = {"good": good, "wrong secret": good | {"secret": "x"}, "unknown key": good | {"key": "x"}}
        process = await asyncio.create_subprocess_exec(
            CCXT,
            str(PROGRAM),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(DEADLINE_S):
                said, complaints = await process.communicate(json.dumps(cases).encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert process.returncode == 0, complaints.decode()
    return json.loads(said)


@pytest.fixture(scope="module")
def told():
    return asyncio.run(ask())


def test_it_is_let_in_and_reads_what_there_is(told):
    good = told["good"]
    assert good["markets"] == ["BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT"]
    assert abs(good["time"] - time.time() * 1000) < DEADLINE_S * 1000
    assert good["balance"]["USDT"]["total"] == 10006
    held = {one["symbol"]: one for one in good["positions"]}
    btc = held["BTC/USDT:USDT"]
    assert (btc["side"], btc["entryPrice"], btc["markPrice"], btc["leverage"]) == (
        "long",
        "90000",
        "90450",
        20,
    )
    assert (btc["contracts"], btc["contractSize"]) == (50, 0.001)
    assert held["ETH/USDT:USDT"]["side"] == "short"


@pytest.mark.parametrize(
    ("case", "error", "code"),
    [("wrong secret", "OperationRejected", "-1022"), ("unknown key", "PermissionDenied", "-2015")],
)
def test_it_is_refused_as_the_exchange_refuses(told, case, error, code):
    assert told[case]["error"] == error
    assert f'"code": {code}' in told[case]["text"]
