from __future__ import annotations

from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.alert import Fingerprint, Severity
from alertd.domain.canary import CANARY, CHECK_SINK
from alertd.domain.errors import ConfigError
from alertd.domain.events import Event
from alertd.rules.engine import RuleEngine, compile_problems, compile_rule

MakeEvent = Callable[..., Event]
MakeRule = Callable[..., Any]


def _opened(*rules: str) -> Callable[[Fingerprint], bool]:
    return lambda fingerprint: fingerprint.rule in rules


def _ladder(**more: Any) -> dict[str, Any]:
    return {"type": "ladder", "field": "margin_ratio", "levels": {"warning": 5, "critical": 3}, **more}


@pytest.fixture(scope="session")
def engine(make_rule: MakeRule) -> RuleEngine:
    """Ladders, matches and expressions on two kinds."""
    rules = {
        "ratio": make_rule(**_ladder()),
        "ratio_btc": make_rule(**_ladder(levels={"info": 8}, match={"instrument": "BTC*"})),
        "buffer": make_rule(type="ladder", field="buffer_used", side="above", levels={"warning": "50%"}),
        "leverage": make_rule(match={"leverage": ">= 20", "account": "m*"}),
        "annas": make_rule(match={"labels.owner": "anna", "direction": "long"}, severity="info"),
        "cel": make_rule(when="margin_ratio != null && margin_ratio < 2.0"),
        "off": make_rule(enabled=False),
        "lead": make_rule(event="lead_trade_failed", match={"info_type": "3"}),
    }
    return RuleEngine(rules, {"main": {"owner": "anna"}, "desk": {"owner": "ben"}})


def test_a_canary_is_judged_by_its_own_rule_alone(make_rule: MakeRule, make_event: MakeEvent) -> None:
    """Whatever a person writes: it is no event of anybody."""
    rules = {
        "any": make_rule(event="liquidation_warning"),
        "all": make_rule(event="liquidation_warning", match={"account": "*", "instrument": "*"}),
        "cel": make_rule(event="liquidation_warning", when='account != ""'),
    }
    engine = RuleEngine(rules, {"main": {}})
    warning = make_event("liquidation_warning", account=CANARY, instrument=CHECK_SINK)
    (said,) = engine.evaluate(warning, _opened())
    assert (said.fingerprint.rule, said.fingerprint.account) == (CANARY, CANARY)
    assert (said.severity, said.timing.resolve_after_s) == (Severity.INFO, 1.0)
    assert engine.evaluate(make_event("margin_state", account=CANARY, margin_ratio=1.1), _opened()) == []
    mine = engine.evaluate(make_event("liquidation_warning"), _opened())
    assert {one.fingerprint.rule for one in mine} == {"any", "all", "cel"}


FIRING = [
    ("main", {}, {"annas"}),
    ("main", {"margin_ratio": 9.0}, {"annas"}),
    ("main", {"margin_ratio": 7.0}, {"annas", "ratio_btc"}),
    ("desk", {"margin_ratio": 7.0}, {"ratio_btc"}),
    ("desk", {"margin_ratio": 4.0, "instrument": "ETH"}, {"ratio"}),
    ("desk", {"margin_ratio": 1.5, "instrument": "ETH"}, {"ratio", "cel"}),
    ("desk", {"buffer_used": 0.6}, {"buffer"}),
    ("desk", {"leverage": 20.0}, set()),
    ("main", {"leverage": 20.0, "direction": None}, {"leverage"}),
    ("main", {"leverage": 19.0, "direction": None}, set()),
    ("main", {"margin_ratio": 1.5, "open": False}, set()),
]


@pytest.mark.parametrize("open_accounts", [None, set(), {"main", "desk"}])
@pytest.mark.parametrize(("account", "fields", "rules"), FIRING)
def test_what_fires(
    make_event: MakeEvent,
    engine: RuleEngine,
    account: str,
    fields: dict[str, Any],
    rules: set[str],
    open_accounts: Collection[str] | None,
) -> None:
    event = make_event("margin_state", account=account, **fields)
    said = engine.evaluate(event, _opened(), open_accounts)
    assert {evaluation.fingerprint.rule for evaluation in said} == rules
    assert all(evaluation.severity is not None for evaluation in said)


def test_an_open_alert_gets_its_better_level(make_event: MakeEvent, engine: RuleEngine) -> None:
    event = make_event("margin_state", account="desk", margin_ratio=9.0, leverage=3.0)
    said = engine.evaluate(event, _opened("ratio", "leverage", "cel", "lead"), {"desk"})
    # `leverage` does not concern the account: an alert left by another configuration stands down
    assert {evaluation.fingerprint.rule for evaluation in said} == {"ratio", "leverage", "cel"}
    assert all(evaluation.severity is None for evaluation in said)


def test_a_quiet_account_is_not_asked_for_open_alerts(make_event: MakeEvent, engine: RuleEngine) -> None:
    def refuse(fingerprint: Fingerprint) -> bool:
        raise AssertionError(fingerprint)

    assert (
        engine.evaluate(make_event("margin_state", account="desk", margin_ratio=9.0), refuse, {"main"}) == []
    )


def test_a_gone_position_is_left_to_the_life_cycle(make_event: MakeEvent, engine: RuleEngine) -> None:
    event = make_event("margin_state", open=False, margin_ratio=1.5)
    assert engine.evaluate(event, _opened("ratio", "buffer", "annas")) == []


def test_occurrences_say_only_what_fires(make_event: MakeEvent, engine: RuleEngine) -> None:
    failed = make_event("lead_trade_failed", info_type="3")
    (evaluation,) = engine.evaluate(failed, _opened("lead"))
    assert (evaluation.fact, evaluation.severity) == ("BTC-USDT-SWAP/long", Severity.WARNING)
    assert engine.evaluate(make_event("lead_trade_failed", info_type="1"), _opened("lead")) == []


def test_an_occurrence_is_never_taken_back(make_event: MakeEvent, make_rule: MakeRule) -> None:
    engine = RuleEngine({"lead": make_rule(event="lead_trade_failed", match={"account": "other"})}, {})
    assert engine.evaluate(make_event("lead_trade_failed"), _opened("lead")) == []


@pytest.mark.parametrize("kind", ["tick", "position_snapshot", "coverage"])
def test_a_kind_without_rules_is_quiet(make_event: MakeEvent, engine: RuleEngine, kind: str) -> None:
    assert engine.evaluate(make_event(kind), _opened("ratio")) == []


def test_the_same_account_name_on_another_exchange_has_its_own_scope(
    make_event: MakeEvent, make_rule: MakeRule
) -> None:
    engine = RuleEngine({"okx": make_rule(match={"exchange": "okx"})}, {})
    assert len(engine.evaluate(make_event("margin_state"), _opened())) == 1
    assert engine.evaluate(make_event("margin_state", exchange="toobit"), _opened()) == []


@given(
    st.fixed_dictionaries(
        {
            "margin_ratio": st.none() | st.decimals(min_value=0, max_value=10, places=1),
            "buffer_used": st.none() | st.decimals(min_value=-1, max_value=1, places=1),
            "leverage": st.none() | st.decimals(min_value=18, max_value=22, places=0),
        }
    ),
    st.sampled_from(["BTC-USDT-SWAP", "ETH-USDT-SWAP", None]),
    st.sampled_from(["main", "desk"]),
)
def test_the_short_way_says_what_the_long_way_says(
    make_event: MakeEvent,
    engine: RuleEngine,
    figures: dict[str, Decimal | None],
    instrument: str | None,
    account: str,
) -> None:
    event = make_event("margin_state", account=account, instrument=instrument, **figures)
    short = engine.evaluate(event, _opened(), ())
    long = engine.evaluate(event, _opened())
    assert {said.fingerprint: said for said in short} == {said.fingerprint: said for said in long}


def test_problems_of_all_rules_are_told_at_once(make_rule: MakeRule) -> None:
    rules = {
        "good": make_rule(match={"instrument": "BTC*"}),
        "bad": make_rule(match={"instrumnt": "BTC*"}),
        "worse": make_rule(**_ladder(when="margin_rato < 3.0")),
    }
    problems = compile_problems(rules)
    assert [line.partition(": ")[0] for line in problems] == ["rules.bad.match.instrumnt", "rules.worse.when"]
    with pytest.raises(ConfigError) as refused:
        RuleEngine(rules, {})
    assert refused.value.problems == problems
    with pytest.raises(ConfigError):
        compile_rule("bad", rules["bad"])


def test_a_rule_that_is_off_may_be_wrong(make_rule: MakeRule) -> None:
    RuleEngine({"off": make_rule(enabled=False, when="nonsense")}, {})


def test_rules_that_look_back_are_compiled_and_left_to_the_memories(
    make_event: MakeEvent, make_rule: MakeRule
) -> None:
    count = {"type": "count", "event": "lead_trade_failed", "severity": "info", "count": 2, "within_s": 60}
    rules = {"burst": make_rule(**count), "off": make_rule(**count, enabled=False)}
    engine = RuleEngine(rules, {})
    assert [rule.name for rule in engine.looking_back] == ["burst"]
    assert engine.evaluate(make_event("lead_trade_failed"), _opened("burst")) == []
    wrong = {"burst": make_rule(**count, when="info_typ == '3'"), "other": make_rule(match={"x": "y"})}
    assert [line.partition(": ")[0] for line in compile_problems(wrong)] == [
        "rules.burst.when",
        "rules.other.match.x",
    ]


STALE = {"stale": ("buffer_used", "leverage"), "margin_mode": "cross", "margin_currency": "USDT"}


@pytest.mark.parametrize("open_accounts", [None, set(), {"main", "desk"}])
def test_a_figure_that_is_older_than_the_event_raises_nothing(
    make_event: MakeEvent, make_rule: MakeRule, open_accounts: Collection[str] | None
) -> None:
    rules = {
        "buffer": make_rule(type="ladder", field="buffer_used", side="above", levels={"warning": "50%"}),
        "ratio": make_rule(**_ladder()),
        "leverage": make_rule(match={"leverage": ">= 20"}),
        "cel": make_rule(when="leverage > 3.0"),
        "all_long": make_rule(match={"direction": "long"}),
    }
    engine = RuleEngine(rules, {})
    figures = {"buffer_used": 0.9, "margin_ratio": 1.5, "leverage": 50.0}
    fresh = engine.evaluate(make_event("margin_state", **figures), _opened(), open_accounts)
    assert {said.fingerprint.rule for said in fresh} == set(rules)
    stale = engine.evaluate(make_event("margin_state", **figures, **STALE), _opened(), open_accounts)
    assert {said.fingerprint.rule for said in stale} == {"ratio", "all_long"}


def test_a_figure_that_is_older_than_the_event_ends_nothing(
    make_event: MakeEvent, make_rule: MakeRule
) -> None:
    rules = {
        "buffer": make_rule(type="ladder", field="buffer_used", side="above", levels={"warning": "50%"}),
        "minutes": make_rule(type="ladder", field="minutes_to_liquidation", levels={"warning": 30}),
        "leverage": make_rule(match={"leverage": ">= 20"}),
    }
    engine = RuleEngine(rules, {})
    better = {"buffer_used": 0.1, "leverage": 1.0, "distance_to_liquidation": 0.4}
    gone_stale = {**STALE, "stale": ("buffer_used", "leverage", "minutes_to_liquidation")}
    opened = _opened(*rules)
    assert engine.evaluate(make_event("margin_state", **better, **gone_stale), opened) == []
    said = engine.evaluate(make_event("margin_state", **better), opened)
    assert {(one.fingerprint.rule, one.severity) for one in said} == {(name, None) for name in rules}
