"""Line numbers of TOML keys."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.config.toml_lines import key_lines

TEXT = '''\
language = "en"
a.b = 1

[accounts.main]   # a comment with [brackets] and key = 1
exchange = "okx"
labels = { owner = "anna" }
"quoted key" = 1

[[routes]]
sinks = [
  "phone",
  "a = 1",
  ["nested"],
]
[routes.match]
severity = "critical"
[[routes]]
note = """
sinks = "not a key"
[not.a.table]
"""
sinks = ["mail"]
  [[routes.escalate]]
  after_s = 60
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("language",), 1),
        (("a",), 2),
        (("a", "b"), 2),
        (("accounts", "main"), 4),
        (("accounts", "main", "exchange"), 5),
        (("accounts", "main", "labels"), 6),
        (("accounts", "main", "quoted key"), 7),
        (("routes", 0), 9),
        (("routes", 0, "sinks"), 10),
        (("routes", 0, "match"), 15),
        (("routes", 0, "match", "severity"), 16),
        (("routes", 1), 17),
        (("routes", 1, "note"), 18),
        (("routes", 1, "sinks"), 22),
        (("routes", 1, "escalate", 0), 23),
        (("routes", 1, "escalate", 0, "after_s"), 24),
    ],
)
def test_each_key_has_its_line(path: tuple[str | int, ...], line: int) -> None:
    tomllib.loads(TEXT)
    assert key_lines(TEXT)[path] == line


def test_nothing_is_invented_inside_texts_and_lists() -> None:
    found = key_lines(TEXT)
    assert ("not", "a", "table") not in found
    assert not any("nested" in path or '"a' in path for path in found)


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True)


@given(
    st.dictionaries(
        NAMES, st.dictionaries(NAMES, st.text(max_size=8) | st.integers(), max_size=4), max_size=4
    )
)
def test_every_key_of_a_written_table_is_found(tables: dict[str, dict[str, Any]]) -> None:
    lines: list[str] = []
    expected: dict[tuple[str | int, ...], int] = {}
    for name, table in tables.items():
        lines.append(f"[{name}]")
        expected[name,] = len(lines)
        for key, value in table.items():
            text = str(value) if isinstance(value, int) else _quoted(value)
            lines.append(f"{key} = {text}")
            expected[name, key] = len(lines)
    text = "\n".join(lines)
    assert tomllib.loads(text) == tables
    assert key_lines(text) == expected


def _quoted(value: str) -> str:
    return '"' + "".join(f"\\U{ord(c):08x}" if not c.isalnum() else c for c in value) + '"'


@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    assert all(line >= 1 for line in key_lines(text).values())
