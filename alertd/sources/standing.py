"""What can be said about the watching of one stream, from what its session shows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from alertd.domain.errors import (
    ClockRefused,
    ConnectionLost,
    KeyRefused,
    LoginRefused,
    NotReached,
    StreamStale,
)
from alertd.domain.events import CoverageCause, CoverageState
from alertd.sources.subscriptions import ChannelState, ChannelStatus


@dataclass(frozen=True, slots=True)
class Standing:
    """State, cause, the exchange's own code where there is one, a sentence for people, the channels down."""

    state: CoverageState
    cause: str = ""
    code: str = ""
    detail: str = ""
    channels: tuple[str, ...] = ()
    silent_s: float = 0.0  # how long nothing had come when it was found out
    resolved: bool | None = None  # whether the host's name was found; None: that was not the question

    def says_the_same_as(self, other: Standing | None) -> bool:
        """True where telling it would be no news: texts and codes may vary from one try to the next."""
        if other is None:
            return False
        return (self.state, self.cause, self.channels) == (other.state, other.cause, other.channels)


def while_live(channels: Mapping[str, ChannelState], unread: str | None) -> Standing:
    """How a live stream stands. `unread`: what could not be read lately, None if all could."""
    down = [channel for channel in channels.values() if channel.required and channel.is_down]
    refused = [channel for channel in down if channel.status is ChannelStatus.REFUSED]
    if refused:
        return _channels_down(CoverageCause.CHANNEL_REFUSED, "refuses", refused)
    if down:
        return _channels_down(CoverageCause.CHANNEL_LIMIT, "no longer feeds", down)
    if unread is not None:
        detail = f"A push could not be read: {unread}."
        return Standing(CoverageState.DEGRADED, CoverageCause.UNREADABLE, "", detail)
    return Standing(CoverageState.WATCHED)


def after_end(ended_by: Exception) -> Standing:
    """How a stream stands whose connection has ended or could not be made: it sees nothing."""
    match ended_by:
        case KeyRefused(code=code, detail=detail):
            return _blind(CoverageCause.CREDENTIALS, detail, code)
        case LoginRefused(code=code, detail=detail):
            cure = "It is not tried again: correct the credentials, then reload or restart."
            return _blind(
                CoverageCause.CREDENTIALS, f"The exchange refuses the login: {detail}. {cure}", code
            )
        case ClockRefused(code=code, detail=detail):
            return _blind(CoverageCause.CLOCK, f"The exchange refuses the time of the login: {detail}.", code)
        case StreamStale(detail=detail, silent_s=silent_s):
            return replace(_blind(CoverageCause.STALE, f"Connected, but {detail}."), silent_s=silent_s)
        case NotReached(detail=detail, resolved=resolved):
            return replace(_blind(CoverageCause.CONNECTION, _sentence(detail)), resolved=resolved)
        case ConnectionLost(detail=detail, code=code, retry_slowly=True):
            return _blind(
                CoverageCause.CONNECTION, f"{_sentence(detail)} Tried again about once a minute.", code
            )
        case ConnectionLost(detail=detail, code=code):
            return _blind(CoverageCause.CONNECTION, _sentence(detail), code)
        case _:
            return _blind(
                CoverageCause.CONNECTION, f"An unexpected error ended it: {type(ended_by).__name__}."
            )


def _blind(cause: CoverageCause, detail: str, code: str = "") -> Standing:
    return Standing(CoverageState.BLIND, cause, code, detail)


def _channels_down(cause: CoverageCause, verb: str, down: Sequence[ChannelState]) -> Standing:
    named = [f"{channel.channel} ({channel.code} {channel.detail})".replace("( ", "(") for channel in down]
    detail = f"The exchange {verb}: {', '.join(named)}."
    names = tuple(channel.channel for channel in down)
    return Standing(CoverageState.DEGRADED, cause, down[0].code, detail, names)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
