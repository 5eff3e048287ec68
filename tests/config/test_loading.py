"""The order of precedence, and that no secret gets out."""

from __future__ import annotations

import logging
import traceback
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from alertd.config import Settings, load, load_web
from alertd.domain.alert import Severity
from alertd.domain.errors import ConfigError
from alertd.telemetry import redact
from tests.config.folder import SECRETS, SMALLEST, Folder

SOURCES = ("assignment", "environment", "secret file", "file", "default")
REGIONS = {"assignment": "us", "environment": "tr", "secret file": "eea", "file": "global"}


def loaded_region(folder: Folder, given: tuple[str, ...]) -> str:
    folder.write(SMALLEST)
    assignments: list[str] = []
    env: dict[str, str] = {}
    if "file" in given:
        folder.write(f'[accounts.main]\nexchange = "okx"\nregion = "{REGIONS["file"]}"\n[sinks.phone]\n')
    if "secret file" in given:
        folder.secret("accounts.main.region", REGIONS["secret file"] + "\n")
    if "environment" in given:
        env["ALERTD_ACCOUNTS__MAIN__REGION"] = REGIONS["environment"]
    if "assignment" in given:
        assignments.append(f"accounts.main.region={REGIONS['assignment']}")
    return folder.load(*assignments, env=env).accounts["main"].region


@pytest.mark.parametrize(("higher", "lower"), list(combinations(SOURCES, 2)))
def test_the_higher_source_wins(higher: str, lower: str, folder: Folder) -> None:
    assert loaded_region(folder, (higher, lower)) == REGIONS[higher]


def test_all_sources_together(folder: Folder) -> None:
    assert loaded_region(folder, SOURCES) == REGIONS["assignment"]


def test_without_any_source_the_default_holds(folder: Folder) -> None:
    assert loaded_region(folder, ()) == "global"


@pytest.mark.parametrize(
    ("higher", "lower"), list(combinations(("assignment", "environment", "secret file", "file"), 2))
)
def test_a_secret_obeys_the_same_order(higher: str, lower: str, folder: Folder) -> None:
    values = {source: f"key-of-{source.replace(' ', '-')}" for source in (higher, lower)}
    env = {k: v for k, v in SECRETS.items() if not k.endswith("API_KEY")}
    assignments = []
    if "file" in values:
        folder.write(f'[accounts.main]\nexchange = "okx"\napi_key = "{values["file"]}"\n[sinks.phone]\n')
        folder.toml.chmod(0o600)
    if "secret file" in values:
        folder.secret("accounts.main.api_key", values["secret file"])
    if "environment" in values:
        env["ALERTD_ACCOUNTS__MAIN__API_KEY"] = values["environment"]
    if "assignment" in values:
        assignments.append(f"accounts.main.api_key={values['assignment']}")
    folder.env = env
    settings = folder.load(*assignments)
    assert settings.accounts["main"].api_key.get_secret_value() == values[higher]


def test_sources_add_to_each_other(folder: Folder) -> None:
    folder.write('[accounts.main]\nexchange = "okx"\n[accounts.main.labels]\nowner = "anna"\n[sinks.phone]\n')
    settings = folder.load(env={"ALERTD_ACCOUNTS__MAIN__LABELS__DESK": "one"})
    assert settings.accounts["main"].labels == {"owner": "anna", "desk": "one"}


def test_a_whole_account_may_come_from_the_environment(folder: Folder) -> None:
    env = {"ALERTD_ACCOUNTS__TWO__EXCHANGE": "okx"}
    for name in ("API_KEY", "API_SECRET", "PASSPHRASE"):
        env[f"ALERTD_ACCOUNTS__TWO__{name}"] = f"two-{name}"
    assert sorted(folder.load(env=env).accounts) == ["main", "two"]


@pytest.mark.parametrize(
    "routes",
    ['[{"sinks": ["phone"], "remind_s": [1.5, 20]}]', '[{ sinks = ["phone"], remind_s = [1.5, 20] }]'],
)
def test_lists_come_from_the_environment_as_json_or_toml(routes: str, folder: Folder) -> None:
    (route,) = folder.load(env={"ALERTD_ROUTES": routes}).routes
    assert list(route.sinks) == ["phone"]
    assert [float(delay) for delay in route.remind_s or ()] == [1.5, 20]


def test_a_secret_that_looks_like_a_list_stays_a_text(folder: Folder) -> None:
    settings = folder.load(env={"ALERTD_ACCOUNTS__MAIN__PASSPHRASE": '["a"]'})
    assert settings.accounts["main"].passphrase.get_secret_value() == '["a"]'


def test_numbers_are_decimals_of_the_text(folder: Folder) -> None:
    folder.write(SMALLEST + "[rules.margin_ratio]\nlevels = { warning = 5.10, critical = 3.3 }\n")
    rule = folder.load().rules["margin_ratio"]
    assert rule.type == "ladder"
    assert rule.levels == {Severity.WARNING: Decimal("5.10"), Severity.CRITICAL: Decimal("3.3")}


def test_account_defaults_lie_under_each_account(folder: Folder) -> None:
    folder.write(
        '[account_defaults]\nexchange = "okx"\nregion = "eea"\nlabels = { desk = "one", owner = "bo" }\n'
        '[accounts.main]\nlabels = { owner = "anna" }\n[sinks.phone]\n'
    )
    settings = folder.load()
    assert settings.accounts["main"].region == "eea"
    assert settings.accounts["main"].labels == {"desk": "one", "owner": "anna"}
    assert settings.account_defaults == {}


def test_account_defaults_come_from_the_environment_too(folder: Folder) -> None:
    settings = folder.load(
        env={"ALERTD_ACCOUNT_DEFAULTS__REGION": "us", "ALERTD_ACCOUNT_DEFAULTS__LABELS": '{"desk": "one"}'}
    )
    assert settings.accounts["main"].region == "us"
    assert settings.accounts["main"].labels == {"desk": "one"}


def test_user_rules_stand_beside_the_built_in_ones(folder: Folder) -> None:
    folder.write(
        SMALLEST + "[rules.buffer_used]\nenabled = false\n"
        '[rules.own]\ntype = "match"\nevent = "coverage"\nseverity = "info"\n'
    )
    rules = folder.load().rules
    assert {"margin_ratio", "exchange_warning", "own"} <= set(rules)
    assert not rules["buffer_used"].enabled
    assert rules["buffer_used"].event == "margin_state"


def test_the_smallest_file_gives_the_documented_defaults(folder: Folder) -> None:
    settings = folder.load()
    assert settings.language == "en"
    assert isinstance(settings.timezone, ZoneInfo)
    assert (settings.web.host, settings.web.port) == ("127.0.0.1", 8787)
    assert (settings.log.format, settings.log.level) == ("auto", "info")
    assert settings.routes == []
    assert settings.warnings == ()
    assert settings.config_path == folder.toml
    assert settings.state_dir == folder.path


def test_the_state_directory_of_systemd_is_used(folder: Folder) -> None:
    settings = folder.load(env={"STATE_DIRECTORY": "/var/lib/alertd"})
    assert settings.state_dir == Path("/var/lib/alertd")
    assert settings.store.resolved_url(settings.state_dir) == "sqlite:////var/lib/alertd/alertd.db"


def test_nothing_can_be_changed_afterwards(folder: Folder) -> None:
    settings = folder.load()
    for target, name in (
        (settings, "language"),
        (settings.web, "port"),
        (settings.accounts["main"], "region"),
    ):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(target, name, getattr(target, name))


def test_made_directly_it_reads_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "zh")
    monkeypatch.setenv("ALERTD_LANGUAGE", "zh")
    assert Settings().language == "en"


def test_the_process_environment_is_the_default(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ALERTD_CONFIG", str(folder.toml))
    monkeypatch.setenv("ALERTD_LANGUAGE", "zh")
    assert load().language == "zh"


# --- secrets

PLANTED = {
    "ALERTD_ACCOUNTS__MAIN__API_KEY": "planted-key-5e1",
    "ALERTD_ACCOUNTS__MAIN__API_SECRET": "planted-secret-5e2",
    "ALERTD_ACCOUNTS__MAIN__PASSPHRASE": "planted-phrase-5e3",
    "ALERTD_SINKS__PHONE__URL": "tgram://123456:planted-token-5e4/-100",
    "ALERTD_WEB__TOKEN": "planted-web-5e5",
    "ALERTD_STORE__URL": "postgresql://alertd:planted-db-5e6@localhost/alertd",
}


def test_loaded_settings_show_no_secret(folder: Folder) -> None:
    folder.env = dict(PLANTED)
    settings = folder.load()
    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert "planted" not in shown
    assert settings.sinks["phone"].url.get_secret_value() == PLANTED["ALERTD_SINKS__PHONE__URL"]


def test_every_loaded_secret_is_known_to_redaction(folder: Folder) -> None:
    folder.env = dict(PLANTED)
    folder.load()
    for value in (*PLANTED.values(), "planted-token-5e4", "planted-db-5e6"):
        assert "planted" not in redact(f"before {value} after")


def test_the_file_of_the_store_is_no_secret(folder: Folder) -> None:
    folder.load("store.url=sqlite:////srv/alertd-prod2/plain9.db")
    assert redact("/srv/alertd-prod2/plain9.db") == "/srv/alertd-prod2/plain9.db"


BREAKAGES = {
    "wrong table": {"ALERTD_ACCOUNTS__MAIN__API_KEY__MORE": "planted-more"},
    "wrong key": {"ALERTD_ACCOUNTS__MAIN__API_SECRETT": "planted-slip"},
    "wrong type": {"ALERTD_WEB__PORT": "planted-port"},
    "wrong choice": {"ALERTD_ACCOUNTS__MAIN__REGION": "planted-region"},
    "wrong level": {"ALERTD_LOG__LEVEL": "planted-level"},
    "wrong list": {"ALERTD_ROUTES": "planted-routes"},
    "wrong store": {"ALERTD_STORE__URL": "planted://user:planted-db@host/x"},
    "wrong table text": {"ALERTD_ACCOUNTS": "planted-table"},
    "top level": {"ALERTD_API_KEY": "planted-top"},
}


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_refusal_shows_no_secret_anywhere_in_its_chain(breakage: str, folder: Folder) -> None:
    folder.env = {**PLANTED, **BREAKAGES[breakage]}
    with pytest.raises(ConfigError) as caught:
        folder.load()
    assert "planted" not in everything_about(caught.value)


def test_the_file_itself_may_be_broken_around_a_secret(folder: Folder) -> None:
    folder.write('[accounts.main]\napi_key = "planted-a"\napi_secret = planted-b\n')
    with pytest.raises(ConfigError, match="not valid TOML") as caught:
        folder.load()
    assert "planted" not in everything_about(caught.value)


def everything_about(error: BaseException) -> str:
    """The texts and fields of an error and of all it came from."""
    shown: list[str] = ["".join(traceback.format_exception(error))]
    here: BaseException | None = error
    while here is not None:
        shown += [str(here), repr(here), str(vars(here))]
        here = here.__cause__ or here.__context__
    return "\n".join(shown)


def test_debugging_of_the_settings_library_shows_no_more_than_it_must(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    folder.env = dict(PLANTED)
    with caplog.at_level(logging.DEBUG):
        folder.load()
    assert "planted" not in caplog.text


MANY = """
[account_defaults]
exchange = "okx"
[accounts.main]
[accounts.desk]
exchange = "okx"
[sinks.phone]
[sinks.call]
url = "json://127.0.0.1:9/call"
[watch_for.other]
"""


def test_who_only_asks_what_it_says_needs_no_secrets(folder: Folder) -> None:
    folder.env = {"ALERTD_ACCOUNTS__MAIN__API_KEY": "given-key"}
    folder.write(MANY)
    with pytest.raises(ConfigError):
        folder.load()
    settings = load(folder.toml, None, folder.env, needs_secrets=False)
    assert settings.accounts["main"].api_key.get_secret_value() == "given-key"
    assert settings.sinks["call"].url.get_secret_value() == "json://127.0.0.1:9/call"
    assert settings.sinks["phone"].scheme == "json"
    assert set(settings.watch_for) == {"other"}


def test_what_stands_in_for_a_secret_hides_no_other_problem(folder: Folder) -> None:
    folder.env = {}
    folder.write('[accounts.main]\nexchange = "okex"\n[sinks.phone]\nurll = "x"\n')
    with pytest.raises(ConfigError) as caught:
        load(folder.toml, None, {}, needs_secrets=False)
    assert [line.replace(f"{folder.path}/", "") for line in caught.value.problems] == [
        'alertd.toml:2: accounts.main.exchange: unknown exchange "okex"; available: "okx" or "toobit"',
        'alertd.toml:4: sinks.phone.urll: unknown key; did you mean "url"?',
    ]
    folder.write("[sinks.phone]\n")
    with pytest.raises(ConfigError, match="at least one account is needed"):
        load(folder.toml, None, {}, needs_secrets=False)


def test_where_a_daemon_answers_is_known_without_its_secrets(folder: Folder) -> None:
    folder.write('[accounts.main]\nexchange = "nowhere"\n[web]\nport = 1\nhost = "localhost"\n')
    folder.secret("web.token", "of-a-secret-file\n")
    web, state = load_web(folder.toml, folder.secrets, {"ALERTD_WEB__PORT": "9000"})
    assert (web.host, web.port, web.token and web.token.get_secret_value()) == (
        "localhost",
        9000,
        "of-a-secret-file",
    )
    assert redact("of-a-secret-file") == "***"
    assert state == folder.path
    assert load_web(folder.toml, None, {"STATE_DIRECTORY": "/var/lib/x"})[1] == Path("/var/lib/x")


def test_a_web_table_that_cannot_be_used_is_refused_without_what_it_holds(folder: Folder) -> None:
    folder.write(f"{SMALLEST}[web]\nport = 99999\n")
    env = {"ALERTD_WEB__TOKEN": "planted-0a1b2c3d"}
    with pytest.raises(ConfigError) as refused:
        load_web(folder.toml, None, env)
    assert any("web.port" in problem for problem in refused.value.problems)
    assert "planted-0a1b2c3d" not in "".join(traceback.format_exception(refused.value))


TOOBIT = '[accounts.lead]\nexchange = "toobit"\n'
TOOBIT_SECRETS = {
    "ALERTD_ACCOUNTS__LEAD__API_KEY": "key-5b21",
    "ALERTD_ACCOUNTS__LEAD__API_SECRET": "secret-90ff",
}


def test_who_only_asks_an_exchange_needs_no_sink(folder: Folder) -> None:
    folder.write(SMALLEST.partition("[sinks")[0] + TOOBIT)
    del folder.env["ALERTD_SINKS__PHONE__URL"]
    settings = load(folder.toml, None, folder.env | TOOBIT_SECRETS, for_watching=False)
    assert [(name, one.exchange) for name, one in settings.accounts.items()] == [
        ("main", "okx"), ("lead", "toobit"),
    ]  # fmt: skip
    with pytest.raises(ConfigError, match=r"accounts\.lead\.api_secret"):
        load(folder.toml, None, folder.env | {"ALERTD_ACCOUNTS__LEAD__API_KEY": "x"}, for_watching=False)


def test_a_key_of_the_other_exchange_is_refused_by_name(folder: Folder) -> None:
    folder.write(SMALLEST + TOOBIT + 'region = "eea"\naction_passphrase = "x"\n')
    with pytest.raises(ConfigError) as caught:
        load(folder.toml, None, folder.env | TOOBIT_SECRETS, for_watching=False)
    assert [line.replace(f"{folder.path}/", "") for line in caught.value.problems] == [
        'alertd.toml:7: accounts.lead.region: does not belong to exchange = "toobit", only to "okx"; '
        "remove it",
        'alertd.toml:8: accounts.lead.action_passphrase: does not belong to exchange = "toobit", '
        'only to "okx"; remove it',
    ]
