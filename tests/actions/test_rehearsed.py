"""A rehearsal tells what would happen: the same scenario, once as a dry run and once for real."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from alertd.actions.desk import ActionDesk
from alertd.actions.plans import Trigger
from alertd.domain.action import ALL_TRADERS, IntentState, Mode, Switch
from alertd.domain.alert import Severity
from tests.actions.nouns import ANN, BOB, CEM, World, alert, at, carried_out, leader, moved, plan

TRIGGERS = {"margin": Trigger(("one", "all"), Severity.WARNING)}
HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 1.0, 20.0, 700.0, 40000.0]),  # so long after the one before
        st.sampled_from([ANN, BOB, CEM]),
        st.integers(1, 3),  # episode
        st.sampled_from([Severity.INFO, Severity.WARNING, Severity.CRITICAL]),
        st.integers(0, 3),  # traders that are copied then
        st.booleans(),  # its reason is gone before it is carried out
    ),
    max_size=25,
)


def desk(mode: Mode, world: World) -> ActionDesk:
    limits = {
        "mode": mode,
        "cooldown_s": 600.0,
        "max_per_day": 2,
        "max_per_day_total": 5,
        "auto_after_runs": 0,
    }
    plans = {
        "one": plan(action="one", traders=None, allowed=frozenset((ANN, BOB)), **limits),
        "all": plan(action="all", traders=(ALL_TRADERS,), max_traders=2, **limits),
    }
    return ActionDesk(plans, TRIGGERS, switch=Switch(armed=frozenset(("main",))), world=world)


def story(mode: Mode, happenings: list[tuple[float, str, int, Severity, int, bool]]) -> list[object]:
    """What was decided, and what became of it."""
    world = World()
    made = desk(mode, world)
    told: list[object] = []
    seconds = 0.0
    for after_s, trader, episode, severity, copied, is_over in happenings:
        seconds += after_s
        what = alert(leader(trader, seconds), episode=episode, severity=severity)
        changes = made.triggered(what, at(seconds))
        told += [(one.action, one.trader, str(one.state), one.reason, one.next_at) for one in changes.intents]
        if is_over:
            world.over.add((what.fingerprint, episode))
        told += carry_out(made, mode, seconds, dict.fromkeys([ANN, BOB, CEM][:copied], ""))
        world.over.clear()
    return told


def carry_out(made: ActionDesk, mode: Mode, seconds: float, traders: dict[str, str]) -> list[object]:
    told: list[object] = []
    now = at(seconds)
    told += [(one.trader, str(one.state), one.reason) for one in made.tick(now).intents]
    while ready := made.ready(now):
        intent = ready[0]
        if intent.trader == ALL_TRADERS:
            parts = made.split(intent, traders, now).intents
            told += [(one.trader, str(one.state), one.reason, one.detail) for one in parts]
        elif mode is Mode.DRY_RUN:
            (end,) = made.progressed(*moved(intent, IntentState.REHEARSED, now), now).intents
            told.append((end.trader, "done"))
        else:
            told.append((carried_out(made, intent, now).trader, "done"))
    return told


@settings(max_examples=150, deadline=None)
@given(HAPPENINGS)
def test_a_dry_run_tells_what_auto_then_does(
    happenings: list[tuple[float, str, int, Severity, int, bool]],
) -> None:
    assert story(Mode.DRY_RUN, happenings) == story(Mode.AUTO, happenings)
