"""Changes: shown, asked about, written down, and never more than was named."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.toobit.conftest import Desk

BTC, ETH, SOL = "BTC-SWAP-USDT", "ETH-SWAP-USDT", "SOL-SWAP-USDT"
UPDATE = ("config", "update")


def config(desk: Desk) -> dict[str, Any]:
    return desk.toobit.leader("leader").config


def steps(desk: Desk) -> list[str]:
    return [line["step"] for line in desk.record()]


def test_a_change_is_shown_and_asked_about(desk: Desk) -> None:
    said = desk(*UPDATE, "--disable", SOL, "--profit-share", "5%", says="y\n")
    assert said.code == 0
    assert f"profit_share: 0.1 -> 0.05\n  {SOL}: on -> off" in said.err
    assert "leader: change these settings?" in said.err
    assert said.out.endswith("changed, and read back as wanted\n")
    assert (config(desk)["symbolIds"], config(desk)["profitRate"]) == ([BTC, ETH], "0.05")


@pytest.mark.parametrize("says", ["n\n", "\n", "", None])
def test_without_a_yes_nothing_is_sent(says: str | None, desk: Desk) -> None:
    said = desk(*UPDATE, "--disable", SOL, says=says)
    assert said.code == 1
    assert desk.asked("PUT") == 0
    assert not list(desk.alertd.folder.rglob("toobit-changes.jsonl"))


def test_a_dry_run_shows_and_sends_nothing(desk: Desk) -> None:
    answer = desk.json(*UPDATE, "--disable", SOL, "--dry-run")
    assert answer["differences"] == {SOL: ["on", "off"]}
    assert (answer["changed"], desk.asked("PUT")) == (False, 0)


def test_all_options(desk: Desk) -> None:
    said = desk(
        *UPDATE, "--yes", "--cool-down", "on", "--cool-down-from", "2026-12-01T00:00Z",
        "--cool-down-until", "2026-12-02T01:00+01:00", "--margin-modes", "all", "--trade-protection", "on",
        "--profit-period", "daily", "--profit-share", "0.2", "--least-follower-assets", "50",
        "--least-fixed-amount", "20", "--least-fixed-rate", "2", "--private", "--invite-scope", "1",
        "--invite-code", "COME2US", "--share-with-referrers", "on", "--referrer-share", "15%",
    )  # fmt: skip
    assert said.code == 0, said.err
    found = config(desk)
    assert (found["unLeadType"], found["unLeadStartTime"], found["unLeadEndTime"]) == (
        1, "1796083200000", "1796169600000",
    )  # fmt: skip
    assert [found[name] for name in ("tradeProtect", "profitPeriod", "profitRate", "isNeedInvite")] == [
        1, 1, "0.2", 1,
    ]  # fmt: skip
    assert [found[name] for name in ("inviteCode", "recommendShare", "recommendShareRate")] == [
        "COME2US", 1, "0.15",
    ]  # fmt: skip
    assert found["symbolIds"] == [BTC, ETH, SOL]


def test_the_invite_code_is_left_alone(desk: Desk) -> None:
    config(desk)["inviteCode"] = "KEEPTHIS"
    config(desk)["isNeedInvite"] = 1
    assert desk(*UPDATE, "--least-fixed-amount", "11", "-y").code == 0
    assert config(desk)["inviteCode"] == "KEEPTHIS"
    assert "inviteCode" not in desk.record()[0]["sent"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--disable", BTC), "has open lead orders"),
        (("--disable", "NOPE"), "is no pair that can be led"),
        (("--profit-share", "10"), "0.1 is 10 %"),
        ((), "nothing would change"),
    ],
)
def test_what_breaks_a_rule_is_never_asked_about(options: tuple[str, ...], said: str, desk: Desk) -> None:
    found = desk(*UPDATE, "-y", *options)
    assert found.code == 2
    assert said in found.err
    assert desk.asked("PUT") == 0


@pytest.mark.parametrize(
    "options",
    [("--profit-share", "much"), ("--cool-down-from", "2026-12-01T00:00"), ("--cool-down-from", "soon"),
     ("--least-fixed-rate", "nan"), ("--margin-modes", "both")],
    ids=str,
)  # fmt: skip
def test_options_that_cannot_be_read(options: tuple[str, ...], desk: Desk) -> None:
    assert desk(*UPDATE, "-y", *options).code == 2
    assert not desk.toobit.calls


def test_every_step_is_written_down_before_and_after(desk: Desk) -> None:
    desk(*UPDATE, "-y", "--disable", SOL)
    desk("remove-follower", "-y", "7001")
    intent, done, _, refused = desk.record()
    assert [intent["step"], done["step"], refused["step"]] == ["intent", "done", "refused"]
    assert intent["differences"] == {SOL: ["on", "off"]}
    assert intent["sent"]["symbolIds"] == [BTC, ETH]
    assert refused["note"].startswith("-120055")
    [file] = desk.alertd.folder.rglob("toobit-changes.jsonl")
    assert file.stat().st_mode & 0o777 == 0o600


def test_without_a_record_nothing_is_sent(desk: Desk) -> None:
    blocked = desk.alertd.folder / "state"
    blocked.write_text("a file where the folder should be")
    desk.alertd.monkeypatch.setenv("STATE_DIRECTORY", str(blocked))
    said = desk(*UPDATE, "-y", "--disable", SOL)
    assert said.code == 2
    assert "cannot be written" in said.err
    assert desk.asked("PUT") == 0


def test_an_answer_that_is_lost_is_read_back(desk: Desk) -> None:
    desk.exchange(lambda toobit: toobit.fail(500, -1007, method="PUT", after=True))
    said = desk(*UPDATE, "-y", "--disable", SOL)
    assert (said.code, said.out) == (0, "changed, and read back as wanted\n")


def test_an_outcome_that_nobody_knows_says_so(desk: Desk) -> None:
    desk.exchange(lambda toobit: toobit.cut(method="PUT", after=False))
    said = desk(*UPDATE, "-y", "--disable", SOL)
    assert said.code == 1
    assert "nobody knows whether the change was made" in said.err
    assert steps(desk) == ["intent", "unknown"]
    assert desk.asked("PUT") == 1


def test_a_change_that_cannot_be_read_back_was_made_all_the_same(desk: Desk) -> None:
    desk.exchange(lambda toobit: toobit.break_after("PUT"))
    said = desk(*UPDATE, "-y", "--disable", SOL)
    assert (said.code, said.out) == (0, "changed\n")
    assert "could not be read back" in said.err


def test_a_read_only_key(desk: Desk) -> None:
    desk.exchange(lambda toobit: toobit.change_account("leader", can_trade=False))
    said = desk("remove-follower", "7001", "-y")
    assert said.code == 1
    assert "it is read-only, and one that may trade is needed" in said.err


def test_a_follower_is_removed(desk: Desk) -> None:
    for symbol, side in ((BTC, "long"), (ETH, "short")):
        desk.toobit.close_position("leader", symbol, side)
    said = desk("remove-follower", "7001", says="y\n")
    assert said.code == 0
    assert said.out.endswith("follower 7001 removed\n")
    assert desk.json("remove-follower", "7002", "-y")["removed"] == "7002"
    assert len(desk.toobit.followers_of(desk.cast.leader.user_id)) == 10
    assert steps(desk) == ["intent", "done"] * 2


@pytest.mark.parametrize("text", ["0", "abc", "1/2"])
def test_what_is_no_id_is_not_asked_about(text: str, desk: Desk) -> None:
    said = desk("remove-follower", text)
    assert said.code == 2
    assert "no user id" in said.err
    assert not desk.toobit.calls
