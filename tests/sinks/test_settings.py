from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from alertd.sinks.settings import COMING_KEYS, SinkSettings

URL = "json://127.0.0.1:8080/planted-TOKEN-12345"


@pytest.mark.parametrize(
    ("url", "pace"),
    [
        ("json://h", 0),
        ("JSONS://h", 0),
        ("xml://h", 0),
        ("forms://h", 0),
        ("tgram://t/1", 20),
        ("slack://a/b/c", 50),
        ("mailto://u:p@h", 30),
    ],
)
def test_the_pace_goes_by_the_scheme(url: str, pace: int) -> None:
    assert SinkSettings(url=url).pace == pace  # type: ignore[arg-type]
    assert SinkSettings(url=url, pace_per_minute=7).pace == 7  # type: ignore[arg-type]
    assert SinkSettings(url=url, pace_per_minute=0).pace == 0  # type: ignore[arg-type]


def test_defaults_and_overrides() -> None:
    settings = SinkSettings.model_validate({"url": f" {URL} ", "language": "zh", "timezone": "Asia/Shanghai"})
    assert (settings.timeout_s, settings.language, settings.zone) == (10.0, "zh", ZoneInfo("Asia/Shanghai"))
    assert settings.scheme == "json"


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"url": ""},
        {"url": URL, "timeout_s": 0.5},
        {"url": URL, "timeout_s": 61},
        {"url": URL, "pace_per_minute": -1},
        {"url": URL, "language": "de"},
        {"url": URL, "timezone": "Mars/Olympus"},
        {"url": URL, "paces": 1},
        *({"url": URL, key: True} for key in COMING_KEYS),
    ],
)
def test_what_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        SinkSettings.model_validate(values)
    assert "planted" not in str(refused.value)


def test_the_url_is_never_shown() -> None:
    settings = SinkSettings.model_validate({"url": URL})
    assert "planted" not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_the_description_names_where_the_secret_belongs() -> None:
    described = SinkSettings.model_json_schema()["properties"]["url"]["description"]
    assert "ALERTD_SINKS__NAME__URL" in described
    assert "sinks.NAME.url" in described
