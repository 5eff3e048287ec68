"""Signatures as OKX checks them: Base64 of HMAC-SHA256 under the API secret."""

from __future__ import annotations

import base64
import hashlib
import hmac

_LOGIN_REQUEST = "GET/users/self/verify"


def sign(secret: str, message: str) -> str:
    digest = hmac.new(secret.encode(), message.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def login_signature(secret: str, timestamp: str) -> str:
    """`timestamp` exactly as it stands in the login request (Unix seconds)."""
    return sign(secret, timestamp + _LOGIN_REQUEST)


def request_signature(secret: str, timestamp: str, method: str, path_and_query: str, body: str) -> str:
    """`timestamp` exactly as in the header (ISO-8601, milliseconds, Z); `path_and_query` exactly as sent."""
    return sign(secret, timestamp + method + path_and_query + body)


def is_same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
