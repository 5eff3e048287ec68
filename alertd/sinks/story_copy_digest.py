"""The daily digest of an account that leads or copies. Pure.

What is not known is said to be unknown; what a reader may not see is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from alertd.domain.copy_digest import CopiedFigures, CopiedLeader, CopyDigest
from alertd.domain.events import CoverageState
from alertd.domain.presence import OpenPosition
from alertd.sinks.figures import clean, given, number
from alertd.sinks.speech import Speech
from alertd.sinks.story import Story
from alertd.sinks.story_coverage import unseen_text
from alertd.sinks.story_digest_led import led_lines, more_lines, order_text, signed
from alertd.sinks.story_presence import counted, position_name

_MOST_LEADERS = 10
_MOST_UNSEEN = 5
_FAR = Decimal("Infinity")


def copy_digest_story(speech: Speech, event: CopyDigest) -> Story:
    """The danger first, then what copies, then what is led, then what cannot be seen."""
    is_late = event.late_s >= 60
    late = speech.duration(max(event.late_s, 0))
    key = "copy_digest_subject_late" if is_late else "copy_digest_subject"
    return Story(
        subject=speech.say(key, late=late),
        figure=_figure(speech, event),
        happened=_happened(speech, event),
        facts=[
            _against(speech, event),
            *(_copied(speech, event, event.copied) if event.copied is not None else ()),
            *(led_lines(speech, event, event.led) if event.led is not None else ()),
            _unseen(speech, event),
        ],
        details=[speech.say("summary_silence")],
    )


def _figure(speech: Speech, event: CopyDigest) -> str:
    if event.state == CoverageState.BLIND:
        return speech.say("copy_digest_figure_blind")
    near = _nearest(event)
    if near is not None and (distance := given(near.distance_to_liquidation)) is not None:
        return speech.say("summary_figure_nearest", distance=speech.percent(distance))
    counts = _counts(event)
    if None in counts:
        return speech.say("copy_digest_figure_unknown")
    count = sum(one for one in counts if one is not None)
    return counted(speech, "copy_digest_figure_open", count) if count else speech.say("summary_figure_flat")


def _counts(event: CopyDigest) -> list[int | None]:
    """How many are open: copies, and orders that are led."""
    counts: list[int | None] = []
    if event.copied is not None:
        counts.append(event.copied.positions)
    if event.led is not None:
        counts.append(None if event.led.orders is None else len(event.led.orders))
    return counts


def _happened(speech: Speech, event: CopyDigest) -> str:
    if event.state == CoverageState.BLIND:
        return speech.say("copy_digest_blind")
    near = _nearest(event)
    if near is not None:
        return speech.say("summary_nearest", position=_position(speech, near))
    if None in _counts(event):
        return speech.say("copy_digest_unknown")
    if event.led is not None and event.led.orders:
        return speech.say("copy_digest_worst", order=order_text(speech, event.led.orders[0]))
    return speech.say("copy_digest_flat")


def _against(speech: Speech, event: CopyDigest) -> str:
    if event.since is None:
        return speech.say("copy_digest_first")
    return speech.say("copy_digest_since", moment=speech.moment(event.since))


def _copied(speech: Speech, event: CopyDigest, copied: CopiedFigures) -> Iterator[str]:
    leaders = copied.leaders
    if leaders is None:
        yield speech.say("copy_digest_leaders_unknown")
    else:
        yield speech.say(
            "copy_digest_leaders" if leaders else "copy_digest_leaders_none", count=str(len(leaders))
        )
        currency = clean(event.margin_currency or "", 20)
        yield from (_leader(speech, event, one, currency) for one in leaders[:_MOST_LEADERS])
        yield from more_lines(speech, len(leaders) - _MOST_LEADERS)
    if copied.positions is None:
        yield speech.say("copy_digest_positions_unknown")
        return
    yield speech.say("copy_digest_positions", count=str(copied.positions))
    told = None if event.state == CoverageState.BLIND else _nearest(event)
    shown = [one for one in copied.nearest if one is not told]
    yield from (speech.say("summary_position_line", position=_position(speech, one)) for one in shown)
    yield from more_lines(speech, copied.positions - len(copied.nearest))


def _leader(speech: Speech, event: CopyDigest, one: CopiedLeader, currency: str) -> str:
    name = clean(one.name or one.trader, 40)
    change = given(one.equity_change)
    percent = speech.percent(change) if change is not None else ""
    share = f"+{percent}" if change is not None and change > 0 else percent
    if not speech.shows_money:
        text = (
            speech.say("copy_digest_share", share=share) if share else speech.say("copy_digest_unknown_short")
        )
        return speech.say("copy_digest_leader_share", name=name, text=text)
    equity = _amount(speech, one.equity, one.equity_before, currency, event, share)
    net = _amount(speech, one.net_profit, one.net_profit_before, currency, event)
    return speech.say("copy_digest_leader", name=name, equity=equity, net=net)


def _amount(
    speech: Speech,
    now: Decimal | None,
    before: Decimal | None,
    currency: str,
    event: CopyDigest,
    share: str = "",
) -> str:
    """An amount and how it changed since the last digest, where there was one."""
    value, former = given(now), given(before)
    if value is None:
        return speech.say("copy_digest_unknown_short")
    amount = f"{number(value)} {currency}".rstrip()
    if event.since is None:
        return amount
    if former is None:
        return speech.say("copy_digest_change_unknown", amount=amount)
    if value == former:
        return speech.say("copy_digest_change", amount=amount, change=speech.say("copy_digest_unchanged"))
    change = signed(value - former)
    key = "copy_digest_change_share" if share else "copy_digest_change"
    return speech.say(key, amount=amount, change=change, share=share)


def _nearest(event: CopyDigest) -> OpenPosition | None:
    """Of the first of both sides the one whose distance is told and least."""
    sides = [side.nearest[0] for side in (event.copied, event.led) if side is not None and side.nearest]
    return min(sides, key=lambda one: given(one.distance_to_liquidation) or _FAR, default=None)


def _position(speech: Speech, one: OpenPosition) -> str:
    distance, minutes = given(one.distance_to_liquidation), given(one.minutes_to_liquidation)
    ratio = given(one.margin_ratio)
    figures = [
        speech.say("summary_distance", value=speech.percent(distance)) if distance is not None else "",
        speech.say("summary_ratio", value=speech.percent(ratio)) if ratio is not None else "",
        speech.say("summary_minutes", value=speech.minutes(minutes)) if minutes is not None else "",
    ]
    shown = ", ".join(filter(None, figures)) or speech.say("summary_no_figures")
    named = position_name(speech, one.instrument, one.direction)
    return speech.say("copy_digest_position", position=named, figures=shown)


def _unseen(speech: Speech, event: CopyDigest) -> str:
    if not event.unseen:
        return ""
    named = [unseen_text(speech, spot) for spot in event.unseen[:_MOST_UNSEEN]]
    left = len(event.unseen) - _MOST_UNSEEN
    return speech.say("copy_digest_unseen", unseen=", ".join([*named, f"+{left}"] if left > 0 else named))
