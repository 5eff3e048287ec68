"""tests/skip_policy.py"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import skip_policy
from tests.skip_policy import Skip, read_patterns, unforeseen

ALLOWED = """
# why these are acceptable
needs root
refused here: *
tests/test_x.py::test_known[*]
"""


@pytest.mark.parametrize(
    ("skip", "is_foreseen"),
    [
        (Skip("tests/test_x.py::test_a", "needs root"), True),
        (Skip("tests/test_x.py::test_a", "needs root and more"), False),
        (Skip("tests/test_x.py::test_a", "this needs root"), False),
        (Skip("tests/test_x.py::test_a", "refused here: a\nreason in two lines"), True),
        (Skip("tests/test_x.py::test_known[1-2]", "anything"), True),
        (Skip("tests/test_x.py::test_known", "anything"), False),
        (Skip("tests/test_x.py", "could not import 'x'"), False),
        (Skip("tests/test_x.py::test_a", "# why these are acceptable"), False),
        (Skip("tests/test_x.py::test_a", ""), False),
    ],
)
def test_a_skip_is_foreseen_by_its_whole_reason_or_id(skip: Skip, is_foreseen: bool) -> None:
    assert list(unforeseen([skip], read_patterns(ALLOWED))) == ([] if is_foreseen else [skip])


def run(folder: Path, tests: str, *options: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A run of pytest in a project of its own that has only our policy, and of all plugins only xdist."""
    room = folder / "tests"
    room.mkdir()
    shutil.copy(skip_policy.__file__, room)
    (room / "allowed_skips.txt").write_text(ALLOWED)
    (room / "conftest.py").write_text('pytest_plugins = ["tests.skip_policy"]\n')
    (room / "test_x.py").write_text(f"import pytest\n{tests}")
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\npythonpath = .\n")
    alone = {"PYTHONPATH": str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "xdist.plugin", *options, "tests"],
        cwd=folder, env={**os.environ, **alone, **env},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


PASSES = "def test_passes(): pass\n"
ALLOWED_SKIP = 'def test_allowed(): pytest.skip("needs root")\n'
MARKED_SKIP = '@pytest.mark.skip(reason="no fish today")\ndef test_marked(): pass\n'
EXPECTED_FAILURE = '@pytest.mark.xfail(reason="known")\ndef test_expected(): assert False\n'
WHOLE_FILE = 'pytest.importorskip("no_such_module_of_ours")\n'
FIXTURE_SKIP = '@pytest.fixture\ndef pond(): pytest.skip("no water")\ndef test_fixture(pond): pass\n'


@pytest.mark.parametrize(
    ("tests", "told"),
    [
        (PASSES + MARKED_SKIP, "tests/test_x.py::test_marked: no fish today"),
        (PASSES + FIXTURE_SKIP, "tests/test_x.py::test_fixture: no water"),
        (WHOLE_FILE, "tests/test_x.py: could not import 'no_such_module_of_ours'"),
    ],
)
@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_a_skip_that_nobody_allowed_fails_the_run(
    tmp_path: Path, tests: str, told: str, options: tuple[str, ...]
) -> None:
    done = run(tmp_path, tests, *options, FAIL_ON_SKIP="1")
    assert done.returncode != 0
    assert "skipped, but not allowed to be" in done.stdout
    assert done.stdout.count(told) == 1
    assert "tests/allowed_skips.txt" in done.stdout


def test_allowed_skips_and_expected_failures_do_not(tmp_path: Path) -> None:
    done = run(tmp_path, PASSES + ALLOWED_SKIP + EXPECTED_FAILURE, FAIL_ON_SKIP="1")
    assert done.returncode == 0, done.stdout
    assert "1 skipped" in done.stdout
    assert "not allowed" not in done.stdout


@pytest.mark.parametrize("switch", ["0", ""])
def test_without_the_switch_any_test_may_be_skipped(tmp_path: Path, switch: str) -> None:
    done = run(tmp_path, PASSES + MARKED_SKIP, FAIL_ON_SKIP=switch)
    assert done.returncode == 0, done.stdout


def test_each_allowed_reason_stands_in_some_test() -> None:
    """A reason that nobody gives any more would excuse a skip to come."""
    tests = Path(__file__).parents[1]
    source = "".join(path.read_text() for path in tests.rglob("*.py") if path != Path(__file__))
    lines = skip_policy.ALLOWED.read_text().splitlines()
    reasons = [line for line in lines if line and not line.startswith("#")]
    assert reasons
    assert [one for one in reasons if one.split("*")[0] not in source] == []
