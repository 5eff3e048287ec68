"""Where events come from: supervised WebSocket streams.

Knows how a connection lives (login, subscriptions, keep-alive, silence, reconnect) and hands events on in
order. Must not know an exchange's words, a rule, an alert, a store or a sink.
"""
