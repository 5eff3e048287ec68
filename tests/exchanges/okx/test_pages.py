"""Joining the pages of a snapshot."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from alertd.exchanges.okx import pages
from alertd.exchanges.okx.pages import Rows, SnapshotPages


def rows(*keys: str, **options) -> Rows[str]:
    return Rows(dict.fromkeys(keys, "open"), **options)


def test_nothing_is_told_before_the_last_page():
    joining = SnapshotPages()
    assert joining.add("any", 1, False, rows("a")) is None
    assert joining.add("any", 2, False, rows("b")) is None
    joined = joining.add("any", 3, True, rows("c"))
    assert (joined.entries.keys(), joined.whole) == ({"a", "b", "c"}, True)


def test_scopes_do_not_mix():
    joining = SnapshotPages()
    joining.add("swap", 1, False, rows("a"))
    assert joining.add("futures", 1, True, rows("b")).entries.keys() == {"b"}
    assert joining.add("swap", 2, True, rows("c")).entries.keys() == {"a", "c"}


def test_a_missing_page_gives_figures_but_no_whole():
    joining = SnapshotPages()
    joining.add("any", 1, False, rows("a"))
    joined = joining.add("any", 3, True, rows("c"))
    assert (joined.entries.keys(), joined.whole) == ({"a", "c"}, False)


def test_a_snapshot_that_starts_in_the_middle_is_not_whole():
    assert not SnapshotPages().add("any", 2, True, rows("c")).whole


def test_page_1_starts_over():
    joining = SnapshotPages()
    joining.add("any", 1, False, rows("a"))
    assert joining.add("any", 1, True, rows("b")).entries.keys() == {"b"}


def test_without_page_numbers_there_is_one_page_or_they_follow():
    joining = SnapshotPages()
    assert joining.add("any", None, None, rows("a")).whole
    assert joining.add("any", None, False, rows("a")) is None
    joined = joining.add("any", None, True, rows("b"))
    assert (joined.entries.keys(), joined.whole) == ({"a", "b"}, True)


def test_an_update_between_pages_counts():
    joining = SnapshotPages()
    joining.add("any", 1, False, rows("a", "b"))
    joining.overtake("any", Rows({"a": None, "z": "open"}))
    joining.overtake("other", rows("y"))
    assert joining.add("any", 2, True, rows("c")).entries == {
        "a": None,
        "b": "open",
        "z": "open",
        "c": "open",
    }


def test_an_unreadable_row_on_one_page_makes_the_whole_doubtful():
    joining = SnapshotPages()
    joining.add("any", 1, False, rows("a", whole=False, kept={"k"}))
    joined = joining.add("any", 2, True, rows("b"))
    assert (joined.whole, joined.kept) == (False, {"k"})


def test_a_snapshot_without_end_is_given_up():
    joining, page = SnapshotPages(), 0
    joined = None
    while joined is None:
        page += 1
        assert page < 100
        joined = joining.add("any", page, False, rows(*(f"{page}/{n}" for n in range(1_000))))
    assert len(joined.entries) > pages.MOST_ENTRIES
    assert not joined.whole


@given(st.lists(st.text("abcdef", min_size=1, max_size=2), unique=True, min_size=1), st.data())
def test_paged_equals_unpaged(keys, data):
    cuts = sorted(data.draw(st.sets(st.integers(1, len(keys)), max_size=5)) | {len(keys)})
    parts = [keys[start:end] for start, end in zip([0, *cuts], cuts, strict=False)]
    joining = SnapshotPages()
    joined = None
    for number, part in enumerate(parts, 1):
        joined = joining.add("any", number, number == len(parts), rows(*part))
    assert joined == SnapshotPages().add("any", 1, True, rows(*keys))
