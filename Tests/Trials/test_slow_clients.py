"""Clients that send half a request and then nothing, or next to nothing: each is let go within its time."""

from __future__ import annotations

import asyncio
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Integration"))

from harness.case import ServerCase
from harness.client import encode
from harness.process import open_files, resident_bytes
from harness.scale import allow_connections
from harness.server import Server
from harness.tenant import Tenant, booking, starts
from harness.waiting import until

IDLE = 75
GRACE = 15
CLIENTS = 50


class SlowClients(ServerCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        allow_connections(8 * CLIENTS)
        self.server = self.installation.serve()
        self.tenant = await Tenant.create(self.server)
        self.addAsyncCleanup(self.tenant.client.close)
        self.calendar = await self.tenant.calendar()
        self.whole = encode(
            "POST", "/api/v1/appointments", booking(self.calendar, next(starts())), self.tenant.key
        )

    def halves(self) -> dict[str, bytes]:
        head, _, _ = self.whole.partition(b"\r\n\r\n")
        chunked = (
            head.replace(b"Content-Length", b"X-Length") + b"\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{"
        )
        return {
            "nothing": b"",
            "half a line": b"POST /api",
            "half a head": head,
            "half a body": self.whole[:-20],
            "half a chunk": chunked,
            "one answer, then nothing": encode("GET", "/health/live"),
        }

    async def test_a_stalled_client_is_let_go_within_the_idle_limit(self) -> None:
        files, memory = open_files(self.server.pid), resident_bytes(self.server.pid)
        clients = [
            asyncio.create_task(lifetime(self.server, data, name))
            for name, data in self.halves().items()
            for _ in range(CLIENTS)
        ]
        others = asyncio.create_task(self.book_meanwhile(clients))
        for name, seconds in await asyncio.gather(*clients):
            self.assertLess(seconds, IDLE + GRACE, name)
        booked = await others
        until("connections are closed", lambda: open_files(self.server.pid) <= files + 2)
        self.assertLess(resident_bytes(self.server.pid) - memory, 64 << 20)
        self.assertEqual(self.counts(self.server)["appointments"], booked)
        self.assert_sound(self.server)

    async def test_a_dripping_client_is_let_go_too(self) -> None:
        """A byte now and then is not idle, and is no reason to wait for ever."""
        clients = [
            asyncio.create_task(lifetime(self.server, data, name, drip=b"x"))
            for name, data in self.halves().items()
            if name.startswith("half")
        ]
        for name, seconds in await asyncio.gather(*clients):
            with self.subTest(name=name):
                self.assertLess(seconds, 2 * IDLE + GRACE)

    async def book_meanwhile(self, clients: list[asyncio.Task[tuple[str, float]]]) -> int:
        """Whoever behaves is answered at once all the while; returns how many were."""
        booked = 0
        slots = starts(skip=1)
        while not all(client.done() for client in clients):
            began = time.monotonic()
            answer = await self.tenant.book(self.calendar, next(slots))
            self.assertEqual(answer.status, 201)
            self.assertLess(time.monotonic() - began, 2)
            booked += 1
            await asyncio.sleep(0.25)
        return booked


async def lifetime(server: Server, data: bytes, name: str, drip: bytes = b"") -> tuple[str, float]:
    """Sends half a request, perhaps a byte now and then, and returns how long the server bore it."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    began = time.monotonic()
    writer.write(data)
    while time.monotonic() - began < 3 * IDLE:
        try:
            part = await asyncio.wait_for(reader.read(65_536), 5 if drip else 3 * IDLE)
            if not part:
                break
        except TimeoutError:
            writer.write(drip)
        except OSError:
            break
    writer.close()
    return name, time.monotonic() - began


if __name__ == "__main__":
    unittest.main()
