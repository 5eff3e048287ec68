"""A whole simulated day of the whole daemon: nothing of it may grow, and nothing that is to be told be lost.

`python -m benchmarks.soak --help`. It stands on the acceptance tests' house and their clock, which leaps over
what nobody waits for. It knows the daemon as a person does: its web page, its sinks, its process.
"""
