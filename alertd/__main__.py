"""`python -m alertd`, and the console script."""

from __future__ import annotations

from alertd.cli.main import app


def main() -> None:
    """Run the command line; ends the process with the exit code of the contract."""
    app(prog_name="alertd")


if __name__ == "__main__":
    main()
