"""A booking is answered only once its transaction has been flushed to the disk.

Holds show it best: a booking is followed by the transactions of its messages, a hold by none.
"""

from __future__ import annotations

import asyncio
import unittest
from itertools import islice
from pathlib import Path

from harness.case import ServerCase
from harness.client import Response
from harness.cluster import Cluster
from harness.postgres_store import PostgresStore
from harness.process import metrics
from harness.scale import count
from harness.server import Installation
from harness.store import only_on
from harness.tenant import Tenant, starts
from harness.tracing import calls, wrapper
from harness.waiting import until

BATCHES = "almanac_commit_batch_changes_count"
CHANGES = "almanac_commit_batch_changes_sum"


@only_on("sqlite", "another process flushes")
class Durability(ServerCase):
    async def test_every_answer_comes_after_a_flush(self) -> None:
        asked = count(30, 300)
        trace = self.installation.folder / "trace"
        server = self.installation.serve({"ALMANAC_HOLDS_MAX_PER_CREDENTIAL": "1000"}, wrapper(trace))
        tenant = await Tenant.create(server)
        calendar = await tenant.calendar()
        for name, ask in (("holds", hold), ("bookings", Tenant.book)):
            with self.subTest(name):
                before, flushes_before = await metrics(tenant.client), self.flushes(trace)
                for start in islice(starts(skip=0 if name == "holds" else asked), asked):
                    self.assertEqual((await ask(tenant, calendar, start)).status, 201)
                batches = int((await metrics(tenant.client))[BATCHES] - before[BATCHES])
                if name == "holds":
                    self.assertEqual(batches, asked, "one after another they are batches of one")
                self.assertGreaterEqual(batches, asked)
                until("the trace is written", lambda: self.flushes(trace) - flushes_before >= asked)
                print(
                    f"\n  {asked} {name}: {batches} batches, {self.flushes(trace) - flushes_before} flushes",
                    flush=True,
                )
        self.assert_flushed_before_answers(trace)
        await tenant.client.close()
        self.assertEqual(server.stop(), 0)

    async def test_a_batch_is_flushed_once_for_all_in_it(self) -> None:
        asked = count(200, 1_000)
        trace = self.installation.folder / "trace"
        server = self.installation.serve({"ALMANAC_HOLDS_MAX_PER_CREDENTIAL": "1000"}, wrapper(trace))
        tenant = await Tenant.create(server)
        calendars = [await tenant.calendar() for _ in range(8)]
        await tenant.client.connect(32)
        before, flushes_before = await metrics(tenant.client), self.flushes(trace)
        slots = [(id, start) for start in islice(starts(), asked // len(calendars)) for id in calendars]
        for first in range(0, len(slots), 32):
            answers = await asyncio.gather(*(hold(tenant, *slot) for slot in slots[first : first + 32]))
            self.assertEqual({answer.status for answer in answers}, {201})
        after = await metrics(tenant.client)
        batches, changes = (int(after[name] - before[name]) for name in (BATCHES, CHANGES))
        self.assertEqual(changes, len(slots))
        self.assertLess(batches, len(slots), "what waits together is written together")
        until("the trace is written", lambda: self.flushes(trace) - flushes_before >= batches)
        print(
            f"\n  {changes} holds: {batches} batches, {self.flushes(trace) - flushes_before} flushes",
            flush=True,
        )
        await tenant.client.close()
        self.assertEqual(server.stop(), 0)

    def flushes(self, trace: Path) -> int:
        """Completed flushes of the database's log."""
        return len([call for call in calls(trace) if self.is_flush(call.name, call.arguments)])

    @staticmethod
    def is_flush(name: str, arguments: str) -> bool:
        return name in ("fsync", "fdatasync") and "almanac.db-wal>" in arguments

    def assert_flushed_before_answers(self, trace: Path) -> None:
        """Between two answers of 201 lies a flush."""
        flushed, answers = False, 0
        for call in calls(trace):
            if self.is_flush(call.name, call.arguments):
                flushed = True
            elif "HTTP/1.1 201" in call.arguments:
                self.assertTrue(flushed, f"answer {answers} was sent before its booking was flushed")
                flushed, answers = False, answers + 1
        self.assertGreater(answers, 0)


@only_on("postgres", "it is about a setting of the server")
class Promises(ServerCase):
    def test_a_database_that_answers_before_it_flushes_is_refused(self) -> None:
        self.assertEqual(self.installation.run("migrate").returncode, 0)
        with self.installation.database.open() as database:
            name = database.value("SELECT current_database()")
            database.connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off".encode())
        answer = self.installation.run("serve")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("synchronous_commit is off", answer.stderr)

    def test_a_server_that_does_not_flush_is_refused(self) -> None:
        for setting in ("fsync", "full_page_writes"):
            with self.subTest(setting=setting):
                cluster = Cluster(settings={setting: "off"})
                self.addCleanup(cluster.close)
                installation = Installation(PostgresStore(cluster.url))
                self.addCleanup(installation.close)
                self.assertEqual(installation.run("migrate").returncode, 0)
                answer = installation.run("serve")
                self.assertEqual(answer.returncode, 1)
                self.assertIn(f"{setting} is off", answer.stderr)


async def hold(tenant: Tenant, calendar: str, start: str) -> Response:
    return await tenant.client.post(f"/api/v1/calendars/{calendar}/holds", {"starts_at": start})


if __name__ == "__main__":
    unittest.main()
