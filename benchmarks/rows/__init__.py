"""One module per question. Each takes a `Bench` and returns what it measured; none judges it."""
