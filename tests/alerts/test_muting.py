"""Covers alertd/alerts/muting.py: what is withheld, and what is told when a mute ends."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from alertd.alerts.inhibition import builtin_inhibitions, inhibition_of
from alertd.alerts.mutes import NO_MUTING, MutingRules
from alertd.alerts.orphans import Configured
from alertd.alerts.passing import PASSED_AT_MOST
from alertd.domain.alert import Alert, AlertState, Resolution
from alertd.domain.command import AddSilence, CommandRefused
from alertd.domain.events import CoverageState, LiquidationType, SilenceEnding
from alertd.domain.notification import Reason
from alertd.domain.silence import Matchers
from tests.alerts.nouns import (
    BTC,
    CRITICAL,
    ETH,
    INFO,
    START,
    WARNING,
    Run,
    at,
    coverage,
    cross,
    enough_equity,
    isolated,
    lead,
    liquidation,
    margin,
    plans_of,
    says,
    snapshot,
    warning,
)

BUILTIN = MutingRules(inhibitions=builtin_inhibitions())


def always(_: Alert) -> tuple[float, ...]:
    return (60.0,)


def silenced(muting: MutingRules = NO_MUTING, **what: Any) -> Run:
    """One hour from the start; all that is critical too, unless said otherwise."""
    run = Run(steps=always, muting=muting)
    run.silence(**({"forced": True} | what))
    return run


def told(run: Run) -> list[tuple[str, str]]:
    return [(str(one.reason), one.alert.fingerprint.subject.partition("/")[0]) for one in run.told]


# --- silences


def test_what_begins_under_a_silence_is_told_at_its_end_if_it_is_still_bad() -> None:
    run = silenced()
    run.say(margin(at(10)), CRITICAL)
    run.tick(3599)
    assert run.told == []
    assert (run.only_alert().muted_by, run.only_alert().sequence) == (("silence:s1",), 0)
    run.tick(3600)
    assert told(run) == [("digest", BTC)]
    assert run.told[0].silence.comment == "works"
    assert (run.only_alert().muted_by, run.only_alert().is_told) == ((), True)
    run.tick(3661)
    assert told(run)[1:] == [("reminder", BTC)]


def test_what_was_told_before_is_reminded_of_no_more_and_told_at_the_end() -> None:
    run = Run(steps=always)
    run.say(margin(), CRITICAL)
    changes = run.silence(now=at(10), forced=True)
    assert [alert.muted_by for alert in changes.alerts] == [("silence:s1",)]
    run.tick(3000)
    assert told(run) == [("new", BTC)]
    run.tick(3610)
    assert told(run) == [("new", BTC), ("digest", BTC)]


def test_one_digest_names_all_that_is_still_bad_the_worst_first() -> None:
    run = silenced()
    run.say(margin(at(1)), WARNING)
    run.say(margin(at(2), position=isolated(ETH)), CRITICAL)
    run.say(margin(at(3), position=cross()), CRITICAL)
    run.say(margin(at(4), position=cross()), None)
    run.tick(3600)
    (digest,) = run.told
    assert [digest.alert.severity, *(one.severity for one in digest.also)] == [CRITICAL, WARNING]
    assert all(one.muted_by == () and one.is_told for one in (digest.alert, *digest.also))


def test_a_digest_goes_to_each_audience_by_itself() -> None:
    run = silenced(MutingRules(audience=lambda alert: alert.severity))
    run.say(margin(at(1)), WARNING)
    run.say(margin(at(2), position=isolated(ETH)), CRITICAL)
    run.tick(3600)
    assert {(one.alert.severity, len(one.also)) for one in run.told} == {(WARNING, 0), (CRITICAL, 0)}


def test_a_digest_is_bounded_and_names_everything_all_the_same() -> None:
    run = silenced()
    for number in range(120):
        run.say(margin(at(1), position=isolated(f"C{number}")), CRITICAL)
    run.tick(3600)
    named = [one.fingerprint.subject for told in run.told for one in (told.alert, *told.also)]
    assert (len(run.told), len(named), len(set(named))) == (3, 120, 120)


def test_nothing_is_told_at_the_end_where_nothing_is_bad() -> None:
    run = silenced()
    run.say(margin(at(1)), CRITICAL)
    run.say(margin(at(2)), None)
    run.say(margin(at(3), position=isolated(ETH)), CRITICAL)
    run.apply(margin(at(4), position=isolated(ETH), open=False))
    run.tick(10)
    run.tick(3600)
    assert run.told == []
    assert [str(one.reason) for one in run.withheld] == ["new", "recovered", "new", "closed"]


@pytest.mark.parametrize("restarted", [False, True])
def test_what_happened_once_and_is_over_by_then_is_named_too(restarted: bool) -> None:
    run = silenced()
    run.say(lead(at(1), instrument="ETH"), WARNING, ends_s=300, fact="1")
    run.say(margin(at(2)), CRITICAL)
    run.tick(400)
    assert [alert.fingerprint.subject for alert in run.silences["s1"].passed] == [
        lead(at(1), instrument="ETH").subject
    ]
    if restarted:
        run.restart()
    run.tick(3600)
    (digest,) = run.told
    assert (digest.reason, digest.alert.fingerprint.kind) == (Reason.DIGEST, "margin_state")
    assert [(other.fingerprint.kind, other.is_open) for other in digest.also] == [
        ("lead_trade_failed", False)
    ]


@pytest.mark.parametrize("by_hand", [False, True])
def test_where_nothing_is_bad_any_more_what_happened_is_told_all_the_same_and_once(by_hand: bool) -> None:
    run = silenced()
    for n in range(PASSED_AT_MOST + 5):
        danger = warning(at(n), position=isolated(f"C{n}"))
        run.say(danger, CRITICAL if n == 0 else WARNING, ends_s=300)
    if by_hand:
        run.tick(3000)
        run.expire(now=at(3100))
    run.tick(3600)
    run.tick(9000)
    (digest,) = run.told
    assert (digest.reason, digest.silence.unnamed, digest.silence.passed) == (Reason.DIGEST, 5, ())
    named = [digest.alert, *digest.also]
    assert len(named) == PASSED_AT_MOST
    assert named[0].severity is CRITICAL
    assert digest.alert.sequence == 1
    assert {other.event.instrument for other in digest.also} == {
        f"C{n}" for n in range(PASSED_AT_MOST + 5 - len(digest.also), PASSED_AT_MOST + 5)
    }


def test_what_two_silences_muted_is_named_when_the_last_one_ends() -> None:
    run = silenced()
    run.silence("s2", for_s=7200, forced=True)
    run.say(lead(at(1)), WARNING, ends_s=300, fact="1")
    run.tick(3600)
    assert run.told == []
    run.tick(7200)
    assert [(one.reason, one.silence.silence_id) for one in run.told] == [(Reason.DIGEST, "s2")]


def test_what_passed_goes_to_its_own_audience() -> None:
    run = silenced(MutingRules(audience=lambda alert: alert.fingerprint.kind))
    run.say(lead(at(1)), WARNING, ends_s=300, fact="1")
    run.say(margin(at(2)), CRITICAL)
    run.tick(3600)
    assert [(one.alert.fingerprint.kind, one.also) for one in run.told] == [
        ("margin_state", ()),
        ("lead_trade_failed", ()),
    ]


@pytest.mark.parametrize("ends", ["enough equity", "its rule is gone", "by its time"])
@pytest.mark.parametrize("restarted", [False, True])
def test_what_happened_once_is_named_whatever_ended_its_alert(ends: str, restarted: bool) -> None:
    """That there is enough equity now leads no trade that was not led."""
    run = silenced()
    run.say(lead(at(1), info_type="3"), WARNING, ends_s=86_400 if ends != "by its time" else 60, fact="1")
    if ends == "enough equity":
        run.apply(enough_equity(at(28)))
    elif ends == "its rule is gone":
        run.reload(Configured(rules={}, accounts={"main"}, sinks=()), at(28))
    else:
        run.tick(61)
    assert run.lifecycle.open_alerts() == []
    if restarted:
        run.restart()
    run.tick(3600)
    run.tick(9000)
    (digest,) = run.told
    assert (digest.reason, digest.alert.resolution) == (Reason.DIGEST, Resolution.EXPIRED)
    assert (digest.alert.fingerprint.kind, digest.also) == ("lead_trade_failed", ())


def test_what_somebody_has_or_never_fired_or_tells_a_state_is_not_owed() -> None:
    run = silenced()
    run.say(margin(at(1)), CRITICAL)
    run.say(lead(at(1), info_type="3"), WARNING, ends_s=86_400, for_s=60, fact="1")
    run.say(lead(at(1), instrument="SOL", info_type="3"), WARNING, ends_s=86_400, fact="1")
    run.acknowledge(*(one.short_id for one in run.lifecycle.open_alerts() if "SOL" in str(one.fingerprint)))
    run.reload(Configured(rules={}, accounts={"main"}, sinks=()), at(28))
    assert run.lifecycle.open_alerts() == []
    run.tick(3600)
    assert run.told == []


def test_what_was_told_or_only_kept_quiet_by_another_alert_is_not_named_again() -> None:
    run = Run(steps=always)
    run.say(lead(at(1)), WARNING, ends_s=300, fact="1")
    run.silence(now=at(2), forced=True)
    run.tick(3602)
    assert run.reasons() == ["new"]


@pytest.mark.parametrize("restarted", [False, True])
def test_worse_breaks_it_for_that_alert_from_then_on(restarted: bool) -> None:
    run = silenced(forced=False, severity=("info", "warning"))
    run.say(margin(at(1)), INFO)
    run.say(margin(at(1), position=isolated(ETH)), INFO)
    run.say(margin(at(2)), WARNING)
    assert told(run) == [("worsened", BTC)]
    if restarted:
        run.restart()
    run.tick(63)
    assert told(run)[1:] == [("reminder", BTC)]
    assert [one.muted_by for one in run.lifecycle.open_alerts()] == [(), ("silence:s1",)]
    run.say(margin(at(70)), None)
    assert told(run)[2:] == [("recovered", BTC)]
    run.tick(3600)
    assert told(run)[3:] == [("digest", ETH)]


def test_a_new_fact_breaks_it_too() -> None:
    run = silenced()
    run.say(lead(at(1)), WARNING, ends_s=9000, fact="1")
    run.say(lead(at(2), instrument=ETH), WARNING, ends_s=9000, fact="2")
    assert run.reasons() == ["worsened"]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [(LiquidationType.LIQUIDATION, "liquidated"), (LiquidationType.ADL, "reduced")],
)
def test_so_does_an_end_by_the_exchange(kind: LiquidationType, reason: str) -> None:
    run = silenced(rule=("r",))
    run.say(margin(at(1)), CRITICAL)
    run.apply(liquidation(at(2), liquidation_type=kind))
    run.apply(margin(at(3), open=False))
    run.tick(10)
    assert told(run) == [(reason, BTC)]


def test_and_an_end_nobody_knows_the_reason_of() -> None:
    run = silenced()
    run.say(margin(at(1)), CRITICAL)
    run.apply(snapshot(at(2), after_gap=True))
    run.tick(60)
    assert told(run) == [("unknown", BTC)]


def test_of_a_position_that_ends_only_those_are_named_that_people_hear_of() -> None:
    run = Run(steps=always)
    event = margin()
    run.apply(event, says(event, CRITICAL, rule="one"), says(event, CRITICAL, rule="two"))
    run.silence(forced=True, rule=("one",))
    run.apply(margin(at(3), open=False))
    run.tick(10)
    ends = [(told.alert.fingerprint.rule, len(told.also)) for told in run.told if told.reason == "closed"]
    assert ends == [("two", 0)]
    assert run.lifecycle.open_alerts() == []


def test_a_muted_alert_neither_carries_a_reminder_nor_is_named_in_one() -> None:
    run = silenced(instrument=(BTC,))
    run.say(margin(at(1)), CRITICAL)
    run.say(margin(at(1), position=isolated(ETH)), WARNING)
    run.tick(61)
    assert told(run) == [("new", ETH), ("reminder", ETH)]
    assert run.told[1].also == ()


def test_critical_is_muted_only_by_force() -> None:
    run = silenced(forced=False, account=("main",))
    run.say(margin(at(1)), CRITICAL)
    run.say(margin(at(1), position=isolated(ETH)), WARNING)
    assert told(run) == [("new", BTC)]


def test_what_somebody_takes_care_of_is_not_told_again() -> None:
    run = Run(steps=always)
    run.say(margin(), CRITICAL)
    run.silence(forced=True)
    run.acknowledge(now=at(5))
    run.tick(3600)
    assert (run.reasons(), run.only_alert().muted_by) == (["new"], ())


def test_pending_fires_under_the_silence_and_is_told_at_its_end() -> None:
    run = Run(steps=always)
    run.say(margin(), CRITICAL, for_s=30)
    run.silence(forced=True)
    assert run.only_alert().muted_by == ()
    run.tick(30)
    assert (run.only_alert().state, run.only_alert().muted_by) == (AlertState.FIRING, ("silence:s1",))
    run.tick(3600)
    assert run.reasons() == ["digest"]


def test_a_silence_may_begin_later() -> None:
    run = Run(steps=always)
    run.say(margin(), WARNING)
    run.obey(
        AddSilence(
            person="anna",
            at=START,
            silence_id="later",
            matchers=Matchers(account=("main",)),
            starts_at=at(90),
            ends_at=at(690),
        )
    )
    assert run.lifecycle.next_due() == at(60)
    for seconds in (60, 90, 120, 180):
        run.tick(seconds)
    assert run.reasons() == ["new", "reminder"]
    run.tick(690)
    assert run.reasons() == ["new", "reminder", "digest"]


def test_what_another_silence_mutes_is_told_at_the_end_of_that() -> None:
    run = silenced()
    run.silence("s2", for_s=7200, forced=True, instrument=(BTC,))
    run.say(margin(at(1)), CRITICAL)
    run.say(margin(at(1), position=isolated(ETH)), CRITICAL)
    run.tick(3600)
    assert told(run) == [("digest", ETH)]
    assert [one.muted_by for one in run.lifecycle.open_alerts()] == [("silence:s2",), ()]
    run.tick(7200)
    assert ("digest", BTC) in told(run)


def test_by_hand_it_ends_as_by_time() -> None:
    run = silenced()
    run.say(margin(at(1)), CRITICAL)
    run.expire(now=at(20))
    assert told(run) == [("digest", BTC)]
    assert run.silences["s1"].ended_at == at(20)
    with pytest.raises(CommandRefused, match="silence s1 ended already, at 2026-03-01 12:00:20 UTC"):
        run.expire(now=at(30))
    run.restart()
    with pytest.raises(CommandRefused, match="ended already"):
        run.expire(now=at(40))
    run.tick(4000)
    assert told(run)[1:] == [("reminder", BTC)]


def test_an_end_while_nobody_ran_is_made_up_for() -> None:
    run = silenced()
    run.say(margin(at(1)), CRITICAL)
    run.restart()
    run.tick(9000)
    assert told(run) == [("digest", BTC)]
    run.restart()
    run.tick(9001)
    assert told(run) == [("digest", BTC)]


@pytest.mark.parametrize(("length_s", "before_s"), [(3600, 360), (86400, 600), (60, 6)])
def test_it_is_told_once_before_it_ends(length_s: float, before_s: float) -> None:
    run = Run(steps=always)
    run.silence(for_s=length_s, forced=True)
    run.say(margin(at(1)), CRITICAL)
    run.tick(length_s - before_s - 1)
    assert run.events == []
    run.tick(length_s - before_s)
    run.restart()
    run.tick(length_s - 1)
    (event,) = run.events
    assert isinstance(event, SilenceEnding)
    assert (event.silence_id, event.person, event.comment) == ("s1", "anna", "works")
    assert (event.ends_at, event.muted, event.accounts) == (START + timedelta(seconds=length_s), 1, ("main",))


@pytest.mark.parametrize("restarted", [False, True])
def test_what_has_passed_under_it_counts_as_well(restarted: bool) -> None:
    run = silenced()
    run.say(lead(at(1)), WARNING, ends_s=60, fact="1")
    run.tick(100)
    run.silence("s2", now=at(100), for_s=7200, forced=True)
    run.say(lead(at(101), instrument="ETH"), WARNING, ends_s=60, fact="1")
    run.tick(200)
    if restarted:
        run.restart()
    run.tick(3599)
    (event,) = run.events
    assert isinstance(event, SilenceEnding)
    # the other one is named at the end of the other silence
    assert (event.silence_id, event.muted, event.passed) == ("s1", 0, 1)


def test_a_silence_that_ended_before_that_was_told_is_not_told_to_end() -> None:
    run = silenced()
    run.tick(9000)
    assert run.events == []


def test_what_tells_of_silences_is_not_muted_by_them() -> None:
    run = silenced()
    event = SilenceEnding(event_id="x", exchange="", account="", received_at=at(1), silence_id="s1")
    run.say(event, INFO, ends_s=900)
    assert run.reasons() == ["new"]


def test_a_row_whose_silence_is_not_stored_any_more_is_told() -> None:
    run = silenced()
    run.say(margin(at(1)), CRITICAL)
    run.silences.clear()
    run.restart()
    run.apply(margin(at(2)))
    run.say(margin(at(63)), CRITICAL)
    assert told(run) == [("new", BTC)]


# --- inhibition


def liquidated(run: Run, seconds: float, **more: Any) -> None:
    run.say(liquidation(at(seconds), **more), CRITICAL, ends_s=86400, rule="liquidation")


def test_a_liquidation_silences_the_ladder_of_that_position() -> None:
    run = Run(steps=always, muting=BUILTIN)
    liquidated(run, 1)
    run.say(margin(at(2)), CRITICAL)
    run.say(margin(at(2), position=isolated(ETH)), CRITICAL)
    run.say(margin(at(2), account="two"), CRITICAL)
    assert [(one.alert.fingerprint.kind, *told) for one, told in zip(run.told, told(run), strict=True)] == [
        ("liquidation", "new", BTC),
        ("margin_state", "new", ETH),
        ("margin_state", "new", BTC),
    ]
    muted = [one for one in run.lifecycle.open_alerts() if one.muted_by]
    assert [one.muted_by for one in muted] == [("inhibit:liquidation",)]


def test_what_it_kept_quiet_ends_without_a_word_and_what_was_told_does_not() -> None:
    run = Run(steps=always, muting=BUILTIN)
    event = margin()
    run.apply(event, says(event, WARNING, rule="early"))
    liquidated(run, 1)
    run.apply(margin(at(2)), says(margin(at(2)), CRITICAL, rule="ghost"))
    run.apply(margin(at(3), open=False))
    run.tick(10)
    assert [(str(one.reason), one.alert.fingerprint.rule) for one in run.told] == [
        ("new", "early"),
        ("new", "liquidation"),
        ("liquidated", "early"),
    ]
    assert [one.fingerprint.rule for one in run.lifecycle.open_alerts()] == ["liquidation"]


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize(("position", "after_s"), [(isolated(), 600), (cross(), 60)])
def test_a_ladder_that_still_fires_is_told_when_the_liquidation_explains_it_no_more(
    position: dict[str, Any], after_s: float, restarted: bool
) -> None:
    run = Run(muting=BUILTIN)
    liquidated(run, 0, position=position)
    run.say(margin(at(1), position=position), WARNING)
    if restarted:
        run.restart()
    run.tick(after_s - 1)
    count = len(run.told)
    run.tick(after_s)
    (late,) = run.told[count:]
    assert (late.reason, late.alert.severity, late.alert.since) == ("new", WARNING, at(1))


def test_a_liquidation_that_is_over_lets_the_ladder_speak() -> None:
    run = Run(steps=always, muting=BUILTIN)
    run.say(liquidation(), CRITICAL, ends_s=30)
    run.say(margin(at(1)), CRITICAL)
    run.tick(30)
    assert run.reasons() == ["new", "new"]


def test_a_position_opened_after_the_liquidation_is_never_kept_quiet() -> None:
    run = Run(steps=always, muting=BUILTIN)
    liquidated(run, 5, observed_at=at(4))
    run.say(margin(at(6), opened_at=at(1)), CRITICAL)
    run.say(margin(at(7), opened_at=at(6)), CRITICAL)
    run.say(margin(at(70), opened_at=at(6)), CRITICAL)
    assert [told for told in run.reasons() if told == "new"] == ["new", "new"]


@pytest.mark.parametrize("more", [{"remaining_size": Decimal(3)}, {"was_a_part": True}])
def test_a_part_that_was_liquidated_keeps_nothing_quiet(more: dict[str, Any]) -> None:
    run = Run(steps=always, muting=BUILTIN)
    liquidated(run, 1, **more)
    run.say(margin(at(2)), CRITICAL)
    assert run.reasons() == ["new", "new"]


def test_worse_is_told_whatever_inhibits() -> None:
    run = Run(steps=always, muting=BUILTIN)
    liquidated(run, 1)
    run.say(margin(at(2)), WARNING)
    run.say(margin(at(3)), CRITICAL)
    assert run.reasons() == ["new", "worsened"]
    assert run.lifecycle.open_alerts()[1].broke == ("inhibit:liquidation",)


def test_a_liquidation_that_is_silenced_keeps_nothing_quiet() -> None:
    run = Run(steps=always, muting=BUILTIN)
    liquidated(run, 1)
    run.say(margin(at(2)), CRITICAL)
    run.silence(now=at(3), forced=True, kind=("liquidation",))
    assert [(str(one.reason), one.alert.fingerprint.kind) for one in run.told] == [
        ("new", "liquidation"),
        ("new", "margin_state"),
    ]


def blind(run: Run, seconds: float, severity: Any = CRITICAL, **more: Any) -> None:
    run.say(coverage(at(seconds), **more), severity, rule="coverage")


def test_a_blind_account_is_not_reminded_of_its_old_figures() -> None:
    run = Run(steps=always, muting=BUILTIN)
    run.say(margin(), CRITICAL)
    blind(run, 30)
    run.tick(60)
    run.tick(120)
    assert {(one.reason, one.by) for one in run.withheld} == {("reminder", ("inhibit:blind",))}
    assert [one.alert.fingerprint.kind for one in run.told if one.reason == "reminder"] == ["coverage"]
    blind(run, 130, None, blind=False)
    run.tick(180)
    assert (run.told[-1].reason, run.told[-1].alert.fingerprint.kind) == ("reminder", "margin_state")


def test_fresh_figures_of_a_blind_account_are_told() -> None:
    run = Run(steps=always, muting=BUILTIN)
    blind(run, 0)
    run.say(margin(at(1)), WARNING)
    run.say(margin(at(2)), CRITICAL)
    run.say(margin(at(3)), None)
    assert run.reasons() == ["new", "new", "worsened", "recovered"]


@pytest.mark.parametrize(
    ("state", "severity"), [(CoverageState.DEGRADED, CRITICAL), (CoverageState.BLIND, WARNING)]
)
def test_neither_degraded_nor_milder_trouble_takes_a_reminder(state: CoverageState, severity: Any) -> None:
    run = Run(steps=always, muting=BUILTIN)
    run.say(margin(), CRITICAL)
    event = coverage(at(1))
    run.say(type(event)(**_as(event, state=state)), severity)
    run.tick(60)
    assert run.withheld == []
    assert run.told[-1].reason == "reminder"


def test_a_state_that_changes_without_a_row_counts_as_it_is_now() -> None:
    run = Run(steps=always, muting=BUILTIN)
    run.say(margin(), CRITICAL)
    blind(run, 1)
    event = coverage(at(2))
    run.say(type(event)(**_as(event, state=CoverageState.DEGRADED)), CRITICAL, rule="coverage")
    run.tick(61)
    assert run.withheld == []


def _as(event: Any, **changed: Any) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__} | changed


PARKED = MutingRules(
    inhibitions=(
        inhibition_of(
            "parked", Matchers(rule=("parked",)), Matchers(kind=("margin_state",)), ("account", "exchange")
        ),
    )
)


@pytest.mark.parametrize("restarted", [False, True])
def test_one_of_the_configuration_holds_until_its_source_is_over(restarted: bool) -> None:
    run = Run(muting=PARKED)
    run.say(coverage(), CRITICAL, rule="parked")
    run.say(margin(at(1)), WARNING)
    run.say(margin(at(1), account="two"), WARNING)
    if restarted:
        run.restart()
        run.say(coverage(at(2)), CRITICAL, rule="parked")
    assert [one.alert.fingerprint.account for one in run.told] == ["main", "two"]
    run.say(coverage(at(90), blind=False), None, rule="parked")
    assert [(str(one.reason), one.alert.fingerprint.kind) for one in run.told[2:]] == [
        ("recovered", "coverage"),
        ("new", "margin_state"),
    ]


def test_a_source_counts_once_it_fires() -> None:
    run = Run(muting=PARKED)
    run.say(coverage(), CRITICAL, rule="parked", for_s=60)
    run.say(margin(at(1)), WARNING)
    assert run.reasons() == ["new"]


def test_nothing_inhibits_itself_or_its_like() -> None:
    both = inhibition_of(
        "same", Matchers(kind=("margin_state",)), Matchers(kind=("margin_state",)), ("account",)
    )
    run = Run(steps=always, muting=MutingRules(inhibitions=(both,)))
    run.say(margin(), WARNING)
    run.say(margin(at(1), position=isolated(ETH)), WARNING)
    run.tick(60)
    assert run.reasons()[:2] == ["new", "new"]
    assert "reminder" in run.reasons()


def test_a_reload_without_the_inhibition_tells_what_it_kept_quiet() -> None:
    class Everything:
        def judges(self, alert: Alert) -> bool:
            return True

    run = Run(muting=PARKED)
    run.say(coverage(), CRITICAL, rule="parked")
    run.say(margin(at(1)), WARNING)
    changes = run.lifecycle.reconfigure(Everything(), plans_of(always), {}, at(2))
    assert [(told.reason, told.alert.severity) for told in changes.notifications] == [("new", WARNING)]
