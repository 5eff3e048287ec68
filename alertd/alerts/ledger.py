"""The rows of open alerts, and the only three ways one changes: edited in silence, told, resolved.

What is to be told is withheld where something mutes the alert; the row remembers that.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from alertd.alerts import judgement
from alertd.alerts.calm import when_not_calm
from alertd.alerts.chain import NO_CHAINS, Chains, facts_to_change, look_at
from alertd.alerts.damping import Recovered
from alertd.alerts.inhibition import Inhibitions
from alertd.alerts.mutes import BREAKING, Mute, Mutes
from alertd.alerts.passing import has_passed_unheard, noted_in
from alertd.alerts.pausing import Pausing
from alertd.alerts.plans import Plans, after_this, from_the_first
from alertd.alerts.register import Register, company_of
from alertd.alerts.reminders import ALSO_AT_MOST, can_be_reminded, most_urgent
from alertd.alerts.silences import Silences
from alertd.alerts.states import END_REASONS, Move, state_after
from alertd.alerts.timers import Timers
from alertd.domain.alert import Alert, AlertState, Fingerprint, Resolution, Severity
from alertd.domain.evaluation import Evaluation
from alertd.domain.events import REPORTS, Event
from alertd.domain.notification import Notification, Reason
from alertd.domain.silence import Silence

REASON_AWAITED_S = 2.0  # after a position is gone the exchange may still tell why
# Where nobody watched, its records must be asked, which may take a few tries.
RECORDS_AWAITED_S = 30.0

_REASON_AWAITED = timedelta(seconds=REASON_AWAITED_S)


class Withheld(msgspec.Struct, frozen=True):
    """What would have been told, and what mutes it."""

    alert: Alert
    reason: Reason
    by: tuple[str, ...]


class Draft(msgspec.Struct):
    """The changes of one call while they are made: rows, oldest version first, and what is told.

    `events`: what is observed thereby, to be judged next.
    """

    now: datetime
    alerts: list[Alert] = msgspec.field(default_factory=list)
    notifications: list[Notification] = msgspec.field(default_factory=list)
    silences: list[Silence] = msgspec.field(default_factory=list)
    withheld: list[Withheld] = msgspec.field(default_factory=list)
    events: list[Event] = msgspec.field(default_factory=list)


class Ledger:
    """Open alerts as stored, the newest figures beside them, and when each wants to be looked at."""

    def __init__(
        self,
        remind_after: Callable[[Alert], Plans],
        chains: Chains = NO_CHAINS,
        mutes: Mutes | None = None,
    ) -> None:
        self.open = Register()
        self.timers = Timers()
        self.recovered = Recovered()
        self.mutes = mutes or Mutes(Silences(), Inhibitions(()))
        self.audience: Callable[[Alert], Hashable] = lambda _: None  # equal: told by the same message
        self.latest: dict[Fingerprint, Evaluation] = {}  # of this process only, stored or not
        self.remind_after = remind_after
        self.chains = chains

    def restore(self, alert: Alert) -> None:
        """Take an open alert as the store has it."""
        self.open.put(alert)
        self.mutes.see(alert)
        self.schedule(alert)

    def edit(self, alert: Alert, draft: Draft, **fields: Any) -> Alert:
        """Store a new version in silence."""
        return self._keep(self._changed(alert, draft, **fields), draft, draft.now)

    def tell(
        self,
        alert: Alert,
        reason: Reason,
        draft: Draft,
        *,
        due: datetime,
        previous: Severity | None = None,
        also: tuple[Alert, ...] = (),
        only_to: tuple[str, ...] = (),
        among: tuple[str, ...] = (),
        silence: Silence | None = None,
        **fields: Any,
    ) -> Alert:
        """Store a new version and tell it, unless something mutes it. The next reminder counts from `due`,
        when it was to be told; so does the escalation. What tells it to others only (`only_to`) takes no
        reminder's place.
        """
        changed = self._changed(alert, draft, **fields)
        mute = self.mutes.of(changed, draft.now)
        if mute.by and reason not in BREAKING and reason is not Reason.DIGEST:
            return self._withhold(changed, reason, mute, draft)
        broken = mute.by if reason in BREAKING else ()
        facts = _told(changed, draft)
        if reason is Reason.REMINDER:
            facts |= after_this(self.remind_after(changed), changed, draft.now)
        elif not only_to:
            facts |= from_the_first(self.remind_after(changed), due, draft.now)
        told = replace(changed, broke=(*changed.broke, *broken), told_as=heard_as(changed), **facts)
        told = self._keep(told, draft, due)
        draft.notifications.append(
            Notification(
                alert=told,
                reason=reason,
                created_at=draft.now,
                previous_severity=previous,
                also=also,
                only_to=only_to,
                among=among,
                silence=silence,
            )
        )
        return told

    def withhold(self, alert: Alert, reason: Reason, draft: Draft) -> bool:
        """Store that something mutes it, instead of telling. False: nothing does, and nothing was changed."""
        mute = self.mutes.of(self.shown(alert), draft.now)
        if mute.by:
            self._withhold(self._changed(alert, draft), reason, mute, draft)
        return bool(mute.by)

    def resolve(
        self,
        alert: Alert,
        resolution: Resolution,
        draft: Draft,
        *,
        also: tuple[Alert, ...] = (),
        is_told: bool = True,
    ) -> None:
        """End the episode. Told unless nothing was told before, the end is a silent one or muted, or another
        alert's notification names it (`also` there, `is_told` False here).
        """
        state = state_after(alert.state, Move.RESOLVE)
        reason = self._reason_of_end(alert, resolution, draft) if is_told else None
        told = _told(alert, draft) if reason else {}
        ended = self._changed(
            alert, draft, state=state, resolution=resolution, resolved_at=draft.now, remind_at=None, **told
        )
        self.recovered.see(ended)
        self.open.remove(alert.fingerprint)
        self.latest.pop(alert.fingerprint, None)
        self.timers.set(alert.fingerprint, None)
        self.mutes.see(ended)
        draft.alerts.append(ended)
        if has_passed_unheard(alert, resolution, draft.now):
            draft.silences += self.mutes.keep(noted_in(self.mutes.silences, ended))
        if reason:
            draft.notifications.append(
                Notification(alert=ended, reason=reason, created_at=draft.now, also=also)
            )

    def tell_passed(self, ended: Alert, draft: Draft, *, also: tuple[Alert, ...], silence: Silence) -> None:
        """Tell what is over, and was told to nobody while it lasted."""
        fields = {"updated_at": draft.now, "version": ended.version + 1, "told_as": heard_as(ended)}
        told = replace(ended, **fields, **_told(ended, draft))
        draft.alerts.append(told)
        draft.notifications.append(
            Notification(alert=told, reason=Reason.DIGEST, created_at=draft.now, also=also, silence=silence)
        )

    def tells_end(self, alert: Alert, resolution: Resolution, now: datetime) -> bool:
        """Whether people would hear of this end."""
        reason = END_REASONS.get(resolution) if alert.state is not AlertState.PENDING else None
        return reason is not None and self.mutes.hears_end(alert, reason, now)

    def shown(self, alert: Alert) -> Alert:
        """The alert with the newest figures, stored or not."""
        latest = self.latest.get(alert.fingerprint)
        if latest is None or latest.event is alert.event:
            return alert
        return replace(alert, **judgement.figures(latest))

    def others(self, carrier: Alert) -> Pausing[tuple[Alert, ...]]:
        """The other alerts of the account that fire, the most urgent first, as many as a message names.

        What only reports is no danger beside another.
        """
        name = carrier.fingerprint
        others = (
            self.shown(alert)
            for alert in self.open.company(company_of(name))
            if can_be_reminded(alert) and alert.fingerprint != name and alert.fingerprint.kind not in REPORTS
        )
        return tuple((yield from most_urgent(others, ALSO_AT_MOST)))

    def schedule(self, alert: Alert) -> None:
        """Set the time a tick must look at this alert next."""
        times = (
            reason_due(alert),
            alert.expires_at,
            alert.pending_until,
            alert.muted_until,
            self.better_due(alert),
            when_not_calm(alert, alert.remind_at) if alert.remind_at and can_be_reminded(alert) else None,
            look_at(alert, self.chains.chain_of(alert)),
        )
        self.timers.set(alert.fingerprint, min((at for at in times if at is not None), default=None))

    def better_due(self, alert: Alert) -> datetime | None:
        """When a better state will have held long enough, by time alone.

        Only for what is told when it changes, and seen by this process. Figures are pushed again and
        again, so the next ones judge: a tick would call recovered what merely fell silent.
        """
        latest = self.latest.get(alert.fingerprint)
        if alert.better_since is None or latest is None:
            return None
        if alert.fingerprint.kind not in judgement.TOLD_ON_CHANGE:
            return None
        return (alert.clear_since or alert.better_since) + timedelta(seconds=latest.timing.hold_better_s)

    def _changed(self, alert: Alert, draft: Draft, **fields: Any) -> Alert:
        return replace(self.shown(alert), updated_at=draft.now, version=alert.version + 1, **fields)

    def _withhold(self, changed: Alert, reason: Reason, mute: Mute, draft: Draft) -> Alert:
        draft.withheld.append(Withheld(changed, reason, mute.by))
        muted = replace(changed, muted_by=mute.by, muted_until=mute.until, remind_at=None)
        return self._keep(muted, draft, draft.now)

    def _reason_of_end(self, alert: Alert, resolution: Resolution, draft: Draft) -> Reason | None:
        if self.tells_end(alert, resolution, draft.now):
            return END_REASONS[resolution]
        if alert.muted_by and (reason := END_REASONS.get(resolution)):
            draft.withheld.append(Withheld(alert, reason, alert.muted_by))
        return None

    def _keep(self, alert: Alert, draft: Draft, since: datetime) -> Alert:
        """`since`: from when on an escalation counts that begins with this version."""
        if facts := facts_to_change(alert, self.chains.chain_of(alert), since):
            alert = replace(alert, **facts)
        self.open.put(alert)
        self.mutes.see(alert)
        self.schedule(alert)
        draft.alerts.append(alert)
        return alert


def _told(alert: Alert, draft: Draft) -> dict[str, Any]:
    # Where the clock was set back, what began "later" is told all the same: else it would be owed for ever.
    told_at = max(draft.now, alert.since)
    return {"sequence": alert.sequence + 1, "told_at": told_at, "muted_by": (), "muted_until": None}


def heard_as(alert: Alert) -> tuple[Severity, ...]:
    """What `told_as` says once it is told as it is now."""
    return alert.told_as if alert.severity in alert.told_as else (*alert.told_as, alert.severity)


def reason_due(alert: Alert) -> datetime | None:
    """When the end of a vanished position is told, whatever is known of the reason."""
    if alert.vanished_at is None:
        return None
    return max(alert.vanished_at + _REASON_AWAITED, alert.reason_by or alert.vanished_at)
