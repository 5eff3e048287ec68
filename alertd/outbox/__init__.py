"""Takes what is stored for a sink to the sink, and what became of it back to the store.

Decides when to try again (`retry.py`, `pacing.py`, `health.py`: pure). Must not know how a sink sends,
nor why an alert was raised.
"""
