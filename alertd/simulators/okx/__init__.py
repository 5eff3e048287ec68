"""OKX v5 on loopback: a small market with its margin model, the WebSocket services, REST, and orders to
misbehave.

Must not know how alertd reads any of it. The pure half (market, margin, valuation, accounts, rows, frames,
channels) takes times and prices as values; ws, rest, control and simulator are the shells.
"""
