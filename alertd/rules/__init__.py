"""Rules: what one event means, judged by the configuration.

Pure: an Event goes in, Evaluations come out. Knows no alert, no store, no sink, no exchange and no
clock; what an Evaluation starts, keeps or ends is decided in `alertd/alerts`.
"""
