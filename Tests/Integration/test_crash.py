"""`kill -9` in the middle of bookings: what was answered is there, what was not is found out with its key."""

from __future__ import annotations

import os
import random
import unittest
from itertools import islice

from harness.case import ServerCase
from harness.client import Client
from harness.load import Request, send_all
from harness.scale import count
from harness.server import Server
from harness.tenant import Tenant, starts

WORKERS = 32
CALENDARS = 8


class Crash(ServerCase):
    async def test_every_answered_booking_survives_a_kill(self) -> None:
        rounds, bookings = count(3, 20), count(300, 1_000)
        seed = int(os.environ.get("ALMANAC_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
        chance = random.Random(seed)
        server = self.installation.serve()
        tenant = await Tenant.create(server)
        calendars = [await tenant.calendar() for _ in range(CALENDARS)]
        await tenant.client.close()
        grid = islice(starts(), rounds * bookings // CALENDARS + 1)
        slots = iter([(calendar, start) for start in grid for calendar in calendars])
        done: list[Request] = []
        lost = unseen = 0
        for number in range(rounds):
            context = f"seed {seed}, round {number}"
            requests = [
                Request.of(f"round-{number}-{index}", *slot)
                for index, slot in enumerate(islice(slots, bookings))
            ]
            await self.book_until_killed(
                server, tenant.key, requests, chance.randrange(1, bookings - WORKERS)
            )
            done += requests
            self.assert_answers_kept(server, done, context)
            # The same processes again on the same file: a killed one leaves no lock.
            server = self.installation.serve()
            unanswered = [request for request in requests if request.answer is None]
            lost += len([request for request in unanswered if request.was_sent])
            unseen += await self.find_out(server, tenant.key, unanswered, context)
            await self.ask_again(server, tenant.key, requests[:20], context)
            self.assert_all_booked_once(server, done, context)
        print(
            f"\n  {rounds} kills: {lost} answers lost, {unseen} of them had been booked (seed {seed})",
            flush=True,
        )

    async def book_until_killed(
        self, server: Server, token: str, requests: list[Request], answers: int
    ) -> None:
        def kill(answered: int) -> None:
            if answered == answers:
                server.process.kill()

        await send_all(requests, Client(server.host, server.port, token), WORKERS, kill)
        server.kill()
        statuses = {request.answer.status for request in requests if request.answer is not None}
        self.assertEqual(statuses, {201})

    def assert_answers_kept(self, server: Server, requests: list[Request], context: str) -> None:
        """The files that the dead process left hold every answered booking, and nothing half-way."""
        with server.database.left_behind() as database:
            self.assertEqual(database.broken_rules(), [], context)
            kept = database.appointments()
        for request in requests:
            if request.booked is not None:
                self.assertEqual(kept.get(request.booked), (request.calendar, request.start), context)

    async def find_out(self, server: Server, token: str, requests: list[Request], context: str) -> int:
        """Asks with the same keys: each gets the one true result; returns how many had been booked before."""
        with server.database.open() as database:
            before = {slot: id for id, slot in database.appointments().items()}
        await send_all(requests, Client(server.host, server.port, token), WORKERS)
        for request in requests:
            assert request.answer is not None, context
            self.assertEqual(request.answer.status, 201, f"{context}: {request.answer}")
            known = before.get((request.calendar, request.start))
            self.assertEqual(request.answer.is_replay, known is not None, context)
            if known is not None:
                self.assertEqual(request.booked, known, context)
        return len([request for request in requests if (request.calendar, request.start) in before])

    async def ask_again(self, server: Server, token: str, requests: list[Request], context: str) -> None:
        """What was answered before the kill is answered the same after it."""
        client = Client(server.host, server.port, token)
        for request in requests:
            again = await request.send(client)
            self.assertEqual((again.status, again.is_replay), (201, True), context)
            self.assertEqual(again.json["id"], request.booked, context)
        await client.close()

    def assert_all_booked_once(self, server: Server, requests: list[Request], context: str) -> None:
        with server.database.open() as database:
            self.assertEqual(database.broken_rules(), [], context)
            kept = database.appointments()
        self.assertEqual(
            kept, {request.booked: (request.calendar, request.start) for request in requests}, context
        )


if __name__ == "__main__":
    unittest.main()
