from collections.abc import Callable

import pytest

from alertd.alerts.ledger import Draft, Ledger
from alertd.alerts.mutes import is_in_need
from alertd.alerts.muting import settle
from alertd.alerts.states import IllegalMove
from alertd.domain.alert import Alert, AlertState, Resolution
from alertd.domain.notification import Reason
from tests.alerts.nouns import (
    CRITICAL,
    STEPS,
    alert_of,
    at,
    coverage,
    margin,
    plans_of,
    remind_critical,
    says,
)

Step = Callable[[Ledger, Alert, Draft], object]


def restored(alert: Alert) -> Ledger:
    ledger = Ledger(plans_of(remind_critical))
    ledger.restore(alert)
    return ledger


def test_an_edit_stores_one_version_and_tells_nothing() -> None:
    alert, draft = alert_of(margin()), Draft(at(5))
    edited = restored(alert).edit(alert, draft, occurrences=2)
    assert (edited.version, edited.updated_at, edited.occurrences) == (2, at(5), 2)
    assert (draft.alerts, draft.notifications) == ([edited], [])


def test_what_is_told_is_the_version_that_is_stored() -> None:
    alert, draft = alert_of(margin()), Draft(at(5))
    told = restored(alert).tell(alert, Reason.WORSENED, draft, due=at(5))
    assert (told.version, told.sequence, told.told_at, told.remind_at) == (2, 2, at(5), at(5 + STEPS[0]))
    assert draft.notifications[0].alert is told is draft.alerts[0]


def test_what_began_before_the_clock_was_set_back_is_told_and_not_owed_for_ever() -> None:
    alert, draft = alert_of(margin(), since=at(60), told_at=at(-60)), Draft(at(5))
    ledger = restored(alert)
    assert is_in_need(alert)
    ledger.edit(alert, draft)  # it is looked at again
    settle(ledger, draft)
    assert [told.alert.is_told for told in draft.notifications] == [True]


@pytest.mark.parametrize(
    ("state", "resolution", "tells"),
    [
        (AlertState.FIRING, Resolution.RECOVERED, True),
        (AlertState.ACKNOWLEDGED, Resolution.CLOSED, True),
        (AlertState.FIRING, Resolution.UNKNOWN, True),
        (AlertState.FIRING, Resolution.EXPIRED, False),
        (AlertState.PENDING, Resolution.RECOVERED, False),
    ],
)
def test_an_end_is_told_unless_it_is_silent_or_the_beginning_was(
    state: AlertState, resolution: Resolution, tells: bool
) -> None:
    alert, draft = alert_of(margin(), state=state, remind_at=at(9)), Draft(at(5))
    ledger = restored(alert)
    ledger.resolve(alert, resolution, draft)
    (ended,) = draft.alerts
    assert (ended.state, ended.resolution, ended.resolved_at) == (AlertState.RESOLVED, resolution, at(5))
    assert ended.remind_at is None
    assert ended.sequence == (2 if tells else 1)
    assert [str(told.reason) for told in draft.notifications] == ([str(resolution)] if tells else [])
    assert alert.fingerprint not in ledger.open
    assert ledger.timers.next_due() is None


def test_an_illegal_move_changes_nothing() -> None:
    resolved, draft = alert_of(margin(), state=AlertState.RESOLVED), Draft(at(5))
    ledger = restored(resolved)
    with pytest.raises(IllegalMove):
        ledger.resolve(resolved, Resolution.CLOSED, draft)
    assert ledger.open.get(resolved.fingerprint) is resolved
    assert (draft.alerts, draft.notifications) == ([], [])


def test_the_newest_figures_go_into_whatever_is_stored_next() -> None:
    alert, newer = alert_of(margin()), margin(at(3))
    ledger = restored(alert)
    ledger.latest[alert.fingerprint] = says(newer, CRITICAL, figure="margin_ratio")
    assert ledger.shown(alert).event is newer
    assert ledger.shown(alert).version == alert.version
    assert ledger.edit(alert, Draft(at(5))).figure == "margin_ratio"


def test_a_better_figure_is_not_judged_by_time_alone_but_a_changed_state_is() -> None:
    ledger = Ledger(plans_of(remind_critical))
    for event, expected in ((margin(), None), (coverage(), at(60))):
        alert = alert_of(event, better_since=at(0))
        assert ledger.better_due(alert) is None  # how long it must hold is not known yet
        ledger.latest[alert.fingerprint] = says(event, None, hold_s=60)
        assert ledger.better_due(alert) == expected
