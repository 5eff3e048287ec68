"""Which account is asked, and what is said where it cannot be."""

from __future__ import annotations

import json

import pytest

from tests.cli.console import CommandLine
from tests.cli.okx.conftest import FIRST, Desk


def test_of_several_accounts_one_has_to_be_named(desk: Desk) -> None:
    for name in (None, "nobody"):
        said = desk("role", account=name)
        assert said.code == 2
        assert 'of exchange = "okx" there are: main, leader; name it with --account' in said.err


def test_the_only_one_needs_no_name(desk: Desk) -> None:
    desk.accounts = desk.accounts[:1]
    for name in ("API_KEY", "API_SECRET", "PASSPHRASE"):
        desk.alertd.monkeypatch.delenv(f"ALERTD_ACCOUNTS__LEADER__{name}")
    desk.configure()
    assert desk("role", account=None).code == 0


def test_a_configuration_without_one(alertd: CommandLine) -> None:
    alertd.write('[accounts.other]\nexchange = "toobit"\n')
    alertd.env(ALERTD_ACCOUNTS__OTHER__API_KEY="k", ALERTD_ACCOUNTS__OTHER__API_SECRET="s")
    alertd.monkeypatch.delenv("ALERTD_SINKS__PHONE__URL")
    for name in ("API_KEY", "API_SECRET", "PASSPHRASE"):
        alertd.monkeypatch.delenv(f"ALERTD_ACCOUNTS__MAIN__{name}")
    said = alertd("okx", "role", "--json")
    assert said.code == 2
    assert "there are: none" in json.loads(said.out)["problems"][0]


@pytest.mark.parametrize("name", ["API_KEY", "API_SECRET", "PASSPHRASE"])
def test_a_missing_secret_is_named(name: str, desk: Desk) -> None:
    desk.alertd.monkeypatch.delenv(f"ALERTD_ACCOUNTS__MAIN__{name}")
    said = desk("role")
    assert said.code == 2
    assert f"accounts.main.{name.lower()}" in said.err
    assert "is missing" in said.err


REFUSED: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "key of another region": ("50119", 401, ("region eea, production", 'Türkiye "tr"')),
    "key of the other environment": ("50101", 401, ("production", "demo")),
    "address not on the list": ("50110", 401, ("127.0.0.1",)),
    "wrong passphrase": ("50105", 401, ("passphrase",)),
    "wrong secret": ("50113", 401, ("secret",)),
    "no permission": ("50120", 200, ("permission",)),
    "region without it": ("50051", 200, ("region",)),
    "demo without it": ("50038", 200, ("demo environment", 'environment = "production"')),
    "no such page": ("404", 404, ("not offered in every region",)),
    "no copy trader yet": ("59273", 200, ("`alertd okx role` shows",)),
    "not for lead traders": ("59258", 200, ("`alertd okx role` shows",)),
    "no such lead trader": ("59269", 200, ("59269",)),
}


@pytest.mark.parametrize(("code", "status", "shown"), REFUSED.values(), ids=REFUSED.keys())
def test_refusals_say_what_helps(code: str, status: int, shown: tuple[str, ...], desk: Desk) -> None:
    desk.configure(region="eea")
    body = "<html>404</html>" if code == "404" else None
    desk.exchange(lambda okx: okx.fail_rest(status, code, body, path="copy-settings"))
    said = desk("copy-settings", FIRST.unique_code)
    assert said.code == 1
    assert said.err.startswith(f"error: main: {code}: ")
    for part in shown:
        assert part in said.err
    answer = desk.json("copy-settings", FIRST.unique_code, code=1)
    assert (answer["ok"], answer["account"], answer["code"]) == (False, "main", code)


@pytest.mark.parametrize("code", ["50119", "59273", "50038"])
def test_in_chinese(code: str, desk: Desk) -> None:
    desk.configure('language = "zh"\n')
    desk.exchange(lambda okx: okx.fail_rest(200, code, path="config"))
    assert any("\u4e00" <= char <= "\u9fff" for char in desk("role").err)


def test_what_the_exchange_itself_refuses(desk: Desk) -> None:
    said = desk("copy-settings", "9" * 16)
    assert said.code == 1
    assert "59269" in said.err
    desk.configure(environment="demo")
    assert "50101" in desk("role").err


@pytest.mark.parametrize("body", ["<html>bad gateway</html>", ""])
def test_pages_instead_of_answers(body: str, desk: Desk) -> None:
    desk.exchange(lambda okx: okx.fail_rest(502, body=body))
    said = desk("role")
    assert said.code == 1
    assert "the exchange could not be asked" in said.err
    assert "<html>" not in said.err


def test_no_output_shows_a_secret(desk: Desk) -> None:
    secrets = [text for one in desk.accounts for text in (one.api_key, one.api_secret, one.passphrase)]
    said = [desk("role"), desk("positions", "--json")]
    desk.exchange(lambda okx: okx.fail_rest(401, "50113", path="config"))
    said += [desk("role"), desk("role", "--json")]
    for one in said:
        assert not any(secret in one.out + one.err for secret in secrets)


def test_a_file_of_authorities_that_is_none(desk: Desk) -> None:
    (desk.alertd.folder / "ca.pem").write_text("nothing")
    desk.configure(ca_file=str(desk.alertd.folder / "ca.pem"))
    said = desk("role")
    assert said.code == 2
    assert "accounts.main.ca_file: cannot be used" in said.err


def test_a_demo_account_is_asked_as_one(desk: Desk) -> None:
    for one in desk.accounts:
        one.environment = "demo"
    assert "50101" in desk("role").err
    desk.configure(environment="demo")
    assert desk("role").code == 0


@pytest.mark.parametrize("code", ["59273", "59285"])
def test_who_never_copied_copies_nobody(code: str, desk: Desk) -> None:
    """How OKX answers is not documented: an empty list and these codes mean the same."""
    desk.exchange(lambda okx: okx.fail_rest(200, code, path="current-lead-traders"))
    said = desk("lead-traders")
    assert (said.code, said.out, said.err) == (0, "0 lead traders\n", "")


def test_an_exchange_that_is_not_there(desk: Desk) -> None:
    desk.alertd.monkeypatch.setenv("ALERTD_ACCOUNTS__MAIN__REST_URL", "http://127.0.0.1:9")
    said = desk("role")
    assert said.code == 1
    assert "the exchange could not be asked" in said.err
