"""The numbers of the process as Prometheus text, prefix `alertd_`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from alertd.telemetry import Cell, Counters, Labels

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _CountersCollector(Collector):
    def __init__(self, counters: Counters, more: Mapping[str, float]) -> None:
        self._counters = counters
        self._more = more

    def collect(self) -> Iterable[Metric]:
        for name, cells in self._counters.families():
            yield _family(name, cells)
        for name, value in sorted(self._more.items()):
            yield GaugeMetricFamily(f"alertd_{name}", name.replace("_", " "), value=value)


def _family(name: str, cells: Mapping[Labels, Cell]) -> Metric:
    label_names = sorted({label for labels in cells for label, _ in labels})
    kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
    family = kind(f"alertd_{name}", name.replace("_", " "), labels=label_names)
    for labels, cell in cells.items():
        given = dict(labels)
        family.add_metric([given.get(label, "") for label in label_names], cell.value)
    return family


def exposition(counters: Counters, more: Mapping[str, float]) -> bytes:
    """All counters, and `more` as gauges, in the text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_CountersCollector(counters, more))
    return generate_latest(registry)


def names(counters: Counters) -> Iterator[str]:
    """The names in use, for documentation."""
    for name, _ in counters.families():
        yield f"alertd_{name}"
