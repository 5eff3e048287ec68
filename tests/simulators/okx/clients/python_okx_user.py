"""A program as users of python-okx write it. Reads who asks where with what, writes what they were told.

Every client logs in at the same time: python-okx sleeps five seconds after each login.
"""

import asyncio
import json
import sys
import warnings
from contextlib import suppress

from okx.Account import AccountAPI
from okx.CopyTrading import CopyTradingAPI
from okx.MarketData import MarketAPI
from okx.PublicData import PublicAPI
from okx.Status import StatusAPI
from okx.websocket.WsPrivateAsync import WsPrivateAsync
from okx.websocket.WsPublicAsync import WsPublicAsync
from websockets.exceptions import ConnectionClosed

DEADLINE_S = 15


class Listener:
    """Takes frames until `is_enough` says so."""

    def __init__(self, is_enough):
        self.frames = []
        self.done = asyncio.Event()
        self.is_enough = is_enough

    def __call__(self, message):
        self.frames.append(json.loads(message))
        if self.is_enough(self.frames):
            self.done.set()


def all_pushed(channels):
    return lambda frames: {one["arg"]["channel"] for one in frames if "data" in one} >= set(channels)


def refused(frames):
    return any(one.get("event") == "error" for one in frames)


async def listen(client, args, is_enough):
    """Starts, logs in, subscribes and listens; a refused client is cut off, as python-okx does not look."""
    listener = Listener(is_enough)
    consuming = await client.start()
    with suppress(TimeoutError, ConnectionClosed):
        async with asyncio.timeout(DEADLINE_S):
            await client.subscribe(args, listener)
            await listener.done.wait()
    await client.stop()
    with suppress(ConnectionClosed):
        await consuming
    return listener.frames


def logged_in(who, url):
    return WsPrivateAsync(apiKey=who["key"], passphrase=who["passphrase"], secretKey=who["secret"], url=url)


def signed_api(kind, who):
    return kind(who["key"], who["secret"], who["passphrase"], flag=who["flag"], domain=who["rest"])


def rest_answers(who):
    account, copying = signed_api(AccountAPI, who), signed_api(CopyTradingAPI, who)
    market = MarketAPI(domain=who["rest"], flag="0")
    public, status = PublicAPI(domain=who["rest"], flag="0"), StatusAPI(domain=who["rest"], flag="0")
    return {
        "config": account.get_account_config(),
        "balance": account.get_account_balance("USDT,ETH"),
        "positions": account.get_positions(instType="SWAP"),
        "sub-positions": copying.get_existing_leading_positions(),
        "ticker": market.get_ticker("BTC-USDT-SWAP"),
        "tickers": market.get_tickers("SPOT"),
        "book": market.get_orderbook("BTC-USDT-SWAP", sz="5"),
        "instruments": public.get_instruments("FUTURES"),
        "mark price": public.get_mark_price("SWAP", instId="BTC-USDT-SWAP"),
        "time": public.get_system_time(),
        "status": status.status(),
    }


async def ask(cases):
    good = cases["good"]
    private, business = good["private_channels"], good["business_channels"]
    public = [{"channel": "tickers", "instId": "BTC-USDT"}]
    asked = {
        "private": listen(logged_in(good, good["private"]), private, all_pushed(good["pushed"])),
        "business": listen(
            logged_in(good, good["business"]), business, all_pushed(["copytrading-lead-notification"])
        ),
        "public": listen(WsPublicAsync(url=good["public"]), public, all_pushed(["tickers"])),
        "rest": asyncio.to_thread(rest_answers, good),
    }
    for name, who in cases.items():
        if name != "good":
            asked[f"{name}, socket"] = listen(logged_in(who, who["private"]), private[:1], refused)
            asked[f"{name}, rest"] = asyncio.to_thread(signed_api(AccountAPI, who).get_account_balance)
    return dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    json.dump(asyncio.run(ask(json.load(sys.stdin))), sys.stdout)
