"""What a person tells alertd to do. The pipeline applies commands in their place among the events, and stores
them with what they change in one transaction: who, when, what.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from alertd.domain.errors import AlertdError, Disposition
from alertd.domain.silence import Matchers


class Command(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="command"):
    """`person`: the name in the configuration, `admin` for the web token. `at`: when it was asked for."""

    person: str
    at: datetime
    comment: str = ""


class Acknowledge(Command, frozen=True, kw_only=True):
    """Somebody takes care of these alerts: `alerts` by their ids, or all that fire of `account`, or all."""

    alerts: tuple[str, ...] = ()
    account: str | None = None


class AddSilence(Command, frozen=True, kw_only=True):
    """Tell nothing of what matches until `ends_at`. `forced`: critical alerts too."""

    silence_id: str
    matchers: Matchers
    ends_at: datetime
    starts_at: datetime | None = None  # None: at once
    forced: bool = False


class ExpireSilence(Command, frozen=True, kw_only=True):
    """End a silence now."""

    silence_id: str


class StartDrill(Command, frozen=True, kw_only=True):
    """Send a marked critical alert through the whole chain. `account`: as if of that account; "": of any.

    `sink`: to this sink alone, which a deputy wants to try.
    """

    account: str = ""
    sink: str = ""


class GoAway(Command, frozen=True, kw_only=True):
    """Until then escalations go to a deputy's sink, which has shown that it works."""

    until: datetime
    deputy: str


class ComeBack(Command, frozen=True, kw_only=True):
    """The deputy is not needed any more."""


class Approve(Command, frozen=True, kw_only=True):
    """The intent may be carried out, as far as this person is concerned."""

    intent_id: str


class Deny(Command, frozen=True, kw_only=True):
    """The intent is not carried out."""

    intent_id: str


class SwitchActions(Command, frozen=True, kw_only=True):
    """`account` empty: let actions be sent at all, or none. Otherwise arm the account for those that run
    without asking, or disarm it.
    """

    on: bool
    account: str = ""


AnyCommand = (
    Acknowledge | AddSilence | ExpireSilence | StartDrill | GoAway | ComeBack | Approve | Deny | SwitchActions
)


class CommandRefused(AlertdError):
    """Nothing was changed. `cure`: what to do instead."""

    disposition = Disposition.CONFIG

    def __init__(self, problem: str, cure: str = "") -> None:
        super().__init__(f"{problem}; {cure}" if cure else problem)
        self.problem = problem
        self.cure = cure
