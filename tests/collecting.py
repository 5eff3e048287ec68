"""Collecting the tests makes some million objects that all stay: none is garbage, and looking for it costs.

While they are made, and in each full look through all objects later, that search was a tenth of a run's work.
"""

from __future__ import annotations

import gc
from collections.abc import Generator
from typing import Any

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Garbage is looked for from the first test on, and only among what tests make themselves."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()
