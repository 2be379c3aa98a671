"""A stand-in for Zoom that costs next to nothing itself: answers after a set time, hangs for whom it is told, and
writes down when each call came. Also a receiver of webhooks that is slow. Started as a plain file, with the port.

Not the simulator: that one is strict and keeps books, which at thousands of calls would be what is measured.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any

#: A receiver that is slow answers after this many seconds.
SLOW_HOOK_SECONDS = 9


@dataclass
class Books:
    """What was asked for, and how to answer. Times in seconds since the epoch."""

    latency: float = 0.3
    #: Zoom users whose calls are never answered; "*" is everybody.
    hung: set[str] = field(default_factory=set)
    #: [what, user, came, answered]; `answered` is 0 for a call that hangs.
    calls: list[list[Any]] = field(default_factory=list)
    count: int = 0


books = Books()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, path, _version = head.split("\r\n", 1)[0].split(" ")
            headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            status, answer = await reply(method, path, headers, body)
            data = json.dumps(answer).encode()
            lines = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
            writer.write(lines.encode() + data)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def reply(method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
    if path.startswith("/control"):
        return 200, control(json.loads(body or b"{}"))
    if path.startswith("/hook/"):
        await asyncio.sleep(SLOW_HOOK_SECONDS if "slow" in path else 0)
        return 200, {}
    if path.startswith("/oauth/token"):
        token = dict(pair.split("=", 1) for pair in body.decode().split("&") if "=" in pair).get("refresh_token", "")
        user = token.split("-")[1] if "-" in token else ""
        await answered("refresh", user)
        books.count += 1
        pair = {"access_token": f"at-{user}-{books.count}", "refresh_token": f"rt-{user}-{books.count}"}
        return 200, {
            **pair,
            "expires_in": 3599,
            "token_type": "bearer",
            "scope": "user:read:user meeting:write:meeting",
        }
    user = headers.get("authorization", "").removeprefix("bearer at-").split("-")[0]
    if path.startswith("/v2/users/me/meetings") and method == "POST":
        await answered("create", user)
        books.count += 1
        number = 80_000_000_000 + books.count
        return 201, {"id": number, "join_url": f"https://zoom.us/j/{number}", "password": "x", "uuid": str(number)}
    await answered("me", user)
    return 200, {"id": user, "email": f"{user}@example.com", "type": 2, "account_id": "a"}


async def answered(what: str, user: str) -> None:
    call = [what, user, time.time(), 0.0]
    books.calls.append(call)
    while user in books.hung or "*" in books.hung:
        await asyncio.sleep(0.2)  # until somebody gives up, or Zoom is well again
    if books.latency:
        await asyncio.sleep(books.latency)
    call[3] = time.time()


def control(wish: dict[str, Any]) -> Any:
    """`latency`, `hung` and `forget` change what is; the calls come back."""
    if "latency" in wish:
        books.latency = float(wish["latency"])
    if "hung" in wish:
        books.hung = set(wish["hung"])
    calls = list(books.calls)
    if wish.get("forget"):
        books.calls.clear()
    return calls


async def main(port: int) -> None:
    async with await asyncio.start_server(serve, "127.0.0.1", port, backlog=512) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
