"""What is sent to Toobit: queries, bodies and their signatures. The time is passed in.

Source: Toobit API, "Basic information" (Signed endpoint, V2 JSON bodies), "Code examples". The signature the
copy-trading pages show is wrong; the tests hold vectors computed anew.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple
from urllib.parse import quote

Method = Literal["GET", "PUT", "DELETE"]
BodyValue = str | int | bool | Decimal | Sequence[str]

KEY_HEADER = "X-BB-APIKEY"
RECV_WINDOW_MS = 5000


@dataclass(frozen=True, slots=True)
class Credentials:
    """An API key. Shows nothing of itself in logs and tracebacks."""

    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)

    def sign(self, text: bytes) -> str:
        """Lower-case hex of HMAC-SHA256 with the secret."""
        return hmac.new(self.api_secret.encode(), text, hashlib.sha256).hexdigest()


class Request(NamedTuple):
    """One call. `path` begins with /api/; `body` None: none is sent."""

    method: Method
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing, and so may be repeated."""
        return self.method == "GET"

    @property
    def is_wrapped(self) -> bool:
        """Whether the answer comes in the V2 envelope."""
        return self.path.startswith("/api/v2/")


class Signed(NamedTuple):
    """What goes over the wire, byte by byte: `target` is path and query, to be sent as it stands."""

    target: str
    headers: Mapping[str, str]
    body: bytes | None


def signed(
    credentials: Credentials,
    request: Request,
    timestamp_ms: int,
    *,
    recv_window_ms: int | None = RECV_WINDOW_MS,
    covers_body: bool = True,
) -> Signed:
    """The request as it is sent; `timestamp_ms` is the exchange's time now.

    The signature covers the query and, with nothing between, the JSON body; neither method nor path.
    `covers_body` False: the query alone, as one page of the documentation has it.
    """
    window = () if recv_window_ms is None else (("recvWindow", str(recv_window_ms)),)
    query = query_text((*request.query, *window, ("timestamp", str(timestamp_ms))))
    body = request.body if request.body is not None and covers_body else b""
    signature = credentials.sign(query.encode() + body)
    headers = {KEY_HEADER: credentials.api_key}
    if request.body is not None:  # on other requests this header makes the exchange look for a body
        headers["Content-Type"] = "application/json"
    return Signed(f"{request.path}?{query}&signature={signature}", headers, request.body)


def query_text(pairs: Sequence[tuple[str, str]]) -> str:
    """`a=1&b=2`, in this order; escaped before it is signed, and sent so."""
    return "&".join(f"{name}={quote(value, safe='-._~')}" for name, value in pairs)


def body_bytes(values: Mapping[str, BodyValue]) -> bytes:
    """One line of JSON without blanks (line ends are dropped before it is verified); Decimals as texts."""
    plain = {name: _plain(value) for name, value in values.items()}
    return json.dumps(plain, separators=(",", ":"), ensure_ascii=True).encode()


def decimal_text(value: Decimal) -> str:
    """Without an exponent, with the digits it was given."""
    return f"{value:f}"


def _plain(value: BodyValue) -> object:
    if isinstance(value, Decimal):
        return decimal_text(value)
    return value if isinstance(value, str | int) else list(value)
