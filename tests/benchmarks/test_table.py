from __future__ import annotations

import pytest

from benchmarks.figures import Absent, Measured, Samples, of
from benchmarks.goals import ALERTD, EVERYONE, FLOOR, Goal
from benchmarks.table import judged, markdown, number, reached, spread

TIMES_FLOOR = Goal("CPU", "4 × floor", 4.0, kind="times_floor")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.123, "0.12"), (9.994, "9.99"), (12.34, "12.3"), (99.94, "99.9"), (1234.5, "1,234")],
)
def test_three_figures_count(value: float, text: str) -> None:
    assert number(value) == text
    if value:
        assert number(-value) == f"-{text}"


def test_one_round_has_no_spread() -> None:
    assert spread(Samples((5.0,))) == "5.00"
    assert spread(Samples((5.0, 7.0, 4.0))) == "5.00 (4.00–7.00)"


@pytest.mark.parametrize(("value", "most", "word"), [(4.0, 4.0, "yes"), (4.1, 4.0, "no"), (1.0, None, "")])
def test_a_goal_is_reached_or_not(value: float, most: float | None, word: str) -> None:
    assert reached(value, most) == word


@pytest.mark.parametrize(("value", "word"), [(7000.0, "yes"), (6999.0, "no")])
def test_of_some_figures_more_is_better(value: float, word: str) -> None:
    assert reached(value, 7000.0, at_least=True) == word


def test_a_multiple_of_the_floor_needs_a_floor() -> None:
    ours = of("quiet", ALERTD, "CPU", "µs", [6.0, 9.0])
    floor = of("quiet", FLOOR, "CPU", "µs", [2.0, 3.0])
    assert judged(TIMES_FLOOR, [ours, floor]) == Samples((3.0, 3.0))
    assert judged(TIMES_FLOOR, [ours]) is None
    assert judged(TIMES_FLOOR, [floor]) is None


def _line(page: str, starts: str) -> str:
    (found,) = (line for line in page.splitlines() if line.startswith(starts))
    return found


def test_the_page_tells_what_was_measured_beside_what() -> None:
    results: list[Measured | Absent] = [
        of("burst", ALERTD, "p99", "ms", [300.0, 330.0], "a note"),
        of("burst", "bare Apprise script", "p99", "ms", [600.0, 660.0]),
        Absent("burst", "Prometheus Alertmanager", "it is not installed"),
    ]
    page = markdown(results, {"cores": "2"})
    assert _line(page, "| Burst of 200 to one webhook through Apprise |").split(" | ")[1:] == [
        "p99", "200 ms", "170 ms", "**315 (300–330) ms**", "no", "no |",
    ]  # fmt: skip
    assert "| alertd | p99 | 315 (300–330) ms | 0.50 (0.50–0.50) | a note |" in page
    assert "| bare Apprise script | p99 | 630 (600–660) ms |  |  |" in page
    assert "| Prometheus Alertmanager | | *not measured: it is not installed* | | |" in page
    assert "| cores | 2 |" in page


def test_what_was_not_measured_is_never_estimated() -> None:
    page = markdown([], {})
    assert "[soak.md](soak.md)" in _line(page, "| 24 simulated hours")
    assert "| *not measured* | | |" in _line(page, "| Burst of 200 to one webhook through")


def test_a_row_that_failed_says_why_and_breaks_no_table() -> None:
    page = markdown([Absent("burst", EVERYONE, "TimeoutError: 3 | 4 of 200 " + "x" * 999 + "\nthe log")], {})
    line = _line(page, "| Burst of 200 to one webhook through")
    assert "*not measured: TimeoutError: 3 \\| 4 of 200 xxx" in line
    assert len(line) < 400
    assert "| all | | *not measured: TimeoutError" in page


def test_another_peers_absence_is_not_ours() -> None:
    page = markdown([Absent("start", "ccxt.pro", "it is not installed")], {})
    assert "| *not measured* | | |" in _line(page, "| Start to first subscription")
