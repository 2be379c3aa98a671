"""A proxy as an operator's is while an update is under way: it leads to one web server, and then to another.

What is connected stays where it is, as with nginx after `nginx -s reload`.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from dev.ports import LOOPBACK

Result = TypeVar("Result")
BLOCK = 1 << 16


class SwitchingProxy:
    def __init__(self, port: int, leads_to: int) -> None:
        self.port, self.leads_to = port, leads_to
        #: Connections that are open, by the port to which they lead.
        self._open: Counter[int] = Counter()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._server = self._in_loop(asyncio.start_server(self._serve, LOOPBACK, port, backlog=500))

    def _in_loop(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def open_to(self, port: int) -> int:
        return self._open[port]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = self.leads_to
        self._open[port] += 1
        try:
            back_reader, back_writer = await asyncio.open_connection(LOOPBACK, port)
            await asyncio.gather(_pass_on(reader, back_writer), _pass_on(back_reader, writer))
        except OSError:
            writer.close()  # whoever asked sees a connection that breaks off: a request that failed
        finally:
            self._open[port] -= 1

    async def _end(self) -> None:
        self._server.close()
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def stop(self) -> None:
        self._in_loop(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while block := await reader.read(BLOCK):
            writer.write(block)
            await writer.drain()
    finally:
        with suppress(OSError, RuntimeError):
            writer.close()
