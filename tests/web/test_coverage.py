"""alertd/web/coverage.py"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alertd.web.coverage import read_since
from tests.coverage.evidence import START, at


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("", None),
        ("60s", at(-60)),
        ("90m", at(-5400)),
        ("24h", at(-86_400)),
        ("7d", at(-7 * 86_400)),
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=UTC)),
        ("2026-11-21T08:00", datetime(2026, 11, 21, 8, tzinfo=UTC)),
        ("2026-11-21T08:00+01:00", datetime(2026, 11, 21, 7, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_as_people_write_it(text: str | None, expected: datetime | None) -> None:
    assert read_since(text, START) == expected


@pytest.mark.parametrize("text", ["yesterday", "7", "7w", "-7d", "9999999d"])
def test_anything_else_is_refused_with_the_cure(text: str) -> None:
    with pytest.raises(ValueError, match="write 7d, 24h or"):
        read_since(text, START)
