"""Reading each place values come from."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from alertd.config.places import SecretsFolder
from alertd.config.readers import (
    assignment_layer,
    environment_layer,
    read_text,
    secret_files_layer,
    toml_layer,
)
from alertd.config.settings import Settings
from alertd.config.toml_lines import Path as Key
from alertd.domain.errors import ConfigError
from tests.config.folder import SMALLEST, Folder


# --- the TOML file
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a = \n", "is not valid TOML: Invalid value (at line 1, column 5)"),
        (b"a = 1\na = 2\n", "is not valid TOML: Cannot overwrite a value (at line 2"),
        (b'a = "\xff"\n', "is not UTF-8 text; save it as UTF-8"),
    ],
)
def test_a_file_that_is_no_toml(content: bytes, expected: str, tmp_path: Path) -> None:
    file = tmp_path / "alertd.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        toml_layer(file, Settings)
    assert str(caught.value).startswith(f"{file}: {expected}")
    assert caught.value.__context__ is None


def test_a_file_of_an_editor_that_writes_a_mark_first(tmp_path: Path) -> None:
    file = tmp_path / "alertd.toml"
    file.write_bytes(b"\xef\xbb\xbf" + SMALLEST.encode())
    assert toml_layer(file, Settings).values["accounts"] == {"main": {"exchange": "okx"}}


def test_numbers_are_read_as_decimals(tmp_path: Path) -> None:
    file = tmp_path / "alertd.toml"
    file.write_text("[rules.x]\nhysteresis = 0.1\n", encoding="utf-8")
    assert toml_layer(file, Settings).values["rules"]["x"]["hysteresis"] == Decimal("0.1")


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, False), (0o644, True)])
def test_a_file_with_secrets_that_all_may_read_is_warned_of(mode: int, warned: bool, folder: Folder) -> None:
    folder.write('[accounts.main]\nexchange = "okx"\napi_key = "in-the-file"\n[sinks.phone]\n')
    folder.toml.chmod(mode)
    warnings = folder.load().warnings
    assert bool(warnings) is warned
    assert all("chmod 600" in warning and "in-the-file" not in warning for warning in warnings)


def test_a_file_without_secrets_may_be_read_by_all(folder: Folder) -> None:
    folder.write(SMALLEST + '[store]\nurl = "sqlite:///other.db"\n')
    folder.toml.chmod(0o644)
    assert folder.load().warnings == ()


# --- the environment
@pytest.mark.parametrize(
    "name",
    [
        "ALERTD_CONFIG",
        "ALERTD_SERVICE_HOST",
        "ALERTD_SERVICE_PORT",
        "ALERTD_SERVICE_PORT_HTTP",
        "ALERTD_PORT",
        "ALERTD_PORT_8787_TCP",
        "ALERTD_PORT_8787_TCP_ADDR",
        "OTHER_ALERTD_X",
        "alertd_language",
    ],
)
def test_variables_that_are_no_keys(name: str) -> None:
    layer = environment_layer({name: "tcp://10.0.0.1:80"}, Settings)
    assert (layer.values, layer.problems) == ({}, [])


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        (
            "ALERTD_WEB_PORT",
            "unknown key web_port; levels are separated by two underscores, as in ALERTD_WEB__PORT",
        ),
        ("ALERTD_ACCOUNTS_MAIN__API_KEY", "as in ALERTD_ACCOUNTS__MAIN__API_KEY"),
        ("ALERTD_ACCOUNTS__MAIN__", "is not a key; write ALERTD_SECTION__NAME__KEY"),
        ("ALERTD_", "is not a key"),
        ("ALERTD_ROUTES__0__SINKS", "routes: is a list and given as a whole, as JSON or TOML"),
    ],
)
def test_usual_slips_in_a_variable(name: str, hint: str) -> None:
    (problem,) = environment_layer({name: "x"}, Settings).problems
    assert problem.startswith(f"environment variable {name}: ")
    assert hint in problem


def test_a_section_and_its_keys_must_fit(folder: Folder) -> None:
    expected = "environment variable ALERTD_WEB__PORT: web.port: web is also given as a plain value; keep one"
    assert expected in folder.problems(env={"ALERTD_WEB": "here", "ALERTD_WEB__PORT": "1"})


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (("web", "port"), "1", "1"),
        (("accounts", "main", "labels"), '{"owner": "anna"}', {"owner": "anna"}),
        (("accounts", "main", "labels"), '{ owner = "anna" }', {"owner": "anna"}),
        (("accounts", "main", "labels"), "no table", "no table"),
        (("accounts", "main", "labels"), "1\nother = 2", "1\nother = 2"),
        (("rules", "x", "levels"), '{"warning": 5.10}', {"warning": Decimal("5.10")}),
        (("rules", "x", "levels"), "{ warning = 5.10 }", {"warning": Decimal("5.10")}),
        (("rules", "x", "match"), '{"state": "blind"}', {"state": "blind"}),
        (("routes",), '[{"sinks": ["a"]}]', [{"sinks": ["a"]}]),
        (("account_defaults", "labels"), '{"a": "b"}', {"a": "b"}),
        (("accounts", "main", "passphrase"), "[1]", "[1]"),
        (("account_defaults", "passphrase"), "[1]", "[1]"),
        (("no", "such", "key"), "[1]", "[1]"),
    ],
)
def test_texts_become_what_the_key_holds(path: Key, text: str, expected: object) -> None:
    assert read_text(text, path, Settings) == expected


# --- the command line
@pytest.mark.parametrize("assignment", ["web.port", "=1", "web..port=1", ".=", "web.=1"])
def test_an_assignment_needs_key_and_value(assignment: str) -> None:
    layer = assignment_layer([assignment], Settings)
    assert layer.problems == ["--set: write KEY=VALUE with a dotted key, as in --set web.port=0"]


def test_only_the_first_equals_sign_separates() -> None:
    layer = assignment_layer(["sinks.phone.url=json://h/?a=b"], Settings)
    assert layer.values == {"sinks": {"phone": {"url": "json://h/?a=b"}}}


def test_the_later_assignment_wins(folder: Folder) -> None:
    assert folder.load("web.port=1", "web.port=2").web.port == 2


# --- secret files
@pytest.mark.parametrize("written", ["s3cr3t-8", "s3cr3t-8\n", "s3cr3t-8\r\n", "s3cr3t-8\n\n"])
def test_a_trailing_newline_is_no_part_of_a_secret(written: str, folder: Folder) -> None:
    folder.env.pop("ALERTD_ACCOUNTS__MAIN__PASSPHRASE")
    folder.secret("accounts.main.passphrase", written)
    assert folder.load().accounts["main"].passphrase.get_secret_value() == "s3cr3t-8"


def test_blanks_inside_a_secret_are_kept(folder: Folder) -> None:
    folder.env.pop("ALERTD_ACCOUNTS__MAIN__PASSPHRASE")
    folder.secret("accounts.main.passphrase", " two words \n")
    assert folder.load().accounts["main"].passphrase.get_secret_value() == " two words "


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (
            "accounts.main.api_kye",
            'secrets/accounts.main.api_kye: accounts.main.api_kye: unknown key; did you mean "api_key"?',
        ),
        ("acounts", 'secrets/acounts: acounts: unknown key; did you mean "accounts"?'),
        ("tls.key", "secrets/tls.key: tls: unknown key; known: "),
    ],
)
def test_an_unknown_name_in_a_folder_of_our_own_is_refused(name: str, line: str, folder: Folder) -> None:
    folder.secret(name, "x")
    (problem,) = folder.problems()
    assert problem.startswith(line)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("accounts.main.api_key", True),
        ("acounts.main.api_key", True),  # ours with a slip: refused later, not ignored
        ("sinks.phone.url", True),
        ("tls.key", False),
        ("master.key", False),
        ("server.crt", False),
        ("db_password", False),
        ("accounts", False),
        (".hidden.key", False),
    ],
)
def test_a_shared_folder_may_hold_other_programs_files(name: str, read: bool, tmp_path: Path) -> None:
    (tmp_path / name).write_text("x", encoding="utf-8")
    layer = secret_files_layer(SecretsFolder(tmp_path, shared=True), Settings)
    assert bool(layer.values) is read
    assert layer.problems == []


def test_folders_and_links_of_kubernetes(tmp_path: Path) -> None:
    data = tmp_path / "..2026_01_01"
    data.mkdir()
    (data / "web.token").write_text("t0ken", encoding="utf-8")
    (tmp_path / "..data").symlink_to(data)
    (tmp_path / "web.token").symlink_to("..data/web.token")
    (tmp_path / "web.folder").mkdir()
    layer = secret_files_layer(SecretsFolder(tmp_path, shared=False), Settings)
    assert layer.values == {"web": {"token": "t0ken"}}


@pytest.mark.parametrize(
    ("mode", "shared", "warned"), [(0o644, False, True), (0o600, False, False), (0o444, True, False)]
)
def test_a_secret_that_all_may_read_is_warned_of(
    mode: int, shared: bool, warned: bool, tmp_path: Path
) -> None:
    file = tmp_path / "web.token"
    file.write_text("t0ken", encoding="utf-8")
    file.chmod(mode)
    layer = secret_files_layer(SecretsFolder(tmp_path, shared), Settings)
    assert layer.warnings == ([f"{file}: every user may read it; chmod 600 {file}"] if warned else [])


def test_a_secret_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "web.token"
    file.symlink_to("/proc/self/mem")  # a file that not even root can read from its start
    layer = secret_files_layer(SecretsFolder(tmp_path, shared=False), Settings)
    assert layer.problems == [f"{file}: web.token: the secret file cannot be read: Input/output error"]


def test_a_secret_that_is_no_text_is_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "web.token"
    file.write_bytes(b"\xff\xfe")
    layer = secret_files_layer(SecretsFolder(tmp_path, shared=False), Settings)
    assert layer.problems == [f"{file}: web.token: the secret file is not UTF-8 text"]


def test_a_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    layer = secret_files_layer(SecretsFolder(tmp_path / "no", shared=False), Settings)
    assert layer.problems == [
        f"{tmp_path}/no: the folder of secret files cannot be read: No such file or directory"
    ]
