"""A program as users of ccxt write it. Reads who asks where with what, writes what they were told."""

import json
import sys

import ccxt


def client(who):
    urls = {"api": {"common": who["rest"], "private": who["rest"]}}
    return ccxt.toobit(
        {"apiKey": who["key"], "secret": who["secret"], "enableRateLimit": False, "urls": urls}
    )


def answers(who):
    toobit = client(who)
    return {
        "markets": sorted(toobit.load_markets()),
        "time": toobit.fetch_time(),
        "balance": toobit.fetch_balance({"type": "swap"}),
        "positions": toobit.fetch_positions(),
    }


def refusal(who):
    try:
        return client(who).fetch_positions()
    except ccxt.BaseError as exc:
        return {"error": type(exc).__name__, "text": str(exc)}


if __name__ == "__main__":
    cases = json.load(sys.stdin)
    told = {name: answers(who) if name == "good" else refusal(who) for name, who in cases.items()}
    json.dump(told, sys.stdout)
