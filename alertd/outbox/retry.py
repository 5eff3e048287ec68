"""What follows from one attempt: sent, another try at a time, or dead. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from alertd.domain.alert import Severity
from alertd.domain.notification import Delivery, DeliveryState, DeliveryUpdate, Outcome, SendResult

UNKNOWN_REPEATS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """When to try again. All times in seconds.

    A transient failure doubles the wait from `first_delay_s` to `longest_delay_s`; a provider's own wish to
    wait counts where it is longer, up to `longest_wish_s`. Where the sink itself fails, it decides when it is
    tried again (`SinkHealth`), and what waits for it stays due, so that as soon as it takes one, what matters
    most is the next to leave; after `patient_attempts` a delivery waits by itself again.

    A delivery is dead after `give_up_after_s` since it was made, but never before `fewest_attempts` (it may
    have waited while the daemon was down), and in any case after `most_attempts`. An unknown outcome is
    repeated `unknown_repeats` times, with growing gaps, because each repeat may be a double. What is critical
    and was in one message with others at the last of these is due at once, to be tried once by itself: it may
    be the message that is to blame. That of a canary is not repeated: nobody misses it, and it must not stand
    in a chat twice; nor does it outlive `canary_after_s`.
    """

    first_delay_s: float = 1.0
    longest_delay_s: float = 60.0
    longest_wish_s: float = 3600.0
    give_up_after_s: float = 6 * 3600.0
    canary_after_s: float = 3600.0
    fewest_attempts: int = 5
    patient_attempts: int = 200
    most_attempts: int = 1000
    unknown_delay_s: float = 5.0
    unknown_growth: float = 4.0
    unknown_repeats: int = UNKNOWN_REPEATS

    def decide(
        self,
        delivery: Delivery,
        result: SendResult,
        now: datetime,
        jitter: float,
        *,
        is_sinks_fault: bool = False,
        is_merged: bool = False,
    ) -> DeliveryUpdate:
        """The delivery after this attempt. `jitter`: 0 to below 1; shortens a wait by up to half.
        `is_merged`: it left in one message with others.
        """
        match result.outcome:
            case Outcome.SENT:
                return _after(delivery, DeliveryState.SENT, result, sent_at=now)
            case Outcome.PERMANENT:
                return _after(delivery, DeliveryState.DEAD, result)
            case Outcome.UNKNOWN if delivery.notification.is_canary:
                return _after(delivery, DeliveryState.UNKNOWN, result)
            case Outcome.UNKNOWN:
                return self._after_unknown(delivery, result, now, jitter, is_merged=is_merged)
            case Outcome.TRANSIENT:
                is_patient = is_sinks_fault and delivery.attempts < self.patient_attempts
                return self._after_transient(delivery, result, now, jitter, waits=not is_patient)

    def _after_transient(
        self, delivery: Delivery, result: SendResult, now: datetime, jitter: float, *, waits: bool
    ) -> DeliveryUpdate:
        if self._is_over(delivery, now):
            return _after(delivery, DeliveryState.DEAD, result)
        doublings = min(delivery.attempts, 30)  # beyond, the longest delay is long reached
        delay_s = min(self.first_delay_s * 2.0**doublings, self.longest_delay_s) if waits else 0.0
        return _after(
            delivery, DeliveryState.QUEUED, result, next_attempt_at=now + self._wait(delay_s, result, jitter)
        )

    def _after_unknown(
        self, delivery: Delivery, result: SendResult, now: datetime, jitter: float, *, is_merged: bool
    ) -> DeliveryUpdate:
        is_owed_its_own = (
            is_merged
            and delivery.unknowns == self.unknown_repeats
            and delivery.notification.alert.severity is Severity.CRITICAL
        )
        is_last = delivery.unknowns >= self.unknown_repeats and not is_owed_its_own
        if is_last or delivery.attempts + 1 >= self.most_attempts:
            return _after(delivery, DeliveryState.DEAD, result)
        growing_s = min(self.unknown_delay_s * self.unknown_growth**delivery.unknowns, self.longest_wish_s)
        delay_s = 0.0 if is_owed_its_own else growing_s
        return _after(
            delivery, DeliveryState.UNKNOWN, result, next_attempt_at=now + self._wait(delay_s, result, jitter)
        )

    def _is_over(self, delivery: Delivery, now: datetime) -> bool:
        attempts = delivery.attempts + 1
        longest_s = self.canary_after_s if delivery.notification.is_canary else self.give_up_after_s
        is_old = (now - delivery.created_at).total_seconds() >= longest_s
        return attempts >= self.most_attempts or (is_old and attempts >= self.fewest_attempts)

    def _wait(self, delay_s: float, result: SendResult, jitter: float) -> timedelta:
        wish_s = min(result.retry_after_s or 0.0, self.longest_wish_s)
        return timedelta(seconds=max(delay_s * (1.0 - jitter / 2), wish_s))


def _after(
    delivery: Delivery,
    state: DeliveryState,
    result: SendResult,
    *,
    next_attempt_at: datetime | None = None,
    sent_at: datetime | None = None,
) -> DeliveryUpdate:
    was_unknown = result.outcome is Outcome.UNKNOWN
    return DeliveryUpdate(
        delivery_id=delivery.delivery_id,
        state=state,
        attempts=delivery.attempts + 1,
        next_attempt_at=next_attempt_at,
        sent_at=sent_at,
        unknowns=delivery.unknowns + was_unknown,
        possible_duplicate=delivery.possible_duplicate or was_unknown,
        detail=result.detail,
    )


def not_tried(delivery: Delivery) -> DeliveryUpdate:
    """What was leased, but never begun: as it was before."""
    return DeliveryUpdate(
        delivery_id=delivery.delivery_id,
        state=DeliveryState.UNKNOWN if delivery.possible_duplicate else DeliveryState.QUEUED,
        attempts=delivery.attempts,
        next_attempt_at=delivery.next_attempt_at,
        unknowns=delivery.unknowns,
        possible_duplicate=delivery.possible_duplicate,
        detail=delivery.detail,
    )


def refused_together(delivery: Delivery, result: SendResult, now: datetime) -> DeliveryUpdate:
    """What was refused for good in one message with others is due at once, to be tried by itself."""
    state = DeliveryState.UNKNOWN if delivery.possible_duplicate else DeliveryState.QUEUED
    return _after(delivery, state, result, next_attempt_at=now)
