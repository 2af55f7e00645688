"""Availability against a constant answer, loading a calendar, bookings with batched commits against one commit each and against pgbench, the
live feed against plain writes, and mails against smtplib.

    ALMANAC_BENCH_BINARY=.build/release/almanac-bench python3 Benchmarks/run.py [--seconds 5] [--rounds 3] [--only PART]

Rounds alternate between what is compared; the table shows the median round. The program is a server with
`GET /bench/constant`; bookings need only `almanac` itself (ALMANAC_BINARY).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

# Of the same activation; and what the median of it has to stay below, in milliseconds.
ROUNDS, LIMIT = 101, 20.0
# The part of a constant answer's rate that availability has to reach.
SHARE = 0.7

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "Tests" / "Integration"))
os.environ.setdefault("ALMANAC_BINARY", ".build/release/almanac")

import feed
import mail
import postgres
import wrk
from bookings import CALENDARS, CONNECTIONS, Bookings, heading, measured, median, row
from harness.cluster import Cluster
from harness.postgres_store import PostgresStore
from harness.process import cpu_seconds
from harness.server import Installation
from harness.store import Store
from harness.tenant import DAYS, Tenant, starts


def bench_program() -> Path:
    path = Path(os.environ.get("ALMANAC_BENCH_BINARY", ".build/release/almanac-bench"))
    return path if path.is_absolute() else REPOSITORY / path


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
            return measured(lambda: cpu_seconds(server.pid), lambda: wrk.run(url, CONNECTIONS, seconds, script, headers=headers))

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
        share = warm.per_second / plain.per_second
        verdict = "PASS" if share >= SHARE else "MISS"
        row("availability", warm, f"{share:.2f} of the constant answer, {verdict} (>= {SHARE})")
    finally:
        installation.close()


async def activation(database: Store | None, name: str) -> None:
    """A calendar with 5,000 future appointments, from the record into memory; beside one with ten."""
    installation = Installation(database)
    try:
        # Five thousand messages would be written meanwhile.
        quiet = {"ALMANAC_LOG_MESSAGES": "false"}
        server = installation.start(quiet, program=bench_program()).ready()
        tenant = await Tenant.create(server)
        print(f"\ncold activation from {name}, median of {ROUNDS}\n  {'':<28}{'ms':>10}{'queries':>10}")
        for appointments in (10, 5_000):
            calendar = await tenant.calendar(slot_duration_minutes=15)
            slots = islice(starts(15), appointments)

            async def book() -> None:
                for start in slots:
                    assert (await tenant.book(calendar, start)).status == 201

            await asyncio.gather(*(book() for _ in range(CONNECTIONS)))
            path = (
                f"/bench/activation?organization={tenant.organization}&calendar={calendar}&rounds={ROUNDS}"
            )
            found = (await tenant.client.get(path)).json
            verdict = "" if appointments < 5_000 else "PASS" if found["milliseconds"] < LIMIT else "MISS"
            verdict += f" (< {LIMIT} ms)" if verdict else ""
            print(
                f"  {appointments:>5} appointments{'':<10}{found['milliseconds']:>10.2f}{found['queries']:>10}  {verdict}",
                flush=True,
            )
        await tenant.client.close()
    finally:
        installation.close()


async def activations() -> None:
    await activation(None, "SQLite")
    cluster = Cluster()
    try:
        await activation(PostgresStore(cluster.socket_url), "PostgreSQL")
    finally:
        cluster.close()


async def batching(rounds: int, seconds: float) -> None:
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


PARTS = {
    "availability": lambda options: availability(options.rounds, options.seconds),
    "activation": lambda options: activations(),
    "batching": lambda options: batching(options.rounds, options.seconds),
    "postgres": lambda options: postgres.against_pgbench(options.rounds, options.seconds),
    "redis": lambda options: postgres.with_redis(options.rounds, options.seconds),
    "feed": lambda options: feed.feed(subscribers=2_000, changes=30),
    "mail": lambda options: mail.mail(bookings=500, clients=64),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=PARTS, help="one part of all")
    options = parser.parse_args()
    for name, part in PARTS.items():
        if options.only in (None, name):
            asyncio.run(part(options))


if __name__ == "__main__":
    main()
