"""`alertd silence add`, `list` and `expire`, against a daemon that runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from alertd.cli.silence import read_labels, read_moment, read_span
from tests.acceptance.house import House, Lodging, house
from tests.cli.console import CommandLine

BTC = "BTC-USDT-SWAP"


@pytest.fixture
def lodging(tmp_path: Path, logs_apart: None) -> Iterator[Lodging[House]]:
    with Lodging(lambda: house(tmp_path)) as lodging:
        yield lodging


def test_a_person_makes_looks_at_and_ends_a_silence(
    alertd: CommandLine, lodging: Lodging[House], tmp_path: Path
) -> None:
    where = ("--url", f"http://127.0.0.1:{lodging.home.app.web_port}")
    mine = (*where, "--token-file", str(tmp_path / "web.token"))
    assert alertd("silence", "list", *where).out == "no silence is in force\n"
    lodging.call(lodging.home.alert_arrives(BTC))

    asked = ("silence", "add", "--account", "main", "--for", "2h", "--comment", "works")
    said = alertd(*asked, *where)
    assert (said.code, "wants a token" in said.err) == (2, True), said
    said = alertd(*asked, *mine)
    assert (said.code, "it matches what is critical now: main exchange_warning" in said.err) == (1, True), (
        said
    )
    said = alertd(*asked, "--force", *mine)
    assert said.code == 0, said
    found = re.match(r'(\w{8}) active until .*: account=main, critical too, by admin "works"', said.out)
    assert found, said.out
    assert "covers 1 open alert now:\n" in said.out
    assert f"CRITICAL main exchange_warning {BTC}" in said.out

    said = alertd("silence", "add", "--rule", "bufer_used", "--for", "2h", "--comment", "works", *mine)
    assert (said.code, 'there is no rule "bufer_used"; did you mean "buffer_used"?' in said.err) == (1, True)

    name = found[1]
    assert f"muted by silence:{name}" in alertd("alerts", *where).out
    assert f"{name} active until" in alertd("silence", "list", *where).out
    assert "mutes 1 open alert" in alertd("silence", "list", *where).out
    said = alertd("silence", "expire", name[:3], *mine)
    assert (said.code, "is too short; give at least 4 of its letters" in said.err) == (1, True), said
    said = alertd("silence", "expire", name[:4], *mine)
    assert (said.code, "1 alert still bad, told now:" in said.out) == (0, True), said
    said = alertd("silence", "expire", name, *mine)
    assert (said.code, f"silence {name} ended already, at" in said.err) == (1, True), said
    said = alertd("silence", "expire", "nothing", *mine)
    assert (said.code, "there is no silence 'nothing'; see alertd silence list" in said.err) == (1, True)
    (one,) = json.loads(alertd("silence", "list", "--all", "--json", *where).out)["silences"]
    assert (one["id"], one["state"]) == (name, "over")


@pytest.mark.parametrize(
    ("args", "part"),
    [
        ((), "for how long?"),
        (("--for", "2h", "--until", "2030-01-01"), "--for and --until do not go together: give one"),
        (("--for", "soon"), "'soon' is no length of time; write 2h, 90m or 1d12h"),
        (("--until", "tomorrow"), "'tomorrow' is no time; write 2026-11-21T18:00"),
        (("--for", "2h", "--label", "anna"), "write KEY=GLOB, such as owner=anna"),
    ],
)
def test_what_is_not_clear_is_said_before_anybody_is_asked(
    alertd: CommandLine, args: tuple[str, ...], part: str
) -> None:
    said = alertd("silence", "add", "--comment", "works", *args)
    assert said.code == 2
    assert part in " ".join(said.err.split())


@pytest.mark.parametrize(
    ("text", "seconds"), [("2h", 7200), ("90m", 5400), ("1d12h", 129_600), ("45s", 45), ("1h 30m", 5400)]
)
def test_lengths_of_time(text: str, seconds: float) -> None:
    assert read_span(text) == seconds


@pytest.mark.parametrize("text", ["", "2", "h", "-2h", "2h3d", "2.5h", "2w"])
def test_what_is_no_length_of_time(text: str) -> None:
    with pytest.raises(ValueError, match="no length of time"):
        read_span(text)


def test_a_label_may_be_one_of_several() -> None:
    assert read_labels(["owner=a*", "desk=x", "owner=ben"]) == {"owner": ["a*", "ben"], "desk": ["x"]}


def test_a_time_keeps_its_zone() -> None:
    assert read_moment("--until", "2026-11-21T18:00+00:00").startswith("2026-11-21T")
