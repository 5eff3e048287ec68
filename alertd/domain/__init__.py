"""The nouns of alertd: events, alerts, notifications, errors.

Pure. Standard library only; knows no exchange, no store, no clock.
"""
