"""Toobit's copy trading on loopback: a small market, leaders, followers, REST, and orders to misbehave.

Must not know how alertd reads any of it. The pure half (market, people, rows) takes times and prices as
values; rest, control and simulator are the shells.
"""
