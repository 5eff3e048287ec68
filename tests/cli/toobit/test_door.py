"""Which account is asked, and what is said where it cannot be."""

from __future__ import annotations

import pytest

from tests.cli.console import CommandLine
from tests.cli.toobit.conftest import Desk


def test_of_several_accounts_one_has_to_be_named(desk: Desk) -> None:
    for name in (None, "nobody"):
        said = desk("orders", account=name)
        assert said.code == 2
        assert "there are: leader, copier; name it with --account" in said.err


def test_the_only_one_needs_no_name(desk: Desk) -> None:
    desk.cast = desk.cast._replace(copier=desk.cast.leader)
    desk.alertd.write(f'[accounts.leader]\nexchange = "toobit"\nrest_url = "{desk.toobit.rest_url}"\n')
    desk.alertd.monkeypatch.delenv("ALERTD_ACCOUNTS__COPIER__API_KEY")
    desk.alertd.monkeypatch.delenv("ALERTD_ACCOUNTS__COPIER__API_SECRET")
    assert desk("orders", account=None).code == 0


def test_a_configuration_without_one(alertd: CommandLine) -> None:
    alertd.write()
    alertd.env()
    said = alertd("toobit", "orders", "--json")
    assert said.code == 2
    assert "there are: none" in said.out


def test_a_refusal_in_both_languages_and_a_way_on(desk: Desk) -> None:
    said = desk("orders", account="copier")
    assert said.code == 1
    assert said.err.startswith("error: copier: -120041: this account is no active leader")
    assert "there are leaders, copies and copy-history" in said.err
    desk.configure('language = "zh"\n')
    assert "本账户不是有效的带单员" in desk("orders", account="copier").err
    answer = desk.json("orders", account="copier", code=1)
    assert (answer["ok"], answer["code"]) == (False, "-120041")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"kind": "FUTURES"}, "copy trading needs a key of the COPY_TRADING account"),
        ({"is_whitelisted": False}, "this address is not on its whitelist"),
        ({"is_expired": True}, "keys without an IP whitelist live for 90 days"),
    ],
)
def test_keys_that_may_not(settings: dict[str, object], said: str, desk: Desk) -> None:
    desk.exchange(lambda toobit: toobit.change_account("leader", **settings))
    assert said in desk("orders").err


def test_a_ban(desk: Desk) -> None:
    desk("orders")
    desk.exchange(lambda toobit: toobit.ban(600))
    said = desk("orders")
    assert said.code == 1
    assert "banned" in said.err
    assert "this concerns every program at this address" in said.err


@pytest.mark.parametrize("body", ["<html>bad gateway</html>", ""])
def test_pages_instead_of_answers(body: str, desk: Desk) -> None:
    desk.exchange(lambda toobit: toobit.fail(502, None, body, path="current"))
    said = desk("orders")
    assert said.code == 1
    assert "the exchange could not be asked" in said.err
    assert "<html>" not in said.err


def test_no_output_shows_a_secret(desk: Desk) -> None:
    secrets = [text for one in desk.cast for text in (one.api_key, one.api_secret)]
    desk.exchange(lambda toobit: toobit.fail(400, -1022))
    for said in (desk("orders"), desk("orders", "--json"), desk("config", "show")):
        assert not any(secret in said.out + said.err for secret in secrets)


def test_a_file_of_authorities_that_is_none(desk: Desk) -> None:
    (desk.alertd.folder / "ca.pem").write_text("nothing")
    desk.alertd.monkeypatch.setenv("ALERTD_ACCOUNTS__LEADER__CA_FILE", str(desk.alertd.folder / "ca.pem"))
    said = desk("orders")
    assert said.code == 2
    assert "accounts.leader.ca_file: cannot be used" in said.err
