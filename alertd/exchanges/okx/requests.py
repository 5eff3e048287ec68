"""Texts sent to OKX: login, subscriptions, signed headers. The time is passed in.

Source: OKX API guide, "WebSocket > Login", "Subscribe", "REST Authentication".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal, Protocol

from alertd.domain.stream import Subscription

Service = Literal["private", "business"]

# 480 subscribe, unsubscribe and login messages an hour per connection, with room for a reconnect's login.
MOST_SUBSCRIPTIONS = 400
_REQUEST_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_LOGIN_PATH = "/users/self/verify"
_EVENTS_ONLY_MS = 0


class InstrumentFilter(Protocol):
    """Which instruments a channel is narrowed to."""

    @property
    def inst_type(self) -> str: ...
    @property
    def inst_family(self) -> str | None: ...
    @property
    def inst_id(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Credentials:
    """An API key. Shows only its name in logs and tracebacks: nothing."""

    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)
    passphrase: str = field(repr=False)

    def sign(self, text: str) -> str:
        """Base64 of HMAC-SHA256 with the secret."""
        digest = hmac.new(self.api_secret.encode(), text.encode(), hashlib.sha256).digest()
        return base64.b64encode(digest).decode()

    def hidden(self, text: str) -> str:
        """A text from outside without what it may quote of this key."""
        for secret in sorted((self.api_key, self.api_secret, self.passphrase), key=len, reverse=True):
            text = text.replace(secret, "***") if secret else text
        return text


def login_text(credentials: Credentials, at: datetime) -> str:
    """The login message; expires 30 s after `at` (the exchange's time, aware)."""
    timestamp = str(int(at.timestamp()))
    arg = {
        "apiKey": credentials.api_key,
        "passphrase": credentials.passphrase,
        "timestamp": timestamp,
        "sign": credentials.sign(f"{timestamp}GET{_LOGIN_PATH}"),
    }
    return _json({"op": "login", "args": [arg]})


def subscribe_text(subscription: Subscription, request_id: str) -> str:
    """One argument, so that a refusal names it by `request_id` (1 to 32 letters and digits).

    Raises: ValueError for another request id.
    """
    if not _REQUEST_ID.fullmatch(request_id):
        raise ValueError(f"request id must be 1 to 32 letters and digits: {request_id!r}")
    return _json({"id": request_id, "op": "subscribe", "args": [dict(subscription.arg)]})


def rest_headers(
    credentials: Credentials, at: datetime, method: str, path: str, body: str = "", *, demo: bool = False
) -> dict[str, str]:
    """Headers of a private call. `path` starts with /api/v5/ and holds the query exactly as it is sent."""
    timestamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
    headers = {
        "OK-ACCESS-KEY": credentials.api_key,
        "OK-ACCESS-SIGN": credentials.sign(f"{timestamp}{method.upper()}{path}{body}"),
        "OK-ACCESS-TIMESTAMP": timestamp,
        "OK-ACCESS-PASSPHRASE": credentials.passphrase,
    }
    if method.upper() == "POST":
        headers["Content-Type"] = "application/json"
    if demo:
        headers["x-simulated-trading"] = "1"
    return headers


def subscriptions(
    service: Service,
    narrowing: Iterable[InstrumentFilter],
    *,
    update_interval_ms: int | None = None,
    role_known: bool = True,
) -> tuple[Subscription, ...]:
    """Everything to subscribe on one connection of the service.

    `narrowing` applies to liquidation-warning and positions, one subscription each per entry.
    `role_known` False: the account may be no lead trader, so a refusal of the lead channel is no alarm.
    Raises: ValueError if there are more than the exchange takes on a connection.
    """
    if service == "business":
        arg = (("channel", "copytrading-lead-notification"), ("instType", "SWAP"))
        return (Subscription("copytrading-lead-notification", arg, required=role_known),)
    narrowed = tuple(dict.fromkeys(_narrow(entry) for entry in narrowing)) or ((("instType", "ANY"),),)
    found = [_channel("liquidation-warning", entry) for entry in narrowed]
    found.append(_channel("account", carrier=True))
    found += [_positions(entry, update_interval_ms) for entry in narrowed]
    found.append(_channel("balance_and_position"))
    if len(found) > MOST_SUBSCRIPTIONS:
        raise ValueError(
            f"{len(found)} subscriptions are more than one connection may make ({MOST_SUBSCRIPTIONS}): "
            "narrow by inst_family or inst_type instead of single instruments"
        )
    return tuple(found)


Pairs = tuple[tuple[str, str], ...]


def _narrow(entry: InstrumentFilter) -> Pairs:
    """instId says all; the exchange ignores instFamily beside it."""
    pairs: Pairs = (("instType", entry.inst_type),)
    if entry.inst_id:
        return (*pairs, ("instId", entry.inst_id))
    if entry.inst_family:
        return (*pairs, ("instFamily", entry.inst_family))
    return pairs


def _positions(entry: Pairs, update_interval_ms: int | None) -> Subscription:
    if update_interval_ms is None:
        return _channel("positions", entry, carrier=True)
    extra = _json({"updateInterval": str(update_interval_ms)})
    carrier = update_interval_ms != _EVENTS_ONLY_MS
    return _channel("positions", (*entry, ("extraParams", extra)), carrier=carrier)


@lru_cache(maxsize=256)  # accounts ask for the same
def _channel(name: str, pairs: Pairs = (), *, carrier: bool = False) -> Subscription:
    return Subscription(name, (("channel", name), *pairs), carrier=carrier)


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
