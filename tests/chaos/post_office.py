"""A mail server that keeps what it takes, and fails in every way in which one does."""

import asyncio
import email
import email.policy
import threading
from dataclasses import dataclass
from email.message import EmailMessage
from enum import StrEnum

from dev.ports import LOOPBACK


class Mood(StrEnum):
    """How the server behaves to whoever calls."""

    WELL = "well"
    GONE = "hangs up at once"
    BUSY = "451 at the recipient"
    POLICY = "550 5.7.1 at the sender"
    TAKES_AND_DROPS = "takes the mail, its answer is lost"
    DROPS = "hangs up in the middle of the mail"


@dataclass(frozen=True)
class Letter:
    """A mail that was taken, in the order of arrival."""

    recipients: tuple[str, ...]
    message: EmailMessage


class PostOffice:
    """`with PostOffice() as office:` listens on a free port, in a thread of its own, until the end."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.mood = Mood.WELL
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._conversations: set[asyncio.Task[None]] = set()

    def __enter__(self) -> "PostOffice":
        self._thread.start()
        opened = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, LOOPBACK, 0), self._loop)
        self._server = opened.result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        for conversation in self._conversations:
            conversation.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._conversations.add(task)
        try:
            await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._conversations.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mood = self.mood
        if mood is Mood.GONE:
            return
        recipients: list[str] = []

        async def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        await say("220 chaos.example ESMTP")
        while line := (await reader.readline()).decode("latin-1").strip():
            match line.split(" ")[0].split(":")[0].upper():
                case "EHLO" | "HELO":
                    recipients = []
                    await say("250 chaos.example")
                case "MAIL" if mood is Mood.POLICY:
                    await say("550 5.7.1 not today")
                case "RCPT" if mood is Mood.BUSY:
                    await say("451 4.3.0 later")
                case "RCPT":
                    recipients.append(line.partition("<")[2].partition(">")[0])
                    await say("250 ok")
                case "DATA":
                    await say("354 go on")
                    if mood is Mood.DROPS:
                        return
                    data = await reader.readuntil(b"\r\n.\r\n")
                    self._take(recipients, data.removesuffix(b".\r\n"))
                    if mood is Mood.TAKES_AND_DROPS:
                        return
                    await say("250 taken")
                case "QUIT":
                    await say("221 bye")
                    return
                case _:
                    await say("250 ok")

    def _take(self, recipients: list[str], data: bytes) -> None:
        plain = data.replace(b"\r\n..", b"\r\n.")
        message = email.message_from_bytes(plain, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.letters.append(Letter(tuple(recipients), message))
