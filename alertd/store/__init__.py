"""Keeps alerts and deliveries on SQLite or PostgreSQL: one schema, one writer thread, group commit.

The only room that speaks SQL. Must not know rules, sinks, exchanges or the clock.
"""
