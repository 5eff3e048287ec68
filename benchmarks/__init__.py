"""The figures of the design, measured: `make bench` runs every row and writes docs/performance.md.

Every row is measured in one run on one machine, beside the floor and the peers, in turns (A B A B).
Nothing here is part of the daemon, and nothing in the daemon knows it.
"""
