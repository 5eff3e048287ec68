import pytest

from alertd.domain.alert import AlertState, Fingerprint, Resolution, Severity, short_id
from alertd.domain.events import EventKind
from tests.alerts.nouns import alert_of, margin


def test_severities_rank_from_info_to_critical() -> None:
    assert sorted(Severity, key=lambda severity: severity.rank) == ["info", "warning", "critical"]


@pytest.mark.parametrize(
    "subject",
    ["BTC-USDT-SWAP/long/isolated", "cross/USDT", "trader/A|B", "stream/private", ""],
)
def test_a_fingerprint_is_read_back_from_its_text(subject: str) -> None:
    name = Fingerprint("main", EventKind.MARGIN_STATE, "margin_ratio", subject)
    assert Fingerprint.parse(str(name)) == name
    assert isinstance(Fingerprint.parse(str(name)).kind, EventKind)


@pytest.mark.parametrize("text", ["", "main|margin_state|r", "main|no_such_kind|r|s"])
def test_a_text_that_is_no_fingerprint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not enough values|is not a valid EventKind"):
        Fingerprint.parse(text)


@pytest.mark.parametrize("state", AlertState)
def test_every_state_but_resolved_is_open(state: AlertState) -> None:
    alert = alert_of(margin(), state=state, resolution=Resolution.CLOSED)
    assert alert.is_open == (state != "resolved")


def test_the_short_id_names_an_episode() -> None:
    name = Fingerprint("main", EventKind.MARGIN_STATE, "margin_ratio", "BTC-USDT-SWAP/long/isolated")
    assert short_id(name, 1) == "fn3gxy4j"  # people may have noted it: it must not change with a version
    ids = {short_id(name._replace(account=account), n) for account in ("main", "two") for n in range(500)}
    assert len(ids) == 1000
    assert short_id(name._replace(subject="\ud800"), 1)
    assert alert_of(margin(), episode=2).short_id == short_id(alert_of(margin()).fingerprint, 2)
