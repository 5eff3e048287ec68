from decimal import Decimal

import pytest

from alertd.alerts.reminders import GATHER_S, due_together, urgency
from alertd.domain.alert import AlertState
from tests.alerts.nouns import CRITICAL, ETH, WARNING, alert_of, at, coverage, isolated, margin


def test_alerts_due_within_a_moment_are_reminded_of_together() -> None:
    first = alert_of(margin(), remind_at=at(100))
    soon = alert_of(margin(position=isolated(ETH)), remind_at=at(100 + GATHER_S))
    later = alert_of(margin(position=isolated("X")), remind_at=at(101 + GATHER_S))
    never = alert_of(margin(position=isolated("Y")))
    alerts = [later, soon, never, first]
    assert due_together(alerts, at(99)) == []
    assert due_together(alerts, at(100)) == [soon, first]
    assert due_together(alerts, at(105)) == [soon, first]
    assert due_together(alerts, at(200)) == [later, soon, first]
    assert due_together([never], at(200)) == []


@pytest.mark.parametrize(
    "fields",
    [{"state": AlertState.ACKNOWLEDGED}, {"state": AlertState.PENDING}, {"vanished_at": at(0)}],
    ids=["acknowledged", "pending", "vanished"],
)
def test_only_firing_alerts_of_positions_that_exist_are_reminded_of(fields: dict[str, object]) -> None:
    assert due_together([alert_of(margin(), remind_at=at(1), **fields)], at(5)) == []


def test_the_worst_comes_first() -> None:
    def position(**figures: str) -> object:
        return margin(position=isolated(), **{name: Decimal(text) for name, text in figures.items()})

    worst_first = [
        alert_of(position(minutes_to_liquidation="3", margin_ratio="9")),
        alert_of(position(minutes_to_liquidation="7")),
        alert_of(position(distance_to_liquidation="0.01")),
        alert_of(position(distance_to_liquidation="0.05", margin_ratio="1.2")),
        alert_of(position(margin_ratio="2")),
        alert_of(coverage()),
        alert_of(position(minutes_to_liquidation="1"), severity=WARNING),
    ]
    assert [alert.severity for alert in worst_first].count(CRITICAL) == 6
    mixed = worst_first[::-1]
    mixed.sort(key=urgency)
    assert mixed == worst_first
