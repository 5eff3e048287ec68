"""What no single model can see."""

from __future__ import annotations

import pytest

from tests.config.folder import SMALLEST, Folder

FINDINGS: dict[str, tuple[str, list[str]]] = {
    "a sink no route can find": (
        SMALLEST + '[[routes]]\nsinks = ["phone", "fone"]\n',
        ['alertd.toml:6: routes[0].sinks: there is no sink "fone"; did you mean "phone"?'],
    ),
    "sinks no fallback and no step can find": (
        SMALLEST + '[[routes]]\nsinks = ["phone"]\nfallback = ["fone"]\n'
        'escalate = [{ after_s = 60, sinks = ["phone"] }, { after_s = 90, sinks = ["call"] }]\n',
        [
            'alertd.toml:7: routes[0].fallback: there is no sink "fone"; did you mean "phone"?',
            'alertd.toml:8: routes[0].escalate[1].sinks: there is no sink "call"; known: phone',
        ],
    ),
    "a single sink by name": (
        SMALLEST + '[[routes]]\nsinks = "mail"\n',
        ['alertd.toml:6: routes[0].sinks: there is no sink "mail"; known: phone'],
    ),
    "a route to an account that is not there": (
        SMALLEST + '[[routes]]\nsinks = ["phone"]\nmatch = { account = ["mian"] }\n',
        ['alertd.toml:7: routes[0].match.account: there is no account "mian"; did you mean "main"?'],
    ),
    "a field the event does not have": (
        SMALLEST + '[rules.x]\ntype = "match"\nevent = "coverage"\nseverity = "info"\n'
        'match = { stat = "blind" }\n',
        ['alertd.toml:9: rules.x.match.stat: coverage has no field "stat"; did you mean "state"?'],
    ),
    "an expression on a field the event does not have": (
        SMALLEST + '[rules.x]\ntype = "match"\nevent = "coverage"\nseverity = "info"\nwhen = "stat == 1"\n',
        ['alertd.toml:9: rules.x.when: coverage has no field "stat"; did you mean "state"?'],
    ),
}


@pytest.mark.parametrize("case", FINDINGS)
def test_findings(case: str, folder: Folder) -> None:
    text, expected = FINDINGS[case]
    folder.write(text)
    assert folder.problems() == expected


def test_a_broken_rule_does_not_hide_the_findings_in_others(folder: Folder) -> None:
    folder.write(
        SMALLEST + '[rules.x]\ntype = "all"\n'
        '[rules.y]\ntype = "match"\nevent = "coverage"\nseverity = "info"\nwhen = "stat == 1"\n'
    )
    assert [line.split(": ")[1] for line in folder.problems()] == ["rules.x", "rules.y.when"]


@pytest.mark.parametrize("account", ["main", "m*", "*"])
def test_a_glob_finds_its_accounts(account: str, folder: Folder) -> None:
    folder.write(SMALLEST + f'[[routes]]\nsinks = ["phone"]\nmatch = {{ account = ["{account}"] }}\n')
    assert len(folder.load().routes) == 1


def test_one_key_for_two_accounts_is_refused_without_showing_it(folder: Folder) -> None:
    folder.write(SMALLEST + '[accounts.two]\nexchange = "okx"\n')
    env = {f"ALERTD_ACCOUNTS__TWO__{name}": "two-x" for name in ("API_SECRET", "PASSPHRASE")}
    env["ALERTD_ACCOUNTS__TWO__API_KEY"] = folder.env["ALERTD_ACCOUNTS__MAIN__API_KEY"]
    assert folder.problems(env=env) == [
        "environment variable ALERTD_ACCOUNTS__TWO__API_KEY: accounts.two.api_key: "
        "is the key of accounts.main as well; give each its own"
    ]


def test_an_account_acts_with_a_key_of_its_own(folder: Folder) -> None:
    folder.write(SMALLEST + '[accounts.two]\nexchange = "okx"\n')
    keys = {
        f"ALERTD_ACCOUNTS__{name}__{kind}{key}": f"{name}-{kind}{key}"
        for name in ("MAIN", "TWO")
        for kind in ("", "ACTION_")
        for key in ("API_SECRET", "PASSPHRASE")
    }
    own = {
        "ALERTD_ACCOUNTS__MAIN__ACTION_API_KEY": "key-3f9c1a",
        "ALERTD_ACCOUNTS__TWO__API_KEY": "key-two",
        "ALERTD_ACCOUNTS__TWO__ACTION_API_KEY": "acting-two",
    }
    assert folder.load(env=keys | own).accounts["main"].action_api_key is not None
    of_the_other = own | {"ALERTD_ACCOUNTS__TWO__ACTION_API_KEY": "key-3f9c1a"}
    assert folder.problems(env=keys | of_the_other) == [
        "environment variable ALERTD_ACCOUNTS__TWO__ACTION_API_KEY: accounts.two.action_api_key: "
        "is the key of accounts.main as well; give each its own"
    ]


def test_an_empty_file_asks_for_an_account_and_a_sink(folder: Folder) -> None:
    folder.write("")
    folder.env = {}
    account, sink = folder.problems()
    assert account.startswith("alertd.toml: accounts: at least one account is needed: write [accounts.main]")
    assert account.endswith('exchange = "okx"')
    assert sink.startswith("alertd.toml: sinks: at least one sink is needed: write [sinks.phone]")
    assert "ALERTD_SINKS__PHONE__URL" in sink


def test_pings_without_a_canary_would_be_a_lie(folder: Folder) -> None:
    env = {**folder.env, "ALERTD_DEAD_MAN__URL": "https://watch.example/ping/0a1b2c3d4e5f"}
    for value in ("false", '"off"'):
        folder.write(SMALLEST + f"[canary]\nenabled = {value}\n")
        (problem,) = folder.problems(env=env)
        assert "ALERTD_DEAD_MAN__URL: dead_man.url: is pinged only by a canary" in problem
        assert "0a1b2c3d4e5f" not in problem
    folder.write(SMALLEST + "[canary]\nenabled = false\n")
    assert not folder.load().canary.enabled


def test_two_that_are_watched_need_two_tokens(folder: Folder) -> None:
    token = "one-token-for-two-of-them"
    folder.write(SMALLEST + "[watch_for.far]\n[watch_for.near]\nafter_s = 600\n")
    env = {f"ALERTD_WATCH_FOR__{name}__TOKEN": token for name in ("FAR", "NEAR")}
    (problem,) = folder.problems(env=folder.env | env)
    assert "watch_for.near.token: is the token of watch_for.far as well" in problem
    assert token not in problem
    env["ALERTD_WATCH_FOR__NEAR__TOKEN"] = "another-token-of-the-near"
    assert set(folder.load(env=folder.env | env).watch_for) == {"far", "near"}
    (problem, _) = folder.problems()
    assert "watch_for.far.token: the secret is missing" in problem


def test_every_person_is_known_by_a_token_of_their_own(folder: Folder) -> None:
    folder.write(SMALLEST + '[people.anna]\ncan = ["read", "ack"]\n[people.ben]\n')
    token = "sixteen-letters-1"
    env = {"ALERTD_PEOPLE__ANNA__TOKEN": token, "ALERTD_WEB__TOKEN": token}
    [problem] = folder.problems(env=folder.env | env)
    assert "people.anna.token: is web.token as well; give each person their own" in problem
    env = {"ALERTD_PEOPLE__ANNA__TOKEN": token, "ALERTD_PEOPLE__BEN__TOKEN": token}
    [problem] = folder.problems(env=folder.env | env)
    assert "people.ben.token: is people.anna.token as well" in problem
    assert token not in problem
    people = folder.load(env=folder.env | env | {"ALERTD_PEOPLE__BEN__TOKEN": token + "2"}).people
    assert [person.can for person in people.values()] == [("read", "ack"), ("read",)]
