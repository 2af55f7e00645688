"""The live feed under readers that do not read, sockets that come and go, and an hour's traffic in a minute: memory and
sockets stay bounded, and whoever reads at last knows the truth."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
import unittest
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Integration"))

from harness.client import Client
from harness.feed import PATH, FeedSocket, Window
from harness.feed_case import FeedCase
from harness.process import metrics, open_files, resident_bytes
from harness.scale import allow_connections, count
from harness.tenant import ALWAYS, booking, starts
from harness.waiting import until_async
from harness.websocket import CLOSE, TEXT, Frame, FrameSocket

MEGABYTE = 1 << 20


class FeedLoad(FeedCase):
    minutes = 5

    async def asyncSetUp(self) -> None:
        allow_connections(4_000)
        await super().asyncSetUp()
        self.slots = list(islice(starts(5), 7 * 288))

    async def churn(self, seconds: float, workers: int = 8, toggles: int = 0) -> int:
        """Bookings and cancellations, and now and then other hours, which change every slot; returns how many."""
        client = Client(self.server.host, self.server.port, self.tenant.key)
        deadline = time.monotonic() + seconds
        done = 0

        async def work(number: int) -> None:
            nonlocal done
            mine = self.slots[number::workers]
            while time.monotonic() < deadline:
                start = random.choice(mine)
                answer = await client.post("/api/v1/appointments", booking(self.calendar, start))
                self.assertIn(answer.status, (201, 409))
                if answer.status == 201:
                    path = f"/api/v1/appointments/{answer.json['id']}/cancel"
                    answer = await client.post(path, {"cancelled_by": "customer"})
                    self.assertEqual(answer.status, 200)
                    done += 2

        async def toggle() -> None:
            nonlocal done
            path = f"/api/v1/calendars/{self.calendar}/business-hours"
            for number in range(2 * toggles):
                hours = (
                    ALWAYS if number % 2 else [{"day_of_week": "monday", "start": "00:00", "end": "00:05"}]
                )
                answer = await client.send("PUT", path, {"business_hours": hours})
                self.assertEqual(answer.status, 200)
                done += 1

        await asyncio.gather(*(work(number) for number in range(workers)), toggle())
        await client.close()
        return done

    @asynccontextmanager
    async def deaf(self, number: int) -> AsyncIterator[list[FrameSocket]]:
        """Sockets that subscribe to a week and then read nothing."""
        sockets = [
            FrameSocket(self.server.port, PATH, self.tenant.key, receive_buffer=4_096) for _ in range(number)
        ]
        try:
            subscribe = {
                "op": "subscribe",
                "id": "1",
                "calendar_id": self.calendar,
                **self.window(0, 6).query(),
            }
            for socket in sockets:
                socket.send(Frame(TEXT, json.dumps(subscribe).encode()))
            yield sockets
        finally:
            for socket in sockets:
                socket.abandon()

    async def test_readers_that_never_read_cost_little_and_hold_nobody_up(self) -> None:
        readers = 20
        good, watcher = self.window(0, 6), await self.socket()
        await watcher.subscribe(good)
        before = resident_bytes(self.server.pid)
        async with self.deaf(readers) as sockets:
            changes = await self.churn(seconds=count(10, 40), toggles=count(40, 150))
            await watcher.settle()
            grown = resident_bytes(self.server.pid) - before
            print(
                f"\n  {changes} changes, {readers} deaf readers: {grown / MEGABYTE:.1f} MB more", flush=True
            )
            self.assertLess(grown, 96 * MEGABYTE)
            await self.assert_up_to_date(good)
            ended = resynchronized = 0
            for socket in sockets:
                # Whoever was not let go reads at last: it comes to know the truth, by the rules.
                window = self.window(0, 6)
                if await asyncio.to_thread(self.catches_up, socket, window, good):
                    resynchronized += window.resynchronized > 0
                else:
                    ended += 1
                self.assert_sound_windows(window)
            print(f"  {ended} were let go, {resynchronized} were told anew", flush=True)
            self.assertGreater(ended + resynchronized, readers // 2, "so much cannot have been kept for all")
        self.assert_sound(self.server)

    @staticmethod
    def catches_up(socket: FrameSocket, window: Window, good: Window) -> bool:
        """Reads until it knows as much as the other; not so if the server has closed the connection."""
        while window.slots != good.slots or (window.told or 0) < (good.told or 0):
            frame = socket.read(seconds=20)
            if frame is None or frame.opcode == CLOSE:
                return False
            if frame.opcode == TEXT:
                window.receive(json.loads(frame.payload))
        return True

    async def test_readers_that_stall_are_let_go(self) -> None:
        files = open_files(self.server.pid)
        async with self.deaf(20):
            await self.churn(seconds=5, toggles=60)

            async def are_gone() -> bool:
                return open_files(self.server.pid) <= files + 4

            await until_async("stalled readers are let go", are_gone, seconds=120)

    async def test_sockets_come_and_go_without_a_trace(self) -> None:
        sockets, rounds = 200, count(3, 10)
        client = Client(self.server.host, self.server.port)
        self.addAsyncCleanup(client.close)
        calendars = [await self.tenant.calendar() for _ in range(10)]

        async def visit(number: int) -> None:
            socket = await FeedSocket.open(self.server, self.tenant.key)
            calendar = calendars[number % len(calendars)]
            window = Window(calendar, str(self.day()), str(self.day(number % 3)))
            await socket.subscribe(window)
            self.assertEqual(len(window.of("snapshot")), 1)
            if number % 4 == 0:
                await socket.send(op="unsubscribe", id="1")
            await (socket.vanish() if number % 2 else socket.close())

        sizes: list[int] = []
        await asyncio.gather(*(visit(number) for number in range(sockets)))
        files = open_files(self.server.pid)
        active = (await metrics(client))["almanac_active_calendars"]
        for _ in range(rounds):
            await asyncio.gather(*(visit(number) for number in range(sockets)))
            sizes.append(resident_bytes(self.server.pid))

        async def are_gone() -> bool:
            return open_files(self.server.pid) <= files + 2

        await until_async("the sockets are closed", are_gone)
        self.assertEqual((await metrics(client))["almanac_active_calendars"], active)
        print(f"\n  RSS after each round, MB: {[size // MEGABYTE for size in sizes]}", flush=True)
        self.assertLess(sizes[-1] - sizes[0], 24 * MEGABYTE)
        # Nobody watches any more: the calendars can leave memory, and can be deleted at once.
        for calendar in calendars:
            answer = await self.tenant.client.send("DELETE", f"/api/v1/calendars/{calendar}?appointments=keep")
            self.assertEqual(answer.status, 204)

    async def test_a_minute_of_everything(self) -> None:
        subscribers, seconds = count(40, 200), count(15, 60)
        windows = [self.window(number % 5, number % 5 + number % 3) for number in range(subscribers)]
        sockets = [await self.socket() for _ in windows]
        await asyncio.gather(*(socket.subscribe(window) for socket, window in zip(sockets, windows)))
        await self.churn(seconds / 3)
        middle = resident_bytes(self.server.pid)
        changes = await self.churn(seconds * 2 / 3)
        for socket in sockets:
            await socket.settle(30)
        grown = resident_bytes(self.server.pid) - middle
        print(
            f"\n  {changes} changes, {subscribers} subscribers, {sum(len(w.messages) for w in windows)} messages;"
            f" {grown / MEGABYTE:.1f} MB more at the end than after a third",
            flush=True,
        )
        self.assertLess(grown, 64 * MEGABYTE)
        await self.assert_up_to_date(*windows)
        self.assert_sound(self.server)


if __name__ == "__main__":
    unittest.main()
