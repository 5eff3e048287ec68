"""Where the libraries of others are installed."""

import importlib.util
import sys
from pathlib import Path


def python_with(package):
    """This interpreter, or that of an environment `peers` inside this one's, if it has it; else None."""
    if importlib.util.find_spec(package) is not None:
        return sys.executable
    apart = Path(sys.prefix) / "peers"
    found = any(apart.glob(f"lib/python*/site-packages/{package}/__init__.py"))
    return str(apart / "bin" / "python") if found else None
