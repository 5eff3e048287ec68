"""What an account copies or leads, as tables and as JSON."""

from __future__ import annotations

import pytest

from alertd.exchanges.okx.copy_rest import PAGE
from alertd.simulators.okx.simulator import OkxSimulator
from tests.cli.okx.conftest import BTC, ETH, FIRST, SECOND, SOL, Desk

COMMANDS: dict[str, tuple[tuple[str, ...], str, tuple[str, ...]]] = {
    "lead-traders": ((), "main", (FIRST.unique_code, "whale", "500.00", "8.00 %", "2 lead traders")),
    "positions": ((), "main", (FIRST.unique_code, BTC, ETH, "short", "cross", "2 positions")),
    "positions of a leader": ((), "leader", (FIRST.unique_code, BTC, "20", "1 position")),
    "history": ((), "main", (SECOND.unique_code, SOL, "yes", "1 closed position")),
    "history of a leader": ((), "leader", ("0 closed positions",)),
    "role": ((), "main", ("SWAP", "copies", "none", "2 markets")),
    "role of a leader": ((), "leader", ("leads", FIRST.unique_code, "7", "100", "10.00 %")),
    "copy-settings": ((FIRST.unique_code,), "main", ("is_copied: yes", "mode: ratio_copy", "ratio: 1")),
    "trader": ((FIRST.unique_code,), "main", ("365", "0.00 %", "4 spans")),
    "trader-positions": ((FIRST.unique_code,), "main", (BTC, "20", "1 position")),
    "trader-history": ((FIRST.unique_code,), "main", ("0 closed positions",)),
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_tables(name: str, desk: Desk) -> None:
    arguments, account, shown = COMMANDS[name]
    said = desk(name.partition(" ")[0], *arguments, account=account)
    assert (said.code, said.err) == (0, "")
    for part in shown:
        assert part in said.out, said.out


FIRST_ROWS: dict[str, tuple[tuple[str, ...], str, dict[str, object]]] = {
    "lead-traders": (
        (), "main",
        {"trader": FIRST.unique_code, "name": "whale", "amount": "500", "profit_share": "0.08",
         "began_at": "2023-11-29T02:27:01.936000Z"},
    ),
    "positions": (
        ("--trader", SECOND.unique_code), "main",
        {"trader": SECOND.unique_code, "instrument": ETH, "direction": "short", "margin_mode": "cross",
         "size": "2", "leverage": "10", "take_profit_price": None},
    ),
    "history": (
        (), "main",
        {"trader": SECOND.unique_code, "instrument": SOL, "is_whole": True, "closed_size": "3",
         "profit_ratio": None},
    ),
    "role": ((), "leader", {"market": "SWAP", "role": "leads", "copiers": "7", "most_copiers": "100"}),
    "trader": ((SECOND.unique_code, "--days", "30"), "main", {"days": 30, "win_ratio": "0"}),
}  # fmt: skip


@pytest.mark.parametrize("command", FIRST_ROWS)
def test_json(command: str, desk: Desk) -> None:
    arguments, account, first = FIRST_ROWS[command]
    answer = desk.json(command, *arguments, account=account)
    assert (answer["ok"], answer["account"], answer["missing"]) == (True, account, [])
    assert {name: answer["rows"][0][name] for name in first} == first


def test_a_code_of_digits_alone_stays_a_text(desk: Desk) -> None:
    assert [row["trader"] for row in desk.json("lead-traders")["rows"]] == [
        "25CD5A80241D6FE6",
        "381749205163847291",
    ]


def test_only_what_was_copied_from_one(desk: Desk) -> None:
    rows = desk.json("positions", "--trader", FIRST.unique_code)["rows"]
    assert [row["instrument"] for row in rows] == [BTC]
    assert desk.json("history", "--trader", FIRST.unique_code)["rows"] == []


def test_settings_of_who_is_no_longer_copied(desk: Desk) -> None:
    desk.exchange(lambda okx: okx.stop_copying(FIRST.unique_code, account="main"))
    settings = desk.json("copy-settings", FIRST.unique_code)["settings"]
    assert (settings["is_copied"], settings["instruments"]) == (False, [BTC, ETH])
    assert settings["open_positions"] == "copy_close"


def test_pages_tell_how_far_they_are(desk: Desk) -> None:
    def trade(okx: OkxSimulator) -> None:
        for _ in range(2 * PAGE + 30):
            okx.open_position(ETH, lead_trader=None, account="leader")
            okx.close_position(ETH, account="leader")

    desk.exchange(trade)
    said = desk("history", account="leader")
    assert said.code == 0
    assert said.err == "page 1: 100 read, more follow\npage 2: 200 read, more follow\n"
    assert said.out.endswith("230 closed positions\n")
    limited = desk("history", "--limit", "150", account="leader")
    assert limited.err == "page 1: 100 read, more follow\n"
    assert limited.out.endswith("150 closed positions\n")
    shown = desk.json("trader-history", FIRST.unique_code)["rows"]
    assert len({row["position_id"] for row in shown}) == 230


def test_figures_of_the_days_that_are_asked_for(desk: Desk) -> None:
    assert [row["days"] for row in desk.json("trader", FIRST.unique_code)["rows"]] == [7, 30, 90, 365]
    assert desk("trader", FIRST.unique_code, "--days", "180").code == 2


def test_who_copies_nobody_and_leads_is_told_where_to_look(desk: Desk) -> None:
    said = desk("lead-traders", account="leader")
    assert (said.code, said.out) == (0, "0 lead traders\n")
    assert said.err == "leader leads: `alertd okx positions` shows what\n"
    assert desk.json("lead-traders", account="leader")["rows"] == []


@pytest.mark.parametrize("command", ["copy-settings", "trader", "trader-positions", "trader-history"])
@pytest.mark.parametrize("text", ["", "1/2", "25CD5A80241D6FE6&instType=SPOT", "x" * 65])
def test_what_is_no_code_is_not_asked_about(command: str, text: str, desk: Desk) -> None:
    desk.exchange(lambda okx: okx.fail_rest())  # whoever asks is answered with 50001
    said = desk(command, text)
    assert said.code == 2
    assert "no unique code" in said.err


def test_rows_that_cannot_be_read_are_told_and_the_others_shown(desk: Desk) -> None:
    body = (
        '{"code":"0","msg":"","data":[{"subPosId":"1","instId":"BTC-USDT-SWAP","posSide":"long","subPos":"1"},'
        '{"subPosId":"2","instId":"ETH-USDT-SWAP","posSide":"up","subPos":"1"},{"subPosId":3}]}'
    )
    desk.exchange(lambda okx: okx.fail_rest(200, body=body, path="current-subpositions"))
    said = desk("positions")
    assert said.code == 1
    assert BTC in said.out
    assert "warning: unreadable position: posSide is not known: 'up'" in said.err
    answer = desk.json("positions", code=1)
    assert (answer["ok"], len(answer["rows"]), len(answer["missing"])) == (False, 1, 2)


def test_a_list_without_end_is_said_to_be_partial(desk: Desk) -> None:
    row = '{"subPosId":"1","instId":"BTC-USDT-SWAP","posSide":"long","subPos":"1"}'
    body = f'{{"code":"0","msg":"","data":[{",".join([row] * PAGE)}]}}'
    desk.exchange(lambda okx: okx.fail_rest(200, body=body, path="subpositions-history"))
    said = desk("history")
    assert said.code == 1
    assert "warning: the list could not be read to its end" in said.err


def test_what_could_move_the_cursor_is_taken_out(desk: Desk) -> None:
    desk.accounts[0].lead_traders = (type(FIRST)(unique_code="9" * 16, nick_name="wh\x1b[2Jale"),)
    said = desk("lead-traders")
    assert "\x1b" not in said.out
    assert "wh?[2Jale" in said.out
