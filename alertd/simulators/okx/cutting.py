"""Ending a client's TCP connection without a word."""

from __future__ import annotations

import asyncio
import socket
import struct

from aiohttp import web

_LINGER_NOT = struct.pack("ii", 1, 0)  # closing then sends RST, and what was not sent is dropped


def abort(request: web.Request) -> None:
    """Nothing more is sent."""
    if isinstance(request.transport, asyncio.WriteTransport):
        request.transport.abort()


def reset(request: web.Request) -> None:
    """With RST."""
    if isinstance(request.transport, asyncio.WriteTransport):
        raw = request.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        request.transport.abort()
