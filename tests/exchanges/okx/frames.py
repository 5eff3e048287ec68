"""Frames of `tests/data/okx`, and a stream that reads them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from alertd.domain.stream import Subscription
from alertd.exchanges.okx.positions import PositionBook
from alertd.exchanges.okx.requests import Credentials, subscriptions
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


def new_stream(wanted: Sequence[Subscription] | None = None, **options: Any) -> OkxStream:
    stream = OkxStream(
        "main",
        "private",
        CREDENTIALS,
        subscriptions("private", ()) if wanted is None else wanted,
        PositionBook(),
        **options,
    )
    stream.opened()
    return stream


def read(stream: OkxStream, *frames: bytes, after_s: float = 0.0) -> Any:
    """The meaning of the last frame."""
    message = None
    for one in frames:
        message = stream.read(one, NOW + timedelta(seconds=after_s))
    return message
