"""Covers alertd/web/routes.py."""

from __future__ import annotations

import pytest

from alertd.telemetry import Counters
from tests.coverage.evidence import evidence
from tests.web.house import State, client


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
@pytest.mark.parametrize("path", ["/metrics", "/watched", "/api/v1/status", "/api/v1/coverage"])
async def test_what_is_read_is_free_only_for_a_local_reader(
    headers: dict[str, str], status: int, path: str
) -> None:
    state = State()
    state.show("main", evidence())
    http = await client(state, Counters())
    answer = await http.get(path, headers=headers)
    await http.close()
    assert answer.status == status


async def test_nothing_is_kept_on_the_way_and_who_is_refused_is_counted() -> None:
    counters = Counters()
    http = await client(State(), counters)
    for path in ("/healthz", "/api/v1/status", "/nowhere"):
        answer = await http.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert counters.value("web_refused_total", status="401") == 0
    await http.get("/api/v1/status", headers={"Host": "evil.example"})
    await http.post("/api/v1/alerts/ack", json={"all": True})
    assert counters.value("web_refused_total", status="401") == 2
    await http.close()
