"""The REST calls anybody may make: time, announcements, instruments, prices, order books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alertd.simulators.okx import market_rows
from alertd.simulators.okx.exchange import Exchange
from alertd.simulators.okx.maintenance import SHOWN_UNASKED, STATES, status_row
from alertd.simulators.okx.market import Instrument
from alertd.simulators.okx.refusals import Refusal
from alertd.simulators.okx.rows import Row

Parameters = Mapping[str, str]
_INST_TYPES = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "EVENTS")
_FIRST_CODE = 10_459
_DEEPEST_BOOK = 400


class PublicCalls:
    """Each takes the query and gives the rows of `data`. Raises: Refusal."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._market = exchange.market

    def time(self, _query: Parameters) -> Sequence[Row]:
        return [{"ts": str(self._exchange.now_ms())}]

    def status(self, query: Parameters) -> Sequence[Row]:
        """What is over is shown only to who asks for it."""
        state = query.get("state", "")
        if state not in ("", *STATES):
            raise Refusal("51000", "state")
        wanted = (state,) if state else SHOWN_UNASKED
        now_ms = self._exchange.now_ms()
        announced = [one for one in self._exchange.maintenance if one.state_at(now_ms) in wanted]
        return [status_row(one, self._exchange.environment, now_ms) for one in announced]

    def instruments(self, query: Parameters) -> Sequence[Row]:
        inst_type = _inst_type(query)
        if (inst_id := query.get("instId")) and inst_id not in self._market.instruments:
            raise Refusal("51001")
        numbers = {name: number for number, name in enumerate(self._market.instruments, start=_FIRST_CODE)}
        return [
            market_rows.instrument_row(one, inst_type, numbers[one.inst_id])
            for one in self._listed(inst_type, query)
            if one.inst_id == (inst_id or one.inst_id)
        ]

    def tickers(self, query: Parameters) -> Sequence[Row]:
        now_ms = self._exchange.now_ms()
        return [
            market_rows.ticker_row(self._market, one.inst_id, now_ms) | {"instType": inst_type}
            for inst_type in [_inst_type(query)]
            for one in self._listed(inst_type, query)
        ]

    def ticker(self, query: Parameters) -> Sequence[Row]:
        return [market_rows.ticker_row(self._market, self._inst_id(query), self._exchange.now_ms())]

    def mark_price(self, query: Parameters) -> Sequence[Row]:
        inst_type, now_ms = _inst_type(query), self._exchange.now_ms()
        return [
            market_rows.mark_price_row(self._market, one.inst_id, inst_type, now_ms)
            for one in self._listed(inst_type, query)
            if one.inst_id == query.get("instId", one.inst_id)
        ]

    def books(self, query: Parameters) -> Sequence[Row]:
        inst_id, size = self._inst_id(query), query.get("sz") or "1"
        if not (size.isascii() and size.isdecimal() and 1 <= int(size) <= _DEEPEST_BOOK):
            raise Refusal("51000", "sz")
        return [market_rows.book_row(self._market, inst_id, int(size), self._exchange.now_ms())]

    def _inst_id(self, query: Parameters) -> str:
        if not (inst_id := query.get("instId", "")):
            raise Refusal("50014", "instId")
        if inst_id not in self._market.instruments:
            raise Refusal("51001")
        return inst_id

    def _listed(self, inst_type: str, query: Parameters) -> Sequence[Instrument]:
        """A family is given by its name or, as before 2022, as the underlying."""
        family = query.get("instFamily") or query.get("uly")
        return [
            one
            for one in self._market.instruments.values()
            if inst_type in market_rows.listed_types(one) and one.inst_family == (family or one.inst_family)
        ]


def _inst_type(query: Parameters) -> str:
    if not (inst_type := query.get("instType", "")):
        raise Refusal("50014", "instType")
    if inst_type not in _INST_TYPES:
        raise Refusal("51000", "instType")
    return inst_type
