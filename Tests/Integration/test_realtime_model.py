"""Random bookings, cancellations, holds and changes of hours under subscribers that come and go: at the end each knows
what availability answers, and came there by the feed's rules alone."""

from __future__ import annotations

import asyncio
import os
import random
import unittest
from collections import Counter
from itertools import islice
from typing import Any

from harness.client import Client, Response
from harness.feed import FeedSocket, Window
from harness.feed_case import FeedCase
from harness.scale import count
from harness.tenant import ALWAYS, DAYS, booking, starts

WORKERS = 4


class Subscriber:
    """Watches a window, and is away now and then."""

    def __init__(self, case: FeedCase, window: Window, chance: random.Random) -> None:
        self.case, self.window, self.chance = case, window, chance
        self.socket: FeedSocket | None = None
        self.absences = 0

    async def come(self, waits: bool = True) -> None:
        self.socket = await FeedSocket.open(self.case.server, self.case.tenant.key)
        await self.socket.subscribe(self.window, waits=waits)

    async def run(self, stop: asyncio.Event) -> None:
        assert self.socket is not None
        while not stop.is_set():
            # Sometimes in the middle of being told what was missed.
            heard = len(self.window.messages) + self.chance.choice([1, 2, 3, self.chance.randrange(4, 40)])
            try:
                await self.socket.until("more", lambda: len(self.window.messages) >= heard, seconds=0.5)
            except AssertionError:
                continue
            if self.window.seq == self.window.messages[0]["seq"]:
                # Numbers are good for a resume from the first that was told after the snapshot.
                continue
            # With a farewell or without; what is under way is lost either way.
            await (self.socket.close() if self.chance.random() < 0.5 else self.socket.vanish())
            self.absences += 1
            for _ in range(self.chance.randrange(0, 3)):
                await self.case.tenant.client.get("/health/live")
            await self.come(waits=False)

    async def leave(self) -> None:
        if self.socket is not None:
            await self.socket.close()


class Worker:
    """Does something to a calendar, again and again."""

    def __init__(
        self, client: Client, calendar: str, slots: list[str], durations: list[int], chance: random.Random
    ) -> None:
        self.client, self.calendar, self.slots, self.durations = client, calendar, slots, durations
        self.chance = chance
        self.booked: list[str] = []
        self.held: list[tuple[str, int, str]] = []
        self.done: Counter[str] = Counter()

    async def run(self, operations: int) -> None:
        for _ in range(operations):
            act = self.chance.choices(
                [self.book, self.cancel, self.hold, self.release, self.book_held], [6, 4, 3, 2, 1]
            )[0]
            answer = await act()
            if answer is not None:
                assert answer.status in (200, 201, 204, 409), answer
                self.done[f"{act.__name__} {answer.status}"] += 1

    def _time(self) -> tuple[str, int]:
        return self.chance.choice(self.slots), self.chance.choice(self.durations)

    async def book(self) -> Response:
        start, duration = self._time()
        return await self._book(booking(self.calendar, start, duration_minutes=duration))

    async def _book(self, body: dict[str, Any]) -> Response:
        answer = await self.client.post("/api/v1/appointments", body)
        if answer.status == 201:
            self.booked.append(answer.json["id"])
        return answer

    async def cancel(self) -> Response | None:
        if not self.booked:
            return None
        id = self.booked.pop(self.chance.randrange(len(self.booked)))
        return await self.client.post(f"/api/v1/appointments/{id}/cancel", {"cancelled_by": "customer"})

    async def hold(self) -> Response:
        start, duration = self._time()
        answer = await self.client.post(
            f"/api/v1/calendars/{self.calendar}/holds", {"starts_at": start, "duration_minutes": duration}
        )
        if answer.status == 201:
            self.held.append((start, duration, answer.json["hold_token"]))
        return answer

    async def release(self) -> Response | None:
        if not self.held:
            return None
        _, _, token = self.held.pop(self.chance.randrange(len(self.held)))
        return await self.client.send("DELETE", f"/api/v1/calendars/{self.calendar}/holds/{token}")

    async def book_held(self) -> Response | None:
        if not self.held:
            return None
        start, duration, token = self.held.pop()
        return await self._book(booking(self.calendar, start, duration_minutes=duration, hold_token=token))


class Model(FeedCase):
    async def test_every_model_is_what_availability_answers(self) -> None:
        seed = int(os.environ.get("ALMANAC_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
        for number in range(count(2, 20)):
            with self.subTest(seed=seed + number):
                await self.run_once(seed + number)

    async def run_once(self, seed: int) -> None:
        chance = random.Random(seed)
        self.calendar = await self.tenant.calendar(
            slot_duration_minutes=15,
            allowed_durations_minutes=[15, 30, 60],
            capacity=chance.choice([1, 2, 3]),
            max_bookings_per_day=chance.choice([None, None, 40]),
            hold_minutes=60,
        )
        windows = [
            self.window(0, 1),
            self.window(0),
            self.window(1, 2, timezone="Australia/Lord_Howe"),
            self.window(0, 1, duration_minutes=60),
            Window(self.calendar, self.at("08:10"), self.at("17:40", 1), {"duration_minutes": 30}),
        ]
        subscribers = [Subscriber(self, window, random.Random(chance.random())) for window in windows]
        for subscriber in subscribers:
            await subscriber.come()
        stop = asyncio.Event()
        watching = [asyncio.create_task(subscriber.run(stop)) for subscriber in subscribers]
        client = Client(self.server.host, self.server.port, self.tenant.key)
        slots = list(islice(starts(15), 3 * 96))
        workers = [
            Worker(client, self.calendar, slots, [15, 30, 60], random.Random(chance.random()))
            for _ in range(WORKERS)
        ]
        try:
            await asyncio.gather(
                *(worker.run(count(80, 300)) for worker in workers), self.change_hours(client, chance)
            )
            stop.set()
            await asyncio.gather(*watching)
            await self.assert_told(subscribers, seed)
        finally:
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
            for subscriber in subscribers:
                await subscriber.leave()
            await client.close()
        done = sum((worker.done for worker in workers), Counter())
        absences = sum(subscriber.absences for subscriber in subscribers)
        print(f"\n  seed {seed}: {absences} absences; {dict(done)}", flush=True)
        self.assertGreater(done["book 201"] + done["book_held 201"], 20)
        self.assertGreater(absences, 5)

    async def change_hours(self, client: Client, chance: random.Random) -> None:
        """A few times in between, and all open at the end."""
        week = [
            {"day_of_week": day, "start": f"{chance.randrange(0, 8):02}:00", "end": "18:30"} for day in DAYS
        ]
        for hours in (week, week[:4], ALWAYS):
            for _ in range(chance.randrange(10, 60)):
                await client.get("/health/live")
            path = f"/api/v1/calendars/{self.calendar}/business-hours"
            answer = await client.send("PUT", path, {"business_hours": hours})
            self.assertEqual(answer.status, 200)

    async def assert_told(self, subscribers: list[Subscriber], seed: int) -> None:
        """Everything has been told: to those who were there, and to those who came back."""
        for subscriber in subscribers:
            assert subscriber.socket is not None
            await subscriber.socket.settle()
        context = f"seed {seed}"
        for subscriber in subscribers:
            window = subscriber.window
            self.assertEqual(window.faults, [], context)
            self.assertEqual(window.resynchronized, 0, f"{context}: so few changes are all kept")
        await self.assert_up_to_date(*(subscriber.window for subscriber in subscribers))
        # The first window is two whole days in UTC: each appointment there was told to it.
        window = subscribers[0].window
        answer = await self.appointments(window.first, window.last)
        expected = {("booked", one["id"]) for one in answer} | {
            ("cancelled", one["id"]) for one in answer if one["status"] == "cancelled"
        }
        told = {happening for happening in window.happenings if happening in expected}
        self.assertEqual(told, expected, context)

    async def appointments(self, first: str, last: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            path = (
                f"/api/v1/appointments?calendar_id={self.calendar}&from={first}&to={last}&limit=200{cursor}"
            )
            answer = await self.tenant.client.get(path)
            self.assertEqual(answer.status, 200, answer.body)
            found += answer.json["data"]
            if answer.json["next_cursor"] is None:
                return found
            cursor = f"&cursor={answer.json['next_cursor']}"


if __name__ == "__main__":
    unittest.main()
