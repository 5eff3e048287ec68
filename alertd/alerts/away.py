"""While a person is away, escalations go to a deputy's sink: one open alert (info), so a restart keeps it.

In the first round of a chain the deputy hears of it in place of the person's own sinks; from the second round
on, and where a liquidation is near, they hear of it with the deputy: nobody is left alone with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from msgspec.structs import replace

from alertd.alerts.drills import Drills
from alertd.alerts.ledger import Draft, Ledger
from alertd.domain.alert import Alert, AlertState, Fingerprint, Resolution, Severity
from alertd.domain.command import ComeBack, CommandRefused, GoAway
from alertd.domain.events import Away, EventKind
from alertd.domain.notification import Reason

RULE = "away"
AT_MOST = timedelta(days=60)
NAME = Fingerprint("", EventKind.AWAY, RULE, "away")


class DeputyUntested(CommandRefused):
    """Nobody knows whether somebody answers at the deputy's sink."""


def deputy_of(ledger: Ledger) -> str | None:
    """The sink that escalations go to; None while nobody is away."""
    alert = ledger.open.get(NAME)
    return alert.event.deputy if alert is not None and isinstance(alert.event, Away) else None


def with_deputy(sinks: Iterable[str], deputy: str | None, *, alone: bool) -> tuple[str, ...]:
    """The sinks of a step, the deputy's first. `alone`: in their place."""
    if deputy is None:
        return tuple(sinks)
    return (deputy,) if alone else tuple(dict.fromkeys((deputy, *sinks)))


def go_away(command: GoAway, episode: int, ledger: Ledger, drills: Drills, draft: Draft) -> None:
    """Where somebody is away already it goes on as this command says: one message tells what has changed,
    also to the former deputy.

    Raises: CommandRefused for a time that cannot be meant, and for a deputy who has not answered a test.
    """
    _refuse_impossible(command, ledger, drills, draft)
    former = ledger.open.get(NAME)
    if former is None:
        ledger.tell(_begun(command, episode, draft), Reason.NEW, draft, due=draft.now)
        return
    if not isinstance(former.event, Away):
        raise TypeError(f"{NAME} tells of {type(former.event).__name__}")
    before = former.event
    event = replace(
        _event_of(command, draft),
        former_person=before.person,
        former_deputy=before.deputy,
        former_until=before.until,
    )
    if (before.person, before.deputy) == (event.person, event.deputy) and before.ends_with(event.until):
        said_twice = replace(before, until=event.until)
        ledger.edit(former, draft, event=said_twice, expires_at=command.until)
    else:
        ledger.tell(former, Reason.NEW, draft, due=draft.now, event=event, expires_at=command.until)


def _event_of(command: GoAway, draft: Draft) -> Away:
    return Away(
        event_id=f"away:{draft.now.timestamp():.6f}",
        exchange="",
        account="",
        received_at=draft.now,
        person=command.person,
        deputy=command.deputy,
        until=command.until,
    )


def _begun(command: GoAway, episode: int, draft: Draft) -> Alert:
    return Alert(
        fingerprint=NAME,
        episode=episode,
        state=AlertState.FIRING,
        severity=Severity.INFO,
        event=_event_of(command, draft),
        since=draft.now,
        updated_at=draft.now,
        expires_at=command.until,
    )


def come_back(command: ComeBack, ledger: Ledger, draft: Draft) -> None:  # noqa: ARG001 - one shape for all commands
    """Raises: CommandRefused where nobody is away."""
    alert = ledger.open.get(NAME)
    if alert is None:
        raise CommandRefused("nobody is away", "nothing is to be ended")
    ledger.resolve(alert, Resolution.RECOVERED, draft)


def _refuse_impossible(command: GoAway, ledger: Ledger, drills: Drills, draft: Draft) -> None:
    deputy = command.deputy
    if command.until <= draft.now:
        raise CommandRefused("the end of the absence has passed already", "give a later time")
    if command.until - draft.now > AT_MOST:
        raise CommandRefused(
            f"{AT_MOST.days} days is the longest absence", "give an earlier end, and renew it then"
        )
    if not ledger.chains.is_sink(deputy):
        raise CommandRefused(f"there is no sink {deputy!r}", "name one of [sinks]")
    if not drills.counts(deputy, draft.now):
        raise DeputyUntested(
            f"the deputy has not answered a test at {deputy} within 30 days",
            f"send one with alertd drill --sink {deputy}, have it acknowledged, and say this again",
        )
