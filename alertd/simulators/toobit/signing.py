"""Signatures as Toobit checks them: lower-case hex of HMAC-SHA256 under the secret key."""

from __future__ import annotations

import hashlib
import hmac


def hex_signature(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def message_of(query: str, body: bytes) -> bytes:
    """`query` as sent, without the signature. Line ends of the body are dropped, as by the exchange."""
    return query.encode() + body.replace(b"\r", b"").replace(b"\n", b"")


def is_same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
