"""`alertd demo`: a simulated exchange, the real daemon and a receiver in one process, and a verdict.

Knows the whole daemon from outside (settings, the App, its store, its counters); nothing of the daemon
knows it.
"""
