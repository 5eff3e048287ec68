"""The page on routing: what it shows is what alertd does."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cli.console import CommandLine

PAGE = (Path(__file__).parents[3] / "docs" / "routing.md").read_text(encoding="utf-8")
CONFIG, INHIBITION, TESTS = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
((COMMAND, ANSWER),) = re.findall(r"```sh\nalertd (.*?)\n```\n\n```\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_tests_of_the_page_hold(alertd: CommandLine) -> None:
    alertd.write(f"{CONFIG}{INHIBITION}")
    file = alertd.folder / "page.test.toml"
    file.write_text(TESTS, encoding="utf-8")
    said = alertd("route", "test", str(file))
    assert (said.code, said.err) == (0, "")


def test_the_answer_on_the_page_is_the_answer(alertd: CommandLine) -> None:
    alertd.write(CONFIG)
    assert alertd(*COMMAND.split()).out == ANSWER
