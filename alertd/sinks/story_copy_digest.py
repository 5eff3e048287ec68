"""The daily digest of an account that leads or copies. Pure.

What is not known is said to be unknown; what a reader may not see is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from alertd.domain.copy_digest import (
    CopiedFigures,
    CopiedLeader,
    CopyDigest,
    LedFigures,
    LedOrder,
    LedResult,
    Week,
)
from alertd.domain.events import CoverageState
from alertd.domain.presence import OpenPosition
from alertd.sinks.figures import clean, given, number
from alertd.sinks.speech import Speech
from alertd.sinks.story import Story
from alertd.sinks.story_coverage import unseen_text
from alertd.sinks.story_presence import counted, position_name

_MOST_LEADERS = 10
_MOST_ORDERS = 10
_MOST_CLOSED = 5
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
            *(_led(speech, event, event.led) if event.led is not None else ()),
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
        return speech.say("copy_digest_worst", order=_order(speech, event.led.orders[0]))
    return speech.say("copy_digest_flat")


def _against(speech: Speech, event: CopyDigest) -> str:
    if event.since is None:
        return speech.say("copy_digest_first")
    return speech.say("copy_digest_since", moment=speech.moment(event.since))


# --- who is copied ----------------------------------------------------------------------------------------


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
        yield from _more(speech, len(leaders) - _MOST_LEADERS)
    if copied.positions is None:
        yield speech.say("copy_digest_positions_unknown")
        return
    yield speech.say("copy_digest_positions", count=str(copied.positions))
    told = None if event.state == CoverageState.BLIND else _nearest(event)
    shown = [one for one in copied.nearest if one is not told]
    yield from (speech.say("summary_position_line", position=_position(speech, one)) for one in shown)
    yield from _more(speech, copied.positions - len(copied.nearest))


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
    change = _signed(value - former)
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


# --- what is led ------------------------------------------------------------------------------------------


def _led(speech: Speech, event: CopyDigest, led: LedFigures) -> Iterator[str]:
    if led.leads is False:
        yield speech.say("copy_digest_leads_not", exchange=speech.exchange(event))
        return
    yield from _orders(speech, led.orders)
    yield from _closed(speech, event, led)
    yield _followers(speech, event, led)
    currency = clean(event.margin_currency or "", 20)
    yield from _shared(speech, led, currency)
    if led.week is not None:
        yield _week(speech, led.week, currency)
    elif "week" not in led.unasked:
        yield speech.say("copy_digest_week_unknown")
    if led.unasked:
        yield speech.say("copy_digest_unasked", exchange=speech.exchange(event))


def _orders(speech: Speech, orders: Sequence[LedOrder] | None) -> Iterator[str]:
    if orders is None:
        yield speech.say("copy_digest_orders_unknown")
        return
    yield speech.say("copy_digest_orders", count=str(len(orders)))
    for one in orders[:_MOST_ORDERS]:
        yield speech.say("summary_position_line", position=_order(speech, one))
    yield from _more(speech, len(orders) - _MOST_ORDERS)


def _order(speech: Speech, one: LedOrder) -> str:
    rate = given(one.profit_rate)
    key = "copy_digest_order" if rate is not None else "copy_digest_order_unknown"
    value = "" if rate is None else speech.percent(rate)
    return speech.say(key, position=position_name(speech, one.instrument, one.direction), rate=value)


def _closed(speech: Speech, event: CopyDigest, led: LedFigures) -> Iterator[str]:
    since = speech.moment(event.closed_since) if event.closed_since is not None else "?"
    closed = led.closed
    if closed is None:
        yield speech.say("copy_digest_closed_unknown", since=since)
        return
    won = sum(one.is_won is True for one in closed)
    lost = sum(one.is_won is False for one in closed)
    counts = {"count": str(len(closed)), "won": str(won), "lost": str(lost), "since": since}
    key = "copy_digest_closed" if led.closed_from is None else "copy_digest_closed_at_least"
    yield speech.say(key if closed else "copy_digest_closed_none", **counts)
    currency = clean(event.margin_currency or "", 20)
    if closed and speech.shows_money:
        yield _result(speech, closed, currency)
        newest = sorted(closed, key=lambda one: one.closed_at or event.received_at, reverse=True)
        for one in newest[:_MOST_CLOSED]:
            named = position_name(speech, one.instrument, one.direction)
            profit = given(one.profit)
            text = (
                speech.say("copy_digest_unknown_short") if profit is None else f"{_signed(profit)} {currency}"
            )
            yield speech.say("copy_digest_closed_line", position=named, result=text.rstrip())
        yield from _more(speech, len(closed) - _MOST_CLOSED)


def _result(speech: Speech, closed: Sequence[LedResult], currency: str) -> str:
    known = [profit for one in closed if (profit := given(one.profit)) is not None]
    key = "copy_digest_result" if len(known) == len(closed) else "copy_digest_result_part"
    total = f"{_signed(sum(known, Decimal(0)))} {currency}".rstrip()
    return speech.say(key, total=total, count=str(len(closed) - len(known)))


def _followers(speech: Speech, event: CopyDigest, led: LedFigures) -> str:
    now, before = led.followers, led.followers_before
    if now is None:
        return speech.say("copy_digest_followers_unknown")
    if event.since is None:
        return speech.say("leader_followers", now=f"{now:,}")
    if before is None:
        count = speech.say("copy_digest_change_unknown", amount=f"{now:,}")
        return speech.say("leader_followers", now=count)
    change = f"{now - before:+,}" if now != before else speech.say("copy_digest_unchanged")
    return speech.say("copy_digest_followers", now=f"{now:,}", change=change)


def _shared(speech: Speech, led: LedFigures, currency: str) -> Iterator[str]:
    if "shared" in led.unasked:
        return
    if led.shared is None:
        yield speech.say("copy_digest_shared_none" if led.shared_is_known else "copy_digest_shared_unknown")
        return
    period, ours, total = clean(led.shared.period, 20), given(led.shared.ours), given(led.shared.total)
    if not speech.shows_money:
        yield speech.say("copy_digest_shared_on", period=period)
        return
    unknown = speech.say("copy_digest_unknown_short")
    parts = {
        "ours": unknown if ours is None else f"{number(ours)} {currency}".rstrip(),
        "total": unknown if total is None else f"{number(total)} {currency}".rstrip(),
    }
    yield speech.say("copy_digest_shared", period=period, **parts)


def _week(speech: Speech, week: Week, currency: str) -> str:
    def amount(value: Decimal | None) -> str:
        known = given(value)
        return (
            speech.say("copy_digest_unknown_short")
            if known is None
            else f"{number(known)} {currency}".rstrip()
        )

    def share(value: Decimal | None) -> str:
        known = given(value)
        return speech.say("copy_digest_unknown_short") if known is None else speech.percent(known)

    orders = speech.say("copy_digest_unknown_short") if week.orders is None else f"{week.orders:,}"
    parts = {"ratio": share(week.profit_ratio), "won": share(week.win_ratio), "orders": orders}
    if not speech.shows_money:
        return speech.say("copy_digest_week_shares", **parts)
    return speech.say(
        "copy_digest_week",
        profit=amount(week.profit),
        followers=amount(week.followers_profit),
        managed=amount(week.managed),
        **parts,
    )


# --- both -------------------------------------------------------------------------------------------------


def _unseen(speech: Speech, event: CopyDigest) -> str:
    if not event.unseen:
        return ""
    named = [unseen_text(speech, spot) for spot in event.unseen[:_MOST_UNSEEN]]
    left = len(event.unseen) - _MOST_UNSEEN
    return speech.say("copy_digest_unseen", unseen=", ".join([*named, f"+{left}"] if left > 0 else named))


def _more(speech: Speech, count: int) -> list[str]:
    return [speech.say("summary_more", count=str(count))] if count > 0 else []


def _signed(value: Decimal) -> str:
    return f"+{number(value)}" if value > 0 else number(value)
