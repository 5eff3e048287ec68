"""What the canary proves of the ways to a person, and when a chat is due for one. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alertd.domain.coverage import SinkProof
from alertd.domain.finding import Finding, Grade

# From when a chat is due to when it has failed: one that cannot be reached is given up by the outbox after an
# hour, and where it is not known whether a message arrived the next one follows after an hour.
CHAT_BOUND_S = 2 * 3600.0
AFTER_UNKNOWN_S = 3600.0

ProofOf = Callable[[str], SinkProof]


@dataclass(frozen=True, slots=True)
class Ways:
    """`routes`: the sinks for critical news, by account. `chats`: those of all sinks the canary may go to.

    `chat_interval_s` 0: it goes to none of them.
    """

    routes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    chats: Collection[str] = ()
    chat_interval_s: float = 0.0

    def to_prove(self, account: str) -> list[str]:
        """The chats for critical news of the account."""
        if not self.chat_interval_s:
            return []
        return [sink for sink in self.routes.get(account, ()) if sink in self.chats]

    @property
    def all_to_prove(self) -> list[str]:
        """Of all accounts, each once."""
        return list(dict.fromkeys(sink for account in self.routes for sink in self.to_prove(account)))


def is_proven(account: str, ways: Ways, proof_of: ProofOf, now: datetime) -> bool:
    """Whether critical news of the account would reach somebody, as far as is known lately.

    One chat that took something is enough, whatever it was: that is the way a person hears. Where the canary
    may go to none of the sinks, it is enough that one of them is not known to fail.
    """
    if not (chats := ways.to_prove(account)):
        return any(not proof_of(sink).is_dead for sink in ways.routes.get(account, ()))
    within = timedelta(seconds=ways.chat_interval_s + CHAT_BOUND_S)
    return any(_took_something(proof_of(sink), now - within) for sink in chats)


def is_lost(account: str, ways: Ways, proof_of: ProofOf, began_at: datetime, now: datetime) -> bool:
    """Not proven, and every sink refuses, or had its time since the canary began to look."""
    if is_proven(account, ways, proof_of, now):
        return False
    if not (chats := ways.to_prove(account)):
        return True
    had_time = now - began_at > timedelta(seconds=CHAT_BOUND_S)
    return had_time or all(proof_of(sink).is_dead for sink in chats)


def due_chats(
    ways: Ways, proof_of: ProofOf, under_way: Collection[str], tried: Mapping[str, datetime], now: datetime
) -> list[str]:
    """The sinks to send a canary to now.

    A sink that nothing was delivered to for the interval, once until it is known what became of it; one that
    refuses, each time, because a refused message stands nowhere. `tried`: when each was sent one last.
    """
    found = []
    for sink in ways.all_to_prove:
        proof = proof_of(sink)
        if sink in under_way:
            continue
        if not proof.is_dead:
            if _took_something(proof, now - timedelta(seconds=ways.chat_interval_s)):
                continue
            if _may_stand_there(proof, tried.get(sink), now):
                continue
        found.append(sink)
    return found


def watcher_findings(*, canary: bool, dead_man: bool) -> list[Finding]:
    """What there is to say about who watches alertd: for the start message, doctor and the summary.

    `canary`: it is on; `dead_man`: somebody outside is pinged.
    """
    found = [] if canary else [Finding(code="canary_off", severity=Grade.INFO)]
    if canary and dead_man:
        return [Finding(code="watcher_pinged", severity=Grade.OK)]
    return [*found, Finding(code="no_watcher", severity=Grade.INFO)]


def _may_stand_there(proof: SinkProof, tried_at: datetime | None, now: datetime) -> bool:
    """A canary was sent lately, and what became of it is not known."""
    if tried_at is None or now - tried_at >= timedelta(seconds=AFTER_UNKNOWN_S):
        return False
    return proof.sent_at is None or proof.sent_at < tried_at


def _took_something(proof: SinkProof, since: datetime) -> bool:
    return not proof.is_dead and proof.sent_at is not None and proof.sent_at > since
