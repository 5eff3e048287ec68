"""What `alertd check` shows of actions."""

from __future__ import annotations

import json

import pytest

from tests.cli.console import CommandLine
from tests.config.test_action_checks import ACCOUNTS, ENV, OKX, PAUSE, REMOVE, TOOBIT, rule

# Apprise's own import of a module that Python 3.13 lacks.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def _lines(alertd: CommandLine, text: str) -> list[str]:
    alertd.write(ACCOUNTS + text)
    alertd.env(**ENV)
    said = alertd("check")
    assert said.code == 0, said.err
    return said.out.partition("\nactions\n")[2].partition("\n\n")[0].splitlines()


def test_what_alertd_may_do_is_shown_with_whom_and_when(alertd: CommandLine) -> None:
    ben = '[people.ben]\ncan = ["read", "approve"]\n'
    assert _lines(alertd, OKX + 'mode = "approve"\napprovers = 2\n' + rule() + ben) == [
        "  stop: stop_copying of all traders on main, open positions: close_at_market, mode approve",
        "      triggered by mine (from critical)",
        "      2 to approve within 900 s; cooldown 3600 s; in 24 h 3 for each, 20 in all; 10 at once",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            OKX.replace(
                '"all"', '["AAAA5A80241D6FE6", "BBBB5A80241D6FE6", "CCCC5A80241D6FE6", "DDDD5A80241D6FE6"]'
            ),
            "  stop: stop_copying of AAAA5A80241D6FE6, BBBB5A80241D6FE6, CCCC5A80241D6FE6 and 1 more on "
            "main, open positions: close_at_market, mode off",
        ),
        (
            TOOBIT.replace('"all"', '"event"\nallowed_traders = ["12"]'),
            "  stop: stop_copying of the trader the event names, if one of 12 on copy, mode off",
        ),
        (PAUSE, "  pause: pause_leading for 3600 s on lead, mode off"),
        (REMOVE, "  gone: remove_follower of 12, 13 on lead, mode off"),
    ],
)
def test_each_kind_says_what_it_is(alertd: CommandLine, text: str, line: str) -> None:
    assert _lines(alertd, text) == [line, "      triggered by nothing"]


def test_machines_get_all_keys(alertd: CommandLine) -> None:
    alertd.write(ACCOUNTS + OKX + rule())
    alertd.env(**ENV)
    shown = json.loads(alertd("check", "--json").out)["actions"]["stop"]
    assert (shown["accounts"], shown["triggered_by"]) == (["main"], {"mine": "critical"})
    assert (shown["mode"], shown["max_per_day"]) == ("off", 3)
