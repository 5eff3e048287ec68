"""Several alerts in one message, every one of them named. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from alertd.alerts.pausing import Pausing, at_once, each
from alertd.domain.alert import Alert, AlertState, Fingerprint, Resolution, Severity
from alertd.domain.events import REPORTS, Drill
from alertd.domain.notification import Delivery, Reason
from alertd.sinks.deed_words import deed_lines
from alertd.sinks.document import Document, Line, LineKind, lines_of
from alertd.sinks.easing import better_since
from alertd.sinks.figures import clean, clip, given
from alertd.sinks.headline_position import ENDED
from alertd.sinks.meanwhile import fires
from alertd.sinks.speech import Speech, seconds_between
from alertd.sinks.standing_in import stand_in_notes
from alertd.sinks.stories import headline_of, heard
from alertd.sinks.story import Headline
from alertd.sinks.story_drill import severity_word
from alertd.sinks.titles import title_from

_HELD_FROM_S = 10.0
_FURTHEST = Decimal("Infinity")
_ACCOUNT_COLUMNS, _SUBJECT_COLUMNS = 16, 30
_AT_ONCE = 16  # alerts between two pauses: each costs ten to twenty microseconds, cold twice that


class Entry(msgspec.Struct, frozen=True):
    """One alert as it stands now. `times`: how many of the messages are about it; `also`: how many others
    one of them stands for, which are not named.
    """

    alert: Alert
    reason: Reason
    head: Headline
    times: int = 1
    also: int = 0
    possible_duplicate: bool = False

    @property
    def is_over(self) -> bool:
        """Nothing more has to be done about it."""
        return self.reason in ENDED or not self.alert.is_open


def digest_document(speech: Speech, deliveries: Sequence[Delivery]) -> Pausing[Document]:
    """One message for all of them: the worst first, what is over last."""
    entries = yield from _entries(speech, deliveries)
    bad = [entry for entry in entries if not entry.is_over]
    worst = max((entry.alert.severity for entry in bad or entries), key=lambda severity: severity.rank)
    storm_of = _account_in_storm(bad) if len(bad) == len(entries) else None
    if storm_of is not None:
        entries = bad = [_by_the_minute(speech, entry) for entry in entries]
    title, lead = _storm(speech, bad, storm_of) if storm_of is not None else _mixed(speech, entries, bad)
    oldest = min(delivery.notification.created_at for delivery in deliveries)
    lines = yield from _entry_lines(speech, entries)
    return Document(
        title=title,
        severity=worst,
        good_news=not bad,
        more=speech.template("reminder_also_more"),
        lines=(
            Line(lead, LineKind.SENTENCE),
            *lines,
            *lines_of(LineKind.NOTE, _take_all(speech, storm_of)),
            *lines_of(LineKind.NOTE, _notes(speech, deliveries, oldest)),
            *lines_of(LineKind.FOOTER, _done(speech, deliveries)),
        ),
    )


def entries_of_alerts(speech: Speech, alerts: Sequence[Alert]) -> list[Entry]:
    """Each alert by itself, the worst first."""
    return sorted((_entry(speech, alert, Reason.REMINDER) for alert in alerts), key=_urgency)


def entry_lines(speech: Speech, entries: Sequence[Entry]) -> list[Line]:
    """What is still bad, then what is over. `entries` are in order."""
    return at_once(_entry_lines(speech, entries))


def _entry_lines(speech: Speech, entries: Sequence[Entry]) -> Pausing[list[Line]]:
    lines = yield from each(entries, lambda entry: Line(_text(speech, entry), LineKind.ENTRY), _AT_ONCE)
    bad = [line for line, entry in zip(lines, entries, strict=True) if not entry.is_over]
    over = [line for line, entry in zip(lines, entries, strict=True) if entry.is_over]
    if not over:
        return bad
    key = "digest_over_meanwhile" if bad else "digest_over"
    still = [Line(speech.say("digest_still"), LineKind.HEADING)] if bad else []
    return [*still, *bad, Line(speech.say(key), LineKind.HEADING), *over]


def _entries(speech: Speech, deliveries: Sequence[Delivery]) -> Pausing[list[Entry]]:
    """One for each alert: its newest state, however many of the messages are about it."""
    of_alert: dict[tuple[Fingerprint, int], list[Delivery]] = {}
    for delivery in deliveries:
        alert = delivery.current or delivery.notification.alert
        of_alert.setdefault((alert.fingerprint, alert.episode), []).append(delivery)
    entries = yield from each(of_alert.values(), lambda several: _entry_of(speech, several), _AT_ONCE)
    return sorted(entries, key=_urgency)


def _entry_of(speech: Speech, several: Sequence[Delivery]) -> Entry:
    """All of them about one alert."""
    newest = max(several, key=_place)
    shown, reason = newest.current or newest.notification.alert, newest.notification.reason
    if newest.current is not None and reason in ENDED and fires(newest.current):
        reason = Reason.REMINDER  # it was over, and is back
    entry = _entry(speech, shown, reason)
    is_doubtful = any(one.possible_duplicate for one in several)
    also = max(len(one.notification.also) for one in several)
    return replace(entry, times=len(several), also=also, possible_duplicate=is_doubtful)


def _place(delivery: Delivery) -> tuple[int, int]:
    """In the order in which they were told."""
    return delivery.notification.alert.episode, delivery.notification.alert.sequence


def _entry(speech: Speech, alert: Alert, reason: Reason) -> Entry:
    seen = heard(speech, alert)
    told_as = reason if reason in ENDED or not seen.is_open else Reason.REMINDER
    return Entry(seen, reason, headline_of(speech, seen, told_as))


def _urgency(entry: Entry) -> tuple[bool, int, Decimal, datetime]:
    minutes = _minutes(entry)
    nearest = _FURTHEST if minutes is None else minutes
    return entry.is_over, -entry.alert.severity.rank, nearest, entry.alert.since


def _minutes(entry: Entry) -> Decimal | None:
    return given(getattr(entry.alert.event, "minutes_to_liquidation", None))


def _by_the_minute(speech: Speech, entry: Entry) -> Entry:
    """With the figure that says which comes first."""
    minutes = _minutes(entry)
    if minutes is None:
        return entry
    figure = speech.say("short_minutes_to_liquidation", value=speech.minutes(minutes))
    return replace(entry, head=replace(entry.head, figure=figure))


def _account_in_storm(entries: Sequence[Entry]) -> str | None:
    """The one account that all of several critical alerts are of."""
    accounts = {entry.alert.event.account for entry in entries}
    kinds = {_kind(entry.alert) for entry in entries}
    return next(iter(accounts)) if len(accounts) == 1 and kinds == {Severity.CRITICAL.value} else None


def _storm(speech: Speech, entries: Sequence[Entry], account: str) -> tuple[str, str]:
    nearest = entries[0]
    count = str(len(entries))
    parts = {
        "marker": speech.say("digest_marker_storm", count=count),
        "subject": nearest.head.subject,
        "figure": nearest.head.figure,
        "account": speech.account(nearest.alert.event),
    }
    key = "digest_storm" if account else "digest_storm_unnamed"
    return title_from(speech, parts), speech.say(key, count=count, account=parts["account"])


def _mixed(speech: Speech, entries: Sequence[Entry], bad: Sequence[Entry]) -> tuple[str, str]:
    shown = (bad or entries)[0]
    severity = severity_word(speech, shown.alert) if bad else speech.say("digest_all_over")
    parts = {
        "marker": speech.say("digest_marker", severity=severity, more=str(len(entries) - 1)),
        "subject": shown.head.subject,
        "figure": shown.head.figure if bad else "",
        "account": "" if shown.head.names_account else speech.account(shown.alert.event),
    }
    return title_from(speech, parts), _lead(speech, entries)


def _lead(speech: Speech, entries: Sequence[Entry]) -> str:
    """Each alert is counted once, however many of the messages are about it."""
    messages, alerts = sum(entry.times for entry in entries), len(entries)
    key = "digest_lead" if messages == alerts else "digest_lead_of_one" if alerts == 1 else "digest_lead_of"
    return speech.say(key, count=str(messages), alerts=str(alerts), what=_counts(speech, entries))


def _counts(speech: Speech, entries: Sequence[Entry]) -> str:
    counts = Counter("over" if entry.is_over else _kind(entry.alert) for entry in entries)
    kinds = ("critical", "warning", "info", "drill", "over")
    return ", ".join(
        speech.say(f"digest_count_{kind}", count=str(counts[kind])) for kind in kinds if counts[kind]
    )


def _kind(alert: Alert) -> str:
    return "drill" if isinstance(alert.event, Drill) else alert.severity.value


def _text(speech: Speech, entry: Entry) -> str:
    """Severity, account, instrument, the one figure, and since when."""
    head, alert = entry.head, entry.alert
    account = "" if head.names_account else speech.account(alert.event)
    names = (clip(account, _ACCOUNT_COLUMNS), clip(head.subject, _SUBJECT_COLUMNS))
    what = " ".join(filter(None, names))
    figure = "" if entry.is_over else head.figure
    key = "digest_entry" if figure else "digest_entry_short"
    if alert.event.kind in REPORTS:
        key = f"{key}_report"
    text = speech.say(
        key,
        severity=_word(speech, entry),
        what=what,
        figure=figure,
        since=speech.clock_time(alert.since),
    )
    if alert.state is AlertState.ACKNOWLEDGED and not entry.is_over:
        text += speech.say("digest_taken", person=clip(clean(alert.acknowledged_by or "?"), _ACCOUNT_COLUMNS))
    if (since := better_since(alert)) is not None and not entry.is_over:
        text += speech.say("digest_better", since=speech.clock_time(since))
    if entry.also:
        text += speech.say("digest_also", count=str(entry.also))
    if entry.times > 1:
        text += speech.say("digest_times", count=str(entry.times))
    return text + speech.say("digest_duplicate") if entry.possible_duplicate else text


def _word(speech: Speech, entry: Entry) -> str:
    if not entry.is_over:
        return severity_word(speech, entry.alert)
    end: str = entry.alert.resolution or Resolution.EXPIRED
    if entry.alert.is_open or entry.reason in ENDED:
        end = entry.reason.value
    return speech.say(f"digest_end_{end}")


def _take_all(speech: Speech, storm_of: str | None) -> list[str]:
    """How to acknowledge them together: no message of several names their ids."""
    return [speech.say("digest_take_all", account=clean(storm_of))] if storm_of else []


def _done(speech: Speech, deliveries: Sequence[Delivery]) -> list[str]:
    deeds = dict.fromkeys(
        replace(deed, explains=False) for one in deliveries for deed in one.notification.deeds
    )
    return [*deed_lines(speech, deeds), speech.say("digest_footer_deeds" if deeds else "digest_footer")]


def _notes(speech: Speech, deliveries: Sequence[Delivery], oldest: datetime) -> list[str]:
    waited_s = seconds_between(oldest, speech.now)
    return [
        speech.say("digest_oldest", since=speech.since(oldest)) if waited_s >= _HELD_FROM_S else "",
        speech.say("duplicate") if any(one.possible_duplicate for one in deliveries) else "",
        *stand_in_notes(speech, deliveries),
    ]
