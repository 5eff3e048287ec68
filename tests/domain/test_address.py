"""Covers alertd/domain/address.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.address import checked_url, first_address, is_loopback


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Your IP 203.0.113.7 is not included in your API key's whitelist.", "203.0.113.7"),
        ("Your IP 203.0.113.7.", "203.0.113.7"),
        ("IP:2001:db8::17 is not included", None),  # run together with a word, it is no address
        ("Your IP (2001:db8::17) is not included", "2001:db8::17"),
        ("Your IP 2001:db8:: is not included", "2001:db8::"),
        ("key ab12:34 at 12:30:11, 1.2.3, 300.1.1.1, then 10.0.0.1", "10.0.0.1"),
        ("no address", None),
        ("", None),
    ],
)
def test_the_first_address_of_a_sentence(text: str, address: str | None) -> None:
    assert first_address(text) == address


@given(st.text(max_size=80), st.ip_addresses())
def test_an_address_between_spaces_is_found_where_nothing_else_is(noise: str, address: object) -> None:
    bare = "".join(mark for mark in noise if not (mark.isascii() and (mark.isalnum() or mark in ".:")))
    assert first_address(f"{bare} {address} {bare}") == str(address)


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("x.localhost", True),
        ("127.0.0.9", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("a.b", False),
    ],
)
def test_this_machine(host: str, here: bool) -> None:
    assert is_loopback(host) is here


@pytest.mark.parametrize(
    "url", ["https://[::1", "https://x:99999", "ftp://x", "https://u:p@x", "https://", "x"]
)
def test_urls_that_lead_nowhere(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL|must"):
        checked_url(url, "https", "http")


def test_an_url_with_a_port() -> None:
    assert checked_url("http://x:81/y", "https", "http").port == 81
