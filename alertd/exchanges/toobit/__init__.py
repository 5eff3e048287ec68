"""Toobit's copy trading: answers -> typed values, requests and signatures, error codes, settings, REST calls.

Exchange words (`symbolId`, `followRunningMills`) end at this room's doors. Must not know sources, rules or
the store. Source of everything: https://api-docs.toobit.com/ (read 2026-08-11); where it is silent or
contradicts itself the docstrings say UNVERIFIED.
"""
