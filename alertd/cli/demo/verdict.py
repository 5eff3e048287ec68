"""What was expected against what arrived. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alertd.domain.events import Event, EventKind, LeadTradeFailed, MarginMode
from alertd.domain.notification import DeliveryState, Notification, Reason
from alertd.simulators.script import Expected, Step

# The others tell how an earlier one went on.
_FIRST_WORDS = (Reason.NEW, Reason.WORSENED)


@dataclass(frozen=True, slots=True)
class Told:
    """A notification that arrived at the receiver. `state`: what the store says of its delivery."""

    notification: Notification
    title: str
    arrived_at: datetime
    state: DeliveryState

    @property
    def late_s(self) -> float:
        """From the push that caused it to its arrival; for what time caused, from the decision to tell."""
        alert = self.notification.alert
        since = alert.event.received_at if self.is_first_word else self.notification.created_at
        return (self.arrived_at - since).total_seconds()

    @property
    def is_first_word(self) -> bool:
        """It tells of a danger, or that it became worse; not how it went on or ended."""
        return self.notification.reason in _FIRST_WORDS


@dataclass(frozen=True, slots=True)
class Begun:
    """A step that was played."""

    step: Step[Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """One expectation. `begun_at` None: its step was never played; `told` None: nothing that fits arrived."""

    expected: Expected
    begun_at: datetime | None
    told: Told | None

    @property
    def is_met(self) -> bool:
        """It arrived, and the store knows that it did."""
        return self.told is not None and self.told.state is DeliveryState.SENT

    @property
    def after_step_s(self) -> float | None:
        """From the beginning of its step to its arrival."""
        if self.told is None or self.begun_at is None:
            return None
        return (self.told.arrived_at - self.begun_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Verdict:
    """`went_on`: told of an alert that had been told before (it ended, a reminder). `unsent`: notifications
    that never arrived. `nameless`: titles that arrived and stand for no delivery of the store.
    """

    findings: tuple[Finding, ...]
    unexpected: tuple[Told, ...]
    went_on: tuple[Told, ...]
    unsent: tuple[Notification, ...]
    nameless: tuple[str, ...]
    head_start_s: float | None

    @property
    def certain(self) -> tuple[Finding, ...]:
        """The expectations that count."""
        return tuple(one for one in self.findings if one.expected.is_certain)

    @property
    def is_good(self) -> bool:
        """Every certain one was delivered; where none is expected at all, none was told."""
        if not self.findings and (self.unexpected or self.unsent or self.nameless):
            return False
        return all(one.is_met for one in self.certain)


def judge(
    steps: Sequence[Step[Any]],
    begun: Iterable[Begun],
    told: Sequence[Told],
    unsent: Iterable[Notification] = (),
    nameless: Iterable[str] = (),
) -> Verdict:
    """Give each expectation, certain ones first, the earliest arrival that fits and came after its step."""
    began_at = {one.step: one.at for one in begun}
    wanted = [(step, expected) for step in steps for expected in step.expected]
    left = sorted((one for one in told if one.is_first_word), key=lambda one: one.arrived_at)
    taken: dict[int, Told] = {}
    for number in sorted(range(len(wanted)), key=lambda n: not wanted[n][1].is_certain):
        step, expected = wanted[number]
        found = next((one for one in left if _fits(expected, began_at.get(step), one)), None)
        if found is not None:
            left.remove(found)
            taken[number] = found
    return Verdict(
        findings=tuple(
            Finding(expected, began_at.get(step), taken.get(number))
            for number, (step, expected) in enumerate(wanted)
        ),
        unexpected=tuple(left),
        went_on=tuple(one for one in told if not one.is_first_word),
        unsent=tuple(unsent),
        nameless=tuple(nameless),
        head_start_s=head_start_s(told),
    )


def head_start_s(told: Iterable[Told]) -> float | None:
    """How long before the exchange's own warning was pushed our first one of that instrument had arrived.

    None where either is missing; below 0 where ours came later.
    """
    first_words = [one for one in told if one.is_first_word]
    pushes = [one for one in first_words if _event(one).kind is EventKind.LIQUIDATION_WARNING]
    for push in sorted(pushes, key=lambda one: _event(one).received_at):
        ours = [
            one.arrived_at
            for one in first_words
            if _event(one).kind is EventKind.MARGIN_STATE
            and _event(one).instrument == _event(push).instrument
        ]
        if ours:
            return (_event(push).received_at - min(ours)).total_seconds()
    return None


def _fits(expected: Expected, begun_at: datetime | None, told: Told) -> bool:
    alert = told.notification.alert
    return (
        begun_at is not None
        and told.notification.created_at >= begun_at
        and alert.fingerprint.kind == expected.kind
        and alert.severity == expected.severity
        and expected.rule in ("", alert.fingerprint.rule)
        and expected.subject in ("", _subject(alert.event))
    )


def _subject(event: Event) -> str | None:
    """An event's subject as a scenario names it."""
    if isinstance(event, LeadTradeFailed):
        return event.info_type
    if event.margin_mode is MarginMode.CROSS:
        return event.margin_currency
    return event.instrument


def _event(told: Told) -> Event:
    return told.notification.alert.event
