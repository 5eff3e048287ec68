"""Covers alertd/web/overview.py and alertd/web/metrics.py."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from alertd.domain.coverage import BlindSpot, Unseen
from alertd.domain.events import CoverageCause, CoverageState
from alertd.telemetry import Counters
from tests.coverage.evidence import START, evidence, stream
from tests.web.house import State, client

LOST = evidence(stream(state=CoverageState.BLIND, cause=CoverageCause.CONNECTION, since=START))
COPIED = evidence(unseen=(BlindSpot(Unseen.SMART_SYNC, "USDT"),), positions=2)


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


async def test_watched_is_200_only_if_every_account_is() -> None:
    state = State()
    http = await client(state, Counters())
    assert (await http.get("/watched")).status == 503  # an empty house watches nobody
    state.show("main", evidence())
    answer = await http.get("/watched")
    assert (answer.status, await answer.json()) == (200, {"watched": True, "accounts": [], "maintenance": []})
    state.show("desk", LOST)
    answer = await http.get("/watched")
    said = await answer.json()
    await http.close()
    assert (answer.status, said["watched"]) == (503, False)
    [lost] = said["accounts"]
    assert (lost["account"], lost["state"], lost["causes"]) == ("desk", "blind", ["connection"])
    assert lost["since"] == START.isoformat()


async def test_the_status_shows_every_account_and_what_it_does_not_see() -> None:
    state = State()
    state.show("main", COPIED)
    http = await client(state, Counters())
    said = await (await http.get("/api/v1/status")).json()
    await http.close()
    assert (said["watched"], said["counts"]) == (True, {"alerts_open": 2})
    [one] = said["accounts"]
    assert one["cannot_see"] == [{"what": "smart_sync", "where": "USDT"}]
    assert (one["positions"], one["state"], one["since"]) == (2, "watched", None)


async def test_the_status_names_the_sinks_where_messages_were_given_up() -> None:
    http = await client(State(), Counters())
    said = await (await http.get("/api/v1/status")).json()
    await http.close()
    assert said["deliveries_dead"] == {"mail": 2}


async def test_coverage_tells_figures_and_gaps_since_a_time() -> None:
    state = State()
    state.show("main", LOST)
    http = await client(state, Counters())
    said = await (await http.get("/api/v1/coverage?since=1h")).json()
    assert state.asked_since == START
    [one] = said["accounts"]
    assert one["figures"]["watched_percent"] == "0.00"
    assert (one["figures"]["gaps"], one["figures"]["unreconciled"]) == (1, 1)
    assert [(gap["cause"], gap["ended_at"]) for gap in one["gaps"]] == [("connection", None)]
    assert (await http.get("/api/v1/coverage")).status == 200
    assert state.asked_since is None
    refused = await http.get("/api/v1/coverage?since=yesterday")
    assert refused.status == 400
    assert "write 7d, 24h or 2026-11-21T08:00" in (await refused.json())["problems"][0]
    await http.close()


async def test_another_alertd_pings_with_its_token_and_nothing_else() -> None:
    http = await client(State(), Counters())
    forwarded = {"X-Forwarded-For": "192.0.2.7", "Host": "alertd.example"}
    for method in ("GET", "POST"):
        answer = await http.request(method, "/watch/sesame", headers=forwarded)
        assert (answer.status, await answer.text()) == (200, "ok\n")
    assert (await http.get("/watch/other", headers=forwarded)).status == 404
    assert (await http.head("/watch/sesame")).status == 405
    assert (await http.get("/watch/")).status == 404
    status = await (await http.get("/api/v1/status")).json()
    assert (status["canary"], status["sinks_moved"]) == ({"enabled": True}, [{"sink": "phone"}])
    await http.close()
