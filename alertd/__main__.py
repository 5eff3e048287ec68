"""`python -m alertd`, and the console script."""

from __future__ import annotations

import gc

gc.disable()  # what importing makes stays: to look for garbage in it is time lost

from alertd.cli.main import app  # noqa: E402

gc.enable()


def main() -> None:
    """Run the command line; ends the process with the exit code of the contract."""
    app(prog_name="alertd")


if __name__ == "__main__":
    main()
