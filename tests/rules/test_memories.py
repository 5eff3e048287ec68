from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from alertd.domain.alert import Fingerprint
from alertd.domain.evaluation import Evaluation
from alertd.domain.events import (
    Coverage,
    CoverageState,
    LeadTradeFailed,
    Liquidation,
    MarginState,
    PositionScope,
    PositionSnapshot,
)
from alertd.domain.recollection import RuleMemory
from alertd.rules.kept import STORED_EVERY_S
from alertd.rules.memories import SWEPT_EVERY_S, Memories
from tests.rules.conftest import AT

Make = Callable[..., Any]
LABELS: dict[str, dict[str, str]] = {"main": {"owner": "anna"}, "desk": {}}


def at(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


class Mind:
    """Memories, with the alerts that are open as far as their rules were told."""

    def __init__(self, make_event: Make, rules: Sequence[Any], labels: dict[str, Any] | None = None) -> None:
        self.make_event = make_event
        self.memories = Memories(rules, LABELS if labels is None else labels)
        self.open: Collection[str] = ()
        self.rows: dict[tuple[str, str, str], RuleMemory] = {}  # what is stored

    def is_open(self, name: Fingerprint) -> bool:
        return name.rule in self.open

    def judge(self, kind: str, seconds: float = 0, **fields: Any) -> list[Evaluation]:
        event = self.make_event(kind, received_at=at(seconds), **fields)
        assert type(event) in self.memories.kinds
        accounts = {"main", "desk"} if self.open else set()
        untouched = self.memories.is_untouched_by(event, accounts)
        found = self.memories.judge(event, self.is_open, accounts)
        assert not (untouched and (found or self.memories.has_to_store))
        self.store()
        return found

    def tick(self, *seconds: float) -> list[Evaluation]:
        """What the last of these ticks brings."""
        found: list[Evaluation] = []
        for second in seconds:
            tick = self.make_event("tick", received_at=at(second), account="", exchange="", instrument=None)
            found = self.memories.tick(tick, self.is_open)
            self.store()
        return found

    def watched(
        self, seconds: float = 0, state: str = "watched", *causes: str, stream: str = ""
    ) -> list[Evaluation]:
        return self.judge("coverage", seconds, state=CoverageState(state), causes=causes, stream=stream)

    def store(self, *, everything: bool = False) -> list[RuleMemory]:
        rows = self.memories.to_store(everything=everything)
        for row in rows:
            self.rows[row.rule, row.account, row.subject] = row
        return rows

    def reborn(self, rules: Sequence[Any], labels: dict[str, Any] | None = None) -> Mind:
        """The next process, with what was stored."""
        mind = Mind(self.make_event, rules, labels)
        mind.afresh = mind.memories.restore([row for row in self.rows.values() if row.body is not None])
        mind.rows = self.rows
        mind.store()
        return mind

    afresh: list[str]


def test_only_what_concerns_a_rule_is_wanted(make_back: Make) -> None:
    assert Memories([], {}).kinds == {Coverage}
    assert Memories([make_back("count")], {}).kinds == {Coverage, LeadTradeFailed}
    assert Memories([make_back("count", event="liquidation")], {}).kinds == {Coverage, Liquidation}
    assert Memories([make_back("drawdown")], {}).kinds == {Coverage, MarginState, PositionSnapshot}


def test_each_account_counts_for_itself(make_event: Make, make_back: Make) -> None:
    mind = Mind(make_event, [make_back("count", count=2)])
    assert mind.judge("lead_trade_failed", 0) == []
    assert mind.judge("lead_trade_failed", 1, account="desk") == []
    (said,) = mind.judge("lead_trade_failed", 2, trader="X")
    assert said.fingerprint.account == "main"


def test_a_rule_of_other_accounts_remembers_nothing(make_event: Make, make_back: Make) -> None:
    rule = make_back("count", count=2, match={"labels": {"owner": "ben"}})
    mind = Mind(make_event, [rule])
    assert mind.judge("lead_trade_failed", 0) + mind.judge("lead_trade_failed", 1, trader="X") == []
    assert mind.store(everything=True) == []


# --- absence ----------------------------------------------------------------------------------------


def absence(make_event: Make, make_back: Make, **keys: Any) -> Mind:
    return Mind(make_event, [make_back("absence", **keys)])


def test_nothing_for_so_long_while_watched(make_event: Make, make_back: Make) -> None:
    mind = absence(make_event, make_back)
    assert mind.tick(*range(2000)) == []  # nobody knows whether the account is watched
    mind.watched(2000)
    assert mind.tick(*range(2000, 2660)) == []
    (said,) = mind.tick(2660)
    assert (said.fingerprint.account, said.event.account, said.event.exchange) == ("main", "main", "okx")
    assert said.recollection is not None
    assert said.recollection.absent_s == 660


@pytest.mark.parametrize(
    ("state", "causes", "stream"),
    [
        ("blind", ["connection"], "private"),
        ("blind", ["sink_unproven"], ""),
        ("degraded", ["channel_refused"], "private"),
        ("degraded", ["connection", "sink_unproven"], "business"),
        ("degraded", ["clock"], "business"),
        ("degraded", [], ""),
    ],
)
def test_time_without_a_full_view_does_not_count(
    make_event: Make, make_back: Make, state: str, causes: list[str], stream: str
) -> None:
    mind = absence(make_event, make_back)
    mind.watched()
    mind.tick(*range(400))
    mind.watched(400, state, *causes, stream=stream)
    assert mind.tick(*range(401, 5000)) == []
    mind.watched(5000)
    assert mind.tick(*range(5000, 5320)) == []  # 340 s were proven before
    assert len(mind.tick(5320)) == 1


@pytest.mark.parametrize("cause", ["sink_unproven", "sink_dead", "unreconciled", "clock"])
def test_what_keeps_no_event_from_us_takes_no_time_away(
    make_event: Make, make_back: Make, cause: str
) -> None:
    mind = absence(make_event, make_back)
    mind.watched(0, "degraded", cause)
    mind.tick(*range(400))
    mind.watched(400)
    assert mind.tick(*range(400, 660)) == []
    assert len(mind.tick(660)) == 1


def test_the_event_begins_the_time_anew_and_ends_the_alert(make_event: Make, make_back: Make) -> None:
    mind = absence(make_event, make_back)
    mind.watched()
    mind.tick(*range(600))
    assert mind.judge("lead_trade_failed", 600) == []
    assert mind.tick(*range(601, 1260)) == []
    assert len(mind.tick(1260)) == 1
    mind.open = {"mine"}
    assert len(mind.tick(1261)) == 1  # its figures grow
    (said,) = mind.judge("lead_trade_failed", 1262)
    assert said.severity is None


def test_an_absence_survives_a_restart_and_the_time_between_does_not_count(
    make_event: Make, make_back: Make
) -> None:
    mind = absence(make_event, make_back)
    mind.watched()
    mind.tick(*range(500))
    mind.store(everything=True)
    mind = mind.reborn([make_back("absence")])
    mind.watched(9000)
    assert mind.tick(*range(9000, 9221)) == []  # 439 s were proven
    assert len(mind.tick(9221)) == 1


def test_a_crash_brings_no_absence_back(make_event: Make, make_back: Make) -> None:
    """Seen after a long silence, and killed at once: what was stored before would fire too early."""
    mind = absence(make_event, make_back)
    mind.watched()
    mind.tick(*range(650))
    mind.judge("lead_trade_failed", 650)
    mind = mind.reborn([make_back("absence")])
    mind.watched(700)
    assert mind.tick(*range(700, 1359)) == []
    assert len(mind.tick(1359, 1360)) == 1


def test_another_patience_keeps_what_was_waited(make_event: Make, make_back: Make) -> None:
    mind = absence(make_event, make_back)
    mind.watched()
    mind.tick(*range(400))
    assert mind.memories.reconfigure([make_back("absence", absent_for_s=300)], LABELS) == []
    assert len(mind.tick(400)) == 1


def test_an_account_that_is_gone_is_not_waited_for(make_event: Make, make_back: Make) -> None:
    mind = absence(make_event, make_back)
    mind.watched()
    mind.tick(*range(600))
    mind.memories.reconfigure([make_back("absence")], {"desk": {}})
    mind.watched(600)  # the last word of it
    assert mind.tick(*range(600, 2000)) == []
    assert mind.rows["mine", "main", "account"].body is None


def test_an_account_that_a_rule_concerns_no_more_stands_down(make_event: Make, make_back: Make) -> None:
    mind = absence(make_event, make_back)
    mind.watched()
    mind.tick(*range(700))
    mind.open = {"mine"}
    rule = make_back("absence", match={"account": "desk"})
    assert mind.memories.reconfigure([rule], LABELS) == ["mine"]
    (said,) = mind.tick(700)
    assert (said.severity, said.fingerprint.account) == (None, "main")


# --- drawdown ---------------------------------------------------------------------------------------


def test_each_position_has_its_own_peak(make_event: Make, make_back: Make) -> None:
    mind = Mind(make_event, [make_back("drawdown")])
    assert mind.judge("margin_state", 0, margin_ratio=10.0) == []
    assert mind.judge("margin_state", 1, margin_ratio=5.0, instrument="ETH") == []
    (said,) = mind.judge("margin_state", 2, margin_ratio=5.0)
    assert said.fingerprint.subject == "BTC-USDT-SWAP/long/isolated"


def test_a_list_of_copies_forgets_no_own_position(make_event: Make, make_back: Make) -> None:
    mind = Mind(make_event, [make_back("drawdown")])
    mind.judge("margin_state", 0, margin_ratio=10.0)
    mind.judge("position_snapshot", 1, scope=PositionScope.COPIED)
    assert len(mind.judge("margin_state", 2, margin_ratio=5.0)) == 1


@pytest.mark.parametrize("way", ["closed", "snapshot"])
def test_a_position_that_is_gone_is_forgotten(make_event: Make, make_back: Make, way: str) -> None:
    mind = Mind(make_event, [make_back("drawdown")])
    mind.judge("margin_state", 0, margin_ratio=10.0)
    mind.judge("margin_state", 0, margin_ratio=10.0, instrument="ETH")
    if way == "closed":
        mind.judge("margin_state", 1, open=False)
    else:
        mind.judge("position_snapshot", 1, subjects=frozenset({"ETH/long/isolated"}))
    assert mind.judge("margin_state", 2, margin_ratio=5.0) == []
    assert len(mind.judge("margin_state", 2, margin_ratio=5.0, instrument="ETH")) == 1


def test_an_alert_of_an_account_that_is_concerned_no_more_stands_down(
    make_event: Make, make_back: Make
) -> None:
    mind = Mind(make_event, [make_back("drawdown", match={"account": "desk"})])
    mind.open = {"mine"}
    (said,) = mind.judge("margin_state", 0, margin_ratio=5.0)
    assert (said.severity, said.held) == (None, None)
    assert Mind(make_event, [make_back("count", match={"account": "desk"})]).judge("lead_trade_failed") == []


# --- what is stored ---------------------------------------------------------------------------------


def test_a_quiet_push_is_known_beforehand(make_event: Make, make_back: Make) -> None:
    mind = Mind(make_event, [make_back("drawdown"), make_back("count", "other", event="liquidation")])
    quiet = make_event("margin_state", received_at=at(1), margin_ratio=9.5)
    assert not mind.memories.is_untouched_by(quiet, ())  # the first figure of the position
    mind.judge("margin_state", 0, margin_ratio=10.0)
    assert mind.memories.is_untouched_by(quiet, ())
    assert not mind.memories.is_untouched_by(quiet, {"main"})
    for kind, fields in (
        ("margin_state", {"margin_ratio": 11.0}),
        ("margin_state", {"margin_ratio": 5.0}),
        ("margin_state", {"open": False}),
        ("liquidation", {}),
        ("position_snapshot", {}),
        ("coverage", {}),
    ):
        assert not mind.memories.is_untouched_by(make_event(kind, received_at=at(1), **fields), ())
    assert mind.memories.is_untouched_by(make_event("lead_trade_failed"), ())


def test_a_quiet_push_stores_nothing_and_a_tick_does_later(make_event: Make, make_back: Make) -> None:
    mind = Mind(make_event, [make_back("drawdown")])
    for second in range(int(STORED_EVERY_S)):
        mind.judge("margin_state", second, margin_ratio=10.0 + second)
        mind.tick(second)
    assert mind.rows == {}
    mind.tick(STORED_EVERY_S)
    assert list(mind.rows) == [("mine", "main", "BTC-USDT-SWAP/long/isolated")]


def test_what_counts_is_stored_at_once_and_what_fires_with_its_alert(
    make_event: Make, make_back: Make
) -> None:
    mind = Mind(make_event, [make_back("count"), make_back("drawdown", "fall")])
    mind.judge("lead_trade_failed", 0)
    assert [row[0] for row in mind.rows] == ["mine"]
    mind.judge("margin_state", 0, margin_ratio=10.0)
    assert [row[0] for row in mind.rows] == ["mine"]
    assert len(mind.judge("margin_state", 1, margin_ratio=5.0)) == 1
    assert [row[0] for row in mind.rows] == ["mine", "fall"]


@pytest.mark.parametrize("clean", [True, False])
def test_a_count_goes_on_after_a_restart_or_a_crash(make_event: Make, make_back: Make, clean: bool) -> None:
    mind = Mind(make_event, [make_back("count")])
    for second in (0, 100):
        mind.judge("lead_trade_failed", second, trader=f"{second}")
        mind.tick(second + 1)
    if clean:
        mind.store(everything=True)
    mind = mind.reborn([make_back("count")])
    assert mind.afresh == []
    assert mind.judge("lead_trade_failed", 101, trader="100") == []  # read again after the restart
    assert len(mind.judge("lead_trade_failed", 200, trader="new")) == 1


def test_a_peak_survives_a_restart(make_event: Make, make_back: Make) -> None:
    mind = Mind(make_event, [make_back("drawdown")])
    mind.judge("margin_state", 0, margin_ratio=10.0)
    mind.store(everything=True)
    mind = mind.reborn([make_back("drawdown", fall="40%")])
    assert len(mind.judge("margin_state", 500, margin_ratio=5.0)) == 1


CHANGES: list[tuple[str, dict[str, Any], bool]] = [
    ("count", {}, True),
    ("count", {"severity": "critical"}, True),
    ("count", {"count": 2}, False),
    ("count", {"match": {"info_type": "*"}}, False),
    ("drawdown", {}, False),  # another type
]


@pytest.mark.parametrize("restart", [True, False])
@pytest.mark.parametrize(("kind", "keys", "remembers"), CHANGES)
def test_a_rule_that_changed_starts_afresh_and_says_so(
    make_event: Make,
    make_back: Make,
    kind: str,
    keys: dict[str, Any],
    remembers: bool,
    restart: bool,
) -> None:
    mind = Mind(make_event, [make_back("count"), make_back("count", "other")])
    mind.judge("lead_trade_failed", 0)
    rules = [make_back(kind, **keys), make_back("count", "other")]
    if restart:
        mind = mind.reborn(rules)
        afresh = mind.afresh
    else:
        afresh = mind.memories.reconfigure(rules, LABELS)
        mind.store()
    assert afresh == ([] if remembers else ["mine"])
    assert (mind.rows["mine", "main", "account"].body is not None) is remembers
    assert mind.rows["other", "main", "account"].body is not None


@pytest.mark.parametrize("restart", [True, False])
def test_a_rule_that_is_gone_is_forgotten_in_silence(
    make_event: Make, make_back: Make, restart: bool
) -> None:
    mind = Mind(make_event, [make_back("count")])
    mind.judge("lead_trade_failed", 0)
    if restart:
        mind = mind.reborn([])
        assert mind.afresh == []
    else:
        assert mind.memories.reconfigure([], LABELS) == []
        mind.store()
    assert mind.rows["mine", "main", "account"].body is None


def test_a_stored_text_that_cannot_be_read_starts_afresh(make_event: Make, make_back: Make) -> None:
    mind = Mind(make_event, [make_back("count")])
    mind.judge("lead_trade_failed", 0)
    ((key, row),) = mind.rows.items()
    mind.rows[key] = RuleMemory(
        rule=row.rule, account=row.account, subject=row.subject, definition=row.definition, body="?"
    )
    mind = mind.reborn([make_back("count")])
    assert mind.afresh == ["mine"]


def test_what_is_too_old_to_matter_is_forgotten(make_event: Make, make_back: Make) -> None:
    mind = Mind(make_event, [make_back("count"), make_back("drawdown", "fall"), make_back("absence", "none")])
    mind.watched()
    mind.tick(0)
    mind.judge("lead_trade_failed", 0)
    mind.judge("margin_state", 0, margin_ratio=10.0)
    mind.store(everything=True)
    mind.tick(1, SWEPT_EVERY_S + 1000)
    bodies = {row.rule: row.body for row in mind.rows.values()}
    assert (bodies["mine"], bodies["fall"]) == (None, None)
    assert bodies["none"] is not None


def test_events_without_an_account_are_counted_together(make_event: Make, make_back: Make) -> None:
    mind = Mind(make_event, [make_back("count", event="delivery", match={"healthy": False}, count=2)])
    nobody = {"account": "", "exchange": "", "healthy": False}
    assert mind.judge("delivery", 0, sink="a", **nobody) == []
    assert len(mind.judge("delivery", 1, sink="b", **nobody)) == 1


def test_coverage_can_be_counted_itself(make_event: Make, make_back: Make) -> None:
    """By the losses, however long they are and whatever becomes of them."""
    mind = Mind(make_event, [make_back("count", event="coverage", match={"state": "blind"}, count=2)])

    def lost(seconds: float, since: float, **more: Any) -> list[Evaluation]:
        return mind.judge("coverage", seconds, state=CoverageState.BLIND, since=at(since), **more)

    assert lost(0, 0) + lost(60, 0, urgency=2) + lost(180, 0, urgency=3, cause="stale") == []
    assert mind.watched(185) == []
    assert len(lost(190, 190)) == 1


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("count", {"event": "margin_state", "match": {"buffer_used": "> 50%"}, "count": 2, "within_s": 60}),
        ("drawdown", {"field": "buffer_used", "fall": 0.5, "window_s": 600}),
    ],
)
def test_figures_that_are_older_than_the_event_are_not_remembered(
    make_event: Make, make_back: Make, kind: str, keys: dict[str, Any]
) -> None:
    mind = Mind(make_event, [make_back(kind, **keys)])
    assert mind.judge("margin_state", 0, buffer_used=0.9) == []
    event = make_event("margin_state", received_at=at(5), buffer_used=0.1, stale=("buffer_used",))
    assert mind.memories.is_untouched_by(event, ())
    assert mind.judge("margin_state", 5, buffer_used=0.1, stale=("buffer_used",)) == []
    assert mind.judge("margin_state", 6, buffer_used=0.95, stale=("buffer_used",)) == []
