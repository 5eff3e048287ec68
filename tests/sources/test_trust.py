from __future__ import annotations

import gc
import ssl
from pathlib import Path

import pytest
import trustme

from alertd.sources.trust import TrustStores


def certificates(context: ssl.SSLContext) -> list[bytes]:
    return context.get_ca_certs(binary_form=True)


def write_authority(path: Path) -> bytes:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(path))
    return ssl.PEM_cert_to_DER_cert(authority.cert_pem.bytes().decode())


def test_the_same_authority_is_one_context_under_whatever_name(tmp_path: Path) -> None:
    trust = TrustStores()
    write_authority(tmp_path / "ca.pem")
    (tmp_path / "copy.pem").write_bytes((tmp_path / "ca.pem").read_bytes())
    write_authority(tmp_path / "other.pem")

    one, same, other = (trust.read(tmp_path / name) for name in ("ca.pem", "copy.pem", "other.pem"))

    assert one is same
    assert certificates(one) != certificates(other)


def test_it_verifies_host_and_chain_and_trusts_this_authority_alone(tmp_path: Path) -> None:
    der = write_authority(tmp_path / "ca.pem")
    context = TrustStores().read(tmp_path / "ca.pem")

    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert certificates(context) == [der]


def test_a_file_that_changed_is_another_context_and_one_that_came_back_the_first(tmp_path: Path) -> None:
    trust = TrustStores()
    path = tmp_path / "ca.pem"
    write_authority(path)
    first, content = trust.read(path), path.read_bytes()
    assert trust.read(path) is first
    changed = write_authority(path)
    second = trust.read(path)
    assert certificates(second) == [changed]
    path.write_bytes(content)
    assert trust.read(path) is first


def test_what_no_account_uses_any_more_is_forgotten(tmp_path: Path) -> None:
    def contexts() -> int:
        gc.collect()
        return sum(isinstance(one, ssl.SSLContext) for one in gc.get_objects())

    trust = TrustStores()
    before = contexts()
    for _ in range(3):
        write_authority(tmp_path / "ca.pem")
        held = trust.read(tmp_path / "ca.pem")
    assert contexts() == before + 1
    del held
    assert contexts() == before


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_what_cannot_be_used_is_an_os_error(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(OSError, match=r".+"):
        TrustStores().read(path)
