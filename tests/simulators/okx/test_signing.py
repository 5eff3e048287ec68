import pytest

from alertd.simulators.okx.signing import is_same, login_signature, request_signature

SECRET = "22582BD0CFF14C41EDBF1AB98506286D"


@pytest.mark.parametrize(
    ("timestamp", "sign"),
    [
        ("1704876947", "5/36BgGV6m/6pmdc20zdqk0mzF5ZalmzzPD2fo3wavU="),
        ("1538054050", "+LdIr8lkkvhr5hoA3g9TMC0+uQJ849ftAcocA/ouu4M="),
    ],
)
def test_login_vectors(timestamp, sign):
    assert login_signature(SECRET, timestamp) == sign


@pytest.mark.parametrize(
    ("method", "path", "body", "sign"),
    [
        ("GET", "/api/v5/account/balance?ccy=BTC", "", "HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY="),
        (
            "POST",
            "/api/v5/copytrading/stop-copy-trading",
            '{"instType":"SWAP","uniqueCode":"25CD5A80241D6FE6","subPosCloseType":"manual_close"}',
            "WuZVmmaIZZ8YF42sbjaqNb2BtifrVPyfyh+n+5y7VUA=",
        ),
    ],
)
def test_request_vectors(method, path, body, sign):
    assert request_signature(SECRET, "2020-12-08T09:08:57.715Z", method, path, body) == sign


def test_comparing_takes_any_text():
    assert is_same("a", "a")
    assert not is_same("ü", "a")
