from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from alertd.rules.builtin import BUILTIN_RULES
from alertd.rules.reach import doubtful, reached, unmatchable


@dataclass(frozen=True)
class Account:
    exchange: str = "okx"
    role: str = "auto"
    labels: dict[str, str] = field(default_factory=dict)


ACCOUNTS = {
    "main": Account(role="copier", labels={"owner": "anna"}),
    "desk": Account(role="lead"),
    "probe": Account(),
}


def test_a_rule_names_the_accounts_it_can_never_match(make_rule: Callable[..., Any]) -> None:
    rules = {
        "everywhere": make_rule(),
        "one": make_rule(match={"account": "ma*"}),
        "elsewhere": make_rule(match={"exchange": "toobit"}),
        "annas": make_rule(match={"labels": {"owner": "anna"}}),
        "lead": make_rule(event="lead_trade_failed"),
        "sinks": make_rule(event="delivery", match={"account": "x"}),
        "file": make_rule(event="configuration", match={"account": "x"}),
        "off": make_rule(enabled=False, match={"account": "x"}),
        "broken": make_rule(match={"x": "y"}),
    }
    assert unmatchable(rules, ACCOUNTS) == [
        "rule one can never match desk, probe: match.account does not fit",
        "rule elsewhere can never match main, desk, probe: match.exchange does not fit",
        "rule annas can never match desk, probe: match.labels.owner does not fit",
        "rule lead can never match main: lead_trade_failed comes to accounts with role lead only, "
        "and theirs is copier",
    ]


def test_the_built_in_rules_reach_a_leader_whole() -> None:
    assert unmatchable(BUILTIN_RULES, {"desk": Account(role="lead")}) == []


def test_what_an_exchange_never_tells_reaches_none_of_its_accounts(make_rule: Callable[..., Any]) -> None:
    rules = {
        "ratio": make_rule(type="ladder", field="margin_ratio", levels={"critical": 3}),
        "distance": make_rule(type="ladder", field="distance_to_liquidation", levels={"critical": 0.05}),
        "notice": make_rule(event="liquidation_warning"),
        "lead": make_rule(event="lead_trade_failed"),
    }
    assert unmatchable(rules, {"poll": Account(exchange="toobit", role="lead")}) == [
        "rule ratio can never match poll: toobit tells no margin_ratio",
        "rule notice can never match poll: toobit tells no liquidation_warning",
        "rule lead can never match poll: toobit tells no lead_trade_failed",
    ]


def test_what_a_rule_reaches_and_why_not_more(make_rule: Callable[..., Any]) -> None:
    annas = make_rule(match={"labels": {"owner": "anna"}})
    assert reached("annas", annas, ACCOUNTS) == (["main"], ["match.labels.owner does not fit"])
    assert reached("sinks", make_rule(event="delivery"), ACCOUNTS) == ([], ["delivery is of no account"])
    assert reached("broken", make_rule(match={"x": "y"}), ACCOUNTS) == (list(ACCOUNTS), [])


def test_an_unguarded_expression_is_doubtful(make_rule: Callable[..., Any]) -> None:
    rules = {
        "weak": make_rule(when="leverage > 3.0"),
        "guarded": make_rule(when="leverage != null && leverage > 3.0"),
        "off": make_rule(when="leverage > 3.0", enabled=False),
        "broken": make_rule(when="x > 3.0"),
        "plain": make_rule(),
    }
    (line,) = doubtful(rules)
    assert line.startswith("rules.weak.when: fails on events that lack a field")


def test_rules_that_look_back_are_looked_at_too(make_rule: Callable[..., Any]) -> None:
    lead = {"event": "lead_trade_failed", "severity": "info"}
    rules = {
        "burst": make_rule(type="count", count=3, within_s=60, **lead),
        "quiet": make_rule(type="absence", absent_for_s=60, **lead),
        "quiet_desk": make_rule(type="absence", absent_for_s=60, match={"account": "desk"}, **lead),
        "weak": make_rule(
            type="drawdown", field="mark_price", fall=0.1, window_s=60, severity="info", when="leverage > 3.0"
        ),
    }
    never = (
        "can never match main: lead_trade_failed comes to accounts with role lead only, and theirs is copier"
    )
    assert unmatchable(rules, ACCOUNTS) == [
        f"rule burst {never}",
        f"rule quiet {never}, so it would always be told as absent; narrow the rule with match.account",
        "rule quiet_desk can never match main, probe: match.account does not fit",
    ]
    assert [line.partition(":")[0] for line in doubtful(rules)] == ["rules.weak.when"]


def test_copy_relations_come_to_copiers_and_lead_traders_only(make_rule: Callable[..., Any]) -> None:
    rules = {"copied": make_rule(event="copy_relation", severity="info")}
    accounts = {name: Account(role=name) for name in ("auto", "copier", "lead", "trader")}
    assert unmatchable(rules, accounts) == [
        "rule copied can never match trader: copy_relation comes to accounts with role copier or lead only, "
        "and theirs is trader"
    ]
