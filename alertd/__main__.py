"""`python -m alertd`, and the console script."""

from __future__ import annotations

import gc
import os

# Plugins of whatever else is installed see every value of the configuration, and to look for them takes time.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
gc.disable()  # what importing makes stays: to look for garbage in it is time lost; on again in `cli/main.py`

from alertd.cli.main import app  # noqa: E402


def main() -> None:
    """Run the command line; ends the process with the exit code of the contract."""
    app(prog_name="alertd")


if __name__ == "__main__":
    main()
