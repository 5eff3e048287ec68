"""A configuration folder for each test, with the smallest file in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.folder import SMALLEST, Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path)
    made.write(SMALLEST)
    return made
