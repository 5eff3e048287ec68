"""Exchanges on loopback, for demo, tests and users: each speaks the exchange's wire, with texts and signing
of its own.

Must not know the daemon's exchanges, sources, rules, alerts, store or domain: what both sides share, no test
can catch.
"""
