"""Which channels there are, where each is served, what its argument may say, which pushes it wants. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from alertd.simulators.okx.market import Instrument, Market

COUNTED = frozenset(
    {"orders", "account", "positions", "balance_and_position", "liquidation-warning", "account-greeks"}
)
"""The channels under the rule of so many connections per account."""


class Service(Enum):
    PUBLIC = "public"
    PRIVATE = "private"
    BUSINESS = "business"


_SERVED: Mapping[str, Service] = {
    **dict.fromkeys(COUNTED, Service.PRIVATE),
    "copytrading-lead-notification": Service.BUSINESS,
    "tickers": Service.PUBLIC,
}
_INST_TYPES: Mapping[str, frozenset[str]] = {
    "positions": frozenset({"MARGIN", "SWAP", "FUTURES", "OPTION", "EVENTS", "ANY"}),
    "orders": frozenset({"SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "EVENTS", "ANY"}),
    "liquidation-warning": frozenset({"MARGIN", "SWAP", "FUTURES", "OPTION", "ANY"}),
    "copytrading-lead-notification": frozenset({"SWAP"}),
}
_INTERVALS_S: Mapping[str, float] = {"2000": 2.0, "3000": 3.0, "4000": 4.0}


@dataclass(frozen=True, slots=True)
class Subscription:
    """One accepted argument, as sent. `inst_type` etc. None: does not narrow."""

    arg: tuple[tuple[str, str], ...]
    channel: str
    inst_type: str | None = None
    inst_family: str | None = None
    inst_id: str | None = None
    currency: str | None = None
    push_every_s: float | None = None
    """None: the exchange's own interval; 0: only events."""

    def wants(self, instrument: Instrument) -> bool:
        """`instId` wins if a family is given too."""
        if self.inst_type not in (None, "ANY", instrument.inst_type):
            return False
        if self.inst_id is not None:
            return self.inst_id == instrument.inst_id
        return self.inst_family is None or self.inst_family == instrument.inst_family

    def push_arg(self, uid: str | None, inst_type: str | None = None) -> dict[str, str]:
        """The argument of a push: as subscribed plus `uid`; `inst_type` puts the concrete one in the place of
        ANY.
        """
        arg = dict(self.arg)
        arg.pop("extraParams", None)
        if inst_type is not None:
            arg["instType"] = inst_type
        return arg if uid is None else arg | {"uid": uid}


@dataclass(frozen=True, slots=True)
class BadArgument:
    """`what` fills the gap of the code's text."""

    code: str
    what: str = ""


def read_argument(service: Service, arg: object, market: Market) -> Subscription | BadArgument:
    if not isinstance(arg, dict) or not all(isinstance(value, str) for value in arg.values()):
        return BadArgument("60013")
    if not (channel := arg.get("channel")):
        return BadArgument("60027", "channel")
    if refused := _wrong_service(service, channel, arg):
        return refused
    if "uly" in arg:
        return BadArgument("64000")
    if refused := _wrong_instruments(channel, arg, market):
        return refused
    return Subscription(
        arg=tuple(arg.items()),
        channel=channel,
        inst_type=arg.get("instType"),
        inst_family=arg.get("instFamily") or None,
        inst_id=arg.get("instId") or None,
        currency=arg.get("ccy") or None,
        push_every_s=_push_every_s(channel, arg),
    )


def _wrong_service(service: Service, channel: str, arg: Mapping[str, str]) -> BadArgument | None:
    served_by = _SERVED.get(channel)
    if served_by is None:
        return BadArgument("60018", ", ".join(f"{key}:{value}" for key, value in arg.items()))
    if served_by is service:
        return None
    if served_by is Service.BUSINESS:
        return BadArgument("64001")
    if service is Service.BUSINESS:
        return BadArgument("64002")
    return BadArgument("60008", channel)


def _wrong_instruments(channel: str, arg: Mapping[str, str], market: Market) -> BadArgument | None:
    allowed = _INST_TYPES.get(channel)
    if allowed is not None and not arg.get("instType"):
        return BadArgument("60027", "instType")
    if allowed is not None and arg["instType"] not in allowed:
        return BadArgument("60033", "instType")
    if channel == "tickers" and not arg.get("instId"):
        return BadArgument("60027", "instId")
    families = {one.inst_family for one in market.instruments.values()}
    if (inst_id := arg.get("instId")) and inst_id not in market.instruments:
        return BadArgument("60018", f"channel:{channel}, instId:{inst_id}")
    if (family := arg.get("instFamily")) and family not in families:
        return BadArgument("60018", f"channel:{channel}, instFamily:{family}")
    return None


def _push_every_s(channel: str, arg: Mapping[str, str]) -> float | None:
    """`extraParams` is a text that holds JSON; what it does not understand the exchange passes over."""
    try:
        parameters: Any = json.loads(arg.get("extraParams", "{}"))
    except ValueError:
        return None
    interval = parameters.get("updateInterval") if isinstance(parameters, dict) else None
    if interval == "0":
        return 0.0
    return _INTERVALS_S.get(interval) if channel == "positions" and isinstance(interval, str) else None
