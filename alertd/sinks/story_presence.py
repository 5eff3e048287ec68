"""Stories about alertd's own being there: it comes back, and it goes. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from alertd.domain.events import Findings, Stopping
from alertd.domain.presence import After, Comeback, Manner
from alertd.presence.restarts import STEADY_AFTER
from alertd.sinks.figures import clean
from alertd.sinks.speech import Speech
from alertd.sinks.story import Story

_MOST_MISSED = 10
_MOST_ACCOUNTS = 20


def with_comeback(speech: Speech, event: Findings, comeback: Comeback, found: Story) -> Story:
    """The start message, where another process was before. `found`: the story of what was found."""
    if comeback.after is After.FIRST:
        return found
    if comeback.manner is Manner.LOOP:
        return _loop_story(speech, event, comeback)
    steady = comeback.manner is Manner.STEADY
    lines = _missed(speech, comeback)  # the danger first
    lines += [_what_happened(speech, comeback), *_compared(speech, comeback)]
    return replace(
        found,
        subject=speech.say(f"comeback_subject_{'steady' if steady else comeback.after}"),
        figure=_starts(speech, comeback) if steady else _blind_figure(speech, comeback),
        happened=lines[0],
        facts=[
            *lines[1:],
            speech.say("comeback_watches", accounts=names(event.accounts)),
            *found.facts,
        ],
    )


def stopping_story(speech: Speech, event: Stopping) -> Story:
    """Nobody watches from now on, and what is open meanwhile."""
    facts = [
        speech.say("coverage_positions_unknown")
        if event.positions is None
        else speech.say("stopping_positions", count=str(event.positions))
    ]
    if event.alerts:
        facts = [speech.say("stopping_alerts", count=str(event.alerts)), *facts]
    return Story(
        subject=speech.say("stopping_subject"),
        figure=_at_stake(speech, event),
        happened=speech.say("stopping_happened", accounts=names(event.accounts)),
        facts=facts,
        steps=[speech.say("step_until_back")] if event.exposed else [],
        names_account=True,
    )


# --- back ---------------------------------------------------------------------------------------------


def _loop_story(speech: Speech, event: Findings, comeback: Comeback) -> Story:
    return Story(
        subject=speech.say("comeback_subject_loop"),
        figure=_starts(speech, comeback),
        happened=_what_happened(speech, comeback),
        steps=[
            speech.say("step_look_yourself_all", accounts=names(event.accounts)),
            speech.say("step_journal"),
        ],
        names_account=True,
    )


def _what_happened(speech: Speech, comeback: Comeback) -> str:
    key = comeback.after if comeback.manner is Manner.ONE else comeback.manner
    blind = speech.say("comeback_blind_new")
    if comeback.blind_s is not None:
        blind = speech.exact_duration(max(comeback.blind_s, 0))
    return speech.say(
        f"comeback_{key}",
        blind=blind,
        count=str(comeback.starts),
        span=speech.duration(max(comeback.within_s, 0)),
        steady=speech.duration(STEADY_AFTER.total_seconds()),
    )


def _starts(speech: Speech, comeback: Comeback) -> str:
    span = speech.duration(max(comeback.within_s, 0))
    return speech.say("comeback_figure_starts", count=str(comeback.starts), span=span)


def _blind_figure(speech: Speech, comeback: Comeback) -> str:
    count = len(comeback.missed)
    if count:
        missed = speech.say("comeback_figure_missed", count=str(count))
    else:
        missed = speech.say(f"comeback_figure_{'uncompared' if comeback.uncompared else 'none'}")
    if comeback.blind_s is None:
        return speech.say("comeback_figure_seen", missed=missed)
    return speech.say("comeback_figure", blind=speech.duration(max(comeback.blind_s, 0)), missed=missed)


def _missed(speech: Speech, comeback: Comeback) -> list[str]:
    if not comeback.missed:
        return []
    lines = [speech.say("comeback_missed", count=str(len(comeback.missed)))]
    for one in comeback.missed[:_MOST_MISSED]:
        position = position_name(speech, one.instrument, one.direction) or speech.say("a_position")
        key = f"missed_{one.what}"
        what = speech.say(key) if speech.knows(key) else clean(one.what, 40)
        account = clean(one.account, 60)
        lines.append(speech.say("comeback_missed_line", account=account, position=position, what=what))
    if len(comeback.missed) > _MOST_MISSED:
        lines.append(speech.say("comeback_missed_more", count=str(len(comeback.missed) - _MOST_MISSED)))
    return lines


def _compared(speech: Speech, comeback: Comeback) -> list[str]:
    """Of a loop nothing is said: what other lives of it learned was told by them."""
    if comeback.uncompared:
        return [speech.say("comeback_uncompared", accounts=names(comeback.uncompared))]
    is_whole = comeback.manner is Manner.ONE and not comeback.missed
    return [speech.say("comeback_none_missed")] if is_whole else []


# --- going --------------------------------------------------------------------------------------------


def _at_stake(speech: Speech, event: Stopping) -> str:
    if event.alerts:
        return counted(speech, "stopping_figure_alert", event.alerts)
    if event.positions is None:
        return speech.say("stopping_figure_unknown")
    if event.positions:
        return counted(speech, "stopping_figure_position", event.positions)
    return speech.say("stopping_figure_flat")


def counted(speech: Speech, key: str, count: int) -> str:
    """One of `key`, or several of `KEYs`."""
    return speech.say(key if count == 1 else f"{key}s", count=str(count))


def position_name(speech: Speech, instrument: str, direction: str) -> str:
    """Instrument and direction, as far as they are known."""
    return " ".join(filter(None, (clean(instrument, 60), direction_name(speech, direction))))


def direction_name(speech: Speech, direction: str) -> str:
    """`long` or `short` in words."""
    key = f"direction_{direction}"
    return speech.say(key) if speech.knows(key) else clean(direction, 20)


def names(accounts: Sequence[str]) -> str:
    """Of accounts; the count of those for which there is no room."""
    left = len(accounts) - _MOST_ACCOUNTS
    named = [clean(name, 60) for name in accounts[:_MOST_ACCOUNTS]]
    return ", ".join([*named, f"+{left}"] if left > 0 else named)
