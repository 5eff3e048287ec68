"""Frames of `tests/data/okx`, and a stream that reads them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from alertd.domain.stream import Message, Subscription
from alertd.exchanges.okx.positions import PositionBook
from alertd.exchanges.okx.reader import OkxReader
from alertd.exchanges.okx.requests import Credentials, Service, subscriptions
from alertd.exchanges.okx.stream import OkxStream

DATA = Path(__file__).parents[2] / "data" / "okx"
NAMES = sorted(path.stem for path in DATA.glob("*.json"))
UID = "90210000000000077"
NOW = datetime(2026, 11, 3, 9, 0, 5, tzinfo=UTC)
CREDENTIALS = Credentials("key-of-the-test", "secret-of-the-test", "phrase-of-the-test")
D = Decimal


def load(name: str) -> dict[str, Any]:
    return json.loads((DATA / f"{name}.json").read_bytes())


def compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def frame(name: str) -> bytes:
    """As it travels: on one line."""
    return compact(load(name))


def row_of(name: str, index: int = 0, **changes: Any) -> dict[str, Any]:
    return {**load(name)["data"][index], **changes}


def push_of(name: str, *rows: Any, **envelope: Any) -> bytes:
    """The named push with other rows and envelope fields; a field that is None is left out."""
    changed = {**load(name), **envelope}
    if rows:
        changed["data"] = list(rows)
    return compact({key: value for key, value in changed.items() if value is not None})


class Line:
    """A stream and the connection it reads from; `opened` ends that one first, as a reconnect does."""

    def __init__(self, stream: OkxStream) -> None:
        self.stream = stream
        self.reader = stream.opened()

    def opened(self) -> None:
        self.reader.closed()
        self.reader = self.stream.opened()

    def read(self, frame: bytes, received_at: datetime) -> Message:
        return self.reader.read(frame, received_at)


def new_exchange(
    wanted: Sequence[Subscription] | None = None,
    book: PositionBook | None = None,
    service: Service = "private",
    **options: Any,
) -> OkxStream:
    asked = subscriptions(service, ()) if wanted is None else wanted
    return OkxStream("main", service, CREDENTIALS, asked, book or PositionBook(), **options)


def new_stream(wanted: Sequence[Subscription] | None = None, **options: Any) -> Line:
    return Line(new_exchange(wanted, **options))


def read(stream: Line | OkxReader, *frames: bytes, after_s: float = 0.0) -> Any:
    """The meaning of the last frame."""
    message = None
    for one in frames:
        message = stream.read(one, NOW + timedelta(seconds=after_s))
    return message
