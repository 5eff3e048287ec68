"""What triggers an action, what a person allows, what it comes to: the whole daemon against an exchange."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from alertd.simulators.okx.accounts import Account
from tests.acceptance.acting_house import ANN, BTC, ETH, ActingHouse, acting_daemon, copying
from tests.acceptance.house import account_table, until
from tests.doubles.daemon import Daemon

READY = r'"web": "http://127.0.0.1:(\d+)"'


async def test_a_dry_run_tells_what_it_would_do_and_sends_nothing(tmp_path: Path) -> None:
    async with copying(tmp_path) as (home, owner):
        home.open_copies()
        async with acting_daemon(home, owner, {"mode": "dry_run"}) as app:
            await home.is_watched(app)
            home.warn()
            (intent,) = await home.reach("rehearsed")
            await home.told("[DRY RUN, nothing sent]")
        assert home.asked == 0
        assert [step["state"] for step in home.steps(intent["intent_id"])] == ["planned", "rehearsed"]
        assert ANN in home.steps(intent["intent_id"])[-1]["request"]


async def test_what_is_approved_is_stopped_proved_and_told(tmp_path: Path) -> None:
    async with copying(tmp_path) as (home, owner):
        home.open_copies()
        async with acting_daemon(home, owner, {"mode": "approve"}) as app:
            await home.is_watched(app)
            home.warn()
            (intent,) = await home.reach("awaiting")
            await home.told("alertd actions approve", intent["intent_id"])
            assert home.asked == 0
            assert app.web_port is not None
            await home.post(app.web_port, "approve", {"id": intent["intent_id"]})
            (intent,) = await home.reach("confirmed")
            await home.told("stopped copying", ANN)
        assert home.stops == {ANN: 1}
        assert home.asked == 1
        assert intent["approved_by"] == ["admin"]
        assert intent["left"]["positions"] == []
        assert [one["instId"] for one in positions(home)] == [ETH]


async def test_a_storm_of_a_hundred_alerts_is_one_stop_and_blocks_no_other_trader(tmp_path: Path) -> None:
    async with copying(tmp_path) as (home, owner):
        home.open_copies()
        both = {"mode": "approve", "lead_traders": "all", "open_positions": "leader_closes"}
        async with acting_daemon(home, owner, both) as app:
            await home.is_watched(app)
            for _ in range(50):
                home.warn(BTC)
                home.warn(ETH)
            (intent,) = await home.reach("awaiting")
            assert app.web_port is not None
            await home.post(app.web_port, "approve", {"id": intent["intent_id"]})
            await until(lambda: home.states().count("confirmed") == 2, lambda: f"{home.intents()}")
        assert sorted(home.states()) == ["confirmed", "confirmed", "split"]
        assert sorted(home.stops.values()) == [1, 1]
        assert home.asked == 2


async def test_what_a_dry_run_tells_is_what_auto_then_does(tmp_path: Path) -> None:
    reports: dict[str, Any] = {}
    for mode, end in (("dry_run", "rehearsed"), ("auto", "confirmed")):
        folder = tmp_path / mode
        folder.mkdir()
        async with copying(folder) as (home, owner):
            home.open_copies()
            action = {"mode": mode, "auto_after_runs": 0}
            async with acting_daemon(home, owner, action) as app:
                await home.is_watched(app)
                assert app.web_port is not None
                await home.post(app.web_port, "switch", {"on": True, "account": "main"})
                home.warn()
                (intent,) = await home.reach(end)
            steps = {step["state"]: step for step in home.steps(intent["intent_id"])}
            would, did = steps.get("rehearsed"), steps.get("sending")
            reports[mode] = {
                "trader": (intent["trader"], intent["trader_name"])
                if "trader_name" in intent
                else intent["trader"],
                "positions": intent["open_positions"],
                "request": (would or did)["request"],
                "reading": (would or did)["answer"],
                "planned": steps["planned"].get("reason", ""),
                "fallback": intent.get("fallback", ""),
            }
            if did is not None:
                assert home.stops == {ANN: 1}
                assert steps["verifying"]["request"] == did["request"]
            else:
                assert home.asked == 0
    assert reports["dry_run"] == reports["auto"]


async def test_a_page_that_lies_is_told_as_stopping_until_both_agree(tmp_path: Path) -> None:
    async with copying(tmp_path) as (home, owner):
        home.open_copies()
        async with acting_daemon(home, owner, {"mode": "approve"}) as app:
            await home.is_watched(app)
            home.warn()
            (intent,) = await home.reach("awaiting")
            # The list shows nobody from the first reading after the stop on, or shows whom it should not.
            home.okx.lie("settings", times=3)
            assert app.web_port is not None
            await home.post(app.web_port, "approve", {"id": intent["intent_id"]})
            await home.reach("confirmed")
        steps = home.steps(intent["intent_id"])
        assert "readings_disagree" in [step.get("reason") for step in steps]
        assert home.asked == 1


@pytest.mark.parametrize("times", [1, 40])
async def test_a_list_of_nobody_is_never_the_end_of_copying_them_all(tmp_path: Path, times: int) -> None:
    async with copying(tmp_path) as (home, owner):
        home.open_copies()
        action = {"mode": "approve", "lead_traders": "all", "open_positions": "leader_closes"}
        async with acting_daemon(home, owner, action) as app:
            await home.is_watched(app)
            home.warn()
            (intent,) = await home.reach("awaiting")
            home.okx.lie("list", times=times)
            assert app.web_port is not None
            await home.post(app.web_port, "approve", {"id": intent["intent_id"]})
            await until(lambda: len(home.stops) == 2, lambda: f"{home.intents()}")
        assert "nothing_to_do" not in home.states()


SETTINGS, STOP = "copy-settings", "stop-copy-trading"


@pytest.mark.parametrize(
    ("place", "sendings"),
    [
        ("awaiting", 1),
        ("planned", 1),  # it reads what is so before it asks
        ("sending, not taken", 2),
        ("sending, taken", 1),
        ("verifying", 1),
        ("confirmed", 1),
    ],
)
async def test_killed_between_any_two_steps_of_the_journal_it_stops_once(
    tmp_path: Path, place: str, sendings: int
) -> None:
    """kill -9, over the real store: whoever comes after it reads before it sends anything."""
    async with copying(tmp_path) as (home, owner):
        home.open_copies()
        daemon = Daemon(configuration(home, owner, tmp_path), environment(home, owner))
        await daemon.start()
        name, port = await asked_for(home, daemon)
        if place != "awaiting":
            await hung(home, place, lambda: home.post(port, "approve", {"id": name}))
        assert home.states() == [place.partition(",")[0]]
        await daemon.kill()
        home.okx.heal()
        async with daemon:
            ready = await daemon.wait_for_output(READY)
            if place == "awaiting":
                await home.post(int(ready.group(1)), "approve", {"id": name})
            await home.reach("confirmed", within_s=90)
            assert await daemon.terminate() == 0
        states = [step["state"] for step in home.steps(name)]
        assert home.stops == {ANN: 1}
        assert states.count("sending") == sendings
        assert [step.get("version", 0) for step in home.steps(name)] == list(range(len(states)))


async def asked_for(home: ActingHouse, daemon: Daemon) -> tuple[str, int]:
    """The id of an intent that waits for approval, and the port where to give it."""
    ready = await daemon.wait_for_output(READY)
    await until(lambda: home.okx.push_liquidation_warning(BTC, mgn_ratio="1.4") == 1, "not subscribed")
    (intent,) = await home.reach("awaiting")
    return intent["intent_id"], int(ready.group(1))


async def hung(home: ActingHouse, place: str, approve: Callable[[], Awaitable[None]]) -> None:
    """Approved, and as far as this place: there the exchange does not answer."""
    okx = home.okx
    if place == "planned":
        okx.hang_rest(path=SETTINGS)
    elif place.startswith("sending"):
        okx.hang_rest(path=STOP, after_effect=place == "sending, taken", times=1)
    await approve()
    if place == "planned":
        await home.reach("planned")
    elif place.startswith("sending"):
        await until(lambda: not okx.rest_faults, "the request has not arrived")
    elif place == "verifying":
        await until(lambda: home.stops, "nothing was stopped")
        okx.hang_rest(path=SETTINGS)
        await home.reach("verifying")
    else:
        await home.reach("confirmed")


async def test_stopped_while_a_request_is_on_its_way_it_ends_at_once_and_goes_on_with_reading(
    tmp_path: Path,
) -> None:
    async with copying(tmp_path) as (home, owner):
        home.open_copies()
        home.okx.hang_rest(path=STOP, after_effect=True, times=1)
        async with acting_daemon(home, owner, {"mode": "approve"}) as app:
            await home.is_watched(app)
            home.warn()
            (intent,) = await home.reach("awaiting")
            assert app.web_port is not None
            await home.post(app.web_port, "approve", {"id": intent["intent_id"]})
            await until(lambda: not home.okx.rest_faults, "the request has not arrived")
        assert home.states() == ["sending"]
        home.okx.heal()
        async with acting_daemon(home, owner, {"mode": "approve"}):
            await home.reach("confirmed")
        assert (home.stops, home.asked) == ({ANN: 1}, 1)


def configuration(home: ActingHouse, owner: Account, folder: Path) -> Path:
    """What a user would write."""
    table = account_table(home.okx, owner, role="copier")
    path = folder / "alertd.toml"
    path.write_text(
        f"""
        [web]
        port = 0
        [log]
        format = "json"
        [accounts.main]
        exchange = "okx"
        role = "copier"
        private_ws_url = "{table["private_ws_url"]}"
        business_ws_url = "{table["business_ws_url"]}"
        rest_url = "{table["rest_url"]}"
        [sinks.hook]
        [rules.exchange_warning]
        actions = ["stop_all"]
        [actions.stop_all]
        type = "stop_copying"
        account = "main"
        mode = "approve"
        lead_traders = ["{ANN}"]
        open_positions = "close_at_market"
        """
    )
    return path


def environment(home: ActingHouse, owner: Account) -> dict[str, str]:
    return {
        "ALERTD_ACCOUNTS__MAIN__API_KEY": owner.api_key,
        "ALERTD_ACCOUNTS__MAIN__API_SECRET": owner.api_secret,
        "ALERTD_ACCOUNTS__MAIN__PASSPHRASE": owner.passphrase,
        "ALERTD_SINKS__HOOK__URL": home.hook.url,
        "ALERTD_CANARY__ENABLED": "false",
    }


def positions(home: Any) -> list[dict[str, Any]]:
    """What is open at the exchange."""
    held = home.okx.account("main").positions.values()
    return [{"instId": one.instrument.inst_id} for one in held]
