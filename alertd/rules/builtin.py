"""The rules that hold without a word of configuration; each is replaced or adjusted by its name."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import TypeAdapter

from alertd.rules.builtin_leaders import LEADER_TABLES
from alertd.rules.settings import RuleSettings

_A_DAY_S = 86400
_AN_HOUR_S = 3600
_A_QUARTER_S = 900


def _lead(info_type: str | list[str], resolve_after_s: int) -> dict[str, object]:
    return {
        "type": "match",
        "event": "lead_trade_failed",
        "match": {"info_type": info_type},
        "severity": "warning",
        "resolve_after_s": resolve_after_s,
    }


# As they would stand in a configuration file.
_TABLES: dict[str, dict[str, object]] = {
    "buffer_used": {
        "type": "ladder",
        "event": "margin_state",
        "field": "buffer_used",
        "side": "above",
        "levels": {"warning": "0.5", "critical": "0.75"},
    },
    "minutes_to_liquidation": {
        "type": "ladder",
        "event": "margin_state",
        "field": "minutes_to_liquidation",
        "levels": {"warning": 30, "critical": 10},
    },
    "margin_ratio": {
        "type": "ladder",
        "event": "margin_state",
        "field": "margin_ratio",
        "levels": {"warning": "5.0", "critical": "3.0"},
    },
    # The exchange sends it once an hour at most while the danger lasts.
    "exchange_warning": {
        "type": "match",
        "event": "liquidation_warning",
        "severity": "critical",
        "resolve_after_s": 2 * _AN_HOUR_S,
    },
    # Without `resolve_after_s` it stays until somebody acknowledges it.
    "liquidation": {"type": "match", "event": "liquidation", "severity": "critical"},
    "lead_position_limit": _lead("1", _AN_HOUR_S),
    "lead_daily_limit": _lead("2", _A_DAY_S),
    "lead_equity": _lead("3", _A_DAY_S),
    "lead_trade_unknown": _lead(["!1", "!2", "!3"], _A_DAY_S),
    # Nothing is pushed about it, and what was opened in copying may be left without anybody who closes it.
    "copied_trader_left": {
        "type": "match",
        "event": "copy_relation",
        "match": {"party": "lead_trader", "change": "left"},
        "severity": "warning",
        "resolve_after_s": _A_DAY_S,
    },
    "copied_trader": {
        "type": "match",
        "event": "copy_relation",
        "match": {"party": "lead_trader", "change": "!left"},
        "severity": "info",
        "resolve_after_s": _AN_HOUR_S,
    },
    **LEADER_TABLES,
    # Whatever else is lost: an operator must act, and nothing is tried until then.
    "account_parked": {
        "type": "match",
        "event": "coverage",
        "match": {"state": "!watched", "cause": "credentials"},
        "severity": "critical",
    },
    # How urgent it is, and after what time, is said by [coverage].
    "coverage": {
        "type": "ladder",
        "event": "coverage",
        "field": "urgency",
        "side": "above",
        "levels": {"info": 0, "warning": 1, "critical": 2},
        "hysteresis": 0,
        "hold_better_s": 0,
    },
    "coverage_report": {
        "type": "match",
        "event": "coverage_report",
        "severity": "info",
        "resolve_after_s": _AN_HOUR_S,
    },
    # How urgent it is depends on what is open; once it is over it is told as such.
    "maintenance": {
        "type": "ladder",
        "event": "maintenance",
        "field": "urgency",
        "side": "above",
        "levels": {"info": 0, "warning": 1, "critical": 2},
        "hysteresis": 0,
        "hold_better_s": 0,
    },
    # What alertd does to an account by itself; how urgent it is depends on how far it has come. What went
    # wrong stays until somebody acknowledges it.
    "action": {
        "type": "ladder",
        "event": "action",
        "field": "urgency",
        "side": "above",
        "levels": {"info": 0, "warning": 1, "critical": 2},
        "hysteresis": 0,
        "hold_better_s": 0,
    },
    "sink_dead": {"type": "match", "event": "delivery", "match": {"healthy": False}, "severity": "critical"},
    # What alertd sends through itself does not arrive, so alerts may not either.
    "canary": {
        "type": "match",
        "event": "self_check",
        "match": {"check": "canary", "healthy": False},
        "severity": "critical",
    },
    "dead_man_unreachable": {
        "type": "match",
        "event": "self_check",
        "match": {"check": "dead_man", "healthy": False},
        "severity": "warning",
    },
    "peer_silent": {
        "type": "match",
        "event": "self_check",
        "match": {"check": "peer", "healthy": False},
        "severity": "critical",
    },
    "configuration_refused": {
        "type": "match",
        "event": "configuration",
        "match": {"accepted": False},
        "severity": "warning",
    },
    # The start message. Which starts are told, and which are a loop, is decided before.
    "started": {
        "type": "match",
        "event": "findings",
        "match": {"worst": ["ok", "info"]},
        "severity": "info",
        "resolve_after_s": _A_QUARTER_S,
    },
    # What is worse than a warning has an alert of its own as well: `account_parked`.
    "findings": {
        "type": "match",
        "event": "findings",
        "match": {"worst": ["warning", "critical", "blocking"]},
        "severity": "warning",
        "resolve_after_s": _A_QUARTER_S,
    },
    # Told before it ends, so that it can be renewed.
    "silence_ending": {
        "type": "match",
        "event": "silence",
        "severity": "info",
        "resolve_after_s": _A_QUARTER_S,
    },
    # A planned stop, by whether something is open meanwhile.
    "stopping": {
        "type": "match",
        "event": "stopping",
        "match": {"exposed": False},
        "severity": "info",
        "resolve_after_s": _A_QUARTER_S,
    },
    "stopping_exposed": {
        "type": "match",
        "event": "stopping",
        "match": {"exposed": True},
        "severity": "warning",
        "resolve_after_s": _A_QUARTER_S,
    },
    # Once a month, until a drill was answered; see `presence/drills.py`.
    "drill_due": {
        "type": "match",
        "event": "drill_due",
        "severity": "info",
        "resolve_after_s": _AN_HOUR_S,
    },
    # It goes where critical news go; see `Router`.
    "summary": {
        "type": "match",
        "event": "summary",
        "severity": "info",
        "resolve_after_s": _AN_HOUR_S,
    },
    # Once a day of each account that leads or copies; it goes where critical news of that account go.
    "copy_digest": {
        "type": "match",
        "event": "copy_digest",
        "severity": "info",
        "resolve_after_s": _AN_HOUR_S,
    },
}

_RULES: TypeAdapter[dict[str, RuleSettings]] = TypeAdapter(dict[str, RuleSettings])

BUILTIN_RULES: Mapping[str, RuleSettings] = _RULES.validate_python(_TABLES)


def with_builtin_keys(raw: object) -> object:
    """The raw `[rules]` of a configuration, where a table named like a built-in rule needs only what differs.

    `[rules.margin_ratio] enabled = false` is a whole override then. A table with another `type` or `event`
    than the built-in's is taken as it stands, and so is anything that is no table.
    """
    if not isinstance(raw, Mapping):
        return raw
    return {name: _filled(_TABLES.get(name), table) for name, table in raw.items()}


def _filled(builtin: Mapping[str, object] | None, table: object) -> object:
    if builtin is None or not isinstance(table, Mapping):
        return table
    if any(table.get(key, builtin[key]) != builtin[key] for key in ("type", "event")):
        return table
    return {**builtin, **table}


def merged_rules(user: Mapping[str, RuleSettings]) -> dict[str, RuleSettings]:
    """The built-in rules with the user's over them by name, then the user's own."""
    return {**BUILTIN_RULES, **user}
