"""What comes in and goes out is bounded as a sum: many slow clients together do not fill the memory."""

from __future__ import annotations

import itertools
import socket
import unittest
from datetime import timedelta

from harness.case import ServerCase
from harness.client import encode
from harness.feed import FeedSocket, Window
from harness.process import metrics
from harness.raw import parse
from harness.store import on_one_store
from harness.tenant import Tenant, starts
from harness.today import today
from harness.waiting import until_async

LIMIT = 1 << 20
BODY = 700_000


def day(number: int) -> str:
    return str(today() + timedelta(days=number))


@on_one_store
class MemoryOfTraffic(ServerCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.server = self.installation.serve({"ALMANAC_MEMORY_CACHE_BYTES": str(LIMIT)})
        self.tenant = await Tenant.create(self.server)
        self.addAsyncCleanup(self.tenant.client.close)

    async def underway(self, kind: str) -> float:
        return (await metrics(self.tenant.client))[f'almanac_transfer_bytes{{kind="{kind}"}}']

    async def until_underway(self, kind: str, low: int, high: int) -> None:
        async def holds() -> bool:
            return low <= await self.underway(kind) <= high

        await until_async(f"{low} to {high} bytes of {kind} are on their way", holds, 20)

    def connection(self, data: bytes) -> socket.socket:
        connection = self.narrow()
        connection.sendall(data)
        return connection

    def narrow(self) -> socket.socket:
        """A connection that takes little before somebody reads it: the kernel keeps megabytes otherwise."""
        connection = socket.socket()
        self.addCleanup(connection.close)
        connection.settimeout(20)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((self.server.host, self.server.port))
        return connection

    async def test_bodies(self) -> None:
        calendar = await self.tenant.calendar()
        whole = encode("POST", "/api/v1/appointments", {"notes": "x" * BODY}, self.tenant.key)
        first = self.connection(whole[:-10])
        await self.until_underway("bodies", BODY - 20_000, BODY)
        second = self.connection(whole[:-10])
        refusal = parse(second.recv(1 << 16))[0]
        self.assertEqual((refusal.status, refusal.code), (503, "overloaded"))
        self.assertEqual((await self.tenant.book(calendar, next(starts()))).status, 201)
        # The first is taken as a whole, and leaves its room to the next.
        first.sendall(whole[-10:])
        self.assertEqual(parse(first.recv(1 << 16))[0].status, 422)
        await self.until_underway("bodies", 0, 0)
        self.assertEqual(parse(self.exchange(whole))[0].status, 422)

    def exchange(self, data: bytes) -> bytes:
        return self.connection(data).recv(1 << 16)

    async def test_long_answers(self) -> None:
        calendar = await self.tenant.calendar(slot_duration_minutes=5, horizon_days=400)
        path = f"/api/v1/calendars/{calendar}/availability?from={day(1)}&to={day(121)}"
        length = len((await self.tenant.client.get(path)).body)
        self.assertGreater(length, LIMIT // 2)
        request = encode("GET", path, None, self.tenant.key)
        # The kernel keeps some megabytes for each connection, so the client asks more than once.
        silent = self.connection(3 * request)

        async def is_refused() -> bool:
            answers = parse(self.exchange(request))
            return bool(answers) and (answers[0].status, answers[0].code) == (503, "overloaded")

        await until_async("an answer is refused", is_refused, 20)
        self.assertEqual(await self.underway("answers"), length)
        silent.close()
        await self.until_underway("answers", 0, 0)
        self.assertEqual((await self.tenant.client.get(path)).status, 200)

    async def test_snapshots_of_the_feed(self) -> None:
        calendar = await self.tenant.calendar(slot_duration_minutes=10, horizon_days=400)
        silent = [await self.silent() for _ in range(4)]
        late = await FeedSocket.open(self.server, self.tenant.key)
        self.addAsyncCleanup(late.close)
        wanted = itertools.count()

        async def is_refused() -> bool:
            for feed in silent:
                await feed.send(op="subscribe", id=str(next(wanted)), calendar_id=calendar, **self.window(next(wanted)))
            # Not one of those that are being sent: these cost nothing more.
            mine = Window(calendar, day(30), day(90 + next(wanted) % 30))
            await late.send(op="unsubscribe", id=await late.subscribe(mine))
            return mine.messages[-1].get("code") == "overloaded"

        await until_async("a new window is refused", is_refused, 60)
        self.assertLess(await self.underway("snapshots"), 2 * LIMIT)
        self.assertEqual((await self.tenant.book(calendar, next(starts()))).status, 201)
        for feed in silent:
            await feed.vanish()
        await self.until_underway("snapshots", 0, 0)
        window = Window(calendar, day(30), day(119))
        await late.subscribe(window)
        self.assertEqual(window.messages[-1]["op"], "snapshot")

    async def silent(self) -> FeedSocket:
        """A socket that reads nothing."""
        narrow = self.narrow()
        narrow.setblocking(False)
        feed = await FeedSocket.open(self.server, self.tenant.key, sock=narrow)
        self.addAsyncCleanup(feed.vanish)
        feed.connection.transport.pause_reading()
        return feed

    def window(self, number: int) -> dict[str, str]:
        return {"from": day(1 + number % 28), "to": day(91 + number % 30)}


if __name__ == "__main__":
    unittest.main()
