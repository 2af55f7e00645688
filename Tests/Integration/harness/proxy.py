"""A TCP proxy that cuts connections at chosen bytes: the network between a server and its database."""

from __future__ import annotations

import asyncio
import random
import socket
from collections import Counter
from enum import StrEnum


class Cut(StrEnum):
    """What becomes of a request and its answer."""

    BEFORE = "the request does not get through"
    HALF = "half of the request gets through"
    UNANSWERED = "the answer does not get through"
    HALF_ANSWERED = "half of the answer gets through"
    STALL = "nothing gets through any more, and the connection stays"


def _reset(writer: asyncio.StreamWriter) -> None:
    """Closes with RST, as a broken network does, whatever is still unsent."""
    writer.transport.abort()


class CuttingProxy:
    """Passes bytes on until `cut` makes the next large request the last of its connection."""

    # Smaller ones are not the writes that are looked for.
    LARGE = 1_500

    def __init__(self, port: int, chance: random.Random) -> None:
        self.target = port
        self.port = 0
        self.cuts: Counter[Cut] = Counter()
        self._chance = chance
        self._armed: Cut | None = None
        self._happened = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._pairs: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for pair in list(self._pairs):
            pair.cancel()
        await asyncio.gather(*self._pairs, return_exceptions=True)

    async def cut(self, how: Cut, seconds: float = 10) -> None:
        """Waits until it has happened."""
        self._happened.clear()
        self._armed = how
        await asyncio.wait_for(self._happened.wait(), seconds)

    def _trigger(self, size: int) -> Cut | None:
        if self._armed is None or size < self.LARGE:
            return None
        how, self._armed = self._armed, None
        self.cuts[how] += 1
        self._happened.set()
        return how

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pairs.add(task)
        ends = [writer]
        try:
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self.target)
            ends.append(to_writer)
            for end in ends:
                end.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await _Pair(self, reader, writer, to_reader, to_writer).run()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for end in ends:
                _reset(end)
            self._pairs.discard(task)


class _Pair:
    def __init__(
        self,
        proxy: CuttingProxy,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        to_reader: asyncio.StreamReader,
        to_writer: asyncio.StreamWriter,
    ) -> None:
        self.proxy = proxy
        self.reader, self.writer, self.to_reader, self.to_writer = reader, writer, to_reader, to_writer
        # What of an answer may still pass; None as long as all of it may.
        self.left: int | None = None
        self.chance = proxy._chance

    async def run(self) -> None:
        """Ends when one side has ended or the connection has been cut."""
        ways = [asyncio.create_task(self._requests()), asyncio.create_task(self._answers())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _requests(self) -> None:
        while data := await self.reader.read(1 << 18):
            how = self.proxy._trigger(len(data))
            match how:
                case None:
                    self.to_writer.write(data)
                case Cut.BEFORE:
                    return
                case Cut.HALF:
                    self.to_writer.write(data[: self.chance.randrange(1, len(data))])
                    await self.to_writer.drain()
                    # What was sent arrives before the end of the connection does.
                    await asyncio.sleep(0.005)
                    return
                case Cut.UNANSWERED | Cut.HALF_ANSWERED | Cut.STALL:
                    self.left = 0 if how is not Cut.HALF_ANSWERED else self.chance.randrange(1, 200)
                    self.to_writer.write(data)
                    await self.to_writer.drain()
                    if how is Cut.STALL:
                        # The other side finds out by itself, or by its deadline.
                        await asyncio.sleep(60)
                    # From not yet begun to long committed.
                    await asyncio.sleep(self.chance.choice((0, 0.001, 0.003, 0.01, 0.05)))
                    return
            await self.to_writer.drain()

    async def _answers(self) -> None:
        while data := await self.to_reader.read(1 << 18):
            if self.left is not None:
                data, self.left = data[: self.left], max(0, self.left - len(data))
            if data:
                self.writer.write(data)
                await self.writer.drain()
