"""The token for whoever runs alertd on this machine: made once, and kept where only its owner may read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

FILE_NAME = "web.token"
LONGEST = 200  # bytes of a file that may be one


def kept_token(folder: Path) -> str:
    """The token in the folder, made now if there is none. Blocks. Raises: OSError."""
    path = folder / FILE_NAME
    if known := read_token(path):
        path.chmod(0o600)
        return known
    made = secrets.token_urlsafe(32)
    beside = path.with_name(f"{FILE_NAME}.{os.getpid()}")  # whole or not at all, whoever reads meanwhile
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(f"{made}\n")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return made


def read_token(path: Path) -> str | None:
    """The token in a file; None where there is no file, or nothing in it that could be one.

    Raises: OSError where it may not be read.
    """
    try:
        with path.open("rb") as file:
            text = file.read(LONGEST + 1)
    except FileNotFoundError:
        return None
    token = text.decode("ascii", "replace").strip()
    return token if 16 <= len(token) <= LONGEST and token.isascii() and token.isprintable() else None
