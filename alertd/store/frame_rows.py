"""A bounded ring of frames that could not be read."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select

from alertd.domain.stream import KeptFrame
from alertd.store.moments import to_us
from alertd.store.tables import kept_frames

FRAMES_KEPT = 200
FRAME_BYTES_KEPT = 64 * 1024


def write_frame(connection: Connection, frame: KeptFrame) -> None:
    """Keep the frame's first `FRAME_BYTES_KEPT` bytes; the oldest beyond `FRAMES_KEPT` goes."""
    connection.execute(
        insert(kept_frames),
        {
            "account": frame.account,
            "stream": frame.stream,
            "channel": frame.channel,
            "reason": frame.reason,
            "received_us": to_us(frame.received_at),
            "frame": frame.frame[:FRAME_BYTES_KEPT],
        },
    )
    newest = select(func.max(kept_frames.c.frame_id)).scalar_subquery()
    connection.execute(delete(kept_frames).where(kept_frames.c.frame_id <= newest - FRAMES_KEPT))
