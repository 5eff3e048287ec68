"""When a new connection may take over from the one it replaces. Pure."""

from __future__ import annotations

from alertd.sources.protocol import StreamProtocol
from alertd.sources.states import StreamState
from alertd.sources.subscriptions import ChannelStatus
from alertd.sources.timing import StreamTiming


def ready_at_s(successor: StreamProtocol, timing: StreamTiming) -> float | None:
    """From when (monotonic) it can be relied upon; None where that cannot be said yet.

    Every subscription is answered and every carrier channel has shown its first push, or has had its time.
    """
    since_s = successor.live_since_s
    if successor.state is not StreamState.LIVE or since_s is None or not successor.is_answered:
        return None
    wait_s = 0.0 if successor.carriers_have_pushed else timing.first_push_within_s
    return since_s + wait_s


def missing(successor: StreamProtocol, leader: StreamProtocol) -> tuple[str, ...]:
    """Channels, required or not, that the old connection is fed and the new one is not."""
    if leader.state is not StreamState.LIVE:
        return ()
    before = leader.channels()
    return tuple(
        name
        for name, channel in successor.channels().items()
        if channel.is_down and before[name].status is ChannelStatus.ACKNOWLEDGED
    )
