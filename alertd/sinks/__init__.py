"""From a delivery to a person's screen: what is said, in which language, and by which service.

Rendering is pure. Must not know the outbox (which knows the `Sink` door only), sources or rules.
"""
