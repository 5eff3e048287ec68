"""Watched, degraded or blind: evidence in; states, intervals and what is to be told out. Pure.

Knows nothing of streams, exchanges, stores and sinks: they show their evidence as the domain's nouns.
"""
