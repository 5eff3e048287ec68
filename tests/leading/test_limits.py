"""Covers alertd/leading/limits.py"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from alertd.domain.events import LeadTradeFailed
from alertd.leading.limits import Limits, learned, limits_of, nearness, opened_today

AT = datetime(2026, 11, 3, 1, tzinfo=UTC)


def notice(**limits: Decimal) -> LeadTradeFailed:
    return LeadTradeFailed(event_id="e", exchange="okx", account="main", received_at=AT, **limits)


def test_a_notice_names_the_limit_that_was_hit_and_the_other_stays_known() -> None:
    limits = learned(Limits(), notice(min_lead_equity=Decimal(500)))
    limits = learned(limits, notice(max_lead_trades=Decimal(20)))
    assert limits == Limits(Decimal(500), 20)
    assert learned(limits, notice()) == limits
    assert limits_of(limits.encoded()) == limits
    assert limits_of(None) == limits_of("x") == Limits()


@pytest.mark.parametrize("absurd", [Decimal(0), Decimal(-1)])
def test_a_limit_of_nothing_is_none(absurd: Decimal) -> None:
    assert learned(Limits(), notice(min_lead_equity=absurd, max_lead_trades=absurd)) == Limits()


def test_how_near_is_said_only_where_both_are_known() -> None:
    known = nearness(Limits(Decimal(500), 20), Decimal(600), 16)
    assert (known["equity_share"], known["day_share"]) == (Decimal("1.2"), Decimal("0.8"))
    unknown = nearness(Limits(), Decimal(600), 16)
    assert (unknown["equity_share"], unknown["day_share"]) == (None, None)
    assert nearness(Limits(Decimal(500), 20), None, None)["equity_share"] is None


def test_today_is_a_day_of_utc() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=-5)))
    times = [AT, AT - timedelta(hours=2), None, elsewhere, AT + timedelta(hours=22)]
    assert opened_today(times, elsewhere) == 3
