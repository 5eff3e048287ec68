"""What keeps alertd from acting by surprise, with the whole daemon, and over restarts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alertd.app import App
from tests.acceptance.acting_house import ANN, BTC, ETH, ActingHouse, acting_daemon, copying
from tests.acceptance.house import until

AUTO: dict[str, Any] = {"mode": "auto", "auto_after_runs": 0, "open_positions": "leader_closes"}


async def say(home: ActingHouse, app: App, path: str, **body: Any) -> None:
    assert app.web_port is not None
    await home.post(app.web_port, path, body)


async def test_armed_it_goes_without_asking_and_the_cooldown_holds_over_a_restart(tmp_path: Path) -> None:
    async with copying(tmp_path) as (home, owner):
        home.open_copies()
        async with acting_daemon(home, owner, AUTO) as app:
            await home.is_watched(app)
            await say(home, app, "switch", on=True, account="main")
            home.warn(BTC)
            await home.reach("confirmed")
        async with acting_daemon(home, owner, AUTO) as app:
            await home.is_watched(app)
            home.warn(ETH)
            _, blocked = await home.reach("confirmed", "blocked")
            await home.told("NOT stopped: cooldown")
        assert blocked["reason"] == "cooldown"
        assert home.stops == {ANN: 1}
        assert home.asked == 1


async def test_switched_off_nothing_is_sent_until_it_is_on_again_also_after_a_restart(tmp_path: Path) -> None:
    async with copying(tmp_path) as (home, owner):
        home.open_copies()
        async with acting_daemon(home, owner, AUTO) as app:
            await home.is_watched(app)
            await say(home, app, "switch", on=True, account="main")
            await say(home, app, "switch", on=False)
        async with acting_daemon(home, owner, AUTO) as app:
            await home.is_watched(app)
            home.warn(BTC)
            await home.reach("blocked")
            await home.told("NOT stopped", "switched off", "alertd actions on")
            assert home.asked == 0
            await say(home, app, "switch", on=True)
            home.warn(ETH)
            await home.reach("blocked", "confirmed")
        assert home.stops == {ANN: 1}


async def test_where_the_account_is_not_armed_a_person_is_asked_and_told_why(tmp_path: Path) -> None:
    async with copying(tmp_path) as (home, owner):
        home.open_copies()
        async with acting_daemon(home, owner, AUTO) as app:
            await home.is_watched(app)
            home.warn()
            (intent,) = await home.reach("awaiting")
            await home.told("the account is not armed", f"alertd actions approve {intent['intent_id']}")
            assert (intent["reason"], intent["fallback"]) == ("not_armed", "not_armed")
        assert home.asked == 0


async def test_a_question_that_nobody_answers_is_told_as_not_done(tmp_path: Path) -> None:
    async with copying(tmp_path) as (home, owner):
        home.open_copies()
        async with acting_daemon(home, owner, {"mode": "approve", "approval_ttl_s": 1}) as app:
            await home.is_watched(app)
            home.warn()
            await home.reach("expired")
            await home.told("NOT stopped: nobody answered")
        assert home.asked == 0


async def test_a_question_that_waits_is_found_again_after_a_restart(tmp_path: Path) -> None:
    async with copying(tmp_path) as (home, owner):
        home.open_copies()
        async with acting_daemon(home, owner, {"mode": "approve"}) as app:
            await home.is_watched(app)
            home.warn()
            (intent,) = await home.reach("awaiting")
        async with acting_daemon(home, owner, {"mode": "approve"}) as app:
            await until(lambda: app.web_port is not None, "no port")
            await say(home, app, "approve", id=intent["intent_id"])
            await home.reach("confirmed")
        assert home.stops == {ANN: 1}
