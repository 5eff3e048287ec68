"""The page on actions: its configuration can be used as it stands."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cli.console import CommandLine

PAGE = (Path(__file__).parents[2] / "docs" / "actions.md").read_text(encoding="utf-8")
EXAMPLE, OTHERS = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_configurations_of_the_page_hold(alertd: CommandLine) -> None:
    alertd.write(EXAMPLE + OTHERS)
    alertd.env(
        ALERTD_ACCOUNTS__TB__API_KEY="tb-key",
        ALERTD_ACCOUNTS__TB__API_SECRET="tb-secret",
        ALERTD_PEOPLE__ANNA__TOKEN="annas-own-token-of-20",
    )
    said = alertd("check")
    assert said.code == 0, said
    assert "error:" not in said.err
    assert "names no followers" in said.err  # what is worth knowing is said


def test_each_command_of_the_page_exists(alertd: CommandLine) -> None:
    named = set(re.findall(r"^alertd actions (\w+)", PAGE, flags=re.MULTILINE))
    assert named == {"list", "show", "approve", "deny", "off", "on"}
    listed = alertd("actions", "--help").out
    assert [name for name in named if name not in listed] == []
