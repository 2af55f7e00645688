"""SIGTERM: running requests end, what was answered is kept, and the process leaves with 0 in time."""

from __future__ import annotations

import asyncio
import time
import unittest
from collections import Counter
from itertools import islice

from harness.case import ServerCase
from harness.client import Client, ConnectionLost
from harness.load import Request, send_all
from harness.scale import count
from harness.tenant import Tenant, starts

SECONDS = 10


class Restart(ServerCase):
    async def test_an_idle_server_leaves_at_once(self) -> None:
        server = self.installation.serve()
        began = time.monotonic()
        self.assertEqual(server.stop(SECONDS), 0)
        self.assertLess(time.monotonic() - began, 3)

    async def test_open_connections_do_not_delay_the_end(self) -> None:
        server = self.installation.serve()
        tenant = await Tenant.create(server)
        await tenant.client.connect(20)
        self.assertEqual((await tenant.client.get("/api/v1/calendars")).status, 200)
        self.assertEqual(await asyncio.to_thread(server.stop, SECONDS), 0)
        await tenant.client.close()

    async def test_a_drained_server_has_kept_every_answer(self) -> None:
        rounds, bookings, workers = count(2, 10), count(400, 2_000), 24
        server = self.installation.serve()
        tenant = await Tenant.create(server)
        calendars = [await tenant.calendar() for _ in range(4)]
        await tenant.client.close()
        slots = iter([(id, start) for start in islice(starts(), rounds * bookings // 4) for id in calendars])
        done: list[Request] = []
        seen: Counter[str] = Counter()
        cut_off = 0
        for number in range(rounds):
            requests = [
                Request.of(f"round-{number}-{index}", *slot)
                for index, slot in enumerate(islice(slots, bookings))
            ]

            def interrupt(answered: int) -> None:
                if answered == bookings // 3:
                    server.interrupt()

            watcher = asyncio.create_task(self.watch(server.host, server.port))
            client = Client(server.host, server.port, tenant.key)
            await send_all(requests, client, workers, interrupt)
            code = await asyncio.to_thread(server.wait, SECONDS)
            self.assertEqual(code, 0, server.log[-5:])
            seen += await watcher
            for request in requests:
                if request.answer is not None and request.answer.status != 201:
                    self.assertEqual((request.answer.status, request.answer.code), (503, "draining"))
                    self.assertGreaterEqual(int(request.answer.headers["retry-after"]), 1)
            kept_before = {request.booked for request in requests if request.booked is not None}
            server = self.installation.serve()
            with server.database.open() as database:
                self.assertLessEqual(kept_before, set(database.appointments()))
            cut_off += await self.finish(server.host, server.port, tenant.key, requests)
            done += requests
            with server.database.open() as database:
                self.assertEqual(database.broken_rules(), [])
                self.assertEqual(set(database.appointments()), {request.booked for request in done})
        print(f"\n  {rounds} restarts under load; readiness seen: {dict(seen)}", flush=True)
        self.assertEqual(cut_off, 0, "bookings were made during the drain and their answers not sent")

    async def watch(self, host: str, port: int) -> Counter[str]:
        """Asks for readiness on new connections until nothing listens: 200, then 503 or a closed door."""
        seen: list[str] = []
        while not seen or seen[-1] != "closed":
            probe = Client(host, port)
            try:
                status = str((await probe.get("/health/ready")).status)
            except ConnectionLost:
                status = "closed"
            await probe.close()
            await asyncio.sleep(0.005)
            if not seen or seen[-1] != status:
                seen.append(status)
        self.assertIn(seen, (["200", "closed"], ["200", "503", "closed"], ["503", "closed"], ["closed"]))
        return Counter(seen)

    async def finish(self, host: str, port: int, token: str, requests: list[Request]) -> int:
        """After the restart the unanswered are booked with the same keys; returns how many had been."""
        open_requests = [request for request in requests if request.booked is None]
        await send_all(open_requests, Client(host, port, token), 8)
        for request in open_requests:
            self.assertIsNotNone(request.booked, request)
        return len([request for request in open_requests if request.answer and request.answer.is_replay])


if __name__ == "__main__":
    unittest.main()
