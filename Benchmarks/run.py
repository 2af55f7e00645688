"""Availability against a constant answer, bookings with batched commits against one commit each, the live feed against
plain writes, and mails against smtplib.

    ALMANAC_BENCH_BINARY=.build/release/almanac-bench python3 Benchmarks/run.py [--seconds 5] [--rounds 3]

Rounds alternate between what is compared; the table shows the median round. The program is a server with
`GET /bench/constant`; bookings need only `almanac` itself (ALMANAC_BINARY).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "Tests" / "Integration"))
os.environ.setdefault("ALMANAC_BINARY", ".build/release/almanac")

import feed
import mail
import wrk
from harness.client import Client
from harness.process import cpu_seconds, metrics
from harness.server import Installation, Server
from harness.tenant import DAYS, Tenant, starts

CONNECTIONS = 64
CALENDARS = 64
BATCHING = "almanac_commit_batch_changes_"


def bench_program() -> Path:
    path = Path(os.environ.get("ALMANAC_BENCH_BINARY", ".build/release/almanac-bench"))
    return path if path.is_absolute() else REPOSITORY / path


def median(measurements: list[wrk.Measurement]) -> wrk.Measurement:
    return sorted(measurements, key=lambda one: one.per_second)[len(measurements) // 2]


def measured(server: Server, measure: Callable[[], wrk.Measurement]) -> wrk.Measurement:
    """With the server's processor time."""
    before = cpu_seconds(server.pid)
    result = measure()
    return replace(result, cpu=cpu_seconds(server.pid) - before)


def row(name: str, one: wrk.Measurement, note: str = "") -> None:
    cpu = one.cpu / one.requests * 1000
    print(
        f"  {name:<28}{one.per_second:>10.0f}{one.p50:>10.2f}{one.p99:>10.2f}{cpu:>12.3f}  {note}", flush=True
    )


def heading(title: str) -> None:
    print(f"\n{title}\n  {'':<28}{'per s':>10}{'p50 ms':>10}{'p99 ms':>10}{'CPU ms each':>12}")


async def availability(rounds: int, seconds: float) -> None:
    """90 days on a 15-minute grid from a warm calendar, beside a constant answer of equal size."""
    installation = Installation()
    try:
        server = installation.start(program=bench_program()).ready()
        tenant = await Tenant.create(server)
        hours = [{"day_of_week": day, "start": "08:00", "end": "20:00"} for day in DAYS]
        calendar = await tenant.calendar(slot_duration_minutes=15, business_hours=hours, horizon_days=120)
        day = datetime.now(UTC).date() + timedelta(days=1)
        path = f"/api/v1/calendars/{calendar}/availability?from={day}&to={day + timedelta(days=89)}"
        for start in islice(starts(15, skip=40), 4):
            assert (await tenant.book(calendar, start)).status == 201
        answer = await tenant.client.get(path)
        assert answer.status == 200, answer
        size, slots = len(answer.body), len(answer.json["slots"])
        constant = f"/bench/constant?bytes={size}"
        assert len((await tenant.client.get(constant)).body) == size, "the server has no GET /bench/constant"
        await tenant.client.close()

        def ask(path: str, seconds: float) -> wrk.Measurement:
            url, headers = f"http://{server.host}:{server.port}{path}", [
                f"Authorization: Bearer {tenant.key}"
            ]
            script = wrk.FOLDER / "result.lua"
            return measured(server, lambda: wrk.run(url, CONNECTIONS, seconds, script, headers=headers))

        found: dict[str, list[wrk.Measurement]] = {path: [], constant: []}
        for one in found:
            ask(one, 1)
        for _ in range(rounds):
            for one, results in found.items():
                results.append(ask(one, seconds))
        warm, plain = median(found[path]), median(found[constant])
        heading(
            f"availability, 90 days, 15-minute grid: {slots} slots, {size} bytes, {CONNECTIONS} connections"
        )
        row("constant answer", plain)
        row("availability", warm, f"{warm.per_second / plain.per_second:.2f} of the constant answer")
    finally:
        installation.close()


class Bookings:
    """A server with calendars that have slots enough for every round."""

    MINUTES = 5

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.installation = Installation()
        self.server = self.installation.serve(settings)
        self.list = self.installation.folder / "list"
        self.next_slot = 0
        self.booked = 0

    async def prepare(self) -> None:
        self.tenant = await Tenant.create(self.server)
        self.calendars = [
            await self.tenant.calendar(slot_duration_minutes=self.MINUTES) for _ in range(CALENDARS)
        ]
        await self.tenant.client.close()

    def measure(self, seconds: float) -> wrk.Measurement:
        first = datetime.fromisoformat(next(starts())).timestamp()
        lines = [self.tenant.key, f"{first:.0f}", str(self.MINUTES), str(self.next_slot), *self.calendars]
        self.list.write_text("\n".join(lines) + "\n")
        url = f"http://{self.server.host}:{self.server.port}"
        script = wrk.FOLDER / "booking.lua"
        result = measured(
            self.server,
            lambda: wrk.run(url, CONNECTIONS, seconds, script, [str(self.list), str(wrk.THREADS)]),
        )
        self.booked += result.requests
        # What was sent but not counted at the end may have been booked: no slot is asked for twice.
        self.next_slot += result.requests // CALENDARS * 2 + CONNECTIONS
        return result

    async def batch_size(self) -> float:
        client = Client(self.server.host, self.server.port)
        series = await metrics(client)
        await client.close()
        return series[BATCHING + "sum"] / series[BATCHING + "count"]

    def check(self) -> None:
        with self.server.database.open() as database:
            assert database.broken_rules() == []
            assert database.value("SELECT count(*) FROM appointments") >= self.booked


async def bookings(rounds: int, seconds: float) -> None:
    """New contacts, an idempotency key on each; every answer after a flush."""
    sides = {"batched": Bookings({}), "one commit each": Bookings({"ALMANAC_COMMIT_MAX_BATCH": "1"})}
    try:
        found: dict[str, list[wrk.Measurement]] = {name: [] for name in sides}
        for side in sides.values():
            await side.prepare()
            side.measure(1)
        for _ in range(rounds):
            for name, side in sides.items():
                found[name].append(side.measure(seconds))
        heading(f"durable bookings over HTTP, {CONNECTIONS} connections, {CALENDARS} calendars, SQLite")
        base = median(found["one commit each"])
        for name in ("one commit each", "batched"):
            one, size = median(found[name]), await sides[name].batch_size()
            note = (
                f"{size:.1f} changes a commit"
                if one is base
                else (f"{size:.1f} changes a commit, {one.per_second / base.per_second:.2f} × as many")
            )
            row(name, one, note)
            sides[name].check()
    finally:
        for side in sides.values():
            side.installation.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    asyncio.run(availability(options.rounds, options.seconds))
    asyncio.run(bookings(options.rounds, options.seconds))
    asyncio.run(feed.feed(subscribers=2_000, changes=30))
    asyncio.run(mail.mail(bookings=500, clients=64))


if __name__ == "__main__":
    main()
