"""How lead traders trade: what changed between two looks at their orders, and how they stand. Pure.

Neutral of any exchange: an exchange's rows come in as the values of `orders.py`, events go out. What must be
known from one look to the next is a value that can be stored, so that a restart between two looks neither
repeats nor loses. Knows no stream, no rule, no store and no clock.
"""
