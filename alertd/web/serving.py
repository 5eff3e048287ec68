"""Opens the port and answers on it."""

from __future__ import annotations

from aiohttp import web

from alertd.domain.errors import ConfigError


async def serve(application: web.Application, host: str, port: int) -> tuple[web.AppRunner, int]:
    """Answer until the runner is cleaned up. Returns it, and the port (`port` 0: any free one).

    Raises: ConfigError when the port is taken.
    """
    runner = web.AppRunner(application, shutdown_timeout=1.0, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as exc:
        await runner.cleanup()
        raise ConfigError(
            [f"web.port: cannot listen on {host}:{port} ({exc.strerror}); choose another"]
        ) from exc
    return runner, runner.addresses[0][1]
