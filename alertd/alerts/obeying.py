"""What each command of a person does to the alerts: one line here, and a file of its own for each idea."""

from __future__ import annotations

import msgspec

from alertd.alerts.acknowledging import acknowledge
from alertd.alerts.away import NAME, come_back, go_away
from alertd.alerts.drills import Drills, fingerprint_of, refuse_unknown_account
from alertd.alerts.episodes import Episodes
from alertd.alerts.ledger import Draft, Ledger
from alertd.alerts.muting import add_silence, expire_silence
from alertd.alerts.pausing import Pausing
from alertd.domain.command import (
    Acknowledge,
    AddSilence,
    AnyCommand,
    ComeBack,
    CommandRefused,
    ExpireSilence,
    GoAway,
    StartDrill,
)


class Desk(msgspec.Struct, frozen=True):
    """What commands work on."""

    ledger: Ledger
    episodes: Episodes
    drills: Drills


def obey(command: AnyCommand, desk: Desk, draft: Draft) -> Pausing[None]:
    """Put into the draft what the command changes.

    Raises: CommandRefused, before anything was changed: what the ledger holds is what the store will hold.
    """
    ledger, episodes, drills = desk.ledger, desk.episodes, desk.drills
    match command:
        case Acknowledge():
            yield from acknowledge(command, ledger, draft)
            drills.end_answered(ledger, draft)
            return  # no episode begins, of however many
        case StartDrill():
            refuse_unknown_account(command, episodes.labels)
            drills.start(command, episodes.next_of(fingerprint_of(command)), ledger, draft)
        case GoAway():
            go_away(command, episodes.next_of(NAME), ledger, drills, draft)
        case ComeBack():
            come_back(command, ledger, draft)
        case AddSilence():
            add_silence(command, ledger, draft)
        case ExpireSilence():
            expire_silence(command, ledger, draft)
        case _:
            raise CommandRefused(f"{type(command).__name__} is not available in this version yet")
    episodes.count(draft.alerts)
