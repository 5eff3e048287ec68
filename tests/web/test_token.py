"""Covers alertd/web/token.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from alertd.web.token import kept_token, read_token


def test_it_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    token = kept_token(tmp_path)
    file = tmp_path / "web.token"
    assert len(token) > 30
    assert (file.stat().st_mode & 0o777, list(tmp_path.iterdir())) == (0o600, [file])
    file.chmod(0o644)
    assert kept_token(tmp_path) == token == read_token(file)
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"short", b"x" * 201, b"\xff" * 40, b"two words of a token\n\0"]
)
def test_what_cannot_be_one_is_replaced(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "web.token"
    file.write_bytes(content)
    assert read_token(file) is None
    assert kept_token(tmp_path) == read_token(file)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        kept_token(tmp_path / "nowhere")
    assert read_token(tmp_path / "nowhere") is None
