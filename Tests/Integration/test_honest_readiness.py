"""Whether bookings can be taken is told honestly, and at once; service comes back by itself."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sqlite3
import subprocess
import time
import unittest
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from harness.case import ServerCase
from harness.client import Client, Response
from harness.cluster import Cluster
from harness.postgres_store import PostgresStore
from harness.process import Stat
from harness.server import Installation, Server
from harness.sqlite_store import SQLiteStore
from harness.store import only_on
from harness.tenant import Tenant, booking, starts
from harness.waiting import until_async

# What a request may take while the database is away; it was ten seconds and more.
AT_ONCE = 0.2


class Outage(ServerCase):
    server: Server

    async def begin(self, server: Server) -> None:
        self.server = server
        self.tenant = await Tenant.create(server)
        self.addAsyncCleanup(self.tenant.client.close)
        self.calendar = await self.tenant.calendar()
        self.slots = starts()
        self.assertEqual((await self.tenant.book(self.calendar, next(self.slots))).status, 201)
        self.assertEqual(await self.tenant.is_ready(), 200)

    async def until_ready_is(self, status: int, seconds: float = 20) -> None:
        async def is_so() -> bool:
            return await self.tenant.is_ready() == status

        await until_async(f"/health/ready is {status}", is_so, seconds)

    async def timed(self, ask: Awaitable[Response]) -> Response:
        begun = time.monotonic()
        answer = await ask
        self.assertLess(time.monotonic() - begun, AT_ONCE, answer)
        return answer

    async def assert_refuses_bookings_at_once(self) -> None:
        for _ in range(3):
            answer = await self.timed(self.tenant.book(self.calendar, next(self.slots)))
            self.assertEqual(answer.status, 503, answer)
            self.assertIn("retry-after", answer.headers)
        self.assertEqual((await self.timed(self.tenant.client.get("/health/live"))).status, 200)
        ready = await self.timed(self.tenant.client.get("/health/ready"))
        self.assertEqual((ready.status, ready.code), (503, "not_ready"))
        self.assertIn("retry-after", ready.headers)

    async def assert_answers_reads_at_once(self) -> None:
        """From memory, or with 503."""
        for path in (
            f"/api/v1/calendars/{self.calendar}/availability?from=2026-12-01&to=2026-12-02",
            f"/api/v1/calendars/{self.calendar}",
            "/api/v1/calendars",
            "/api/v1/appointments",
        ):
            answer = await self.timed(self.tenant.client.get(path))
            self.assertIn(answer.status, (200, 503), answer)
            if answer.status == 503:
                self.assertIn("retry-after", answer.headers)

    async def assert_takes_bookings_again(self, seconds: float = 30) -> None:
        await self.until_ready_is(200, seconds)

        async def is_booked() -> bool:
            return (await self.tenant.book(self.calendar, next(self.slots))).status == 201

        await until_async("bookings are taken again", is_booked, seconds)
        self.assert_sound(self.server)


@only_on("sqlite", "it is about the file")
class SQLiteFiles(Outage):
    async def test_a_file_that_is_immutable(self) -> None:
        await self.begin(self.installation.serve())
        file = str(self.installation.folder / "almanac.db")
        if not self.database_file().exists() or subprocess.run(["chattr", "+i", file], capture_output=True).returncode:
            self.skipTest("this file system has no immutable files, or this is not root")
        try:
            await self.until_ready_is(503)
            await self.assert_refuses_bookings_at_once()
            await self.assert_answers_reads_at_once()
            doctor = await asyncio.to_thread(self.installation.run, "doctor")
            self.assertEqual(doctor.returncode, 1, doctor.stdout)
            self.assertRegex(doctor.stdout, r"(?m)^problem\s+database: .*SQLITE_CANTOPEN")
        finally:
            subprocess.run(["chattr", "-i", file], check=True)
        await self.assert_takes_bookings_again()

    def database_file(self) -> Path:
        return self.installation.folder / "almanac.db"

    async def test_a_file_that_another_program_keeps_locked(self) -> None:
        await self.begin(self.installation.serve())
        with closing(sqlite3.connect(self.database_file(), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await self.assert_refuses_bookings_at_once()
            await self.until_ready_is(503)
            await self.assert_answers_reads_at_once()
            other.execute("ROLLBACK")
        await self.assert_takes_bookings_again()

    async def test_a_folder_that_is_gone(self) -> None:
        await self.begin(self.installation.serve())
        away = self.installation.folder.with_name(self.installation.folder.name + "-away")
        self.installation.folder.rename(away)
        try:
            await self.until_ready_is(503)
            await self.assert_refuses_bookings_at_once()
            await self.assert_answers_reads_at_once()
        finally:
            away.rename(self.installation.folder)
        await self.assert_takes_bookings_again()

    async def test_a_log_that_was_removed(self) -> None:
        """The write-ahead log has what was answered; without its name the next start would not find it."""
        await self.begin(self.installation.serve())
        for end in ("-wal", "-shm"):
            (self.installation.folder / f"almanac.db{end}").unlink()
        await self.assert_refuses_bookings_at_once()
        await self.until_ready_is(503)
        self.server.kill()
        again = self.installation.serve()
        client = Client(again.host, again.port, self.tenant.key)
        self.addAsyncCleanup(client.close)
        found = (await client.get("/api/v1/appointments")).json
        self.assertEqual(len(found["data"]), 1, "an appointment that was answered is lost")
        self.assert_sound(again)

    async def test_a_file_that_may_not_grow(self) -> None:
        """RLIMIT_FSIZE stands for a full disk where there is no root."""
        await self.begin(self.installation.serve())
        size = max(file.stat().st_size for file in self.installation.folder.glob("almanac.db*"))
        resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

        async def is_refused() -> bool:
            return (await self.tenant.book(self.calendar, next(self.slots))).status == 503

        await until_async("bookings are refused", is_refused)
        await self.until_ready_is(503)
        await self.assert_refuses_bookings_at_once()
        resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await self.assert_takes_bookings_again()

    async def test_a_disk_that_is_full(self) -> None:
        disk = self.installation.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)], capture_output=True
        )
        if mounted.returncode:
            self.skipTest("no file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", str(disk)], check=False)
        installation = Installation(SQLiteStore(disk))
        self.addCleanup(installation.close)
        await self.begin(installation.serve({"ALMANAC_DATABASE_URL": f"sqlite://{disk}/almanac.db"}))
        filler = disk / "filler"
        # Without a buffer: what is left in one would be written when the file is closed.
        with filler.open("wb", buffering=0) as file:
            try:
                while file.write(b"\0" * 65_536):
                    pass
            except OSError:
                pass
        try:
            await self.until_ready_is(503)
            await self.assert_answers_reads_at_once()
            doctor = await asyncio.to_thread(
                installation.run, "doctor", settings={"ALMANAC_DATABASE_URL": f"sqlite://{disk}/almanac.db"}
            )
            self.assertRegex(doctor.stdout, r"(?m)^problem\s+write: .*full")
        finally:
            filler.unlink()
        await self.until_ready_is(200)
        self.assertEqual((await self.tenant.book(self.calendar, next(self.slots))).status, 201)

    async def test_a_sound_file_is_written_to_by_doctor(self) -> None:
        await self.begin(self.installation.serve())
        doctor = await asyncio.to_thread(self.installation.run, "doctor")
        self.assertRegex(doctor.stdout, r"(?m)^ok\s+write: ")


class BlackHole:
    """A TCP proxy through which, from some moment on, nothing gets any more, and nothing is closed."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.port = 0
        self._open = asyncio.Event()
        self._open.set()
        self._is_armed = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def swallow(self) -> None:
        self._open.clear()

    def swallow_behind_a_write(self) -> None:
        """The next request that is large enough for a booking gets through, and nothing after it."""
        self._is_armed = True

    def release(self) -> None:
        self._open.set()

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        other: asyncio.StreamWriter | None = None
        try:
            await self._open.wait()
            to_reader, other = await asyncio.open_connection("127.0.0.1", self.target)
            ways = [
                asyncio.create_task(self._pass(reader, other, is_request=True)),
                asyncio.create_task(self._pass(to_reader, writer, is_request=False)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for end in (writer, other):
                if end is not None:
                    end.transport.abort()
            self._tasks.discard(task)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_request: bool) -> None:
        while data := await reader.read(1 << 16):
            await self._open.wait()
            if is_request and self._is_armed and len(data) > 1_500:
                self._is_armed = False
                self.swallow()
            writer.write(data)
            await writer.drain()


@only_on("postgres", "it is about the server")
class PostgresOutages(Outage):
    def setUp(self) -> None:
        super().setUp()
        self.cluster = Cluster()
        self.addCleanup(self.cluster.close)
        self.store = PostgresStore(self.cluster.url)
        self.other = Installation(self.store)
        self.addCleanup(self.other.close)

    async def survive(self, away: Callable[[], None], back: Callable[[], None]) -> None:
        await asyncio.to_thread(away)
        try:
            await self.until_ready_is(503)
            await self.assert_refuses_bookings_at_once()
            await self.assert_answers_reads_at_once()
            # And when the lease has ended too.
            ends = time.monotonic() + 8
            while time.monotonic() < ends:
                await self.assert_answers_reads_at_once()
            await self.assert_refuses_bookings_at_once()
        finally:
            await asyncio.to_thread(back)
        await self.assert_takes_bookings_again()

    async def test_a_server_that_is_stopped(self) -> None:
        await self.begin(self.other.serve())
        await self.survive(lambda: self.cluster.stop("immediate"), self.cluster.start)

    async def test_a_server_that_hangs(self) -> None:
        await self.begin(self.other.serve())
        stopped: list[int] = []

        def stop() -> None:
            postmaster = Stat.of(self.cluster.pid)
            stopped.extend([postmaster.pid, *(child.pid for child in postmaster.children())])
            for pid in stopped:
                os.kill(pid, signal.SIGSTOP)

        def go_on() -> None:
            for pid in stopped:
                try:
                    os.kill(pid, signal.SIGCONT)
                except ProcessLookupError:
                    pass

        await self.survive(stop, go_on)

    async def test_a_network_that_swallows(self) -> None:
        proxy = BlackHole(self.cluster.port)
        await proxy.start()
        self.addAsyncCleanup(proxy.close)
        url = urlsplit(self.store.url)._replace(
            netloc=f"almanac@127.0.0.1:{proxy.port}", query="sslmode=disable&gssencmode=disable"
        )
        server = await asyncio.to_thread(self.other.serve, {"ALMANAC_DATABASE_URL": url.geturl()})
        await self.begin(server)
        proxy.swallow()
        try:
            await self.until_ready_is(503)
            await self.assert_refuses_bookings_at_once()
            await self.assert_answers_reads_at_once()
        finally:
            proxy.release()
        await self.assert_takes_bookings_again()

    async def test_a_booking_under_way_has_an_outcome_that_is_found_later(self) -> None:
        proxy = BlackHole(self.cluster.port)
        await proxy.start()
        self.addAsyncCleanup(proxy.close)
        url = urlsplit(self.store.url)._replace(
            netloc=f"almanac@127.0.0.1:{proxy.port}", query="sslmode=disable&gssencmode=disable"
        )
        server = await asyncio.to_thread(self.other.serve, {"ALMANAC_DATABASE_URL": url.geturl()})
        await self.begin(server)
        # Statements that are prepared are short; a booking's values are not.
        for number in range(3):
            warm = await self.tenant.book(self.calendar, next(self.slots), key=f"warm-{number}")
            self.assertEqual(warm.status, 201)
        body = booking(self.calendar, next(self.slots))

        async def book() -> Response:
            return await self.tenant.client.post("/api/v1/appointments", body, headers={"Idempotency-Key": "k"})

        proxy.swallow_behind_a_write()
        begun = time.monotonic()
        first = await book()
        self.assertEqual((first.status, first.code), (503, "outcome_unknown"), first)
        self.assertLess(time.monotonic() - begun, 6)
        proxy.release()
        await self.until_ready_is(200)

        async def is_known() -> bool:
            return (await book()).status == 201

        await until_async("the outcome is known", is_known, 30)
        with self.store.open() as database:
            self.assertEqual(database.value("SELECT count(*) FROM appointments"), 5)

    async def test_a_server_that_takes_no_writes(self) -> None:
        await self.begin(self.other.serve())

        def set_read_only(value: str) -> None:
            with self.store.open() as database:
                database.connection.execute("SET default_transaction_read_only = off")
                database.connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}".encode())
                database.connection.execute("SELECT pg_reload_conf()")

        await asyncio.to_thread(set_read_only, "on")
        try:
            await self.until_ready_is(503)
            await self.assert_refuses_bookings_at_once()
            await self.assert_answers_reads_at_once()
            doctor = await asyncio.to_thread(self.other.run, "doctor")
            self.assertRegex(doctor.stdout, r"(?m)^problem\s+write: .*read only")
        finally:
            await asyncio.to_thread(set_read_only, "off")
        await self.assert_takes_bookings_again()

    async def test_a_sound_server_is_written_to_by_doctor(self) -> None:
        await self.begin(self.other.serve())
        doctor = await asyncio.to_thread(self.other.run, "doctor")
        self.assertRegex(doctor.stdout, r"(?m)^ok\s+write: ")


if __name__ == "__main__":
    unittest.main()
