"""One module per question. Each takes a `Bench` and returns what it measured; none decides whether it is good."""
