"""Three nodes of one database: killed, drained and frozen under load. Each calendar has one writer all the while."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
import unittest
import zlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Integration"))

from harness.client import Client, ConnectionLost, Response
from harness.cluster import Cluster
from harness.feed import Window
from harness.load import Request
from harness.nodes import NODES, Node, Nodes, Watcher
from harness.postgres_store import PostgresStore
from harness.redis import Redis
from harness.scale import count
from harness.server import OPERATOR_TOKEN, Installation, knows
from harness.steadfast import Steadfast, Tally, ask_again, misbooked
from harness.tenant import Tenant, starts
from harness.today import begin, today

LEASE = count(5, 10)
# From the end of a lease to the first booking under the next one.
GRACE = 2
ORGANIZATIONS = 24
CALENDARS = 2 * ORGANIZATIONS
BOOKINGS = 2_000
# A client's patience with one node.
SECONDS = 3
PAUSE = 0.15
ALLOWED = {
    "201",
    "409 idempotency_in_progress",
    "503 shard_moving",
    "503 outcome_unknown",
    "503 store_unavailable",
    "503 overloaded",
    "503 draining",
    "503 node_unreachable",
    "connection lost",
}


async def until_stopped(pid: int) -> None:
    """Returns when each thread of a process that was sent SIGSTOP has stopped (proc(5), state T)."""
    while True:
        states = [
            path.read_text().rpartition(")")[2].split()[0] for path in Path(f"/proc/{pid}/task").glob("*/stat")
        ]
        if set(states) == {"T"}:
            return
        await asyncio.sleep(0.001)


class ThreeNodes(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        begin()
        for key in ("redis.url", "lease.seconds", "node.id"):
            if not knows(key):
                self.skipTest(f"this program knows no {key}")
        self.seed = int(os.environ.get("ALMANAC_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
        self.chance = random.Random(self.seed)
        self.cluster = Cluster()
        self.addCleanup(self.cluster.close)
        self.redis = Redis()
        self.addCleanup(self.redis.close)
        self.store = PostgresStore(self.cluster.url)
        self.installation = Installation(self.store)
        self.addCleanup(self.installation.close)

    async def asyncSetUp(self) -> None:
        asyncio.get_running_loop().set_debug(False)
        settings = {"ALMANAC_REDIS_URL": self.redis.url, "ALMANAC_LEASE_SECONDS": str(LEASE)}
        self.nodes = Nodes(self.installation, 3, settings)
        await self.nodes.start()
        self.tenants = [await retried(lambda n=n: self.new_tenant(n)) for n in range(ORGANIZATIONS)]
        self.calendars: dict[str, Tenant] = {}
        for tenant in self.tenants:
            for _ in range(CALENDARS // ORGANIZATIONS):
                self.calendars[await retried(tenant.calendar)] = tenant
        self.clients: dict[tuple[str, str], Client] = {
            (node.id, tenant.key): node.client(tenant.key, SECONDS)
            for node in self.nodes.all
            for tenant in self.tenants
        }
        for client in [*self.clients.values(), *(tenant.client for tenant in self.tenants)]:
            self.addAsyncCleanup(client.close)

    async def new_tenant(self, number: int) -> Tenant:
        return await Tenant.create(self.nodes[number % 3].process, f"Tenant {number}")

    # What clients do.

    def client(self, node: Node, calendar: str) -> Client:
        return self.clients[node.id, self.calendars[calendar].key]

    def anywhere(self, request: Request, attempt: int) -> Client:
        """Some node; the next one if the last did not do it."""
        first = zlib.crc32(request.key.encode())
        return self.client(self.nodes[(first + attempt) % 3], request.calendar)

    async def start_load(self) -> None:
        """A worker for each calendar, so that every one of them is always being booked."""
        self.loads = [
            Steadfast(self.anywhere, self.paced(calendar), may_lose_connections=True, pause=PAUSE)
            for calendar in self.calendars
        ]
        self.running = [asyncio.create_task(load.run(1)) for load in self.loads]

    def paced(self, calendar: str) -> Iterator[Request]:
        for number, start in enumerate(starts()):
            yield Request.of(f"key-{number}-{calendar}", calendar, start)

    async def end_load(self) -> Tally:
        """All of it, once everything that was begun has been answered for good."""
        while sum(len(load.tally.done) for load in self.loads) < BOOKINGS:
            await asyncio.sleep(0.05)
        for load in self.loads:
            load.stop()
        await asyncio.gather(*self.running)
        whole = Tally()
        for load in self.loads:
            whole.add(load.tally)
        return whole

    async def until_all_booked_since(self, moment: float, seconds: float) -> float:
        """Waits until every calendar was booked again; returns how long the slowest took."""
        deadline = time.monotonic() + seconds
        while any(load.tally.resumed_after(moment) is None for load in self.loads):
            if time.monotonic() > deadline:
                stuck = [load for load in self.loads if load.tally.resumed_after(moment) is None]
                told = [load.last for load in stuck[:3]]
                self.fail(
                    f"seed {self.seed}: {len(stuck)} calendars are not booked again, last told {told};"
                    f" the database is at {self.transactions()}"
                )
            await asyncio.sleep(0.02)
        return max(load.tally.resumed_after(moment) or 0 for load in self.loads)

    def transactions(self) -> list[tuple[Any, ...]]:
        """What is under way in the database, and what it waits for."""
        with self.store.open() as database:
            return database.rows("""
                SELECT pid, pg_blocking_pids(pid), state, wait_event, round(extract(epoch FROM now() - xact_start), 1)::float,
                    left(query, 80)
                FROM pg_stat_activity WHERE datname = current_database() AND xact_start < now() - interval '0.3 s'""")

    def windows(self) -> list[tuple[Tenant, list[Window]]]:
        """Some calendars of some organizations, over the days that are being booked."""
        day = today() + timedelta(days=2)
        found: dict[str, list[Window]] = defaultdict(list)
        for calendar, tenant in self.calendars.items():
            found[tenant.key].append(Window(calendar, str(day), str(day + timedelta(days=3))))
        return [(tenant, found[tenant.key]) for tenant in self.tenants[:4]]

    # The trial.

    async def test_killed_drained_and_frozen_nodes_lose_and_double_nothing(self) -> None:
        await self.nodes.until("three active nodes", self.nodes[0], lambda seen: self.active(seen) == 3)
        # Each window is watched at every node: at two of them at least it is somebody else's calendar.
        watchers = [
            Watcher([*self.nodes.all[index:], *self.nodes.all[:index]], tenant.key, windows, self.chance)
            for index in range(3)
            for tenant, windows in self.windows()
        ]
        for watcher in watchers:
            self.addAsyncCleanup(watcher.close)
        await self.start_load()
        await self.until_all_booked_since(time.monotonic(), 20)
        takeover = await self.kill_and_restart(self.nodes[0])
        handover = await self.drain_and_restart(self.nodes[1])
        stale = await self.freeze_and_thaw(self.nodes[2])
        tally = await self.end_load()
        print(
            f"\n  {len(tally.done)} bookings on {CALENDARS} calendars, {len(tally.doubted)} asked again;"
            f" answers {dict(tally.answers)}; lease {LEASE} s; not bookable after kill -9 at most {takeover:.2f} s,"
            f" after drain {handover:.2f} s; {stale} answers of the thawed node held against the record;"
            f" watchers came back {sum(watcher.returns for watcher in watchers)} times (seed {self.seed})",
            flush=True,
        )
        context = f"seed {self.seed}"
        self.assertEqual(tally.faults[:5], [], context)
        self.assertLessEqual(set(tally.answers), ALLOWED, context)
        with self.store.open() as database:
            self.assertEqual(misbooked(tally, database)[:5], [], context)
        for node in self.nodes.all:
            self.assertTrue(node.process.is_running, node.process.log[-5:])
        await self.check_replays(tally)
        await self.check_watchers(watchers)
        self.assertLess(takeover, LEASE + GRACE, context)

    def active(self, seen: dict[str, dict[str, Any]]) -> int:
        return len([one for one in seen.values() if one["state"] == "active"])

    async def kill_and_restart(self, node: Node) -> float:
        other = self.nodes[1]
        killed = time.monotonic()
        node.process.process.kill()
        takeover = await self.until_all_booked_since(killed, LEASE + 20)
        await self.nodes.until(
            "the killed node has no shards", other, lambda seen: seen.get(node.id, {"shards": 0})["shards"] == 0
        )
        node.process.kill()
        await node.start()
        await self.nodes.until(
            "the killed node is back and has shards again",
            other,
            lambda seen: is_active(seen, node) and seen[node.id]["shards"] > 0,
        )
        await self.until_all_booked_since(time.monotonic(), LEASE + 20)
        return takeover

    async def drain_and_restart(self, node: Node) -> float:
        other = self.nodes[2]
        client = other.client(OPERATOR_TOKEN)
        began = time.monotonic()
        answer = await client.post(f"{NODES}/{node.id}/drain")
        await client.close()
        self.assertEqual(answer.status, 202, answer.body)
        await self.nodes.until("a drained node has no shards", other, lambda seen: seen[node.id]["shards"] == 0)
        handover = await self.until_all_booked_since(began, LEASE + 20)
        self.assertEqual(await asyncio.to_thread(node.process.stop), 0, node.process.log[-5:])
        await self.until_all_booked_since(time.monotonic(), LEASE + 20)
        await node.start()
        await self.nodes.until("three active nodes", other, lambda seen: self.active(seen) == 3)
        return handover

    async def freeze_and_thaw(self, node: Node) -> int:
        """Stops a node past its lease; what it answers then must not contradict what happened meanwhile."""
        # Connections that are open when it stops: what is sent on them waits in its sockets.
        asked = list(self.calendars)
        clients = {calendar: node.client(self.calendars[calendar].key, LEASE + 60) for calendar in asked}
        for client in clients.values():
            await client.connect(1)
        os.kill(node.process.pid, signal.SIGSTOP)
        # The signal is on its way when it has been sent: what is asked before every thread has stopped may be answered.
        await until_stopped(node.process.pid)
        frozen = time.monotonic()
        self.frozen = datetime.now(UTC)
        day = today() + timedelta(days=2)
        span = f"from={day}&to={day + timedelta(days=6)}"
        questions = {
            calendar: asyncio.create_task(
                retried(lambda c=calendar: clients[c].get(f"/api/v1/calendars/{c}/availability?{span}"))
            )
            for calendar in asked
        }
        await self.until_all_booked_since(frozen, LEASE + 20)
        await asyncio.sleep(max(0.0, frozen + LEASE + 3 - time.monotonic()))
        # All calendars are somebody else's by now, and booked there.
        await self.until_all_booked_since(time.monotonic(), 20)
        taken = [request for load in self.loads for request in load.tally.done]
        self.assertFalse([calendar for calendar, question in questions.items() if question.done()])
        os.kill(node.process.pid, signal.SIGCONT)
        answers = {calendar: await question for calendar, question in questions.items()}
        held = 0
        for calendar, answer in answers.items():
            if answer.status == 200:
                offered = {slot["start"] for slot in answer.json["slots"]}
                wrong = sorted(offered & {one.start for one in taken if one.calendar == calendar})
                self.assertEqual(wrong, [], f"seed {self.seed}: the thawed node offers what was booked meanwhile")
                held += 1
            else:
                self.assert_asks_to_wait(answer)
        self.assertGreater(held, 0, "the thawed node answered no question")
        for client in clients.values():
            await client.close()
        await self.until_all_booked_since(time.monotonic(), LEASE + 20)
        await self.nodes.until(
            "the thawed node is active", self.nodes[0], lambda seen: is_active(seen, node)
        )
        return held

    def assert_asks_to_wait(self, answer: Response) -> None:
        self.assertEqual(answer.status, 503, answer.body)
        self.assertIn(f"503 {answer.code}", ALLOWED)
        self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)

    async def check_replays(self, tally: Tally) -> None:
        """At each node, some of each organization's requests."""
        for node in self.nodes.all:
            for tenant in self.tenants[::4]:
                own = Tally(
                    done=[one for one in tally.done if self.calendars[one.calendar] is tenant],
                    doubted=[one for one in tally.doubted if self.calendars[one.calendar] is tenant],
                )
                wrong = await ask_again(own, self.clients[node.id, tenant.key], others=5)
                self.assertEqual(wrong[:5], [], f"seed {self.seed}, {node.id}")

    async def check_watchers(self, watchers: list[Watcher]) -> None:
        for watcher in watchers:
            clients = {
                window.calendar: self.client(self.nodes[0], window.calendar) for window in watcher.windows
            }
            wrong = await watcher.until_offers(clients)
            faults = [fault for window in watcher.windows for fault in window.faults]
            self.assertEqual(faults[:3], [], f"seed {self.seed}")
            if wrong:
                logs = {node.id: notable(node.process.log) for node in self.nodes.all}
                self.fail(
                    f"seed {self.seed}: what is watched of {wrong} is not what is offered; {watcher.notes};"
                    f" {await watcher.still_hears()}; frozen from {self.frozen}; logs {logs}"
                )
            for window in watcher.windows:
                self.assertGreater(len(window.messages), 10)

    async def test_one_slot_is_booked_once_whichever_node_is_asked(self) -> None:
        calendar = next(iter(self.calendars))
        start = next(starts())
        requests = [Request.of(f"race-{number}", calendar, start) for number in range(60)]

        async def ask(number: int, request: Request) -> Response:
            client = self.client(self.nodes[number % 3], calendar)
            return await retried(lambda: request.send(client))

        answers = await asyncio.gather(*(ask(number, one) for number, one in enumerate(requests)))
        statuses = sorted(answer.status for answer in answers)
        self.assertEqual(statuses, [201] + [409] * 59)
        self.assertEqual({answer.code for answer in answers if answer.status == 409}, {"slot_unavailable"})

    async def test_every_node_answers_for_every_calendar(self) -> None:
        """Bookings, holds, availability, look-ups: whichever node is asked."""
        for index, (calendar, start) in enumerate(zip(self.calendars, starts(skip=300))):
            here, there = (self.client(self.nodes[(index + n) % 3], calendar) for n in (0, 1))
            booked = await retried(lambda: Request.of(f"any-{index}", calendar, start).send(here))
            self.assertEqual(booked.status, 201, booked.body)
            found = await retried(lambda: there.get(f"/api/v1/appointments/{booked.json['id']}"))
            self.assertEqual((found.status, found.json["starts_at"]), (200, start))
            path = f"/api/v1/calendars/{calendar}"
            offered = await retried(lambda: there.get(f"{path}/availability?from={start[:10]}&to={start[:10]}"))
            self.assertNotIn(start, [slot["start"] for slot in offered.json["slots"]])
            cancel = {"cancelled_by": "host"}
            gone = await retried(lambda: there.post(f"/api/v1/appointments/{booked.json['id']}/cancel", cancel))
            self.assertEqual(gone.status, 200, gone.body)


def notable(log: list[str]) -> list[str]:
    """The last lines that do not tell of mail."""
    return [line[:300] for line in log if "no mail was sent" not in line][-12:]


def is_active(seen: dict[str, dict[str, Any]], node: Node) -> bool:
    return seen.get(node.id, {}).get("state") == "active"


async def retried(ask, seconds: float = 40):  # type: ignore[no-untyped-def]
    """Asks until the answer is no 503; whoever is asked may be getting its shards."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            answer = await ask()
        except (ConnectionLost, AssertionError):
            answer = None
        if answer is not None and getattr(answer, "status", 200) != 503:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {answer}")
        await asyncio.sleep(0.1)


if __name__ == "__main__":
    unittest.main()
