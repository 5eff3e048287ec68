"""One folder per exchange: its wire format, signing, codes and calls, turned into alertd's events.

Knows the domain only: no rule, no alert, no store, no socket loop; and no exchange knows another.
"""
