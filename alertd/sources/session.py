"""The one client session of the process: every stream and every request goes through it."""

from __future__ import annotations

import aiohttp

_LONGEST_LOCATION = 100


def open_session() -> aiohttp.ClientSession:
    """To be closed by the caller, on the loop that it was opened on."""
    session = aiohttp.ClientSession(
        # A stream holds its connection for as long as it lives: with a limit the rest would wait for ever.
        connector=aiohttp.TCPConnector(limit=0),
        # Each request names its own limit, and so does each dial. With one of the session's a stream would
        # keep the timer of its handshake for as long as it lives.
        timeout=aiohttp.ClientTimeout(total=None),
        middlewares=(_refuse_redirects,),
    )
    # Where the other side hangs up in the handshake aiohttp dials again by itself, past our pace of connects.
    # It has no public switch; `test_a_refused_dial_is_repeated_ever_more_slowly` notices a change.
    session._retry_connection = False
    return session


async def _refuse_redirects(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """An exchange sends nobody elsewhere; who does would be given a signed login. Raises: ClientError."""
    response = await handler(request)
    if response.status in (301, 302, 303, 307, 308):
        response.close()
        location = response.headers.get("Location", "nowhere")[:_LONGEST_LOCATION]
        raise aiohttp.ClientError(f"HTTP {response.status} sends us to {location}, which is not followed")
    return response
