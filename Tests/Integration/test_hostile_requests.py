"""Whatever is sent: a 4xx or a closed connection, nothing written, and the server lives on."""

from __future__ import annotations

import itertools
import unittest

from harness.case import ServerCase
from harness.hostile import framing, large_bodies, refused
from harness.process import open_files, resident_bytes
from harness.raw import Outcome, exchange
from harness.scale import count
from harness.store import on_one_store
from harness.tenant import Tenant, starts
from harness.waiting import until

MEGABYTE = 1 << 20


@on_one_store
class HostileRequests(ServerCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.server = self.installation.serve()
        self.tenant = await Tenant.create(self.server)
        self.addAsyncCleanup(self.tenant.client.close)
        self.calendar = await self.tenant.calendar()
        self.start = next(starts())
        self.before = self.counts(self.server)

    def assert_refused(self, outcome: Outcome, name: str) -> None:
        self.assertTrue(outcome.answers or outcome.closed, f"{name}: neither answered nor closed")
        for answer in outcome.answers:
            self.assertTrue(400 <= answer.status < 500, f"{name}: {answer}")

    async def assert_unharmed(self) -> None:
        """Nothing was written, and the slot that was asked for all the time is still free."""
        self.assertTrue(self.server.is_running)
        self.assertEqual(self.counts(self.server), self.before)
        booked = await self.tenant.book(self.calendar, self.start)
        self.assertEqual(booked.status, 201, booked)
        self.assert_sound(self.server)

    async def test_each_is_refused_and_nothing_is_written(self) -> None:
        for name, data in refused(self.tenant.key, self.calendar, self.start).items():
            with self.subTest(name=name):
                self.assert_refused(exchange(self.server.port, data, half_close=True), name)
                self.assertEqual(self.counts(self.server), self.before, name)
        await self.assert_unharmed()

    async def test_refusals_of_our_own_are_problems(self) -> None:
        for name, data in refused(self.tenant.key, self.calendar, self.start).items():
            for answer in exchange(self.server.port, data, half_close=True).answers:
                if answer.body:
                    with self.subTest(name=name):
                        self.assertEqual(answer.headers.get("content-type"), "application/problem+json")
                        self.assertEqual(answer.json["status"], answer.status)

    async def test_nothing_follows_a_broken_frame(self) -> None:
        """What comes after a body of unclear end is never taken for a request (smuggling)."""
        follower = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"
        for name, data in framing(self.tenant.key, self.calendar, self.start).items():
            with self.subTest(name=name):
                outcome = exchange(self.server.port, data + follower, answers=2, half_close=True)
                self.assertNotIn(200, outcome.statuses, name)
        await self.assert_unharmed()

    async def test_a_body_of_ten_megabytes_is_too_large(self) -> None:
        for name, data in large_bodies(self.tenant.key).items():
            with self.subTest(name=name):
                outcome = exchange(self.server.port, data)
                self.assertEqual(outcome.statuses, [413], name)
                self.assertEqual(outcome.answers[0].code, "body_too_large")
        await self.assert_unharmed()

    async def test_a_large_body_that_asks_first_is_not_sent(self) -> None:
        head, _, _ = large_bodies(self.tenant.key)["length"].partition(b"\r\n\r\n")
        outcome = exchange(self.server.port, head + b"\r\nExpect: 100-continue\r\n\r\n")
        self.assertEqual(outcome.statuses, [413])
        await self.assert_unharmed()

    async def test_a_body_that_never_comes_whole_books_nothing(self) -> None:
        booking = framing(self.tenant.key, self.calendar, self.start)["two lengths"]
        whole = booking.replace(b"Content-Length: 3\r\n", b"")
        for cut in (1, 20, 200):
            outcome = exchange(self.server.port, whole[:-cut], half_close=True)
            self.assert_refused(outcome, f"cut by {cut}")
        await self.assert_unharmed()

    async def test_memory_stays_flat(self) -> None:
        rounds = count(400, 2_000)
        requests = refused(self.tenant.key, self.calendar, self.start)
        large = {f"large, {name}": data for name, data in large_bodies(self.tenant.key).items()}
        for name, data in {**requests, **large}.items():
            exchange(self.server.port, data, half_close=True)
        files, memory = open_files(self.server.pid), resident_bytes(self.server.pid)
        for name, data in itertools.islice(itertools.cycle(requests.items()), rounds):
            self.assert_refused(exchange(self.server.port, data, half_close=True), name)
        for _ in range(rounds // 40):
            for name, data in large.items():
                self.assert_refused(exchange(self.server.port, data), name)
        growth = (resident_bytes(self.server.pid) - memory) / MEGABYTE
        print(
            f"\n  {rounds} hostile requests: memory {memory / MEGABYTE:.0f} MB {growth:+.1f} MB", flush=True
        )
        self.assertLess(growth, 24)
        until("connections are closed", lambda: open_files(self.server.pid) <= files + 2)
        await self.assert_unharmed()


if __name__ == "__main__":
    unittest.main()
