"""Bookings on PostgreSQL beside pgbench that writes the same rows; and what Redis adds to a booking."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import wrk
from bookings import CALENDARS, CONNECTIONS, Bookings, heading, measured, median, row
from harness.cluster import Cluster, programs
from harness.database import Database
from harness.postgres_store import PostgresStore
from harness.redis import Redis
from harness.server import knows

CLIENTS = 16
# What has to be reached.
RATE = 2.0
CPU = 0.6
ADDED = 0.1
# Each has one row a booking, whoever writes it.
WRITTEN = (
    "appointments",
    "time_slots",
    "contacts",
    "appointment_reminders",
    "events",
    "idempotency_keys",
)


def verdict(holds: bool) -> str:
    return "PASS" if holds else "MISS"


def assert_same_rows(database: Database) -> None:
    booked = database.value("SELECT count(*) FROM appointments")
    counts = {table: database.value(f"SELECT count(*) FROM {table}") for table in WRITTEN}
    counts["audit_log"] = database.value("SELECT count(*) FROM audit_log WHERE action = 'appointment.book'")
    assert set(counts.values()) == {booked}, counts


def compared(ours: wrk.Measurement, base: wrk.Measurement) -> tuple[float, float]:
    """The rate, and the processor time a booking, in those of the baseline."""
    return ours.per_second / base.per_second, ours.cpu / ours.requests / (base.cpu / base.requests)


class Pgbench:
    """The baseline: 16 clients, a transaction for each booking, as text, or with prepared statements."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.store = PostgresStore(cluster.socket_url)
        self.client_cpu = 0.0
        self.booked = 0

    async def prepare(self) -> None:
        """The calendars are made by a server, which then leaves."""
        maker = Bookings({}, self.store)
        await maker.prepare()
        assert maker.server.stop() == 0
        with self.store.open() as database:
            for statement in (
                "CREATE SEQUENCE bench_ids CACHE 100",
                """CREATE TABLE bench_calendars AS SELECT (row_number() OVER ())::int AS number,
                   id AS calendar_id, organization_id FROM calendars""",
                "ALTER TABLE bench_calendars ADD PRIMARY KEY (number)",
            ):
                database.connection.execute(statement.encode())

    def measure(self, seconds: float, mode: str = "simple") -> wrk.Measurement:
        return measured(self.cluster.cpu_seconds, lambda: self._run(seconds, mode))

    def _script(self, mode: str) -> Path:
        """Values that are sent as parameters have no quotes."""
        written = wrk.FOLDER / "pgbench_booking.sql"
        if mode == "simple":
            return written
        plain = self.cluster.folder.with_name(self.cluster.folder.name + "-booking.sql")
        plain.write_text(written.read_text().replace("quote_literal(", "("))
        return plain

    def _run(self, seconds: float, mode: str) -> wrk.Measurement:
        script = self._script(mode)
        logs = self.cluster.folder.with_name(self.cluster.folder.name + "-pgbench")
        command = [
            programs() / "pgbench", "-n", f"-c{CLIENTS}", "-j2", f"-T{max(1, round(seconds))}", "-M", mode,
            "-D", f"calendars={CALENDARS}", "-f", script, "-l", f"--log-prefix={logs}",
            self.store.url.replace("postgres://", "postgresql://"),
        ]  # fmt: skip
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"pgbench: {done.stderr[-2000:]}")
        times: list[float] = []
        for log in logs.parent.glob(logs.name + ".*"):
            times += [int(line.split()[2]) / 1000 for line in log.read_text().splitlines()]
            log.unlink()
        times.sort()
        found = re.search(r"number of transactions actually processed: (\d+)", done.stdout)
        assert found is not None and times, done.stdout
        requests = int(found[1])
        self.booked += requests
        return wrk.Measurement(
            requests, seconds, times[len(times) // 2], times[int(len(times) * 0.99)], refused=0, lost=0
        )


def until_quiet(store: PostgresStore, seconds: float = 60) -> int:
    """Waits until every message has been seen to; returns how many were waiting."""
    waiting = """SELECT (SELECT count(*) FROM outbox)
        + (SELECT count(*) FROM deliveries WHERE status = 'pending' AND next_attempt_at < now())"""
    deadline = time.monotonic() + seconds
    with store.open() as database:
        first = left = database.value(waiting)
        while left and time.monotonic() < deadline:
            time.sleep(0.1)
            left = database.value(waiting)
    return int(first)


async def against_pgbench(rounds: int, seconds: float) -> None:
    """Processor time is that of all processes of PostgreSQL, and of the server; pgbench itself is not counted."""
    cluster = Cluster()
    try:
        baseline = Pgbench(cluster)
        await baseline.prepare()
        # The baseline writes what a booking is; messages to people come after it, and are measured by themselves.
        bookings = Bookings({"ALMANAC_LOG_MESSAGES": "false"}, PostgresStore(cluster.socket_url))
        await bookings.prepare()

        def cpu() -> float:
            return bookings.cpu() + cluster.cpu_seconds()

        sides: dict[str, Callable[[float], wrk.Measurement]] = {
            "pgbench": baseline.measure,
            "… -M prepared": lambda seconds: baseline.measure(seconds, "prepared"),
            "almanac": lambda seconds: bookings.measure(seconds, cpu),
        }
        found: dict[str, list[wrk.Measurement]] = {name: [] for name in sides}
        waiting = 0
        for number in range(rounds + 1):
            for name, measure in sides.items():
                own = bookings.cpu()
                one = measure(seconds if number else 1)
                if name == "almanac":
                    server = (bookings.cpu() - own) / one.requests * 1000
                    # Its messages are told in its own time, not in the baseline's.
                    waiting = until_quiet(bookings.installation.database)  # type: ignore[arg-type]
                if number:
                    found[name].append(one)
        heading(f"durable bookings, PostgreSQL, fsync on, {CALENDARS} calendars; almanac: {CONNECTIONS} connections, HTTP")
        base, prepared, ours = (median(found[name]) for name in sides)
        (rate, each), beside = compared(ours, base), compared(ours, prepared)
        row(f"pgbench -c{CLIENTS} -j2", base, "one transaction each; without pgbench's own processor time")
        row("… -M prepared", prepared)
        row("almanac", ours, f"{await bookings.batch_size():.1f} changes a commit; server {server:.3f} ms of it")
        print(
            f"  {verdict(rate >= RATE)}  {rate:.2f} × the rate (at least {RATE})\n"
            f"  {verdict(each <= CPU)}  {each:.2f} × the processor time a booking (at most {CPU})\n"
            f"        beside prepared statements {beside[0]:.2f} × the rate, {beside[1]:.2f} × the processor time\n"
            f"  {waiting} messages were waiting after the last round",
            flush=True,
        )
        bookings.check()
        with bookings.server.database.open() as database:
            assert_same_rows(database)
        with baseline.store.open() as database:
            assert_same_rows(database)
        bookings.installation.close()
    finally:
        cluster.close()


async def with_redis(rounds: int, seconds: float) -> None:
    """The same server with and without Redis, in turn."""
    if not knows("redis.url"):
        print("\nRedis: this program knows no redis.url")
        return
    cluster, redis = Cluster(), Redis()
    try:
        sides = {
            "without Redis": Bookings({}, PostgresStore(cluster.socket_url)),
            "with Redis": Bookings({"ALMANAC_REDIS_URL": redis.url}, PostgresStore(cluster.socket_url)),
        }
        found: dict[str, list[wrk.Measurement]] = {name: [] for name in sides}
        for side in sides.values():
            await side.prepare()
        for number in range(2 * rounds + 1):
            for name, side in sides.items():
                one = side.measure(seconds if number else 1)
                until_quiet(side.installation.database)  # type: ignore[arg-type]
                if number:
                    found[name].append(one)
        heading(f"durable bookings on PostgreSQL with write-through to Redis, {CONNECTIONS} connections")
        without, with_it = (median(found[name]) for name in sides)
        row("without Redis", without)
        row("with Redis", with_it)
        added = with_it.p50 / without.p50 - 1
        print(f"  {verdict(added < ADDED)}  {added:+.1%} of the median latency (less than {ADDED:+.0%})", flush=True)
        for side in sides.values():
            side.check()
            side.installation.close()
    finally:
        redis.close()
        cluster.close()
