"""The story of a copy relation that began, changed or ended: what to look at. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from alertd.domain.deed import Deed
from alertd.domain.events import CopyChange, CopyParty, CopyRelation
from alertd.sinks.deed_words import explained
from alertd.sinks.figures import clean, given, number
from alertd.sinks.speech import Speech
from alertd.sinks.story import Story

_LONGEST_NAME = 40


def copying_story(speech: Speech, event: CopyRelation, deeds: Sequence[Deed] = ()) -> Story:
    """Of a copied trader, or of how many copy the account."""
    exchange = speech.exchange(event)
    if event.party is CopyParty.FOLLOWERS:
        counts = {"now": _count(event.followers), "before": _count(event.followers_before)}
        return Story(
            subject=speech.say("relation_subject_followers"),
            figure=speech.say("relation_figure_followers", **counts),
            happened=speech.say("relation_followers", **counts),
        )
    trader = clean(event.trader_name or event.trader or "?", _LONGEST_NAME)
    steps = [speech.say(f"step_relation_{event.change}", exchange=exchange)]
    if event.change is CopyChange.LEFT:
        steps.append(explained(speech, deeds, "step_relation_why"))
    return Story(
        subject=speech.say("relation_subject", trader=trader),
        figure=speech.say(f"relation_figure_{event.change}"),
        happened=speech.say(f"relation_{event.change}", trader=trader, exchange=exchange),
        facts=list(_settings(speech, event)),
        steps=steps,
        details=list(_details(speech, event)),
    )


def _settings(speech: Speech, event: CopyRelation) -> Iterator[str]:
    """What differs, with what it was; of a relation that began or ended all of it."""
    is_change = event.change is CopyChange.CHANGED
    currency = clean(event.margin_currency or "", 20)

    def amount(value: Decimal | None) -> str:
        known = given(value)
        return "?" if known is None else f"{number(known)} {currency}".rstrip()

    def share(value: Decimal | None) -> str:
        known = given(value)
        return "?" if known is None else speech.percent(known)

    lines = (
        ("copy_amount", amount, event.copy_amount, event.copy_amount_before),
        ("profit_sharing_ratio", share, event.profit_sharing_ratio, event.profit_sharing_ratio_before),
    )
    for name, shown, now, before in lines:
        if now is None and before is None and not speech.shows_money:
            continue  # hidden, not unknown
        if is_change and name in event.changed:
            yield speech.say(f"relation_{name}_changed", now=shown(now), before=shown(before))
        elif not is_change and given(now) is not None:
            yield speech.say(f"relation_{name}", now=shown(now))
    if is_change and "lead_mode" in event.changed:
        yield speech.say("relation_lead_mode_changed", now=clean(event.lead_mode or "?", 20))
    if is_change and "began_at" in event.changed:
        yield speech.say("relation_began_changed")


def _details(speech: Speech, event: CopyRelation) -> Iterator[str]:
    if event.trader:
        yield speech.say("relation_code", trader=clean(event.trader, 60))
    if event.began_at is not None:
        yield speech.say("relation_began", since=speech.since(event.began_at))


def _count(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"
