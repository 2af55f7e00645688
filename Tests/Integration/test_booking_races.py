"""Many clients want the same times at once: each time is booked once, and the books are whole."""

from __future__ import annotations

import asyncio
import time
import unittest
from collections import Counter
from itertools import islice

from harness.case import ServerCase
from harness.client import Response
from harness.scale import IS_TRIAL, allow_connections, count
from harness.server import Server
from harness.tenant import Tenant, starts


class BookingRaces(ServerCase):
    async def test_one_slot_is_booked_once(self) -> None:
        clients = 200
        allow_connections(clients)
        server = self.installation.serve()
        tenant = await Tenant.create(server)
        calendar = await tenant.calendar()
        start = next(starts())
        await tenant.client.connect(clients)
        began = time.perf_counter()
        answers = await asyncio.gather(
            *(tenant.book(calendar, start, key=f"race-{index}") for index in range(clients))
        )
        elapsed = time.perf_counter() - began
        await tenant.client.close()
        print(f"\n  {clients} bookings of one slot: {elapsed * 1000:.0f} ms", flush=True)
        self.assertEqual(Counter(answer.status for answer in answers), {201: 1, 409: clients - 1})
        for answer in answers:
            if answer.status == 409:
                self.assert_refused(answer, start)
        self.assert_booked(server, [answer for answer in answers if answer.status == 201], clients)
        if IS_TRIAL:
            self.assertLess(elapsed, 1.0, "200 bookings of one slot take less than a second")

    async def test_distinct_slots_are_all_booked(self) -> None:
        slots, calendars, asked = count(50, 500), 5, 4
        allow_connections(slots * asked)
        server = self.installation.serve()
        tenant = await Tenant.create(server)
        ids = [await tenant.calendar() for _ in range(calendars)]
        wanted = [(id, start) for id in ids for start in islice(starts(), slots // calendars)] * asked
        await tenant.client.connect(len(wanted))
        began = time.perf_counter()
        answers = await asyncio.gather(
            *(tenant.book(id, start, key=f"race-{index}") for index, (id, start) in enumerate(wanted))
        )
        elapsed = time.perf_counter() - began
        await tenant.client.close()
        print(f"\n  {len(wanted)} bookings of {slots} slots: {elapsed * 1000:.0f} ms", flush=True)
        self.assertEqual(Counter(answer.status for answer in answers), {201: slots, 409: slots * (asked - 1)})
        won = Counter(pair for pair, answer in zip(wanted, answers) if answer.status == 201)
        self.assertEqual(won, Counter(set(wanted)), "each slot was won once")
        self.assert_booked(server, [answer for answer in answers if answer.status == 201], len(wanted))

    async def test_seats_are_filled_and_no_more(self) -> None:
        capacity, clients = 7, 60
        server = self.installation.serve()
        tenant = await Tenant.create(server)
        calendar = await tenant.calendar(capacity=capacity)
        start = next(starts())
        await tenant.client.connect(clients)
        answers = await asyncio.gather(*(tenant.book(calendar, start) for _ in range(clients)))
        await tenant.client.close()
        booked = [answer for answer in answers if answer.status == 201]
        self.assertEqual(
            Counter(answer.status for answer in answers), {201: capacity, 409: clients - capacity}
        )
        self.assertEqual(sorted(answer.json["seat"] for answer in booked), list(range(capacity)))
        self.assert_booked(server, booked, clients)

    async def test_one_key_sent_many_times_books_once(self) -> None:
        clients = 50
        server = self.installation.serve()
        tenant = await Tenant.create(server)
        calendar = await tenant.calendar()
        body = {
            "calendar_id": calendar,
            "starts_at": next(starts()),
            "contact": {"name": "Ada", "email": "ada@example.com"},
        }
        await tenant.client.connect(clients)
        answers = await asyncio.gather(
            *(
                tenant.client.post("/api/v1/appointments", body, headers={"Idempotency-Key": "one"})
                for _ in range(clients)
            )
        )
        again = await tenant.client.post("/api/v1/appointments", body, headers={"Idempotency-Key": "one"})
        await tenant.client.close()
        booked = [answer for answer in answers if answer.status == 201]
        self.assertEqual(len([answer for answer in booked if not answer.is_replay]), 1)
        self.assertEqual(len({answer.json["id"] for answer in [*booked, again]}), 1)
        self.assertTrue(again.is_replay)
        for answer in answers:
            if answer.status != 201:
                self.assertEqual((answer.status, answer.code), (409, "idempotency_in_progress"))
        self.assert_booked(server, [again], clients)

    def assert_refused(self, answer: Response, start: str) -> None:
        problem = answer.json
        self.assertEqual(problem["code"], "slot_unavailable")
        self.assertIn(problem["reasons"][0]["code"], ("booked", "held"))
        self.assertEqual(len(problem["alternatives"]), 3)
        self.assertNotIn(start, [slot["start"] for slot in problem["alternatives"]])

    def assert_booked(self, server: Server, booked: list[Response], asked: int) -> None:
        """The database has exactly the appointments that were answered, whole."""
        with server.database.open() as database:
            self.assertEqual(database.broken_rules(), [])
            self.assertEqual(set(database.appointments()), {answer.json["id"] for answer in booked})
            self.assertEqual(database.value("SELECT count(*) FROM time_slots"), len(booked))
            self.assertEqual(database.value("SELECT count(*) FROM contacts"), len(booked))


if __name__ == "__main__":
    unittest.main()
