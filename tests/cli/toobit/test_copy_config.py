"""How a leader is copied: shown, changed, and never without the figure that the exchange tells nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.console import Said
from tests.cli.toobit.conftest import Desk

BTC, ETH, SOL = "BTC-SWAP-USDT", "ETH-SWAP-USDT", "SOL-SWAP-USDT"
REAL = ("--real-invested", "400")


def whale(desk: Desk) -> str:
    return desk.toobit.leader("whale").user_id


def config(desk: Desk) -> dict[str, Any]:
    relation = desk.toobit.relation(whale(desk), desk.cast.copier.user_id)
    assert relation is not None
    return relation.config


def update(desk: Desk, *options: str, says: str | None = None) -> Said:
    return desk("copy-config", "update", whale(desk), *options, account="copier", says=says)


def steps(desk: Desk) -> list[str]:
    return [line["step"] for line in desk.record()]


def test_it_is_shown_with_and_without_the_word(desk: Desk) -> None:
    for words in ((), ("show",)):
        said = desk("copy-config", *words, whale(desk), account="copier")
        assert said.code == 0
        assert "per_order_usdt: 20\n" in said.out
    assert "real_invested_usdt" not in said.out


def test_a_change_is_shown_and_asked_about(desk: Desk) -> None:
    said = update(desk, *REAL, "--per-order", "15", "--stop-loss", "30%", says="y\n")
    assert said.code == 0, said.err
    assert (
        "real_invested_usdt: ? -> 400\n  per_order_usdt: 20 -> 15\n  stop_loss_ratio: 0 -> 0.3\n" in said.err
    )
    assert "copier: change these settings?" in said.err
    assert said.out.endswith("changed, and read back as wanted\n")
    found = config(desk)
    assert [found[name] for name in ("realInvestAmount", "singlePlaceAmount", "stopLossRate")] == [
        "400", "15", "0.3",
    ]  # fmt: skip
    intent, done = desk.record()
    assert (intent["what"], intent["step"], done["step"]) == ("copy config", "intent", "done")
    assert intent["differences"]["real_invested_usdt"] == ["?", "400"]
    assert intent["sent"]["realInvestAmount"] == "400"


def test_the_untold_figure_has_to_be_named(desk: Desk) -> None:
    said = update(desk, "--per-order", "15", "-y")
    assert said.code == 2
    assert "--real-invested" in said.err
    assert not desk.toobit.calls


@pytest.mark.parametrize("says", ["n\n", "\n", "", None])
def test_without_a_yes_nothing_is_sent(says: str | None, desk: Desk) -> None:
    assert update(desk, *REAL, "--per-order", "15", says=says).code == 1
    assert desk.asked("PUT") == 0
    assert not list(desk.alertd.folder.rglob("toobit-changes.jsonl"))


def test_a_dry_run_shows_and_sends_nothing(desk: Desk) -> None:
    args = ("copy-config", "update", whale(desk), *REAL, "--pairs", BTC, "--dry-run")
    answer = desk.json(*args, account="copier")
    assert answer["differences"] == {"real_invested_usdt": ["?", "400"], "instruments": ["all", BTC]}
    assert (answer["changed"], desk.asked("PUT")) == (False, 0)


def test_all_options(desk: Desk) -> None:
    for pair in (BTC, SOL):
        desk.toobit.close_position("whale", pair)
    said = update(
        desk, "--real-invest-amount", "600", "--invested", "700", "--per-order", "25", "--daily-most", "0",
        "--reserved", "5", "--most-invested", "50%", "--leverage", "7", "--take-profit", "0.4", "--stop-loss",
        "0.2", "--stop-loss-delay", "30", "--amount-mode", "fixed_amount", "--margin-modes", "isolated",
        "--pairs", f"{BTC},{ETH}", "--zero-slippage", "on", "--yes",
    )  # fmt: skip
    assert said.code == 0, said.err
    wanted = {
        "realInvestAmount": "600", "investAmount": "700", "singlePlaceAmount": "25",
        "dailyMaxInvestAmount": "0", "isolatedReservedAmount": "5", "maxInvestRate": "0.5", "leverage": "7",
        "stopProfitRate": "0.4", "stopLossRate": "0.2", "stopLossDelay": 30, "followAmountMode": 0,
        "followMarginType": 2, "followSymbolIds": f"{BTC},{ETH}", "zeroSlippageSwitch": True,
    }  # fmt: skip
    assert {name: config(desk)[name] for name in wanted} == wanted


REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "below 0": (("--invested", "-1"), "invested_usdt: must not be below 0"),
    "too fine": (("--per-order", "1.123456789"), "more than 8 decimal places"),
    "a day below an order": (("--daily-most", "5", "--amount-mode", "fixed_amount"), "daily_most_usdt: must"),
    "leverage while open": (("--leverage", "3"), "leverage: cannot change while copied positions are open"),
    "more than all": (("--most-invested", "110%"), "between 0 and 1"),
    "a tiny stop": (("--stop-loss", "0.5%"), "stop_loss_ratio: must be 0 (none) or at least 0.01"),
    "a delay backwards": (("--stop-loss-delay", "-1"), "stop_loss_delay_s: must not be below 0"),
    "all and one": (("--pairs", f"all,{BTC}"), "cannot stand beside single pairs"),
    "blanks": (("--pairs", f"{BTC}, {ETH}"), "no blanks between them"),
    "no number": (("--invested", "much"), "is no number"),
    "no mode": (("--amount-mode", "most"), "most"),
}  # fmt: skip


@pytest.mark.parametrize(("options", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_breaks_a_rule_is_never_asked_about(options: tuple[str, ...], said: str, desk: Desk) -> None:
    found = update(desk, *REAL, *options, "-y")
    assert found.code == 2
    assert said in found.err
    assert desk.asked("PUT") == 0


def test_too_little_money_for_one_order(desk: Desk) -> None:
    found = update(desk, "--real-invested", "24", "--reserved", "5", "--amount-mode", "fixed_amount", "-y")
    assert found.code == 2
    assert "real_invested_usdt: must be at least reserved_usdt + per_order_usdt = 25" in found.err


@pytest.mark.parametrize(("leader", "code", "said"), [("x", 2, "no user id"), ("5", 1, "-32045")])
def test_somebody_who_is_not_copied(leader: str, code: int, said: str, desk: Desk) -> None:
    found = desk("copy-config", "update", leader, *REAL, "-y", account="copier")
    assert found.code == code
    assert said in found.err


def test_settings_that_changed_since_they_were_shown_are_left_alone(desk: Desk) -> None:
    """Somebody changes them in the app while the question stands on the screen."""
    reads = 0

    class _Meanwhile(list[str]):
        def append(self, call: str) -> None:
            nonlocal reads
            super().append(call)
            reads += "GET /api/v2/copy-trading/follower/config" in call
            if reads == 2:
                config(desk)["dailyMaxInvestAmount"] = "77"

    desk.toobit.calls = _Meanwhile()
    said = update(desk, *REAL, "--per-order", "15", "-y")
    assert said.code == 2
    assert "have changed since they were shown: look again" in said.err
    assert desk.asked("PUT") == 0
    assert steps(desk) == ["intent", "refused"]


def test_an_answer_that_is_lost_is_read_back(desk: Desk) -> None:
    desk.exchange(lambda toobit: toobit.fail(500, -1007, method="PUT", after=True))
    said = update(desk, *REAL, "--per-order", "15", "-y")
    assert (said.code, said.out) == (0, "changed, and read back as wanted\n")
    assert desk.asked("PUT") == 1


@pytest.mark.parametrize(("options", "after"), [(("--per-order", "15"), False), ((), True)])
def test_an_outcome_that_nobody_knows_says_so(options: tuple[str, ...], after: bool, desk: Desk) -> None:
    """Also where it was made, but no page could show it."""
    desk.exchange(lambda toobit: toobit.cut(method="PUT", after=after))
    said = update(desk, *REAL, *options, "-y")
    assert said.code == 1
    assert "nobody knows whether the change was made" in said.err
    assert steps(desk) == ["intent", "unknown"]
    assert desk.asked("PUT") == 1


def test_a_read_only_key(desk: Desk) -> None:
    desk.exchange(lambda toobit: toobit.change_account("copier", can_trade=False))
    said = update(desk, *REAL, "--per-order", "15", "-y")
    assert said.code == 1
    assert "it is read-only, and one that may trade is needed" in said.err
