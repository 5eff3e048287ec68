from __future__ import annotations

from benchmarks.soak.growth import Bound, judged
from benchmarks.soak.page import Told, markdown, summary

SAMPLES = [{"files": 30.0 + hour, "tasks": 70.0} for hour in range(3)]
FILES, TASKS = (judged(Bound(figure, "", 1.0, about="a note"), SAMPLES) for figure in ("files", "tasks"))
WHOLE = Told(12, (), {"phone": 7, "mail": 9}, {"falls": 3}, {"events_total": 12345.0})


def test_it_says_what_grew_and_what_was_lost() -> None:
    assert summary([TASKS], WHOLE) == "nothing grew, nothing was lost"
    lossy = Told(11, ("not told: phone: ETH",))
    assert summary([FILES, TASKS], lossy) == "files grew, 1 of what was to be told or kept was lost"


def test_the_page_has_each_verdict_each_hour_and_each_loss() -> None:
    lossy = Told(11, ("not told: phone: ETH",), {"phone": 7})
    page = markdown(SAMPLES, [FILES, TASKS], lossy, {"cores": "2"})
    assert "**3 hours: files grew, 1 of what was to be told or kept was lost.**" in page
    assert "| files | 30.0 | 32.0 | 2.00 | 1.00 | **no** | a note |" in page
    assert "| tasks | 70.0 | 70.0 | 0 | 1.00 | yes | a note |" in page
    assert "- not told: phone: ETH" in page
    assert "| 3 | 32.0 | 70.0 |" in page
    assert "| cores | 2 |" in page


def test_the_page_tells_how_much_was_told_and_happened() -> None:
    page = markdown(SAMPLES, [TASKS], WHOLE, {})
    assert "12 expected messages arrived in time, 0 did not. Messages in all: 7 at phone, 9 at mail." in page
    assert "falls 3" in page
    assert "events_total 12,345" in page
