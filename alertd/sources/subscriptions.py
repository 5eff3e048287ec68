"""The subscriptions of one connection: what to ask for next, and what became of each request. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec

from alertd.domain.stream import Subscription
from alertd.sources.timing import StreamTiming

# After so many passing refusals in a row a channel counts as down, though it is still asked for.
REFUSALS_UNTIL_DOWN = 3


class ChannelStatus(StrEnum):
    """What is known about a channel, from good to bad."""

    ACKNOWLEDGED = "acknowledged"
    REQUESTED = "requested"
    WAITING = "waiting"  # to be asked for
    REFUSED = "refused"
    DEAD = "dead"  # acknowledged or not, it delivers nothing


_BADNESS = {status: rank for rank, status in enumerate(ChannelStatus)}
_DOWN = frozenset({ChannelStatus.REFUSED, ChannelStatus.DEAD})


class ChannelState(msgspec.Struct, frozen=True):
    """One channel; where it has several subscriptions, the worst of them. `code` is the exchange's own."""

    channel: str
    status: ChannelStatus
    required: bool
    code: str = ""
    detail: str = ""

    @property
    def is_down(self) -> bool:
        """It delivers nothing, and that is known."""
        return self.status in _DOWN


class Entry(msgspec.Struct):
    """One subscription on its way. `due_at_s` None: not to be asked for (again)."""

    subscription: Subscription
    status: ChannelStatus = ChannelStatus.WAITING
    due_at_s: float | None = None
    request_id: str | None = None  # the request that waits for its answer
    requested_at_s: float = 0.0
    proven_at_s: float | None = None  # a revived channel must hold until then
    refusals: int = 0
    code: str = ""
    detail: str = ""

    @property
    def is_down(self) -> bool:
        """Refused or dead."""
        return self.status in _DOWN


class RequestPace:
    """When the next request may go out: the first ones at once, then with a gap, and so many in any hour.

    The gap after the first ones makes up for those they did without.
    """

    def __init__(self, gap_s: float, per_hour: int, at_once: int) -> None:
        self._gap_s = gap_s
        self._at_once = self._left_at_once = max(at_once, 1)
        self._per_hour = per_hour
        self._sent_at: list[float] = []  # a handful: a deque of one takes 760 bytes
        self.free_at_s = float("-inf")

    def count(self, now_s: float) -> None:
        """A request that counts for the hour and keeps no gap: the login."""
        self._note(now_s)

    def sent(self, now_s: float) -> None:
        """A request went out."""
        self._note(now_s)
        self._left_at_once -= 1
        if self._left_at_once <= 0:
            self.hold_until(now_s + self._gap_s * (self._at_once if self._left_at_once == 0 else 1))
        if len(self._sent_at) == self._per_hour:
            self.hold_until(self._sent_at[0] + 3600.0)

    def _note(self, now_s: float) -> None:
        self._sent_at = [*self._sent_at, now_s][-self._per_hour :]

    def hold_until(self, at_s: float) -> None:
        """Nothing goes out before."""
        self.free_at_s = max(self.free_at_s, at_s)


class SubscriptionBook:
    """Asks for one subscription per request, in order, at a bounded pace."""

    def __init__(self, subscriptions: Sequence[Subscription], timing: StreamTiming) -> None:
        self._entries = [Entry(subscription) for subscription in subscriptions]
        self._timing = timing
        self._pace = RequestPace(timing.request_gap_s, timing.requests_per_hour, timing.requests_at_once)
        self._last_id = 0

    def logged_in(self, login_sent_at_s: float, now_s: float) -> None:
        """From now on requests may go out."""
        self._pace.count(login_sent_at_s)
        for entry in self._entries:
            entry.due_at_s = now_s

    def next_request(self, now_s: float) -> tuple[Subscription, str] | None:
        """What to ask for now and the request's id, unique on the connection; None: nothing yet."""
        if now_s < self._pace.free_at_s:
            return None
        entry = next((e for e in self._entries if e.due_at_s is not None and e.due_at_s <= now_s), None)
        if entry is None:
            return None
        self._pace.sent(now_s)
        self._last_id += 1
        entry.request_id = f"s{self._last_id}"
        entry.requested_at_s = now_s
        entry.due_at_s = None
        if not entry.is_down:  # a channel that is down stays so until it is answered
            entry.status = ChannelStatus.REQUESTED
        return entry.subscription, entry.request_id

    def waiting_for(self, request_id: str | None, channel: str | None = None) -> Entry | None:
        """The entry an answer belongs to. Without an id, the one that waits longest: answers keep order."""
        pending = [
            entry
            for entry in self._entries
            if entry.request_id is not None and channel in (None, entry.subscription.channel)
        ]
        if request_id is None:
            return min(pending, key=lambda entry: entry.requested_at_s, default=None)
        return next((entry for entry in pending if entry.request_id == request_id), None)

    def acknowledge(self, entry: Entry, now_s: float) -> None:
        """Accepted. A dead channel must then hold for a while: it was acknowledged the first time, too."""
        entry.request_id = None
        entry.refusals = 0
        if entry.status is ChannelStatus.DEAD:
            entry.proven_at_s = now_s + self._timing.ack_timeout_s
        else:
            self._revive(entry)

    def refuse_for_good(self, entry: Entry, code: str, detail: str) -> None:
        """Never to be sent again unchanged."""
        entry.request_id = None
        entry.due_at_s = None
        entry.status, entry.code, entry.detail = ChannelStatus.REFUSED, code, detail

    def refuse_for_now(self, entry: Entry, code: str, detail: str, now_s: float) -> float:
        """To be sent again after a growing wait. Returns when."""
        first_s, longest_s = self._timing.refused_retry_s
        again_at_s = now_s + min(first_s * 2.0 ** min(entry.refusals, 10), longest_s)
        entry.request_id = None
        entry.refusals += 1
        entry.due_at_s = again_at_s
        entry.code, entry.detail = code, detail
        if entry.refusals >= REFUSALS_UNTIL_DOWN:
            entry.status = ChannelStatus.REFUSED
        elif not entry.is_down:
            entry.status = ChannelStatus.WAITING
        return again_at_s

    def hold_until(self, at_s: float) -> None:
        """The exchange asked for fewer requests: none before."""
        self._pace.hold_until(at_s)

    def kill(self, channel: str, detail: str, now_s: float) -> bool:
        """The channel delivers nothing any more; ask again much later. False: not one of ours."""
        found = [entry for entry in self._entries if entry.subscription.channel == channel]
        for entry in found:
            self._give_up(entry, detail, now_s)
        return bool(found)

    def overdue(self, now_s: float) -> list[Entry]:
        """The entries whose answer stayed away too long."""
        limit_s = self._timing.ack_timeout_s
        return [e for e in self._entries if e.request_id is not None and now_s >= e.requested_at_s + limit_s]

    def give_up_unanswered(self, entry: Entry, now_s: float) -> None:
        """No answer, and not worth the connection: ask again much later."""
        self._give_up(entry, "the subscription was not answered", now_s)

    def prove(self, now_s: float) -> list[str]:
        """The channels that were dead and have held since they were accepted again."""
        held = [
            entry for entry in self._entries if entry.proven_at_s is not None and now_s >= entry.proven_at_s
        ]
        for entry in held:
            self._revive(entry)
        return [entry.subscription.channel for entry in held]

    def is_settled(self) -> bool:
        """Of every required subscription it is known whether it delivers."""
        return all(
            entry.is_down or entry.status is ChannelStatus.ACKNOWLEDGED
            for entry in self._entries
            if entry.subscription.required
        )

    def is_answered(self) -> bool:
        """The same of every subscription, required or not."""
        return all(entry.is_down or entry.status is ChannelStatus.ACKNOWLEDGED for entry in self._entries)

    def delivers(self, channel: str) -> bool:
        """At least one subscription of the channel is accepted."""
        return any(
            entry.status is ChannelStatus.ACKNOWLEDGED
            for entry in self._entries
            if entry.subscription.channel == channel
        )

    def channels(self) -> Mapping[str, ChannelState]:
        """Every channel by name; of several subscriptions the worst, required ones first."""
        found: dict[str, ChannelState] = {}
        for entry in self._entries:
            wanted = entry.subscription
            state = ChannelState(wanted.channel, entry.status, wanted.required, entry.code, entry.detail)
            known = found.get(wanted.channel)
            if known is None or _weight(state) > _weight(known):
                found[wanted.channel] = state
        return found

    def deadline_s(self) -> float | None:
        """When something is to be done next."""
        return min(self._deadlines(), default=None)

    def _deadlines(self) -> Iterator[float]:
        for entry in self._entries:
            if entry.due_at_s is not None:
                yield max(entry.due_at_s, self._pace.free_at_s)
            if entry.request_id is not None:
                yield entry.requested_at_s + self._timing.ack_timeout_s
            if entry.proven_at_s is not None:
                yield entry.proven_at_s

    def _give_up(self, entry: Entry, detail: str, now_s: float) -> None:
        if entry.status is ChannelStatus.REFUSED and entry.due_at_s is None and entry.request_id is None:
            return  # refused for good: that stays the reason
        entry.request_id = None
        entry.proven_at_s = None
        entry.due_at_s = now_s + self._timing.dead_channel_retry_s
        entry.status, entry.code, entry.detail = ChannelStatus.DEAD, "", detail

    def _revive(self, entry: Entry) -> None:
        entry.proven_at_s = None
        entry.status, entry.code, entry.detail = ChannelStatus.ACKNOWLEDGED, "", ""


def _weight(state: ChannelState) -> tuple[bool, int]:
    return state.required, _BADNESS[state.status]
