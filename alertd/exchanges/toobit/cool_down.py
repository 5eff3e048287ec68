"""A leader's cool-down: whether there is one, and the change that begins one and nothing else. Pure.

All times are the exchange's. Source: Toobit API, "Copy trading: leader", "Update leader config".
"""

from __future__ import annotations

from datetime import datetime, timedelta

from alertd.domain.errors import ChangeRefused
from alertd.exchanges.toobit.leader_config import ConfigChange, LeaderState, PlannedConfig, plan
from alertd.exchanges.toobit.models import LeaderConfig

FIELDS = frozenset(("has_cool_down", "cool_down_from", "cool_down_until"))
_CLOCKS_DIFFER = timedelta(seconds=2)


def is_paused(config: LeaderConfig, now: datetime, until: datetime) -> bool:
    """Whether it has begun, and ends no earlier."""
    begins, ends = config.cool_down_from, config.cool_down_until
    if not config.has_cool_down or begins is None or ends is None:
        return False
    return begins <= now + _CLOCKS_DIFFER and ends >= until


def is_told(config: LeaderConfig) -> bool:
    """Whether it can be seen at all."""
    if config.has_cool_down is None:
        return False
    return not config.has_cool_down or None not in (config.cool_down_from, config.cool_down_until)


def pausing(state: LeaderState, now: datetime, until: datetime) -> PlannedConfig:
    """The change that pauses leading from now on. A window that is there already and meets it goes on: one
    that runs keeps its beginning, one that ends later its end. Another one gives way, as there can be but
    one.

    Raises: ChangeRefused, also where anything but the cool-down would change.
    """
    config = state.config
    begins, ends = now, until
    if config.has_cool_down and config.cool_down_from and config.cool_down_until:
        if config.cool_down_from <= now <= config.cool_down_until:
            begins = config.cool_down_from
        if config.cool_down_from <= until <= config.cool_down_until:
            ends = config.cool_down_until
    change = ConfigChange(has_cool_down=True, cool_down_from=begins, cool_down_until=ends)
    planned = plan(state, change)
    others = sorted(planned.differences.keys() - FIELDS)
    if others or planned.after.instruments != config.instruments:
        raise ChangeRefused([f"{', '.join(others) or 'pairs'}: would change with the cool-down"])
    return planned


def replaced(state: LeaderState, planned: PlannedConfig, now: datetime) -> str:
    """What of a window that was still to come is lost; "" where nothing is."""
    config = state.config
    begins, ends, new_end = config.cool_down_from, config.cool_down_until, planned.after.cool_down_until
    if not config.has_cool_down or begins is None or ends is None or new_end is None:
        return ""
    if begins <= now or ends <= new_end:
        return ""
    return f"replaces the cool-down from {begins.isoformat()} to {ends.isoformat()}"
