"""tests/collecting.py"""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.collecting import mixed


@given(slow=st.integers(0, 40), quick=st.lists(st.integers(1, 30), max_size=20), shares=st.integers(2, 8))
def test_every_test_is_run_once_and_those_of_a_file_stay_in_order(
    slow: int, quick: list[int], shares: int
) -> None:
    names = [f"slow {number}" for number in range(slow)]
    files = [[f"quick {file} {number}" for number in range(length)] for file, length in enumerate(quick)]
    order = list(mixed(names, files, shares))
    assert sorted(order) == sorted([*names, *(name for file in files for name in file)])
    assert [name for name in order if name.startswith("quick")] == [name for file in files for name in file]


def test_each_share_has_its_slow_ones_between_the_files_of_its_first_half() -> None:
    names = [f"slow {number}" for number in range(7)]
    files = [[f"quick {file} {number}" for number in range(5)] for file in range(40)]
    order = list(mixed(names, files, 2))
    length = len(order) // 2
    for share in (order[:length], order[length:]):
        places = [place for place, name in enumerate(share) if name.startswith("slow")]
        assert len(places) in (3, 4)
        assert places[0] == 0
        assert places[-1] < length // 2 + 5
        assert all(after - before > 5 for before, after in pairwise(places))
