"""Covers alertd/web/routes.py and alertd/web/metrics.py."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from alertd.telemetry import Counters
from alertd.web.routes import Views, build


class State:
    ready = True


async def client(state: State, counters: Counters) -> TestClient:
    async def is_ready() -> bool:
        return state.ready

    async def gauges() -> Mapping[str, float]:
        return {"alerts_open": 2}

    views = Views(counters, is_ready, gauges, is_authorised=lambda header: header == "Bearer t0ken")
    started = TestClient(TestServer(build(views)))
    await started.start_server()
    return started


async def test_alive_and_ready_say_nothing_else() -> None:
    state = State()
    http = await client(state, Counters())
    assert (await (await http.get("/healthz")).text()) == "ok\n"
    assert (await http.get("/readyz")).status == 200
    state.ready = False
    answer = await http.get("/readyz")
    assert (answer.status, await answer.text()) == (503, "not ready\n")
    await http.close()


async def test_metrics_are_prometheus_text() -> None:
    counters = Counters()
    counters.add("frames_total", 3, account="main", stream="private")
    counters.add("frames_total", 1, account="desk")
    http = await client(State(), counters)
    text = await (await http.get("/metrics")).text()
    await http.close()
    samples = {
        (s.name, s.labels.get("account", "")): s.value
        for f in text_string_to_metric_families(text)
        for s in f.samples
    }
    assert samples["alertd_frames_total", "main"] == 3
    assert samples["alertd_frames_total", "desk"] == 1
    assert samples["alertd_alerts_open", ""] == 2


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "evil.example"}, 401),
        ({"X-Forwarded-For": "10.0.0.1"}, 401),
        ({"Forwarded": "for=10.0.0.1"}, 401),
        ({"Host": "evil.example", "Authorization": "Bearer t0ken"}, 200),
        ({"Host": "evil.example", "Authorization": "Bearer wrong"}, 401),
    ],
)
async def test_metrics_are_free_only_for_a_local_reader(headers: dict[str, str], status: int) -> None:
    http = await client(State(), Counters())
    answer = await http.get("/metrics", headers=headers)
    await http.close()
    assert answer.status == status
