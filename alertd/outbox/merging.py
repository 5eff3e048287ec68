"""Which of the deliveries that are due leave now, and which of them in one message. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

import msgspec
from msgspec import structs

from alertd.alerts.reminders import urgency
from alertd.domain.notification import Crowd, Delivery, Waiting
from alertd.outbox.pacing import QUICK_PER_S
from alertd.outbox.retry import UNKNOWN_REPEATS

# A critical alert that would wait longer for its own message shares one.
CRITICAL_PATIENCE_S = 10.0
# A sink that takes many messages a second is told of critical ones in more and shorter messages: hundreds of
# names at once hold up the other sinks while they are claimed, written and recorded.
NAMES_WHERE_QUICK = 16
NAMES_OF_A_CROWD = 64  # where more wait than are looked at: short messages would take too long

Bundle = list[Waiting]


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """What a sink may be given now.

    `messages`: free slots; of them `criticals` and `others` are what the pace grants to critical messages
    and to any other (a critical one takes from both). `per_s`: the pace, 0 where there is none.
    `names_at_most`: how many deliveries one message can name; `alone`: those refused together with others.
    `shown`: of what waits no more than so many of a kind are seen. `is_probe`: the sink fails, and one
    delivery is to show whether it still does.
    """

    messages: int
    criticals: int
    others: int
    per_s: float
    names_at_most: int
    alone: Collection[int] = frozenset()
    shown: int
    is_probe: bool = False

    def names_of(self, criticals: int) -> int:
        """How many critical deliveries share a message where so many are seen to wait."""
        if self.per_s < QUICK_PER_S:
            return self.names_at_most
        return min(self.names_at_most, NAMES_WHERE_QUICK if criticals < self.shown else NAMES_OF_A_CROWD)

    @property
    def crowd(self) -> Crowd | None:
        """From where on messages are shared for want of pace; None: never."""
        if not self.per_s or self.is_probe:
            return None
        return Crowd(self.criticals + int(CRITICAL_PATIENCE_S * self.per_s), self.others)


def bundles(waiting: Sequence[Waiting], may: Allowance) -> list[Bundle]:
    """What leaves now, one entry for a message. `waiting`: what is due, the longest due first.

    What may be batched leaves together. Where that is more than the pace serves in time, alerts of an account
    share a message, and where that is not enough, all do: critical ones that would wait longer than
    `CRITICAL_PATIENCE_S`, others that would wait at all. Nothing that is not critical leaves while critical
    ones wait, except as part of their digest.
    """
    if may.is_probe:
        return _probe(waiting, may)
    others = [one for one in waiting if not one.is_critical]
    criticals = [one for one in waiting if one.is_critical]
    critical = _formed(
        criticals,
        structs.replace(may, names_at_most=may.names_of(len(criticals))),
        may.criticals,
        patience_s=CRITICAL_PATIENCE_S,
    )
    first = critical[: max(0, min(may.messages, may.criticals))]
    if len(first) < len(critical):
        return first
    others = _without(others, _fill_up(first, others, may))
    granted = may.others - len(first)
    then = _formed(others, may, granted, patience_s=0.0)
    return first + then[: max(0, min(may.messages - len(first), granted))]


def in_order(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """The members of a message: the most severe first, then the least time to liquidation."""
    return sorted(deliveries, key=lambda delivery: urgency(delivery.notification.alert))


def _probe(waiting: Sequence[Waiting], may: Allowance) -> list[Bundle]:
    """The one that was tried least, a critical one before others, the longest due before those due later.

    By urgency alone it would always be the same, and where that is what the sink fails at, all others would
    wait for it.
    """
    tried = [one for one in waiting if (may.criticals if one.is_critical else may.others) > 0]
    if may.messages <= 0 or not tried:
        return []
    return [[min(tried, key=lambda one: (one.attempts, not one.is_critical))]]


def _formed(rows: Sequence[Waiting], may: Allowance, granted: int, *, patience_s: float) -> list[Bundle]:
    messages: list[Bundle] = []
    for group_of in (_batch, _account, _everything):
        messages = _grouped(rows, group_of, may)
        if not may.per_s or (len(messages) - granted) / may.per_s <= patience_s:
            break
    return messages


def _batch(one: Waiting) -> str | None:
    return "" if one.batched else None


def _account(one: Waiting) -> str | None:
    return one.account


def _everything(_: Waiting) -> str | None:
    return ""


def _grouped(
    rows: Sequence[Waiting], group_of: Callable[[Waiting], str | None], may: Allowance
) -> list[Bundle]:
    """In the order of their first members; a message that is full is followed by another of its group."""
    messages: list[Bundle] = []
    latest: dict[str, Bundle] = {}
    for one in rows:
        group = None if _leaves_alone(one, may) else group_of(one)
        bundle = latest.get(group) if group is not None else None
        if bundle is None or len(bundle) >= may.names_at_most:
            bundle = []
            messages.append(bundle)
            if group is not None:
                latest[group] = bundle
        bundle.append(one)
    return messages


def _leaves_alone(one: Waiting, may: Allowance) -> bool:
    is_owed_its_own = one.unknowns > UNKNOWN_REPEATS  # stands in its row, so a restart changes nothing
    return one.is_whole or is_owed_its_own or one.delivery_id in may.alone or may.names_at_most <= 1


def _fill_up(critical: Sequence[Bundle], others: Sequence[Waiting], may: Allowance) -> list[Waiting]:
    """Put what may be batched into the last digest that leaves anyway. Returns what found room there."""
    for bundle in reversed(critical):
        if all(one.batched and not _leaves_alone(one, may) for one in bundle):
            fitting = [one for one in others if one.batched and not _leaves_alone(one, may)]
            joined = fitting[: may.names_at_most - len(bundle)]
            bundle += joined
            return joined
    return []


def _without(rows: Sequence[Waiting], gone: Collection[Waiting]) -> list[Waiting]:
    ids = {one.delivery_id for one in gone}
    return [one for one in rows if one.delivery_id not in ids]
