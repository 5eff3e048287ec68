"""What an account leads, in its daily digest. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from alertd.domain.copy_digest import CopyDigest, LedFigures, LedOrder, LedResult, Week
from alertd.sinks.figures import clean, given, number
from alertd.sinks.speech import Speech
from alertd.sinks.story_presence import position_name

_MOST_ORDERS = 10
_MOST_CLOSED = 5


def led_lines(speech: Speech, event: CopyDigest, led: LedFigures) -> Iterator[str]:
    """Orders, results, followers, settlements, statistics."""
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
        yield speech.say("summary_position_line", position=order_text(speech, one))
    yield from more_lines(speech, len(orders) - _MOST_ORDERS)


def order_text(speech: Speech, one: LedOrder) -> str:
    """An order and its profit rate."""
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
                speech.say("copy_digest_unknown_short") if profit is None else f"{signed(profit)} {currency}"
            )
            yield speech.say("copy_digest_closed_line", position=named, result=text.rstrip())
        yield from more_lines(speech, len(closed) - _MOST_CLOSED)


def _result(speech: Speech, closed: Sequence[LedResult], currency: str) -> str:
    known = [profit for one in closed if (profit := given(one.profit)) is not None]
    key = "copy_digest_result" if len(known) == len(closed) else "copy_digest_result_part"
    total = f"{signed(sum(known, Decimal(0)))} {currency}".rstrip()
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


def more_lines(speech: Speech, count: int) -> list[str]:
    """How many are not named; nothing where all are."""
    return [speech.say("summary_more", count=str(count))] if count > 0 else []


def signed(value: Decimal) -> str:
    """With its sign, also above zero."""
    return f"+{number(value)}" if value > 0 else number(value)
