"""A burst of bookings and how long their mails take, beside the same mails sent by smtplib to the same mail server.

    python3 Benchmarks/mail.py [--bookings 500] [--clients 64]

Each booking is mailed to its booker and to the calendar's owner. The mail server is a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import queue
import re
import smtplib
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "Tests" / "Integration"))
os.environ.setdefault("ALMANAC_BINARY", ".build/release/almanac")

from harness.client import Client
from harness.load import Request, send_all
from harness.process import cpu_seconds
from harness.scale import allow_connections
from harness.server import Installation
from harness.smtp_sink import Mail, SMTPSink
from harness.tenant import Tenant, starts

CALENDARS = 16
# Mails that arrive within this time of their booking's 201.
SECONDS = 2.0
SHARE = 0.95
DIRECT_CONNECTIONS = 8


@dataclass
class Arrival:
    # The appointment's id; empty if the mail is about none.
    subject: str
    # Of time.monotonic(), which all processes share.
    at: float
    size: int


class Sink:
    """A mail server in a process of its own, so that its work is not the clients'."""

    def __init__(self) -> None:
        self._pipe, other = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=_serve, args=(other,), daemon=True)
        self._process.start()
        other.close()
        self.port: int = self._pipe.recv()

    def arrivals(self, mails: int, seconds: float = 60) -> list[Arrival]:
        """What came, once there are so many; forgets it."""
        self._pipe.send((mails, seconds))
        found: list[Arrival] = self._pipe.recv()
        if len(found) < mails:
            raise SystemExit(f"{len(found)} of {mails} mails within {seconds} s")
        return found

    def close(self) -> None:
        self._pipe.send(None)
        self._process.join(10)


def _serve(pipe: Pipe) -> None:
    allow_connections(1_000)
    sink = SMTPSink().start()
    pipe.send(sink.port)
    while (wanted := pipe.recv()) is not None:
        mails, seconds = wanted
        deadline = time.monotonic() + seconds
        while len(sink.mails) < mails and time.monotonic() < deadline:
            time.sleep(0.02)
        found, sink.mails = sink.mails, []
        pipe.send([Arrival(_appointment(mail), mail.arrived, len(mail.raw)) for mail in found])
    sink.close()


def _appointment(mail: Mail) -> str:
    """Read when all mails are there, so that it costs none of them time."""
    uids = re.findall(rb"^UID:(\S+)", b"\n".join(mail.calendars[:1]), re.MULTILINE)
    return uids[0].decode() if uids else ""


def quantile(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


async def burst(sink: Sink, bookings: int, clients: int) -> tuple[list[Arrival], list[float], float, float]:
    """The mails, how long each took from its booking's 201, when the first was sent, and processor seconds."""
    installation = Installation()
    try:
        server = installation.serve(
            {
                "ALMANAC_SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
                "ALMANAC_MAIL_FROM": "bookings@almanac.test",
            }
        )
        tenant = await Tenant.create(server)
        owner = {"name": "Ada", "email": "ada@example.com"}
        calendars = [await tenant.calendar(owner=owner) for _ in range(CALENDARS)]
        await tenant.client.close()
        slots = ((calendar, start) for start in starts() for calendar in calendars)
        requests = [Request.of(f"burst-{index}", *slot) for index, slot in enumerate(islice(slots, bookings))]
        answered: dict[str, float] = {}
        cpu, began = cpu_seconds(server.pid), time.monotonic()
        await send_all(_timed(requests, answered), Client(server.host, server.port, tenant.key), clients)
        assert len(answered) == bookings, "a booking was refused"
        took = time.monotonic() - began
        arrivals = await asyncio.to_thread(sink.arrivals, 2 * bookings)
        cpu = cpu_seconds(server.pid) - cpu
    finally:
        installation.close()
    assert sorted(arrival.subject for arrival in arrivals) == sorted([*answered, *answered])
    delays = [arrival.at - answered[arrival.subject] for arrival in arrivals]
    print(f"  {bookings} bookings by {clients} clients were answered in {took:.2f} s", flush=True)
    return arrivals, delays, began, cpu


def _timed(requests: list[Request], answered: dict[str, float]) -> list[Request]:
    """The same requests, which note when their 201 came."""

    class Timed(Request):
        async def send(self, client: Client):  # type: ignore[no-untyped-def]
            answer = await super().send(client)
            if answer.status == 201:
                answered[answer.json["id"]] = time.monotonic()
            return answer

    return [Timed(one.key, one.calendar, one.start, one.body) for one in requests]


def direct(sink: Sink, mails: int, size: int) -> float:
    """Mails a second that smtplib brings to the same mail server over a few connections of its own."""
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(mails):
        waiting.put(number)
    head = b"From: bookings@almanac.test\r\nTo: guest@example.com\r\nSubject: Booked\r\n\r\n"
    content = head + (b"x" * 74 + b"\r\n") * ((size - len(head)) // 76)

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", sink.port) as client:
            while True:
                try:
                    number = waiting.get_nowait()
                except queue.Empty:
                    return
                client.sendmail("bookings@almanac.test", [f"guest-{number}@example.com"], content)

    began = time.monotonic()
    _in_threads(send, DIRECT_CONNECTIONS)
    arrivals = sink.arrivals(mails)
    return mails / (max(arrival.at for arrival in arrivals) - began)


def _in_threads(work: Callable[[], None], threads: int) -> None:
    running = [threading.Thread(target=work) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


async def mail(bookings: int, clients: int) -> None:
    allow_connections(4 * clients)
    print(
        f"\nmails about a burst of bookings, SQLite; the first row is smtplib on {DIRECT_CONNECTIONS} connections"
    )
    sink = Sink()
    try:
        # The first round warms the mail server up.
        await asyncio.to_thread(direct, sink, 100, 4_000)
        arrivals, delays, began, cpu = await burst(sink, bookings, clients)
        size = sum(arrival.size for arrival in arrivals) // len(arrivals)
        base = await asyncio.to_thread(direct, sink, len(arrivals), size)
    finally:
        sink.close()
    rate = len(arrivals) / (max(arrival.at for arrival in arrivals) - began)
    in_time = sum(delay < SECONDS for delay in delays) / len(delays)
    print(f"  {'':<28}{'per s':>10}{'p50 s':>10}{'p95 s':>10}{'p99 s':>10}{'max s':>10}{'CPU ms each':>13}")
    print(f"  {'smtplib, mails alone':<28}{base:>10.0f}")
    columns = [rate, *(quantile(delays, part) for part in (0.5, 0.95, 0.99)), max(delays)]
    print(
        f"  {'almanac, booked and mailed':<28}{columns[0]:>10.0f}"
        + "".join(f"{one:>10.3f}" for one in columns[1:])
        + f"{cpu / len(arrivals) * 1000:>13.3f}  {rate / base:.2f} of smtplib"
    )
    verdict = "as wanted" if in_time >= SHARE else f"WANTED: {SHARE:.0%}"
    print(
        f"  {len(arrivals)} mails of {size} bytes: {in_time:.1%} within {SECONDS:g} s of their 201 ({verdict})",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bookings", type=int, default=500)
    parser.add_argument("--clients", type=int, default=64)
    options = parser.parse_args()
    asyncio.run(mail(options.bookings, options.clients))


if __name__ == "__main__":
    main()
