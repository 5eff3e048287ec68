"""The simulator's own signing, against vectors computed with another program."""

import pytest

from alertd.simulators.toobit.signing import hex_signature, is_same, message_of

SECRET = "30lfjDT51iOG1kYZnDoLNynOyMdIcmQyO1XYfxzYOmQfx9tjiI98Pzio4uhZ0Uk2"
QUERY = "recvWindow=5000&timestamp=1717200000000"
B4 = (
    b'{"leaderUserId":123456789,"symbolId":"BTC-SWAP-USDT","isLong":1,"stopProfitRate":"0.1",'
    b'"stopLossRate":"0.2","stopLossDelay":30}'
)


@pytest.mark.parametrize(
    ("query", "body", "wanted"),
    [
        (QUERY, b"", "e02e1a0c8de99db2ead6c144d587c54eb40feac513bdd0e5836a2e0a9fc2dec7"),
        (f"type=30&{QUERY}", b"", "2ccea0128c803b50c27fad3ba63664d078c803b896570c6ec7c5b07a7fc1e14b"),
        (QUERY, B4, "13b95ea365da7ccdd64321878b741e02803cbc43073371f8fac0d8ef207e4d95"),
        (QUERY, B4 + b"\r\n", "13b95ea365da7ccdd64321878b741e02803cbc43073371f8fac0d8ef207e4d95"),
    ],
)
def test_vectors(query, body, wanted):
    assert hex_signature(SECRET, message_of(query, body)) == wanted
    assert is_same(wanted, hex_signature(SECRET, message_of(query, body)))
    assert not is_same(wanted.upper(), wanted)
