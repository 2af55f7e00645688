"""A server that is booked from wrk: what the comparisons of bookings share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

import wrk
from harness.client import Client
from harness.process import cpu_seconds, metrics
from harness.server import Installation, Server
from harness.store import Store
from harness.tenant import Tenant, starts

CONNECTIONS = 64
CALENDARS = 64
BATCHING = "almanac_commit_batch_changes_"


def median(measurements: list[wrk.Measurement]) -> wrk.Measurement:
    return sorted(measurements, key=lambda one: one.per_second)[len(measurements) // 2]


def measured(cpu: Callable[[], float], measure: Callable[[], wrk.Measurement]) -> wrk.Measurement:
    """With the processor time that went by."""
    before = cpu()
    result = measure()
    return replace(result, cpu=cpu() - before)


def row(name: str, one: wrk.Measurement, note: str = "") -> None:
    each = one.cpu / one.requests * 1000
    print(
        f"  {name:<28}{one.per_second:>10.0f}{one.p50:>10.2f}{one.p99:>10.2f}{each:>12.3f}  {note}", flush=True
    )


def heading(title: str) -> None:
    print(f"\n{title}\n  {'':<28}{'per s':>10}{'p50 ms':>10}{'p99 ms':>10}{'CPU ms each':>12}")


class Bookings:
    """A server with calendars that have slots enough for every round."""

    MINUTES = 5

    def __init__(self, settings: Mapping[str, str], store: Store | None = None) -> None:
        self.installation = Installation(store)
        self.server: Server = self.installation.serve(settings)
        self.list = self.installation.folder / "list"
        self.next_slot = 0
        self.booked = 0

    async def prepare(self) -> None:
        self.tenant = await Tenant.create(self.server)
        self.calendars = [
            await self.tenant.calendar(slot_duration_minutes=self.MINUTES) for _ in range(CALENDARS)
        ]
        await self.tenant.client.close()

    def cpu(self) -> float:
        return cpu_seconds(self.server.pid)

    def measure(self, seconds: float, cpu: Callable[[], float] | None = None) -> wrk.Measurement:
        """`cpu` tells the processor time of all that works for it; the server's own by default."""
        first = datetime.fromisoformat(next(starts())).timestamp()
        lines = [self.tenant.key, f"{first:.0f}", str(self.MINUTES), str(self.next_slot), *self.calendars]
        self.list.write_text("\n".join(lines) + "\n")
        url = f"http://{self.server.host}:{self.server.port}"
        script = wrk.FOLDER / "booking.lua"
        result = measured(
            cpu or self.cpu,
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
