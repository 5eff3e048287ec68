"""What a follower changes: whom he copies, and where a copy stops."""

from __future__ import annotations

import pytest

from tests.cli.toobit.conftest import Desk

BTC, ETH, SOL = "BTC-SWAP-USDT", "ETH-SWAP-USDT", "SOL-SWAP-USDT"


def whale(desk: Desk) -> str:
    return desk.toobit.leader("whale").user_id


def flat(desk: Desk) -> None:
    for symbol in (BTC, SOL):
        desk.toobit.close_position("whale", symbol)


def test_copying_is_stopped(desk: Desk) -> None:
    flat(desk)
    said = desk("stop-copying", whale(desk), account="copier", says="y\n")
    assert said.code == 0
    assert f"copier: stop copying whale ({whale(desk)})?" in said.err
    assert said.out.endswith("copies whale no more\n")
    assert len(desk.toobit.copied_by(desk.cast.copier.user_id)) == 1
    assert [line["step"] for line in desk.record()] == ["intent", "done"]


@pytest.mark.parametrize("says", ["n\n", ""])
def test_without_a_yes_nothing_is_sent(says: str, desk: Desk) -> None:
    flat(desk)
    assert desk("stop-copying", whale(desk), account="copier", says=says).code == 1
    assert desk.asked("DELETE") == 0


def test_open_copies_are_named_before_anything_is_sent(desk: Desk) -> None:
    said = desk("stop-copying", whale(desk), "-y", account="copier")
    assert said.code == 2
    assert f"{BTC}, {SOL}: must be closed first, in the app or on the website" in said.err
    assert desk.asked("DELETE") == 0


@pytest.mark.parametrize(
    ("leader", "said"), [("5", "is no leader that this account copies"), ("x", "no user id")]
)
def test_somebody_who_is_not_copied(leader: str, said: str, desk: Desk) -> None:
    found = desk("stop-copying", leader, "-y", account="copier")
    assert found.code == 2
    assert said in found.err


def test_a_lost_answer_is_read_back(desk: Desk) -> None:
    flat(desk)
    desk.exchange(lambda toobit: toobit.cut(method="DELETE", after=True))
    assert desk.json("stop-copying", whale(desk), "-y", account="copier")["stopped"] == whale(desk)
    assert desk.asked("DELETE") == 1


def test_stops_are_shown_and_set(desk: Desk) -> None:
    said = desk(
        "set-stops", whale(desk), BTC, "long", "--stop-loss", "30%", "--take-profit", "0.5", "--delay", "10",
        account="copier", says="y\n",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert "take_profit: none -> 50.00 %\n  stop_loss: none -> 30.00 %\n  delay_s: ? -> 10" in said.err
    again = desk.json("set-stops", whale(desk), BTC, "long", "--stop-loss", "0", "-y", account="copier")
    assert again["differences"] == {"stop_loss": ["30.00 %", "none"]}
    first = desk.json("copies", account="copier")["rows"][0]
    assert (first["take_profit_ratio"], first["stop_loss_ratio"]) == ("0.5", None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((BTC, "short", "--stop-loss", "0.2"), "no such copy"),
        ((ETH, "short", "--stop-loss", "0.2"), "no such copy"),
        ((BTC, "long"), "nothing would change"),
        ((BTC, "long", "--stop-loss", "-1"), "must not be below 0"),
        ((BTC, "up", "--stop-loss", "1"), "up"),
        ((BTC, "long", "--stop-loss", "far"), "is no number"),
    ],
)
def test_stops_that_are_refused(arguments: tuple[str, ...], said: str, desk: Desk) -> None:
    found = desk("set-stops", whale(desk), *arguments, "-y", account="copier")
    assert found.code == 2
    assert said in found.err
    assert desk.asked("PUT") == 0
