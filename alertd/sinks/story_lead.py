"""The story of a lead trade that was not led: what it means for the followers, and what to do. Pure."""

from __future__ import annotations

from alertd.domain.events import LeadTradeFailed
from alertd.sinks.figures import clean, given, number
from alertd.sinks.speech import Speech
from alertd.sinks.story import Story

_KNOWN_TYPES = ("1", "2", "3")


def lead_story(speech: Speech, event: LeadTradeFailed) -> Story:
    """`info_type` decides the reason and the cure; an unknown one is said to be unknown."""
    named = " ".join(filter(None, (clean(event.instrument or "", 60), speech.direction(event))))
    subject = speech.say("lead_subject", position=named) if event.instrument else ""
    trader = clean(event.trader or "", 60)
    return Story(
        subject=subject or speech.say("lead_subject_unnamed"),
        figure=_with_limit(speech, "lead_figure", event),
        happened=speech.say("lead_followers"),
        facts=[_with_limit(speech, "lead_reason", event), _trade_line(speech, event, named)],
        steps=_steps(speech, event),
        details=[speech.say("lead_trader", trader=trader)] if trader else [],
    )


def _with_limit(speech: Speech, stem: str, event: LeadTradeFailed) -> str:
    """The reason's text, with the exchange's limit where it named one."""
    exchange = speech.exchange(event)
    most, least = given(event.max_lead_trades), given(event.min_lead_equity)
    # Not every text has every placeholder; what a text does not ask for is ignored.
    if event.info_type == "2" and most is not None:
        return speech.say(f"{stem}_2_max", exchange=exchange, value=number(most))
    if event.info_type == "3" and least is not None:
        return speech.say(f"{stem}_3_min", exchange=exchange, value=number(least))
    if event.info_type in _KNOWN_TYPES:
        return speech.say(f"{stem}_{event.info_type}", exchange=exchange)
    return speech.say(f"{stem}_other", exchange=exchange, type=f'"{clean(event.info_type, 20)}"')


def _trade_line(speech: Speech, event: LeadTradeFailed, named: str) -> str:
    side = clean(event.side or "", 20)
    if not named:
        return speech.say("lead_trade_unnamed", exchange=speech.exchange(event))
    return speech.say("lead_trade_side" if side else "lead_trade", position=named, side=side)


def _steps(speech: Speech, event: LeadTradeFailed) -> list[str]:
    exchange = speech.exchange(event)
    cure = f"step_lead_{event.info_type if event.info_type in _KNOWN_TYPES else 'other'}"
    return [speech.say("step_own_position", exchange=exchange), speech.say(cure, exchange=exchange)]
