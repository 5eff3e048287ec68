from __future__ import annotations

import pytest

from benchmarks.machine import alertmanager_version, cpu_model


@pytest.mark.parametrize(
    ("cpuinfo", "model"),
    [
        (
            "processor\t: 0\nmodel\t\t: 1\nmodel name\t: AMD EPYC: 7B13\nmodel name\t: other\n",
            "AMD EPYC: 7B13",
        ),
        ("processor\t: 0\nBogoMIPS\t: 48.00\n", ""),
        ("", ""),
    ],
)
def test_the_processor_is_named_as_the_kernel_does(cpuinfo: str, model: str) -> None:
    assert cpu_model(cpuinfo) == model


@pytest.mark.parametrize(
    ("told", "version"),
    [
        ("prometheus-alertmanager, version 0.25.0 (branch: debian/sid)\n  go version: go1.19", "0.25.0"),
        ("alertmanager, version ", ""),
        ("", ""),
    ],
)
def test_alertmanager_tells_its_version(told: str, version: str) -> None:
    assert alertmanager_version(told) == version
