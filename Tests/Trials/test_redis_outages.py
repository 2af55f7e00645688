"""Redis goes away under load: bookings and availability go on, for nothing lives in Redis alone."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
import unittest
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Integration"))

from harness.client import Client
from harness.cluster import Cluster
from harness.load import Request
from harness.postgres_store import PostgresStore
from harness.process import metrics
from harness.redis import Redis
from harness.scale import count
from harness.server import Installation, knows
from harness.steadfast import Steadfast, ask_again, misbooked
from harness.tenant import Tenant, starts
from harness.today import begin, today

WORKERS = 32
CALENDARS = 16


@unittest.skipUnless(knows("redis.url"), "this program knows no redis.url")
class RedisOutages(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        begin()
        self.seed = int(os.environ.get("ALMANAC_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
        self.cluster = Cluster()
        self.addCleanup(self.cluster.close)
        self.redis = Redis()
        self.addCleanup(self.redis.close)
        self.store = PostgresStore(self.cluster.url)
        self.installation = Installation(self.store)
        self.addCleanup(self.installation.close)

    async def asyncSetUp(self) -> None:
        asyncio.get_running_loop().set_debug(False)

    def requests(self, calendars: list[str]) -> Iterator[Request]:
        for number, start in enumerate(starts()):
            for calendar in calendars:
                yield Request.of(f"key-{number}-{calendar}", calendar, start)

    async def test_a_killed_redis_disturbs_no_booking(self) -> None:
        kills = count(2, 10)
        chance = random.Random(self.seed)
        server = self.installation.serve({"ALMANAC_REDIS_URL": self.redis.url})
        tenant = await Tenant.create(server)
        calendars = [await tenant.calendar() for _ in range(CALENDARS)]
        await tenant.client.connect(WORKERS)
        load = Steadfast(lambda request, attempt: tenant.client, self.requests(calendars))
        running = asyncio.create_task(load.run(WORKERS))
        reader = asyncio.create_task(self.read(tenant, calendars))
        away: list[tuple[float, float]] = []
        for _ in range(kills):
            await asyncio.sleep(0.3 + chance.random())
            begun = time.monotonic()
            await asyncio.to_thread(self.redis.kill)
            await asyncio.sleep(0.2 + chance.random() * 2)
            await asyncio.to_thread(self.redis.start)
            away.append((begun, time.monotonic()))
        await asyncio.sleep(1)
        load.stop()
        tally = await running
        reader.cancel()
        read = await asyncio.gather(reader, return_exceptions=True)
        self.assertIsInstance(read[0], asyncio.CancelledError, read)
        outside, during = self.latencies(tally.booked, away)
        print(
            f"\n  {kills} kills of Redis: {len(tally.done)} booked, answers {dict(tally.answers)}; p99 with Redis"
            f" {percentile(outside):.0f} ms, without it {percentile(during):.0f} ms (seed {self.seed})",
            flush=True,
        )
        self.assertEqual(tally.faults[:5], [])
        self.assertEqual(set(tally.answers), {"201"}, "bookings go on")
        self.assertEqual((await ask_again(tally, tenant.client))[:5], [])
        with self.store.open() as database:
            self.assertEqual(misbooked(tally, database)[:5], [])
        await self.check_availability(tenant, calendars)
        await tenant.client.close()

    async def read(self, tenant: Tenant, calendars: list[str]) -> None:
        """Availability all the while: each answer is whole."""
        client = Client(tenant.client.host, tenant.client.port, tenant.key)
        day = today() + timedelta(days=2)
        try:
            while True:
                for calendar in calendars:
                    answer = await client.get(f"/api/v1/calendars/{calendar}/availability?from={day}&to={day}")
                    assert answer.status == 200, answer
                    await asyncio.sleep(0.02)
        finally:
            await client.close()

    async def check_availability(self, tenant: Tenant, calendars: list[str]) -> None:
        """What is offered at the end is what is not booked."""
        day = today() + timedelta(days=2)
        with self.store.open() as database:
            booked = {slot for slot in database.appointments().values()}
        for calendar in calendars:
            answer = await tenant.client.get(f"/api/v1/calendars/{calendar}/availability?from={day}&to={day}")
            offered = {(calendar, slot["start"]) for slot in answer.json["slots"]}
            self.assertEqual(offered & booked, set())
            all_slots = 24 * 60 // 5
            taken = len([1 for one, start in booked if one == calendar and start.startswith(str(day))])
            self.assertEqual(len(offered), all_slots - taken)

    async def test_a_server_starts_without_its_redis(self) -> None:
        """Redis is a help, not a condition: readiness and bookings do not wait for it."""
        self.redis.kill()
        server = await asyncio.to_thread(self.installation.serve, {"ALMANAC_REDIS_URL": self.redis.url})
        tenant = await Tenant.create(server)
        calendar = await tenant.calendar()
        self.assertEqual((await tenant.book(calendar, next(starts()))).status, 201)
        self.assertEqual(await tenant.is_ready(), 200)
        await metrics(tenant.client)
        await tenant.client.close()

    def latencies(
        self, booked: list[tuple[float, float]], away: list[tuple[float, float]]
    ) -> tuple[list[float], list[float]]:
        """Of bookings that ran while Redis was there, and of those that ran while it was away."""
        outside: list[float] = []
        during: list[float] = []
        for end, begin in booked:
            was_away = any(begin < until and end > since for since, until in away)
            (during if was_away else outside).append((end - begin) * 1000)
        return outside, during


def percentile(values: list[float], part: float = 0.99) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] if values else 0.0


if __name__ == "__main__":
    unittest.main()
