"""The stage between what happens to alerts and what is told of it: who is muted, and what is owed when a mute
ends. Works on the ledger, so that all of it stands in the rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from alertd.alerts.inhibition import Inhibitions
from alertd.alerts.ledger import Draft, Ledger, heard_as
from alertd.alerts.mutes import Mute, Mutes, MutingRules, is_in_need, name_of
from alertd.alerts.passing import owed
from alertd.alerts.plans import from_now, from_the_first
from alertd.alerts.reminders import ALSO_AT_MOST, urgency
from alertd.alerts.silences import Silences, next_look, warn_at
from alertd.domain.alert import Alert, AlertState, Fingerprint
from alertd.domain.command import AddSilence, ExpireSilence
from alertd.domain.events import REPORTS, EventKind, SilenceEnding
from alertd.domain.notification import Reason
from alertd.domain.silence import Silence


def mutes_of(stored: Iterable[Silence], rules: MutingRules, labels: Mapping[str, Mapping[str, str]]) -> Mutes:
    """The silences of the store, and the inhibitions of the configuration."""
    silences = Silences(stored, labels, rules.longest_silence_s)
    return Mutes(silences, Inhibitions(rules.inhibitions, labels))


def add_silence(command: AddSilence, ledger: Ledger, draft: Draft) -> None:
    """Mute what it covers, from now or from its beginning on. Raises: CommandRefused."""
    told = [alert for alert in ledger.open.all() if alert.state is not AlertState.PENDING]
    _keep(ledger.mutes.silences.made(command, told, draft.now), ledger, draft)


def expire_silence(command: ExpireSilence, ledger: Ledger, draft: Draft) -> None:
    """End a silence by hand, as it would end by time. Raises: CommandRefused."""
    _end(ledger.mutes.silences.running_one(command.silence_id), ledger, draft)


def settle(ledger: Ledger, draft: Draft) -> None:
    """Do what is due with silences, then tell what nothing mutes any more. The last step of every change."""
    run_silences(ledger, draft)
    while names := ledger.mutes.take_to_review():
        # The most urgent first: the order in which they were noted is another one after a restart.
        noted = [alert for alert in map(ledger.open.get, names) if alert is not None]
        for name in [alert.fingerprint for alert in sorted(noted, key=urgency)]:
            if (alert := ledger.open.get(name)) is not None:
                review(alert, ledger, draft)


def run_silences(ledger: Ledger, draft: Draft) -> None:
    """Begin, announce and end the silences whose time it is."""
    for silence in ledger.mutes.silences.running():
        if draft.now >= silence.ends_at:
            _end(silence, ledger, draft)
            continue
        if draft.now >= silence.starts_at and silence.began_at is None:
            silence = _begin(silence, ledger, draft)
        if draft.now >= warn_at(silence) and silence.warned_at is None:
            draft.events.append(_ending(silence, ledger, draft))
            _keep(replace(silence, warned_at=draft.now), ledger, draft)


def review(alert: Alert, ledger: Ledger, draft: Draft) -> None:
    """Look again at what mutes an alert; where nothing does any more it is told, if that is owed."""
    if not (alert.muted_by or is_in_need(alert)):
        return
    mute = ledger.mutes.of(ledger.shown(alert), draft.now)
    if mute.by and mute == Mute(alert.muted_by, alert.muted_until):
        return
    if mute.by:
        ledger.edit(alert, draft, muted_by=mute.by, muted_until=mute.until)
    elif is_in_need(alert):
        ledger.tell(alert, Reason.NEW, draft, due=draft.now, reminders=0)
    else:
        _unmute(alert, ledger, draft)


def schedule_silences(ledger: Ledger) -> None:
    """Set the timers of all silences that have not ended."""
    for silence in ledger.mutes.silences.running():
        _schedule(silence, ledger)


def _schedule(silence: Silence, ledger: Ledger) -> None:
    """When a tick must look at this silence next, under a name that no alert has."""
    name = Fingerprint("", EventKind.SILENCE, "", silence.silence_id)
    ledger.timers.set(name, None if silence.ended_at is not None else next_look(silence))


def _keep(silence: Silence, ledger: Ledger, draft: Draft) -> Silence:
    (silence,) = ledger.mutes.keep([silence])
    _schedule(silence, ledger)
    draft.silences.append(silence)
    return silence


def _begin(silence: Silence, ledger: Ledger, draft: Draft) -> Silence:
    """What is open now is muted as well: it is not reminded of, and told at the end if it is still bad."""
    silence = _keep(replace(silence, began_at=draft.now), ledger, draft)
    for alert in list(ledger.open.all()):
        mute = ledger.mutes.of(ledger.shown(alert), draft.now)
        if name_of(silence) in mute.by and alert.state is not AlertState.PENDING:
            ledger.edit(alert, draft, muted_by=mute.by, muted_until=mute.until)
    return silence


def _ending(silence: Silence, ledger: Ledger, draft: Draft) -> SilenceEnding:
    muted = ledger.mutes.muted_by(name_of(silence))
    others = [one for one in ledger.mutes.silences.running() if one.silence_id != silence.silence_id]
    return SilenceEnding(
        event_id=f"silence:{silence.silence_id}:{draft.now.timestamp():.6f}",
        exchange="",
        account="",
        received_at=draft.now,
        silence_id=silence.silence_id,
        person=silence.person,
        comment=silence.comment,
        ends_at=silence.ends_at,
        accounts=tuple(dict.fromkeys(name.account for name in muted if name.account)),
        muted=len(muted),
        passed=len(owed(silence, others)) + silence.unnamed,
    )


def _end(silence: Silence, ledger: Ledger, draft: Draft) -> None:
    """Tell what it muted, still fires and is muted by nothing else, and what happened and is over by now: one
    digest for each audience.
    """
    names = ledger.mutes.muted_by(name_of(silence))
    silence = _keep(replace(silence, ended_at=draft.now), ledger, draft)
    found = [ledger.shown(alert) for alert in map(ledger.open.get, names) if alert is not None]
    audiences: defaultdict[Hashable, list[Alert]] = defaultdict(list)
    for alert in sorted(found, key=urgency):
        if _is_still_bad(alert):
            audiences[ledger.audience(alert)].append(alert)
        else:
            review(alert, ledger, draft)
    passed: defaultdict[Hashable, list[Alert]] = defaultdict(list)
    for alert in owed(silence, ledger.mutes.silences.running()):
        passed[ledger.audience(alert)].append(alert)
    for audience in dict.fromkeys((*audiences, *passed)):
        # one by one, because what is told may keep others quiet
        free = [alert for alert in audiences[audience] if not _is_muted_otherwise(alert, ledger, draft)]
        members = [*free, *passed[audience]]
        for first in range(0, len(members), ALSO_AT_MOST + 1):
            _tell_digest(members[first : first + ALSO_AT_MOST + 1], silence, ledger, draft)


def _is_muted_otherwise(alert: Alert, ledger: Ledger, draft: Draft) -> bool:
    mute = ledger.mutes.of(alert, draft.now)
    if mute.by:
        ledger.edit(alert, draft, muted_by=mute.by, muted_until=mute.until)
    return bool(mute.by)


def _is_still_bad(alert: Alert) -> bool:
    is_firing = alert.state is AlertState.FIRING and alert.vanished_at is None
    return is_firing and alert.fingerprint.kind not in REPORTS


def _tell_digest(members: Sequence[Alert], silence: Silence, ledger: Ledger, draft: Draft) -> None:
    """The first carries it and names the others; all of them are told thereby. What is over comes last."""
    carrier, *others = members
    also = tuple(
        _unmute(alert, ledger, draft, told_at=draft.now, told_as=heard_as(alert), reminders=0)
        if alert.is_open
        else alert
        for alert in others
    )
    told = replace(silence, passed=())  # they stand in `also`
    if carrier.is_open:
        ledger.tell(carrier, Reason.DIGEST, draft, due=draft.now, also=also, reminders=0, silence=told)
    else:
        ledger.tell_passed(carrier, draft, also=also, silence=told)


def _unmute(alert: Alert, ledger: Ledger, draft: Draft, **fields: Any) -> Alert:
    """In silence: it is told with others, was told before, or somebody takes care of it already."""
    changed = {"reminders": alert.reminders, "muted_by": (), "muted_until": None, **fields}
    if alert.state is AlertState.FIRING:
        plans, now = ledger.remind_after(alert), draft.now
        changed |= from_now(plans, alert, now) if changed["reminders"] else from_the_first(plans, now, now)
    return ledger.edit(alert, draft, **changed)
