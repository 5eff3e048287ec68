"""`alertd toobit`: what can be read, as tables and as JSON."""

from __future__ import annotations

import json

import pytest

from tests.cli.toobit.conftest import Desk

BTC, ETH, SOL = "BTC-SWAP-USDT", "ETH-SWAP-USDT", "SOL-SWAP-USDT"


@pytest.mark.parametrize(
    ("command", "account", "shown", "closing"),
    [
        ("orders", "leader", [f"{BTC} long cross 20", "90000 90450 10.00 % 12 240.00"], "2 orders"),
        ("history", "leader", [f"{SOL} long cross 10", "yes 2 150 153 +5.70"], "1 closed order"),
        ("trade-data", "leader", ["365 0.06 % +6.00 100.00 % 1 - - 12 12 +48.00"], "5 spans"),
        ("profit-sharing", "leader", ["2026-11-09 2026 1 4.80 4.80 0.00"], "1 settlement"),
        ("symbols", "leader", [f"{BTC} 20 on"], "3 pairs"),
        ("followers", "leader", ["****001 200.00 200.00 +4.00"], "12 followers"),
        ("leaders", "copier", ["9007199254740993101 whale 503.80 463.80 +2.00 +2.00 0.20"], "2 leaders"),
        ("copies", "copier", [f"{SOL} long cross 25 3.33333333 150 150 unknown 20.00"], "3 copied positions"),
        ("copy-history", "copier", [f"whale {ETH} long cross 10"], "1 closed copy"),
    ],
)  # fmt: skip
def test_tables(command: str, account: str, shown: list[str], closing: str, desk: Desk) -> None:
    said = desk(command, account=account)
    assert (said.code, said.err) == (0, "")
    text = "\n".join(" ".join(line.split()) for line in said.out.splitlines())
    assert all(part in text for part in shown), text
    assert text.endswith(closing)


@pytest.mark.parametrize(
    ("command", "account", "first"),
    [
        ("orders", "leader", {"instrument": BTC, "direction": "long", "profit_ratio": "0.1"}),
        ("history", "leader", {"gross_profit": "6", "net_profit": "5.697", "is_fully_closed": True}),
        ("trade-data", "leader", {"days": 7, "win_ratio": "1", "profit_to_loss": None}),
        ("profit-sharing", "leader", {"shared_on": "2026-11-09"}),
        ("symbols", "leader", {"instrument": BTC, "is_led": True}),
        ("followers", "leader", {"nickname": "****001"}),
        ("leaders", "copier", {"leader_id": "9007199254740993101"}),
        ("copies", "copier", {"leader_name": "whale", "stop_loss_ratio": None}),
        ("copy-history", "copier", {"leader_name": "whale"}),
    ],
)
def test_json(command: str, account: str, first: dict[str, object], desk: Desk) -> None:
    answer = desk.json(command, account=account)
    assert (answer["ok"], answer["account"], answer["missing"]) == (True, account, [])
    assert {name: answer["rows"][0][name] for name in first} == first


def test_one_span(desk: Desk) -> None:
    assert [row["days"] for row in desk.json("trade-data", "--days", "90")["rows"]] == [90]
    assert desk("trade-data", "--days", "8").code == 2


def test_pages_tell_how_far_they_are(desk: Desk) -> None:
    for _ in range(130):
        desk.toobit.open_position("leader", SOL)
        desk.toobit.close_position("leader", SOL)
    said = desk("history")
    assert "page 1 of 2: 100 of 131" in said.err
    assert said.out.endswith("131 closed orders\n")
    limited = desk("history", "--limit", "30")
    assert limited.out.endswith("30 closed orders of 131\n")
    assert "page 1 of 2, read again: 100 of 131" in said.err
    answer = desk.json("history")
    assert (len(answer["rows"]), answer["total"]) == (131, 131)


class _Restless(list[str]):
    """The exchange's own record of calls: somebody leaves whenever followers were asked for."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._gone = 100

    def append(self, call: str) -> None:
        super().append(call)
        if "/leader/followers" in call:
            self._desk.toobit.leave("leader", f"9{self._gone}")
            self._gone += 1


def test_a_list_that_changes_while_it_is_read_is_said_to_be_partial(desk: Desk) -> None:
    for number in range(150):
        desk.toobit.join("leader", f"9{number + 100}")
    calls = desk.toobit.calls
    desk.toobit.calls = _Restless(desk)
    answer = desk.json("followers", code=1)
    assert not answer["ok"]
    assert answer["missing"] == ["the list changed while it was read, or is not whole: ask again"]
    assert (
        len([call for call in desk.toobit.calls if "/leader/followers" in call]) == 6
    )  # three times two pages
    desk.toobit.calls = calls
    assert len(desk.json("followers")["rows"]) == 156


def test_the_settings_of_a_leader_and_of_a_copy(desk: Desk) -> None:
    assert "profit_share: 0.1\n" in desk("config", "show").out
    assert desk.json("config", "show")["config"]["instruments"] == [BTC, ETH, SOL]
    whale = desk.toobit.leader("whale").user_id
    assert "per_order_usdt: 20\n" in desk("copy-config", whale, account="copier").out
    assert desk.json("copy-config", whale, account="copier")["config"]["leader_id"] == whale
    said = desk("copy-config", "12/34", account="copier")
    assert said.code == 2
    assert "no user id" in said.err


def test_a_key(desk: Desk) -> None:
    told = desk.json("key", account="copier")
    assert (told["account_type"], told["copies"]) == ("contract", "whale, dolphin")
    assert told["leads"].startswith("no: -120041")
    assert "own_positions" not in told  # a copier's are its copies
    assert "leads: yes\nown_positions: yes\ncopies: nobody\n" in desk("key").out
    desk.toobit.change_account("leader", reads_futures=False)
    assert desk.json("key")["own_positions"].startswith("no: -1002")


def test_what_could_move_the_cursor_is_taken_out(desk: Desk) -> None:
    desk.toobit.leader("whale").nickname = "wh\x1b[2Jale"
    said = desk("leaders", account="copier")
    assert "\x1b" not in said.out
    assert "wh?[2Jale" in said.out


def test_rows_that_cannot_be_read_are_told_and_the_others_shown(desk: Desk) -> None:
    desk.toobit.leader("leader").positions[0].position_type = 7
    said = desk("orders")
    assert said.code == 1
    assert ETH in said.out
    assert "warning: unreadable order: positionType is not known: 7" in said.err
    answer = desk.json("orders", code=1)
    assert (answer["ok"], len(answer["rows"]), len(answer["missing"])) == (False, 1, 1)


def test_null_is_not_shown_as_nothing(desk: Desk) -> None:
    desk.exchange(lambda toobit: toobit.null_lists())
    said = desk("orders")
    assert said.code == 1
    assert "that need not mean that there is nothing" in said.err


def test_codes(desk: Desk) -> None:
    said = desk("code", "120055", account=None)
    assert "meaning: copied positions are still open" in said.out
    assert "classification: bug" in said.out
    zh = desk("code", "--language", "zh", "--json", "120055", account=None)
    assert "平仓" in json.loads(zh.out)["meaning"]
    assert desk("code", "99", account=None).code == 1
    assert json.loads(desk("code", "99", "--json", account=None).out) == {"ok": False, "code": "-99"}
