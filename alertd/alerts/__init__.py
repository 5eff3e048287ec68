"""The life of alerts: deduplicate, tell, worsen, remind, resolve; and which sinks hear of it.

Pure: values and `now` in, values out. Must not know a store, a sink, an exchange, the clock or how a rule
judges; rules and alerts meet only in `domain/evaluation.py`.
"""
