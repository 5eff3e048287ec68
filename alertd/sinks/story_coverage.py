"""Stories about our own watching: accounts that are not seen, and the weekly report. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from alertd.domain.address import first_address
from alertd.domain.events import Coverage, CoverageCause, CoverageLine, CoverageReport, CoverageState
from alertd.domain.notification import Reason
from alertd.sinks.figures import clean, given, number
from alertd.sinks.speech import Speech
from alertd.sinks.story import Story

_LONGEST_DETAIL = 300
_MOST_ACCOUNTS = 20
_MOST_UNSEEN = 5

# Source: the exchange's error tables (OKX, read July 2026): what a refused login most likely means.
_HINTS = {
    "60032": "key",
    "50119": "key",
    "60005": "key",
    "50111": "key",
    "50101": "environment",
    "50110": "address",
    "60024": "passphrase",
    "50105": "passphrase",
    "60007": "secret",
    "50113": "secret",
}
# A key that worked before and is refused so now was deleted or changed by somebody.
_LOST_KEY = frozenset({"60032", "50119", "60005", "50111", "50100", "50114", "4007"})
# The codes alertd itself refuses a key by (see `KeyRefused`).
_OWN_CURES = {
    "may_withdraw": ("step_withdraw_key", "step_restart"),
    "same_account": ("step_same_account", "step_restart"),
}
# Exchanges whose refused keys are tried again by themselves, and what cures one there.
RETRIED_KEYS = {"toobit": ("step_copy_key", "step_key_page", "step_tried_again")}
_CURES = {
    CoverageCause.CREDENTIALS: ("step_credentials", "step_region", "step_key_page", "step_restart"),
    CoverageCause.CONNECTION: ("step_network",),
    CoverageCause.BANNED: ("step_look_now", "step_banned"),
    CoverageCause.STALE: ("step_network",),
    CoverageCause.WAITING: ("step_network",),
    CoverageCause.STARTING: ("step_network",),
    CoverageCause.PAUSED: ("step_machine",),
    CoverageCause.CHANNEL_REFUSED: ("step_channel",),
    CoverageCause.CHANNEL_LIMIT: ("step_connections",),
    CoverageCause.CLOCK: ("step_clock",),
    CoverageCause.UNREADABLE: ("step_look_now", "step_report_unreadable"),
    CoverageCause.QUEUE_FULL: ("step_overload",),
    CoverageCause.SINK_DEAD: ("step_sinks",),
    CoverageCause.SINK_UNPROVEN: ("step_sinks",),
}


def coverage_story(speech: Speech, event: Coverage, reason: Reason) -> Story:
    """Why an account is not, or not wholly, watched, since when, what is open there, and the cure."""
    several = "several_" if event.accounts else ""
    named = {"account": speech.account(event), "count": str(len(event.accounts))}
    if reason is Reason.RECOVERED or event.state is CoverageState.WATCHED:
        return Story(
            subject=speech.say(f"coverage_subject_{several}watched", **named),
            happened=speech.say(f"coverage_{several}recovered", **named),
            facts=[*_accounts(speech, event), *_what_it_was(speech, event)],
            names_account=True,
        )
    cause = clean(event.cause, 40)
    return Story(
        subject=speech.say(f"coverage_subject_{several}{event.state}", **named),
        figure=_short_cause(speech, event, cause),
        happened=speech.say(f"coverage_{several}{event.state}", **named),
        facts=[
            *planned_lines(speech, event),
            *_accounts(speech, event),
            *_why(speech, event, cause),
            *exposure_lines(speech, event),
            *blame_lines(speech, event),
            *_hint(speech, event),
        ],
        steps=_steps(speech, event),
        details=_details(speech, event),
        names_account=True,
    )


def report_story(speech: Speech, event: CoverageReport) -> Story:
    """How much of each account was watched, the least watched first."""
    least = _percent(event.watched_percent)
    lines = [text for line in event.lines[:_MOST_ACCOUNTS] for text in coverage_lines(speech, line)]
    if len(event.lines) > _MOST_ACCOUNTS:
        lines.append(speech.say("report_more", count=str(len(event.lines) - _MOST_ACCOUNTS)))
    since, until = event.since or event.received_at, event.until or event.received_at
    return Story(
        subject=speech.say("report_subject"),
        figure=speech.say("report_figure", percent=least) if least else "",
        happened=speech.say("report_happened", since=speech.moment(since), until=speech.moment(until)),
        facts=lines,
    )


def unseen_text(speech: Speech, spot: str) -> str:
    """`WHAT:WHERE` in words."""
    what, _, where = spot.partition(":")
    key = f"unseen_{what}"
    return speech.say(key, where=clean(where, 40)) if speech.knows(key) else clean(spot, 80)


def coverage_lines(speech: Speech, line: CoverageLine) -> Iterator[str]:
    """How much of an account was watched, and what cannot be seen there."""
    named = {"account": clean(line.account, 60), "percent": _percent(line.watched_percent) or "?"}
    if not line.gaps:
        yield speech.say("report_line_whole", **named)
    else:
        reconciled = (
            speech.say("report_unreconciled", count=str(line.unreconciled))
            if line.unreconciled
            else speech.say("report_reconciled")
        )
        if line.missed:
            reconciled += f", {speech.say('report_missed', count=str(line.missed))}"
        longest = speech.duration(max(line.longest_s, 0))
        gaps = str(line.gaps)
        yield speech.say("report_line", **named, gaps=gaps, longest=longest, reconciled=reconciled)
    if line.unseen:
        unseen = ", ".join(unseen_text(speech, spot) for spot in line.unseen[:_MOST_UNSEEN])
        yield speech.say("report_unseen", unseen=unseen)


def tries_key_again(event: Coverage) -> bool:
    """Whether a refused key is tried again without anybody's help."""
    return event.cause == CoverageCause.CREDENTIALS and event.exchange in RETRIED_KEYS


def _percent(value: Decimal | None) -> str:
    known = given(value)
    return "" if known is None else f"{number(known)} %"


def _accounts(speech: Speech, event: Coverage) -> list[str]:
    if not event.accounts:
        return []
    names = ", ".join(clean(name, 60) for name in event.accounts[:_MOST_ACCOUNTS])
    left = len(event.accounts) - _MOST_ACCOUNTS
    if left > 0:
        return [speech.say("coverage_accounts_more", accounts=names, count=str(left))]
    return [speech.say("coverage_accounts", accounts=names)]


def _what_it_was(speech: Speech, event: Coverage) -> list[str]:
    """How long it was, whose fault, and what was missed."""
    lines = []
    if event.lasted_s is not None:
        lines.append(speech.say("coverage_lasted", lasted=speech.duration(max(event.lasted_s, 0))))
    return [*lines, *blame_lines(speech, event), missed_line(speech, event)]


def missed_line(speech: Speech, event: Coverage) -> str:
    """What a comparison with the exchange's records found, or that there was none."""
    if event.missed is None:
        return speech.say("coverage_missed_unknown")
    key = "coverage_missed_some" if event.missed else "coverage_missed_none"
    return speech.say(key, count=str(event.missed))


def exposure_lines(speech: Speech, event: Coverage) -> list[str]:
    """What is at stake meanwhile."""
    if event.positions is None:
        lines = [speech.say("coverage_positions_unknown")]
    elif event.positions:
        lines = [speech.say("coverage_positions", count=str(event.positions))]
    else:
        lines = [speech.say("coverage_positions_none")]
    return [*lines, speech.say("coverage_alarmed")] if event.alarmed else lines


def planned_lines(speech: Speech, event: Coverage) -> list[str]:
    """That the exchange announced it, and until when."""
    if not event.planned:
        return []
    exchange = speech.exchange(event)
    if event.planned_until is None:
        return [speech.say("coverage_planned_open", exchange=exchange)]
    return [speech.say("coverage_planned", exchange=exchange, until=speech.moment(event.planned_until))]


def blame_lines(speech: Speech, event: Coverage) -> list[str]:
    """Whose network it is, where that was asked and nothing was announced."""
    if event.planned:
        return []
    key = f"coverage_blame_{event.blame}"
    return [speech.say(key)] if speech.knows(key) else []


def _short_cause(speech: Speech, event: Coverage, cause: str) -> str:
    if event.code in _OWN_CURES:
        return speech.say(f"coverage_figure_{event.code}")
    key = f"coverage_figure_{cause}"
    short = speech.say(key) if speech.knows(key) else cause
    code = clean(event.code, 12)
    return speech.say("coverage_figure_code", cause=short, code=code) if code and short else short


def _why(speech: Speech, event: Coverage, cause: str) -> list[str]:
    retried = "coverage_why_retried_key" if tries_key_again(event) else ""
    for key in (retried, f"coverage_why_{event.code}", f"coverage_why_{cause}"):
        if speech.knows(key):
            return [speech.say(key, exchange=speech.exchange(event))]
    return [speech.say("coverage_why_other", cause=cause)] if cause else []


def _hint(speech: Speech, event: Coverage) -> list[str]:
    hint = _HINTS.get(event.code)
    if hint == "address" and (address := first_address(event.detail)):
        return [speech.say("coverage_hint_address_seen", exchange=speech.exchange(event), address=address)]
    return [speech.say(f"coverage_hint_{hint}")] if hint else []


def _details(speech: Speech, event: Coverage) -> list[str]:
    detail, code = clean(event.detail, _LONGEST_DETAIL), clean(event.code, 20)
    stream = clean(event.stream, 40)
    lines = [speech.say("coverage_since", since=speech.since(event.since))] if event.since else []
    lines += [speech.say("coverage_stream", stream=stream)] if stream else []
    lines += [speech.say("coverage_code", code=code)] if code and event.code not in _OWN_CURES else []
    return lines + ([speech.say("coverage_detail", detail=detail)] if detail else [])


def _steps(speech: Speech, event: Coverage) -> list[str]:
    parts = {"account": speech.account(event), "exchange": speech.exchange(event)}
    if event.planned:
        return [speech.say("step_maintenance_wait", **parts)]
    cures = next((keys for cause, keys in _CURES.items() if cause == event.cause), ())
    cures = _OWN_CURES.get(event.code, cures)
    if tries_key_again(event):
        cures = RETRIED_KEYS[event.exchange]
    if event.code in _LOST_KEY and event.cause == CoverageCause.CREDENTIALS:
        cures = ("step_lost_key", *cures)
    last = () if "step_look_now" in cures else ("step_look_yourself",)
    return [speech.say(key, **parts) for key in (*cures, *last)]
