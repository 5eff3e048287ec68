"""Who may read what is not free: the bearer of the web token."""

from __future__ import annotations

import hmac
from collections.abc import Callable


def bearer_check(token: str | None) -> Callable[[str | None], bool]:
    """A check of an `Authorization` header, in constant time. Without a token nobody passes."""

    def is_authorised(header: str | None) -> bool:
        if token is None or header is None:
            return False
        return hmac.compare_digest(header.encode(), f"Bearer {token}".encode())

    return is_authorised
