import pytest

from alertd.sinks.url_secrets import secret_parts

TELEGRAM = "tgram://123456789:AAabcdefghijklmnopqrstuvwxyz012345678/1001"


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        (TELEGRAM, "123456789"),
        (TELEGRAM, "AAabcdefghijklmnopqrstuvwxyz012345678"),
        (TELEGRAM, TELEGRAM),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#alerts", "TIiajkdnlazkcOXrIdevi7FQ"),
        ("mailtos://anna:pass@mail.example.org", "pass"),
        ("json://u:p%40ssw0rd@127.0.0.1:80/x", "p@ssw0rd"),
        ("json://127.0.0.1/hook?+X-Token=Secret99", "Secret99"),
        ("ntfy://abcdefghijklmnopqrst", "abcdefghijklmnopqrst"),
    ],
)
def test_what_is_secret(url: str, secret: str) -> None:
    assert secret in secret_parts(url)


@pytest.mark.parametrize(
    ("url", "open_word"),
    [
        ("json://127.0.0.1:8080/alerts", "127.0.0.1"),
        ("json://localhost/alerts", "localhost"),
        ("json://hooks.example.org/alerts", "hooks.example.org"),
        ("json://hooks.example.org/alerts", "alerts"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#alerts", "alerts"),
        ("ntfy://alertd", "alertd"),
        ("tgram://1/2?overflow=truncate", "truncate"),
    ],
)
def test_what_would_blank_a_log_for_nothing(url: str, open_word: str) -> None:
    assert open_word not in secret_parts(url)


def test_without_an_address_there_is_no_secret() -> None:
    assert secret_parts("json://") == secret_parts("hello") == []
