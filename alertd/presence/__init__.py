"""That alertd is there, was not there, and how everything stands: what is told of it, and when. Pure.

It must not know streams, stores or how a message looks.
"""
