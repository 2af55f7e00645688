"""PostgreSQL goes away under load: nothing that was answered is lost, nothing is doubled, and service resumes by itself."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
import unittest
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Integration"))

from harness.client import Client
from harness.cluster import Cluster
from harness.load import Request
from harness.postgres_store import PostgresStore
from harness.proxy import Cut, CuttingProxy
from harness.scale import count
from harness.server import Installation, Server
from harness.steadfast import Steadfast, Tally, ask_again, misbooked
from harness.tenant import Tenant, starts
from harness.today import begin

WORKERS = 32
CALENDARS = 16
CUTS_A_SERVER = 20
# What a client may be told while the database is away. An outage that is longer than a lease ends it, and until the next one
# is had a shard has no owner.
ALLOWED = {
    "201",
    "409 idempotency_in_progress",
    "503 outcome_unknown",
    "503 store_unavailable",
    "503 overloaded",
    "503 shard_moving",
}


class DatabaseOutages(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        begin()
        self.seed = int(os.environ.get("ALMANAC_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
        self.chance = random.Random(self.seed)
        self.cluster = Cluster()
        self.addCleanup(self.cluster.close)
        self.store = PostgresStore(self.cluster.url)
        self.installation = Installation(self.store)
        self.addCleanup(self.installation.close)
        self.tenant: Tenant | None = None

    async def asyncSetUp(self) -> None:
        asyncio.get_running_loop().set_debug(False)

    async def serve(self, **settings: str) -> Server:
        server = await asyncio.to_thread(self.installation.serve, settings)
        if self.tenant is None:
            self.tenant = await Tenant.create(server)
            self.calendars = [await self.tenant.calendar() for _ in range(CALENDARS)]
        await self.tenant.client.close()
        self.tenant.client = Client(server.host, server.port, self.tenant.key)
        await self.tenant.client.connect(WORKERS)
        self.addAsyncCleanup(self.tenant.client.close)
        return server

    def requests(self) -> Iterator[Request]:
        for number, start in enumerate(starts()):
            for calendar in self.calendars:
                yield Request.of(f"key-{number}-{calendar}", calendar, start)

    def load(self) -> Steadfast:
        return Steadfast(lambda request, attempt: self.tenant.client, self.requests())

    async def until_booked(self, load: Steadfast, more: int, seconds: float = 60) -> None:
        """Waits for so many further bookings."""
        wanted, deadline = len(load.tally.done) + more, time.monotonic() + seconds
        while len(load.tally.done) < wanted:
            self.assertLess(time.monotonic(), deadline, f"seed {self.seed}: {load.tally.answers}")
            await asyncio.sleep(0.005)

    async def check(self, server: Server, tally: Tally) -> None:
        context = f"seed {self.seed}: {dict(tally.answers)}"
        self.assertEqual(tally.faults[:5], [], context)
        self.assertLessEqual(set(tally.answers), ALLOWED, context)
        self.assertTrue(server.is_running, context)
        self.assertEqual((await ask_again(tally, self.tenant.client))[:5], [], context)
        with self.store.open() as database:
            self.assertEqual(misbooked(tally, database)[:5], [], context)

    async def test_a_killed_database_loses_and_doubles_nothing(self) -> None:
        kills = count(2, 10)
        server = await self.serve()
        load = self.load()
        running = asyncio.create_task(load.run(WORKERS))
        resumed: list[float] = []
        for _ in range(kills):
            await self.until_booked(load, self.chance.randrange(50, 500))
            await asyncio.to_thread(self.cluster.stop, "immediate")
            away = self.chance.random() * 2
            await asyncio.sleep(away)
            self.assertNotEqual(await self.tenant.is_ready(), None, "the server listens all the while")
            await asyncio.to_thread(self.cluster.start)
            back = time.monotonic()
            await self.until_booked(load, WORKERS)
            resumed.append(load.tally.resumed_after(back) or 0)
        load.stop()
        tally = await running
        print(
            f"\n  {kills} kills of PostgreSQL: {len(tally.done)} booked, {len(tally.doubted)} of them asked again;"
            f" answers {dict(tally.answers)}; booking again after it was back: at most {max(resumed):.2f} s"
            f" (seed {self.seed})",
            flush=True,
        )
        await self.check(server, tally)

    async def test_connections_cut_mid_commit_lose_and_double_nothing(self) -> None:
        cuts = count(25, 300)
        proxy = CuttingProxy(self.cluster.port, self.chance)
        await proxy.start()
        self.addAsyncCleanup(proxy.close)
        url = urlsplit(self.store.url)._replace(
            netloc=f"almanac@127.0.0.1:{proxy.port}", query="sslmode=disable&gssencmode=disable"
        )
        # A stall ends with the server's own deadline, which takes seconds: a few are enough.
        kinds = [Cut.STALL] * max(1, cuts // 100)
        kinds += [self.chance.choice([cut for cut in Cut if cut is not Cut.STALL]) for _ in range(cuts - len(kinds))]
        self.chance.shuffle(kinds)
        begun = time.monotonic()
        whole = Tally()
        requests: Iterator[Request] | None = None
        # One that is cut off over and over waits longer each time before it connects again: a new process does not.
        for first in range(0, cuts, CUTS_A_SERVER):
            server = await self.serve(ALMANAC_DATABASE_URL=url.geturl())
            requests = requests or self.requests()
            load = Steadfast(lambda request, attempt: self.tenant.client, requests)
            running = asyncio.create_task(load.run(WORKERS))
            for kind in kinds[first : first + CUTS_A_SERVER]:
                await self.until_booked(load, self.chance.randrange(1, 60))
                await proxy.cut(kind, seconds=60)
            await self.until_booked(load, WORKERS)
            load.stop()
            whole.add(await running)
            if first + CUTS_A_SERVER < cuts:
                self.assertEqual(await asyncio.to_thread(server.stop), 0, server.log[-5:])
        print(
            f"\n  {cuts} cuts in {time.monotonic() - begun:.0f} s: {len(whole.done)} booked, {len(whole.doubted)} of them"
            f" asked again; answers {dict(whole.answers)};"
            f" cuts {{{', '.join(f'{cut.name}: {n}' for cut, n in proxy.cuts.items())}}};"
            f" slowest booking {max(whole.latencies):.2f} s (seed {self.seed})",
            flush=True,
        )
        await self.check(server, whole)
        self.assertGreater(whole.answers["503 outcome_unknown"], 0, "no cut left an outcome unknown")


if __name__ == "__main__":
    unittest.main()
