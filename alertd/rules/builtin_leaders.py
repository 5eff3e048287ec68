"""The built-in rules about how lead traders trade, as they would stand in a configuration file."""

from __future__ import annotations

from collections.abc import Mapping

_A_DAY_S = 86400
_A_WEEK_S = 7 * _A_DAY_S

LEADER_TABLES: Mapping[str, dict[str, object]] = {
    # Of what a unit copied was worth: money that came or went is taken out.
    "leader_drawdown": {
        "type": "drawdown",
        "event": "leader_state",
        "field": "unit_value",
        "fall": "0.2",
        "window_s": _A_WEEK_S,
        "severity": "warning",
    },
    "leader_drawdown_deep": {
        "type": "drawdown",
        "event": "leader_state",
        "field": "unit_value",
        "fall": "0.4",
        "window_s": _A_WEEK_S,
        "severity": "critical",
    },
    # Against what this trader usually takes, be that 3 or 50.
    "leader_leverage": {
        "type": "match",
        "event": "leader_change",
        "match": {"change": ["order_opened", "leverage_changed"], "leverage_jump": ">= 2"},
        "severity": "warning",
        "resolve_after_s": _A_DAY_S,
    },
    # A loss of a tenth of the margin: less is how orders are filled in parts.
    "leader_adds_to_loser": {
        "type": "match",
        "event": "leader_change",
        "match": {"change": "order_grown", "profit_rate": "<= -0.1"},
        "severity": "warning",
        "resolve_after_s": _A_DAY_S,
    },
    # For who usually holds minutes, an hour is long and no danger: a day at least.
    "leader_long_hold": {
        "type": "ladder",
        "event": "leader_state",
        "field": "hold_ratio",
        "side": "above",
        "levels": {"warning": 5},
        "match": {"held_for_s": f">= {_A_DAY_S}"},
    },
    "leader_silent": {
        "type": "ladder",
        "event": "leader_state",
        "field": "silent_for_s",
        "side": "above",
        "levels": {"info": _A_WEEK_S, "warning": 2 * _A_WEEK_S},
        "hysteresis": 0,
        "hold_better_s": 0,
    },
    "leader_gone": {
        "type": "match",
        "event": "leader_change",
        "match": {"change": "inactive"},
        "severity": "warning",
        "resolve_after_s": _A_DAY_S,
    },
    "leader_followers": {
        "type": "drawdown",
        "event": "leader_state",
        "field": "followers",
        "fall": "0.25",
        "window_s": _A_DAY_S,
        "severity": "warning",
    },
    # Leading itself: below the minimum, and beyond the day's number, trades are not led.
    "lead_equity_low": {
        "type": "ladder",
        "event": "leader_state",
        "field": "equity_share",
        "levels": {"warning": "1.2", "critical": 1},
        "hysteresis": "0.02",
    },
    # A level is reached beyond it, and 80 of 100 shall be told.
    "lead_day_share": {
        "type": "ladder",
        "event": "leader_state",
        "field": "day_share",
        "side": "above",
        "levels": {"warning": "0.799"},
        "hysteresis": 0,
        "hold_better_s": 0,
    },
    "copy_limit": {
        "type": "match",
        "event": "leader_change",
        "match": {"change": "limit_reached"},
        "severity": "warning",
        "resolve_after_s": _A_DAY_S,
    },
    # Whoever leads changes these seldom, and not by surprise.
    "lead_settings": {
        "type": "match",
        "event": "leader_change",
        "match": {"change": ["config_changed", "symbols_changed"]},
        "severity": "info",
        "resolve_after_s": _A_DAY_S,
    },
}
