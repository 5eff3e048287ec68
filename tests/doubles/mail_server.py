"""A mail server on loopback that takes, refuses, goes silent or hangs up where a test says so."""

from __future__ import annotations

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Self

_ANSWERS = {
    "EHLO": "250-double\r\n250 AUTH PLAIN LOGIN",
    "HELO": "250 double",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go on",
    "RSET": "250 ok",
    "NOOP": "250 ok",
    "QUIT": "221 bye",
}
SILENCE = "silence"
HANG_UP = "hang up"


class MailServer:
    """`async with MailServer() as server`: `server.delivered` is what was taken.

    `answers`: another answer for a command, `END` for the one after the text, `GREETING` for the first line;
    `SILENCE` and `HANG_UP` instead of one. `accepts_then`: the text is taken, and the answer is that.
    """

    def __init__(self) -> None:
        self.delivered: list[EmailMessage] = []
        self.commands: list[str] = []
        self.answers: dict[str, str] = {}
        self.accepts_then = ""
        self._open: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    @property
    def url(self) -> str:
        login = "anna:planted-Mail1@example.org"
        return f"mailto://{login}:{self.port}?smtp=127.0.0.1&to=desk@example.org&mode=insecure"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._say(writer, self.answers.get("GREETING", "220 double"))
            while line := await reader.readline():
                await self._command(line.decode().strip(), reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client hung up, or we did, or the test is over
        finally:
            writer.close()
            self._open.discard(task)

    async def _command(self, line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        word = line.partition(" ")[0].upper()
        self.commands.append(word)
        answer = self.answers.get(word, _ANSWERS.get(word, "500 what?"))
        await self._say(writer, answer)
        if word != "DATA" or not answer.startswith("354"):
            return
        text = await reader.readuntil(b"\r\n.\r\n")
        end = self.answers.get("END", "")
        if not end:
            self.delivered.append(message_from_bytes(text[:-3], policy=policy.default))
        await self._say(writer, end or self.accepts_then or "250 2.0.0 taken")

    async def _say(self, writer: asyncio.StreamWriter, answer: str) -> None:
        if answer == SILENCE:
            await asyncio.Event().wait()
        if answer == HANG_UP:
            writer.transport.abort()
            raise ConnectionResetError
        writer.write(f"{answer}\r\n".encode())
        await writer.drain()
