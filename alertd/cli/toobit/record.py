"""What was changed by hand: one line of JSON for each step, only ever appended, in the state folder."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from alertd.telemetry import redact

FILE = "toobit-changes.jsonl"


class ChangeRecord:
    """Of one change: first what is meant, then what became of it."""

    def __init__(self, state_dir: Path, account: str, what: str, details: Mapping[str, object]) -> None:
        self.file = state_dir / FILE
        self._about = {"account": account, "what": what, **details}

    def write(self, step: str, at: datetime, note: str = "") -> None:
        """On disk when this returns. `step`: intent, done, refused, unknown. Raises: OSError."""
        line = {"at": at.isoformat(), "step": step, **self._about, **({"note": note} if note else {})}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, redact(json.dumps(line, ensure_ascii=False)).encode() + b"\n")
            os.fsync(handle)
        finally:
            os.close(handle)
