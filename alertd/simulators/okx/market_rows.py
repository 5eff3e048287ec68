"""The objects of public data: instruments, tickers, mark prices, order books. Pure.

Source: the API guide's field tables and samples of `public/instruments`, `market/ticker`, `market/books` and
`public/mark-price`, and recorded answers in github.com/nautechsystems/nautilus_trader
(crates/adapters/okx/test_data; read 2026-11).
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from alertd.simulators.okx.market import Contract, Instrument, Market
from alertd.simulators.okx.numbers import text
from alertd.simulators.okx.rows import Row

_TICK = Decimal("0.01")
_LISTED_MS = "1573557408000"
_EXPIRY_HOUR = 8
_LEVERAGE = {"SWAP": "100", "FUTURES": "20", "MARGIN": "10", "SPOT": "10"}
_EMPTY = (
    "alias", "auctionEndTime", "baseCcy", "contTdSwTime", "ctMult", "ctType", "ctVal", "ctValCcy", "expTime",
    "maxMktAmt", "maxPlatOILmt", "openType", "optType", "posLmtAmt", "posLmtPct", "preMktSwTime", "quoteCcy",
    "settleCcy", "stk",
)  # fmt: skip
_SIZES = ("maxIcebergSz", "maxLmtAmt", "maxLmtSz", "maxMktSz", "maxStopSz", "maxTriggerSz", "maxTwapSz")


def listed_types(instrument: Instrument) -> tuple[str, ...]:
    """What is traded on margin is listed twice, as SPOT too; the first is what its ticker says."""
    return ("SPOT", "MARGIN") if instrument.contract is Contract.LOAN else (instrument.inst_type,)


def instrument_row(instrument: Instrument, inst_type: str, number: int) -> Row:
    """As listed under `inst_type`; `number` is the numeric code clients may use in its place."""
    row: Row = dict.fromkeys(_EMPTY, "") | dict.fromkeys(_SIZES, "1000000")
    row |= {
        "category": "1",
        "futureSettlement": False,
        "groupId": "1",
        "instFamily": instrument.inst_family,
        "instId": instrument.inst_id,
        "instIdCode": number,
        "instType": inst_type,
        "lever": _LEVERAGE[inst_type],
        "listTime": _LISTED_MS,
        "lotSz": "0.01",
        "minSz": "0.01",
        "ruleType": "normal",
        "state": "live",
        "tickSz": text(_TICK),
        "tradeQuoteCcyList": [],
        "uly": instrument.inst_family,
        "upcChg": [],
    }
    row |= _coins(instrument) if instrument.contract is Contract.LOAN else _contract(instrument)
    return dict(sorted(row.items()))


def _coins(instrument: Instrument) -> Row:
    return {
        "baseCcy": instrument.base,
        "quoteCcy": instrument.quote,
        "tradeQuoteCcyList": [instrument.quote],
        "maxMktAmt": "1000000",
    }


def _contract(instrument: Instrument) -> Row:
    linear = instrument.contract is Contract.LINEAR
    return {
        "ctMult": "1",
        "ctType": instrument.contract.value,
        "ctVal": text(instrument.contract_value),
        "ctValCcy": instrument.base if linear else instrument.quote,
        "settleCcy": instrument.quote if linear else instrument.base,
        "expTime": _expiry_ms(instrument),
    }


def _expiry_ms(instrument: Instrument) -> str:
    """Dated futures carry their day in their name, as YYMMDD."""
    if instrument.inst_type != "FUTURES":
        return ""
    day = datetime.strptime(instrument.inst_id.rsplit("-", 1)[1], "%y%m%d")  # noqa: DTZ007 (made aware next)
    return str(int(day.replace(hour=_EXPIRY_HOUR, tzinfo=UTC).timestamp() * 1000))


def ticker_row(market: Market, inst_id: str, now_ms: int) -> Row:
    """All prices are the mark."""
    mark = text(market.mark(inst_id))
    prices = dict.fromkeys(
        ("last", "askPx", "bidPx", "open24h", "high24h", "low24h", "sodUtc0", "sodUtc8"), mark
    )
    sizes = dict.fromkeys(("lastSz", "askSz", "bidSz", "volCcy24h", "vol24h"), "1")
    inst_type = listed_types(market.instrument(inst_id))[0]
    return {"instType": inst_type, "instId": inst_id, **prices, **sizes, "ts": str(now_ms)}


def mark_price_row(market: Market, inst_id: str, inst_type: str, now_ms: int) -> Row:
    return {"instType": inst_type, "instId": inst_id, "markPx": text(market.mark(inst_id)), "ts": str(now_ms)}


def book_row(market: Market, inst_id: str, depth: int, now_ms: int) -> Row:
    """One lot at each of `depth` ticks on both sides of the mark: price, size, a deprecated 0, orders."""
    mark = market.mark(inst_id)
    steps = [_TICK * number for number in range(1, depth + 1)]
    return {
        "asks": [_level(mark + step) for step in steps],
        "bids": [_level(mark - step) for step in steps if mark > step],
        "ts": str(now_ms),
    }


def _level(price: Decimal) -> list[str]:
    return [text(price), "1", "0", "1"]
