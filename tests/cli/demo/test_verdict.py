"""Expected against delivered."""

from __future__ import annotations

import pytest

from alertd.cli.demo.verdict import Told, head_start_s, judge
from alertd.domain.alert import Severity
from alertd.domain.events import MarginMode
from alertd.domain.notification import DeliveryState, Reason
from alertd.simulators.script import Expected
from tests.cli.demo.samples import BTC, after, arrived, begun, step
from tests.sinks.samples import coverage, lead, liquidation, margin, warning

RATIO = Expected("margin_state", "critical", "margin_ratio", BTC)


def is_met(expected: Expected, told: Told, began_s: float = 0) -> bool:
    one = step(expected)
    return judge([one], [begun(one, began_s)], [told]).is_good


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        (RATIO, arrived(margin())),
        (RATIO, arrived(margin(), reason=Reason.WORSENED)),
        (Expected("margin_state", "critical"), arrived(margin(), rule="buffer_used")),
        (
            Expected("margin_state", "critical", "margin_ratio", "USDT"),
            arrived(margin(margin_mode=MarginMode.CROSS)),
        ),
        (
            Expected("liquidation_warning", "critical", subject=BTC),
            arrived(warning(), rule="exchange_warning"),
        ),
        (Expected("liquidation", "critical", subject=BTC), arrived(liquidation(), rule="liquidation")),
        (
            Expected("lead_trade_failed", "warning", subject="2"),
            arrived(lead(info_type="2"), Severity.WARNING),
        ),
        (Expected("coverage", "warning"), arrived(coverage(), Severity.WARNING, "coverage")),
    ],
)
def test_what_fits_is_met(expected: Expected, told: Told) -> None:
    assert is_met(expected, told)


@pytest.mark.parametrize(
    "told",
    [
        arrived(warning()),
        arrived(margin(), Severity.WARNING),
        arrived(margin(), rule="buffer_used"),
        arrived(margin(instrument="ETH-USDT-SWAP")),
        arrived(margin(margin_mode=MarginMode.CROSS)),
        arrived(margin(), reason=Reason.REMINDER),
        arrived(margin(), reason=Reason.LIQUIDATED),
        arrived(margin(), at_s=-0.01),
        arrived(margin(), state=DeliveryState.SENDING),
        arrived(margin(), state=DeliveryState.UNKNOWN),
        arrived(margin(), state=DeliveryState.DEAD),
    ],
    ids=lambda told: f"{told.notification.alert.fingerprint} {told.notification.reason} {told.state}",
)
def test_another_kind_severity_rule_subject_reason_time_or_state_is_not_it(told: Told) -> None:
    assert not is_met(RATIO, told)


def test_a_lead_notification_of_another_type_is_not_it() -> None:
    told = arrived(lead(info_type="1"), Severity.WARNING)
    assert not is_met(Expected("lead_trade_failed", "warning", subject="2"), told)


def test_a_step_that_was_never_played_is_not_met_by_anything() -> None:
    verdict = judge([step(RATIO)], [], [arrived(margin())])
    assert not verdict.is_good
    assert verdict.findings[0].begun_at is None
    assert len(verdict.unexpected) == 1


def test_times_count_from_the_step_and_from_the_push() -> None:
    one = step(RATIO)
    event = margin(received_at=after(2.95))
    verdict = judge([one], [begun(one, 1)], [arrived(event, at_s=3)])
    finding = verdict.findings[0]
    assert finding.after_step_s == pytest.approx(2.1)
    assert finding.told is not None
    assert finding.told.late_s == pytest.approx(0.15)


def test_how_late_an_ending_is_counts_from_the_decision() -> None:
    told = arrived(margin(received_at=after(-60)), at_s=3, reason=Reason.LIQUIDATED)
    assert told.late_s == pytest.approx(0.1)


def test_one_arrival_meets_one_expectation_and_the_earliest_goes_first() -> None:
    one, other = step(RATIO), step(RATIO, at_s=5)
    first, second = arrived(margin(), at_s=6), arrived(margin(), at_s=7)
    steps, played = [one, other], [begun(one), begun(other, 5)]
    assert not judge(steps, played, [first]).is_good
    verdict = judge(steps, played, [second, first])
    assert [finding.told for finding in verdict.findings] == [first, second]
    assert verdict.is_good


def test_what_is_certain_is_served_before_what_is_not() -> None:
    perhaps = Expected("margin_state", "critical", is_certain=False)
    one = step(perhaps, RATIO)
    verdict = judge([one], [begun(one)], [arrived(margin())])
    assert verdict.is_good
    assert [finding.is_met for finding in verdict.findings] == [False, True]


def test_what_is_not_certain_is_shown_and_does_not_count() -> None:
    one = step(Expected("coverage", "warning", is_certain=False), RATIO)
    verdict = judge([one], [begun(one)], [arrived(margin())])
    assert len(verdict.findings) == 2
    assert len(verdict.certain) == 1
    assert verdict.is_good


def test_the_rest_is_told_apart() -> None:
    one = step(RATIO)
    surplus, ended = arrived(warning()), arrived(margin(), at_s=9, reason=Reason.LIQUIDATED)
    waiting = arrived(liquidation()).notification
    told = [arrived(margin()), surplus, ended]
    verdict = judge([one], [begun(one)], told, [waiting], ["stray"])
    assert verdict.unexpected == (surplus,)
    assert verdict.went_on == (ended,)
    assert verdict.unsent == (waiting,)
    assert verdict.nameless == ("stray",)
    assert verdict.is_good


def test_where_nothing_is_expected_silence_is_good_and_nothing_else() -> None:
    quiet = step()
    played = [begun(quiet)]
    assert judge([quiet], played, []).is_good
    assert not judge([quiet], played, [arrived(margin())]).is_good
    assert not judge([quiet], played, [], [arrived(margin()).notification]).is_good
    assert not judge([quiet], played, [], [], ["stray"]).is_good


class TestHeadStart:
    def test_counts_from_our_first_arrival_to_the_push_of_the_exchange(self) -> None:
        told = [
            arrived(margin(instrument="ETH-USDT-SWAP"), at_s=0),
            arrived(margin(), at_s=2),
            arrived(margin(), at_s=1),
            arrived(warning(received_at=after(6)), at_s=6.01),
        ]
        assert head_start_s(told) == pytest.approx(4.9)

    def test_is_below_zero_where_the_exchange_was_first(self) -> None:
        told = [arrived(warning(received_at=after(1)), at_s=1), arrived(margin(), at_s=2)]
        assert head_start_s(told) == pytest.approx(-1.1)

    @pytest.mark.parametrize(
        "told",
        [
            [],
            [arrived(margin())],
            [arrived(warning())],
            [arrived(margin(instrument="ETH-USDT-SWAP")), arrived(warning())],
            [arrived(margin(), reason=Reason.RECOVERED), arrived(warning())],
        ],
    )
    def test_needs_both(self, told: list[Told]) -> None:
        assert head_start_s(told) is None
