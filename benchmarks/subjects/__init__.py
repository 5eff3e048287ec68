"""What is measured, each a process of its own that answers on its standard input. See `probe.py`."""
