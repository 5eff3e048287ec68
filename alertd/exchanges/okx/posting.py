"""A request that changes something, sent once.

The caller learns which of two it was where there is no answer: it never left, or it may have arrived. Nothing
is repeated here, nor by aiohttp, which repeats only what is idempotent by its method.
"""

from __future__ import annotations

import ssl as tls
from collections.abc import Mapping
from typing import NamedTuple

import aiohttp
from yarl import URL

from alertd.domain.errors import OutcomeUnknown, RequestUnavailable

TIMEOUT_S = 10.0  # longer than a read's: giving up early makes an outcome unknown
DIALLING = 0.4  # of it: a dial without end is then known to have sent nothing
LARGEST_ANSWER = 256 * 1024
_LONGEST_REASON = 200


class Posted(NamedTuple):
    """What came back, whatever it is."""

    status: int
    body: bytes


async def post_once(
    session: aiohttp.ClientSession,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    ssl: tls.SSLContext | bool = True,
    timeout_s: float = TIMEOUT_S,
) -> Posted:
    """The answer. Redirects are not followed: they would carry the signature away.

    Raises: RequestUnavailable: no connection was made, so nothing left. OutcomeUnknown: anything after that.
    """
    timeout = aiohttp.ClientTimeout(total=timeout_s, connect=timeout_s * DIALLING)
    target = URL(url, encoded=True)  # as it was signed
    try:
        async with session.post(
            target, headers=headers, data=body, timeout=timeout, ssl=ssl, allow_redirects=False
        ) as response:
            content = bytearray()
            async for chunk in response.content.iter_any():
                content += chunk
                if len(content) > LARGEST_ANSWER:
                    raise ValueError(f"answer larger than {LARGEST_ANSWER} bytes")
            return Posted(response.status, bytes(content))
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as exc:
        raise RequestUnavailable(_reason(target, exc)) from exc
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as exc:
        raise OutcomeUnknown(_reason(target, exc)) from exc


def _reason(target: URL, exc: Exception) -> str:
    return f"POST {target.raw_path}: {type(exc).__name__} {exc}"[:_LONGEST_REASON]
