"""Rules that change while times are booked."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import time
import unittest
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from harness.case import ServerCase
from harness.client import Client, Response
from harness.database import text
from harness.feed import FeedSocket, Window
from harness.model.recurrence import minutes_of
from harness.model.saved import Saved
from harness.model.slots import Taken, overlaps
from harness.model.zones import minute_at, minute_of, written
from harness.scale import count
from harness.server import Server
from harness.tenant import ALWAYS, Tenant, booking
from harness.today import today

BOOKERS, CHANGERS = 6, 3


@dataclass
class Booking:
    span: tuple[int, int]
    sent: float
    answered: float
    answer: Response


@dataclass
class Break:
    span: tuple[int, int]
    id: str
    # From its answer until its end is asked for it is surely in force.
    since: float
    until: float = 0


class OpeningRulesRaces(ServerCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.seed = int(os.environ.get("ALMANAC_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
        self.chance = random.Random(self.seed)
        self.day = today() + timedelta(days=3)

    async def test_each_booking_keeps_the_rules_that_were_in_force(self) -> None:
        server = self.installation.serve()
        tenant = await Tenant.create(server)
        self.addAsyncCleanup(tenant.client.close)
        for number in range(count(2, 15)):
            with self.subTest(seed=self.seed, round=number):
                await self.race(server, tenant)

    async def race(self, server: Server, tenant: Tenant) -> None:
        settings = {
            "timezone": "UTC",
            "slot_duration_minutes": 15,
            "business_hours": ALWAYS,
            "capacity": 3,
            "horizon_days": 60,
        }
        saved = await Saved.create(tenant, settings, self.day, self.day + timedelta(days=1))
        socket = await FeedSocket.open(server, tenant.key)
        self.addAsyncCleanup(socket.close)
        window = Window(saved.id, str(saved.first), str(saved.last))
        await socket.subscribe(window)
        breaks: list[Break] = []
        ended = asyncio.Event()
        changers = [asyncio.create_task(self.change(tenant.client, saved, breaks, ended)) for _ in range(CHANGERS)]
        bookers = [self.book(tenant.client, saved) for _ in range(BOOKERS)]
        bookings = [one for booked in await asyncio.gather(*bookers) for one in booked]
        answers = [one.answer for one in bookings]
        ended.set()
        await asyncio.gather(*changers)
        self.assertEqual({answer.status for answer in answers}, {201, 409})
        refused = {answer.json["reasons"][0]["code"] for answer in answers if answer.status == 409}
        self.assertEqual(refused, {"break", "full"})
        made = [answer.json for answer in answers if answer.status == 201]
        saved.taken = [
            Taken((minute_of(one["starts_at"]), minute_of(one["ends_at"])), one["seat"], "booked", one["id"])
            for one in made
        ]
        saved.changed()
        self.assertEqual(await saved.difference("UTC"), "", f"seed {self.seed}")
        await socket.settle()
        self.assertEqual((window.faults, window.slots), ([], await saved.offered("UTC")), f"seed {self.seed}")
        self.assert_kept(bookings, breaks)
        self.assert_told(server, saved, [one.id for one in breaks], len(made))
        self.assert_sound(server)

    async def book(self, client: Client, saved: Saved) -> list[Booking]:
        chance, bookings = random.Random(self.chance.random()), []
        begin = minute_at("UTC", self.day)
        for _ in range(count(60, 150)):
            start, sent = begin + 15 * chance.randrange(96), time.monotonic()
            answer = await client.post("/api/v1/appointments", booking(saved.id, written(start)))
            bookings.append(Booking((start, start + 15), sent, time.monotonic(), answer))
        return bookings

    async def change(self, client: Client, saved: Saved, breaks: list[Break], ended: asyncio.Event) -> None:
        """Breaks come and go; what they close, and when, is remembered."""
        chance = random.Random(self.chance.random())
        path = f"{saved.path}/break-times"
        for number in itertools.count():
            if ended.is_set() and number >= 5:
                return
            start = 15 * chance.randrange(60)
            wall = [f"{minute // 60:02}:{minute % 60:02}" for minute in (start, start + 15 * chance.randint(1, 32))]
            body = {"kind": "one_time", "date": str(self.day), "start": wall[0], "end": wall[1]}
            made = await client.post(path, body)
            self.assertEqual(made.status, 201, made.body)
            begin = minute_at("UTC", self.day)
            one = Break((begin + start, begin + minutes_of(wall[1])), made.json["id"], time.monotonic())
            for _ in range(chance.choice([0, 3, 40, 80])):
                await client.get("/health/live")
            one.until = time.monotonic()
            breaks.append(one)
            gone = await client.send("DELETE", f"{path}/{made.json['id']}")
            self.assertEqual(gone.status, 204, gone.body)

    def assert_kept(self, bookings: list[Booking], breaks: list[Break]) -> None:
        """What was asked for while a break was surely in force keeps it; what crossed its change may be either."""
        judged = 0
        for one in bookings:
            closed = [
                each.id
                for each in breaks
                if overlaps(one.span, each.span) and each.since < one.sent and one.answered < each.until
            ]
            judged += bool(closed)
            if closed:
                self.assertEqual(one.answer.status, 409, f"seed {self.seed}: {one} lies in {closed}")
        self.assertGreater(judged, 5, "hardly a booking was asked for while a break was in force")

    def assert_told(self, server: Server, saved: Saved, breaks: list[str], booked: int) -> None:
        """Each booking has its event, and each break two."""
        told: Counter[str] = Counter()
        for kind, payload in events(server, saved.id):
            told[payload["source_id"] if kind == "availability.changed" else kind] += 1
        self.assertEqual({id: told[id] for id in breaks}, dict.fromkeys(breaks, 2))
        self.assertEqual(told["appointment.booked"], booked)


def events(server: Server, calendar: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A calendar's, in order."""
    with server.database.open() as database:
        rows = database.rows("SELECT calendar_id, type, payload FROM events ORDER BY seq")
    for id, kind, payload in rows:
        if id is not None and text(id) == calendar:
            yield kind, payload if isinstance(payload, dict) else json.loads(payload)


if __name__ == "__main__":
    unittest.main()
