"""Clients that others wrote, unmodified, over TLS: what they read, the simulator said as the exchange does.

One process per library, with the throw-away authority in its environment; all its clients run at once.
"""

import asyncio
import json
import os
import ssl
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.limits import Limits
from alertd.simulators.okx.simulator import OkxSimulator
from tests.simulators.peers import python_with

CLIENTS = Path(__file__).parent / "clients"
BTC = "BTC-USDT-SWAP"
PRIVATE = [
    {"channel": "account"},
    {"channel": "positions", "instType": "ANY"},
    {"channel": "balance_and_position"},
    {"channel": "liquidation-warning", "instType": "ANY"},
]
BUSINESS = [{"channel": "copytrading-lead-notification", "instType": "SWAP"}]
LIMITS = replace(Limits(), connects_per_s=1000, regular_push_s=0.5)
DEADLINE_S = 30
AHEAD_S = 60
REFUSALS = {  # socket, REST
    "wrong secret": ("60007", "50113"),
    "wrong passphrase": ("60024", "50105"),
    "clock behind": ("60006", "50102"),
    "other region": ("60032", "50119"),
    "demo key": ("50101", "50101"),
}
DEMO = Account(name="demo", api_key="22222222-51a0-4a1e-8f0e-5f1f3c5e7a02", uid="2" * 18, environment="demo")
FOREIGN = Account(name="foreign", api_key="33333333-51a0-4a1e-8f0e-5f1f3c5e7a03")


PYTHON_OKX, CCXT = python_with("okx"), python_with("ccxt")
needs_python_okx = pytest.mark.skipif(
    PYTHON_OKX is None, reason="python-okx is not installed: pip install 'alertd[test]'"
)
needs_ccxt = pytest.mark.skipif(CCXT is None, reason="ccxt is not installed: pip install 'alertd[peers]'")


class House:
    """The exchange, the same in another region, one whose clock is a minute ahead, and the keys for them."""

    def __init__(self, authority):
        def serve(**options):
            server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            authority.issue_cert("127.0.0.1").configure_cert(server)
            return OkxSimulator(limits=LIMITS, ssl_context=server, **options)

        self.okx = serve()
        self.region = serve()
        self.ahead = serve(clock=lambda: time.time() + AHEAD_S)
        self.main = self.okx.add_account(Account(role_type="1"))
        self.okx.add_account(DEMO)
        self.region.add_account(FOREIGN)
        self.ahead.add_account()
        self.okx.set_balance("ETH", 2, account="main")
        self.okx.open_position(BTC, size=10, account="main")
        self.okx.open_position("ETH-USDT-SWAP", "short", size=5, mgn_mode="cross", account="main")
        self.okx.announce_maintenance("WebSocket upgrade", 1_800_000_000_000, 1_800_000_600_000)

    def cases(self):
        good = self._case(self.okx, self.main)
        good |= {
            "private_channels": PRIVATE,
            "business_channels": BUSINESS,
            "pushed": [one["channel"] for one in PRIVATE],
        }
        return {
            "good": good,
            "wrong secret": good | {"secret": "0" * 32},
            "wrong passphrase": good | {"passphrase": "not-the-one"},
            "clock behind": self._case(self.ahead, self.main),
            "other region": self._case(self.okx, FOREIGN),
            "demo key": self._case(self.okx, DEMO),
        }

    def _case(self, okx, account):
        urls = {"private": okx.private_ws_url, "business": okx.business_ws_url, "public": okx.public_ws_url}
        keys = {"key": account.api_key, "secret": account.api_secret, "passphrase": account.passphrase}
        return {**urls, "rest": okx.rest_url, **keys, "flag": "0"}

    async def tell(self):
        """Once every channel is listened to: a warning and a notification, which come by no snapshot."""
        wanted = {one["channel"] for one in PRIVATE + BUSINESS}
        while not wanted <= {one.channel for session in self.okx.sessions for one in session.subscriptions}:
            await asyncio.sleep(0.02)
        self.okx.push_liquidation_warning(BTC, mgn_ratio="2.9", account="main")
        self.okx.push_lead_notification("2", account="main")


async def ask(python, program, folder):
    """Runs one of `clients` against the house and returns what it was told."""
    authority = trustme.CA()
    ca_file = str(folder / "authority.pem")
    authority.cert_pem.write_to_path(ca_file)
    environment = {**os.environ, "SSL_CERT_FILE": ca_file, "REQUESTS_CA_BUNDLE": ca_file}
    house = House(authority)
    async with AsyncExitStack() as stack:
        for okx in (house.okx, house.region, house.ahead):
            await stack.enter_async_context(okx)
        process = await asyncio.create_subprocess_exec(
            python,
            str(CLIENTS / program),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )
        telling = asyncio.create_task(house.tell())
        try:
            async with asyncio.timeout(DEADLINE_S):
                said, complaints = await process.communicate(json.dumps(house.cases()).encode())
        finally:
            telling.cancel()
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert process.returncode == 0, complaints.decode()
    return json.loads(said)


@pytest.fixture(scope="module")
def python_okx(tmp_path_factory):
    return asyncio.run(ask(PYTHON_OKX, "python_okx_user.py", tmp_path_factory.mktemp("python_okx")))


@pytest.fixture(scope="module")
def ccxt(tmp_path_factory):
    return asyncio.run(ask(CCXT, "ccxt_user.py", tmp_path_factory.mktemp("ccxt")))


def _pushes(frames, channel):
    return [one["data"] for one in frames if "data" in one and one["arg"]["channel"] == channel]


@needs_python_okx
@pytest.mark.parametrize(
    ("service", "channels"),
    [
        ("private", [one["channel"] for one in PRIVATE]),
        ("business", ["copytrading-lead-notification"]),
        ("public", ["tickers"]),
    ],
)
def test_python_okx_is_let_in_and_every_subscription_acknowledged(python_okx, service, channels):
    frames = python_okx[service]
    logins = [] if service == "public" else [("login", "0")]
    assert [(one["event"], one["code"]) for one in frames if "code" in one] == logins
    assert [one["arg"]["channel"] for one in frames if one.get("event") == "subscribe"] == channels


@needs_python_okx
@pytest.mark.parametrize(
    ("service", "channel", "first"),
    [
        ("private", "account", {"totalEq": "18000", "mgnRatio": ""}),
        ("private", "positions", {"instId": BTC, "pos": "10", "mgnMode": "isolated"}),
        ("private", "balance_and_position", {"eventType": "snapshot"}),
        ("private", "liquidation-warning", {"instId": BTC, "mgnRatio": "2.9"}),
        ("business", "copytrading-lead-notification", {"infoType": "2", "maxLeadTraderNum": "3"}),
        ("public", "tickers", {"instId": "BTC-USDT", "instType": "SPOT", "last": "100000"}),
    ],
)
def test_python_okx_receives_every_channel(python_okx, service, channel, first):
    row = _pushes(python_okx[service], channel)[0][0]
    assert {name: row[name] for name in first} == first


@needs_python_okx
@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("config", [{"roleType": "1", "acctLv": "2"}]),
        ("balance", [{"totalEq": "18000"}]),
        ("positions", [{"instId": BTC, "imr": ""}, {"instId": "ETH-USDT-SWAP", "margin": ""}]),
        ("sub-positions", [{"instId": BTC, "subPos": "10"}, {"instId": "ETH-USDT-SWAP", "subPos": "-5"}]),
        ("ticker", [{"instId": BTC, "instType": "SWAP", "last": "100000"}]),
        ("tickers", [{"instId": "BTC-USDT", "instType": "SPOT"}]),
        ("instruments", [{"instId": "ETH-USD-271231", "ctType": "inverse", "expTime": "1830240000000"}]),
        ("mark price", [{"instId": BTC, "markPx": "100000"}]),
        ("status", [{"title": "WebSocket upgrade", "state": "scheduled"}]),
    ],
)
def test_python_okx_reads_over_rest(python_okx, call, expected):
    answer = python_okx["rest"][call]
    assert (answer["code"], answer["msg"], len(answer["data"])) == ("0", "", len(expected))
    rows = sorted(answer["data"], key=lambda row: row.get("instId", ""))
    for row, wanted in zip(rows, expected, strict=True):
        assert {name: row[name] for name in wanted} == wanted


@needs_python_okx
def test_python_okx_reads_book_and_clock(python_okx):
    book, clock = (python_okx["rest"][call]["data"][0] for call in ("book", "time"))
    assert (len(book["asks"]), len(book["bids"])) == (5, 5)
    assert abs(int(clock["ts"]) / 1000 - time.time()) < 60


@needs_python_okx
@pytest.mark.parametrize("reason", REFUSALS)
def test_python_okx_is_refused(python_okx, reason):
    refused, closed = python_okx[f"{reason}, socket"]
    assert (refused["event"], refused["code"]) == ("error", REFUSALS[reason][0])
    assert "4001" in closed["msg"]
    assert python_okx[f"{reason}, rest"]["code"] == REFUSALS[reason][1]


@needs_ccxt
def test_ccxt_reads_over_rest(ccxt):
    rest = ccxt["rest"]
    assert {"BTC/USDT", "BTC/USDT:USDT", "BTC/USD:BTC", "ETH/USD:ETH-271231"} <= set(rest["markets"])
    assert (rest["balance"]["USDT"]["total"], rest["balance"]["ETH"]["total"]) == (10_000, 2)
    names = ("symbol", "side", "contracts", "marginMode", "leverage", "markPrice")
    assert sorted(tuple(one[name] for name in names) for one in rest["positions"]) == [
        ("BTC/USDT:USDT", "long", 10, "isolated", 10, 100_000),
        ("ETH/USDT:USDT", "short", 5, "cross", 10, 4_000),
    ]
    assert rest["ticker"]["last"] == rest["tickers"]["BTC/USDT:USDT"]["last"] == 100_000
    assert rest["book"]["bids"][0][0] < 100_000 < rest["book"]["asks"][0][0]
    assert abs(rest["time"] / 1000 - time.time()) < 60
    assert rest["status"]["info"]["data"][0]["title"] == "WebSocket upgrade"


@needs_ccxt
def test_ccxt_pro_watches_balance_positions_and_ticker(ccxt):
    assert isinstance(ccxt["watched"], list), ccxt["watched"]
    balance, positions, ticker, later_balance, later_ticker = ccxt["watched"]
    assert balance["USDT"]["total"] == later_balance["USDT"]["total"] == 10_000
    assert {(one["symbol"], one["side"], one["contracts"]) for one in positions} == {
        ("BTC/USDT:USDT", "long", 10),
        ("ETH/USDT:USDT", "short", 5),
    }
    assert ticker["last"] == later_ticker["last"] == 100_000
    assert ticker["timestamp"] < later_ticker["timestamp"]


@needs_ccxt
@pytest.mark.parametrize("reason", REFUSALS)
def test_ccxt_is_refused(ccxt, reason):
    for door, code in zip(("socket", "rest"), REFUSALS[reason], strict=True):
        assert f'"code":"{code}"' in ccxt[f"{reason}, {door}"]["text"]
