"""What alertd may do itself: the plan, its guards, the request and the proof.

An intent stands in the store before its request leaves, its effect is read back independently, and after a
crash it goes on with reading. This room knows nothing of rules, alerts' life cycle and sinks.
"""
