"""Questions to a store that the daemon does not ask."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from alertd.store.engine import make_engine


async def query(url: str, sql: str) -> list[tuple[object, ...]]:
    def run() -> list[tuple[object, ...]]:
        engine = make_engine(url)
        with engine.begin() as connection:
            answer = connection.execute(text(sql))
            rows = [tuple(row) for row in answer] if answer.returns_rows else []
        engine.dispose()
        return rows

    return await asyncio.to_thread(run)
