"""A program as users of ccxt write it. Reads who asks where with what, writes what they were told."""

import asyncio
import json
import os
import sys
from contextlib import suppress

import ccxt
import ccxt.pro

DEADLINE_S = 15
SWAP = "BTC/USDT:USDT"


def options(who, *types):
    return {
        "apiKey": who["key"],
        "secret": who["secret"],
        "password": who["passphrase"],
        "enableRateLimit": False,
        "requests_trust_env": True,  # the certificate's authority is named in the environment, for `ccxt`
        "cafile": os.environ["SSL_CERT_FILE"],  # and for `ccxt.pro`
        "urls": {"api": {"rest": who["rest"], "ws": who["private"].removesuffix("/private")}},
        "options": {"fetchMarkets": {"types": list(types)}},
        "has": {"fetchCurrencies": False},
    }


def failure(exc):
    return {"error": type(exc).__name__, "text": str(exc)}


def rest_answers(who):
    okx = ccxt.okx(options(who, "spot", "swap", "future"))
    return {
        "markets": sorted(okx.load_markets()),
        "balance": okx.fetch_balance(),
        "positions": okx.fetch_positions(),
        "ticker": okx.fetch_ticker(SWAP),
        "tickers": okx.fetch_tickers(params={"instType": "SWAP"}),
        "book": okx.fetch_order_book(SWAP, 5),
        "time": okx.fetch_time(),
        "status": okx.fetch_status(),
    }


def rest_refusal(who):
    okx = ccxt.okx(options(who, "swap"))
    try:
        return okx.fetch_balance()
    except ccxt.BaseError as exc:
        return failure(exc)


async def watch(who, *names_and_arguments):
    """The answer of each `watch_...`, one after the other on one client."""
    okx = ccxt.pro.okx(options(who, "swap"))
    try:
        async with asyncio.timeout(DEADLINE_S):
            await okx.load_markets()
            return [await getattr(okx, name)(*arguments) for name, *arguments in names_and_arguments]
    except (ccxt.BaseError, TimeoutError) as exc:
        return failure(exc)
    finally:
        # In Python 3.11.2 (Debian 12) ssl stumbles over aborting what is closed; the answers are here.
        with suppress(AttributeError):
            await okx.close()


async def ask(cases):
    good = cases["good"]
    balance, positions, ticker = ("watch_balance",), ("watch_positions",), ("watch_ticker", SWAP)
    asked = {
        "rest": asyncio.to_thread(rest_answers, good),
        "watched": watch(good, balance, positions, ticker, balance, ticker),
    }
    for name, who in cases.items():
        if name != "good":
            asked[f"{name}, rest"] = asyncio.to_thread(rest_refusal, who)
            asked[f"{name}, socket"] = watch(who, balance)
    return dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))


if __name__ == "__main__":
    json.dump(asyncio.run(ask(json.load(sys.stdin))), sys.stdout)
