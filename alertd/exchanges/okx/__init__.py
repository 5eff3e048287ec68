"""OKX v5: frames and answers -> events, requests and signatures, error codes, hosts, settings, REST calls.

Exchange words (`mgnRatio`) end at this room's doors. Must not know sources, rules or the store.
"""
