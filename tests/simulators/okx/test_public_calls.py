import json
import time
from decimal import Decimal

import pytest

BTC, FUTURE = "BTC-USDT-SWAP", "ETH-USD-271231"


@pytest.fixture
def get(okx, world):
    """Unsigned, as anybody may ask."""

    async def call(path):
        return json.loads((await world.rest(okx).call("GET", f"/api/v5/{path}"))[1])

    return call


async def test_time_needs_no_signature(okx, world):
    status, text = await world.rest(okx).call("GET", "/api/v5/public/time")
    answer = json.loads(text)
    assert (status, list(answer), answer["code"]) == (200, ["code", "data", "msg"], "0")
    assert abs(int(answer["data"][0]["ts"]) - time.time() * 1000) < 5000


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("instType=SPOT", ["BTC-USDT"]),
        ("instType=MARGIN", ["BTC-USDT"]),
        ("instType=FUTURES", [FUTURE]),
        ("instType=OPTION&uly=BTC-USD", []),
        ("instType=SWAP&instFamily=BTC-USD", ["BTC-USD-SWAP"]),
        ("instType=SWAP&uly=BTC-USDT", [BTC]),
        (f"instType=SWAP&instId={BTC}", [BTC]),
    ],
)
async def test_instruments(get, query, found):
    rows = (await get(f"public/instruments?{query}"))["data"]
    assert [one["instId"] for one in rows] == found
    assert all(one["instType"] == query.split("&")[0].removeprefix("instType=") for one in rows)


async def test_prices_are_the_mark(okx, get):
    okx.set_price(BTC, "99999.5")
    assert (await get(f"market/ticker?instId={BTC}"))["data"][0]["last"] == "99999.5"
    assert {one["instId"]: one["last"] for one in (await get("market/tickers?instType=SWAP"))["data"]}[
        BTC
    ] == "99999.5"
    (row,) = (await get(f"public/mark-price?instType=SWAP&instId={BTC}"))["data"]
    assert (row["markPx"], row["instType"]) == ("99999.5", "SWAP")


async def test_the_book_stands_around_the_mark(get):
    (book,) = (await get(f"market/books?instId={BTC}&sz=3"))["data"]
    asks, bids = ([Decimal(level[0]) for level in book[side]] for side in ("asks", "bids"))
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert max(bids) < 100_000 < min(asks)
    assert (len(bids), len(asks), len(book["asks"][0])) == (3, 3, 4)


async def test_announcements_that_are_over_are_shown_to_who_asks(world):
    for query, titles in (("", ["soon"]), ("?state=completed", ["over"]), ("?state=ongoing", [])):
        okx = await world.serve(environment="demo")
        okx.announce_maintenance("soon", 1, 2, service_type="0")
        okx.announce_maintenance("over", 1, 2, state="completed")
        rows = json.loads((await world.rest(okx).call("GET", f"/api/v5/system/status{query}"))[1])["data"]
        assert [one["title"] for one in rows] == titles
        assert {one["env"] for one in rows} <= {"2"}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("public/instruments", "50014"),
        ("public/instruments?instType=COIN", "51000"),
        ("public/instruments?instType=SWAP&instId=NEAR-USDT-SWAP", "51001"),
        ("market/ticker", "50014"),
        ("market/ticker?instId=NEAR-USDT-SWAP", "51001"),
        ("market/tickers", "50014"),
        (f"market/books?instId={BTC}&sz=401", "51000"),
        (f"market/books?instId={BTC}&sz=x", "51000"),
        ("public/mark-price", "50014"),
        ("system/status?state=soon", "51000"),
    ],
)
async def test_refused_calls(get, path, code):
    answer = await get(path)
    assert (answer["code"], answer["data"]) == (code, [])
