"""How long a stream waits for what, and which codes it must know by name. Pure."""

from __future__ import annotations

import msgspec


class StreamTiming(msgspec.Struct, frozen=True):
    """Seconds, unless the name says otherwise.

    The exchange closes a connection after 30 s of silence, refuses more than 480 requests an hour on one
    connection, and has been seen to refuse bursts of them (60014). Such a refusal holds back all that follow.
    Source: OKX API guide, "WebSocket" (read July 2026); ccxt issue 25373.
    """

    login_timeout_s: float = 10.0
    ack_timeout_s: float = 10.0
    ping_after_s: float = 20.0
    pong_within_s: float = 10.0
    stale_after_s: float = 30.0  # for a carrier channel that has found its rhythm
    # For one that has not: whether an empty account gets regular pushes is not verified.
    first_data_within_s: float = 300.0
    # How long a replacement that is live waits for the first push of each carrier: an empty account may
    # push nothing at all.
    first_push_within_s: float = 15.0
    # The first requests of a connection go out together, as one request for as many channels would: the
    # private stream has no more. In a second there are never more of them than with a gap between each.
    requests_at_once: int = 4
    request_gap_s: float = 0.25
    requests_per_hour: int = 450
    dead_channel_retry_s: float = 300.0
    refused_retry_s: tuple[float, float] = (5.0, 60.0)  # first and longest wait after a passing refusal


class SessionCodes(msgspec.Struct, frozen=True):
    """Codes that mean more than their disposition says.

    `doubtful_login`: a refusal that has been seen to pass, so one more login is tried; 4001 and 4007 are
    close codes that came in place of an answer to the login. `login_lost`: the session has to begin anew.
    """

    doubtful_login: frozenset[str] = frozenset({"60009", "4001", "4007"})
    login_lost: frozenset[str] = frozenset({"60011", "60031"})
