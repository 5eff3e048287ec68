"""What each command of a person does to the alerts: one line here, and a file of its own for each idea."""

from __future__ import annotations

from alertd.alerts.acknowledging import acknowledge
from alertd.alerts.ledger import Draft, Ledger
from alertd.domain.command import Acknowledge, AnyCommand, CommandRefused


def obey(command: AnyCommand, ledger: Ledger, draft: Draft) -> None:
    """Put into the draft what the command changes.

    Raises: CommandRefused, before anything was changed: what the ledger holds is what the store will hold.
    """
    match command:
        case Acknowledge():
            acknowledge(command, ledger, draft)
        case _:
            raise CommandRefused(f"{type(command).__name__} is not available in this version yet")
