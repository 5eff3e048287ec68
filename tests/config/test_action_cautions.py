"""Covers alertd/config/action_cautions.py."""

from __future__ import annotations

import pytest

from alertd.config.action_cautions import action_cautions
from tests.config.folder import Folder
from tests.config.test_action_checks import ACCOUNTS, ENV, OKX, PAUSE, REMOVE, TOOBIT, rule

AUTO = OKX + 'mode = "auto"\n'
CASES: dict[str, tuple[str, list[str]]] = {
    "all is well": (OKX + 'mode = "approve"\n' + rule(), []),
    "no rule names it": (
        OKX + 'mode = "dry_run"\n',
        ['actions.stop: no rule names it, so it is never triggered; write actions = ["stop"] in a rule'],
    ),
    "off": (
        OKX + rule(),
        [
            "actions.stop.mode: is off, so nothing happens at all; write "
            'mode = "dry_run" to see what would happen'
        ],
    ),
    "Toobit": (
        TOOBIT + 'mode = "approve"\nretry_s = 30\n' + rule(),
        [
            "actions.stop: this is no emergency brake on copy: Toobit refuses to stop copying while copied "
            "positions are open, so alertd tells you at once, asks again every 30 s and gives up after "
            "3600 s; close positions in the app"
        ],
    ),
    "followers": (
        REMOVE + 'mode = "approve"\n' + rule(actions='["gone"]'),
        [
            "actions.gone: Toobit refuses to remove a follower whose copied positions are open, and names no "
            "followers: that one is gone is seen by their number alone"
        ],
    ),
    "auto": (
        AUTO + rule(),
        [
            "actions.stop.mode: goes without asking only for accounts that were armed (alertd actions on "
            "main), and only on fresh figures of a watched account; otherwise persons are asked"
        ],
    ),
    "auto without limits": (
        AUTO + "cooldown_s = 0\nauto_after_runs = 0\n" + rule(),
        [
            "actions.stop.mode: goes without asking only for accounts that were armed (alertd actions on "
            "main), and only on fresh figures of a watched account; otherwise persons are asked",
            "actions.stop.cooldown_s: is 0, so it may be done again and again; write 60 at least",
            "actions.stop.auto_after_runs: is 0, so the first time is the real one; write 1 at least",
        ],
    ),
    "a rule that is off": (
        PAUSE + 'mode = "dry_run"\n' + rule(actions='["pause"]', more="enabled = false\n"),
        [
            'actions.pause: no rule names it, so it is never triggered; write actions = ["pause"] in a rule',
            "rules.mine.actions: the rule is off, so it triggers nothing; enable it",
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_must_not_be_mistaken_is_said(case: str, folder: Folder) -> None:
    text, expected = CASES[case]
    folder.write(ACCOUNTS + text)
    assert action_cautions(folder.load(env=ENV)) == expected
