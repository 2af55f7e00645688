"""One change told to many subscribers, beside the same bytes written to as many sockets by nobody in particular.

    python3 Benchmarks/feed.py [--subscribers 2000] [--changes 30]

All watch the same day of one calendar; a booking takes a slot of it. Reading is spread over two processes that do no more
than note when bytes came: a client that parses each message at once would measure itself.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import multiprocessing
import os
import selectors
import socket
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "Tests" / "Integration"))
os.environ.setdefault("ALMANAC_BINARY", ".build/release/almanac")

from harness.feed import PATH
from harness.process import cpu_seconds, resident_bytes
from harness.scale import allow_connections
from harness.server import Installation
from harness.tenant import Tenant, starts
from harness.websocket import TEXT, Frame, handshake

READERS = 2
# Changes come this far apart, so that none waits for the one before it.
PAUSE = 0.1

Arrivals = list[tuple[int, float, bytes]]


class Reader:
    """A process that holds sockets and notes when something came on each: its number, the time, the bytes."""

    def __init__(self, name: str, port: int, sockets: int, request: bytes, first: bytes) -> None:
        self._pipe, other = multiprocessing.Pipe()
        arguments = (other, port, sockets, request, first)
        self._process = multiprocessing.Process(target=_read, args=arguments, name=name, daemon=True)
        self._process.start()
        other.close()
        self._expect("open")

    def begin(self) -> None:
        """Says the first thing on every socket, and returns when each has had its answer."""
        self._pipe.send("begin")
        self._expect("ready")

    def _expect(self, word: str) -> None:
        if not self._pipe.poll(60) or self._pipe.recv() != word:
            raise SystemExit(f"the subscribers did not come to be {word}")

    def told(self, marks: Sequence[bytes]) -> list[list[float]]:
        """Ends it; when each socket had each message, which is known by the mark in it."""
        self._pipe.send(marks)
        moments: list[list[float]] = self._pipe.recv()
        self._process.join(10)
        return moments


def _read(pipe: Pipe, port: int, count: int, request: bytes, first: bytes) -> None:
    allow_connections(count)
    sockets: list[socket.socket] = []
    with selectors.DefaultSelector() as selector:
        for number in range(count):
            one = socket.create_connection(("127.0.0.1", port), timeout=30)
            one.sendall(request)
            if request:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += one.recv(65_536)
                assert b" 101 " in head, head
            one.setblocking(False)
            selector.register(one, selectors.EVENT_READ, number)
            sockets.append(one)
        pipe.send("open")
        assert pipe.recv() == "begin"
        for one in sockets:
            one.sendall(first)
        # What comes first, a snapshot for instance, may come in pieces: all is quiet when nothing more does.
        heard = set()
        while len(heard) < count or selector.select(0.3):
            for key, _ in selector.select(10):
                assert key.fileobj.recv(1 << 20)  # type: ignore[union-attr]
                heard.add(key.data)
        pipe.send("ready")
        selector.register(pipe, selectors.EVENT_READ, -1)
        arrivals: Arrivals = []
        while True:
            for key, _ in selector.select():
                if key.data < 0:
                    pipe.send(_moments(arrivals, pipe.recv()))
                    return
                part = key.fileobj.recv(1 << 16)  # type: ignore[union-attr]
                arrivals.append((key.data, time.perf_counter(), part))
                if not part:
                    selector.unregister(key.fileobj)


def _moments(arrivals: Arrivals, marks: Sequence[bytes]) -> list[list[float]]:
    told: list[list[float]] = [[] for _ in marks]
    streams: dict[int, tuple[bytes, int]] = {}
    for number, moment, part in arrivals:
        before, found = streams.get(number, (b"", 0))
        # A message may come in two pieces, and two messages in one.
        text = before[-200:] + part
        while found < len(marks) and marks[found] in text:
            told[found].append(moment)
            found += 1
        streams[number] = (text, found)
    return told


@dataclass
class Measured:
    """Milliseconds from a beginning to each subscriber, and to the last one of each change."""

    each: list[float]
    last: list[float]

    @classmethod
    def of(cls, began: Sequence[float], told: Sequence[Sequence[float]]) -> Measured:
        """`told` is when each subscriber had each change."""
        after = [[(moment - start) * 1000 for moment in moments] for start, moments in zip(began, told)]
        return cls([one for moments in after for one in moments], [max(moments) for moments in after])

    def row(self, name: str, note: str = "") -> None:
        columns = (
            quantile(self.each, 0.5),
            quantile(self.each, 0.99),
            quantile(self.last, 0.5),
            max(self.last),
        )
        print(f"  {name:<36}" + "".join(f"{one:>10.2f}" for one in columns) + f"  {note}", flush=True)


def quantile(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def told_by(readers: Sequence[Reader], marks: Sequence[bytes], subscribers: int) -> list[list[float]]:
    """When each subscriber had each message; it is an error if one had not."""
    parts = [reader.told(marks) for reader in readers]
    told = [[moment for part in parts for moment in part[index]] for index in range(len(marks))]
    for mark, moments in zip(marks, told):
        if len(moments) != subscribers:
            raise SystemExit(f"{len(moments)} of {subscribers} subscribers were told {mark!r}")
    return told


def plain(subscribers: int, message: bytes, changes: int) -> Measured:
    """The same bytes written by one thread to as many sockets: what the kernel and the readers take."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=4_096)
    port = listener.getsockname()[1]
    readers = [Reader(f"plain {index}", port, subscribers // READERS, b"", b"x") for index in range(READERS)]
    connections: list[socket.socket] = []
    for _ in range(subscribers // READERS * READERS):
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(b"hello")
        connections.append(connection)
    for reader in readers:
        reader.begin()
    began: list[float] = []
    marks = [b"<%06d>" % number for number in range(changes)]
    for mark in marks:
        time.sleep(PAUSE)
        began.append(time.perf_counter())
        padded = message[: len(message) - len(mark)] + mark
        for connection in connections:
            connection.send(padded)
    time.sleep(5 * PAUSE)
    told = told_by(readers, marks, len(connections))
    for connection in connections:
        connection.close()
    listener.close()
    return Measured.of(began, told)


async def feed(subscribers: int, changes: int) -> None:
    subscribers -= subscribers % READERS
    allow_connections(2 * subscribers)
    installation = Installation()
    try:
        server = installation.serve()
        tenant = await Tenant.create(server)
        calendar = await tenant.calendar(slot_duration_minutes=15)
        day = (datetime.now(UTC) + timedelta(days=2)).date()
        key = base64.b64encode(os.urandom(16)).decode()
        request = handshake(PATH, key, {"Authorization": f"Bearer {tenant.key}"})
        subscribe = json.dumps(
            {"op": "subscribe", "id": "1", "calendar_id": calendar, "from": str(day), "to": str(day)}
        )
        assert (await tenant.book(calendar, next(starts(15)))).status == 201
        empty = resident_bytes(server.pid)
        share = subscribers // READERS
        arguments = (server.port, share, request, Frame(TEXT, subscribe.encode()).encoded())
        readers = [Reader(f"reader {index}", *arguments) for index in range(READERS)]
        opened = resident_bytes(server.pid)
        for reader in readers:
            reader.begin()
        full = resident_bytes(server.pid)
        sent: list[float] = []
        answered: list[float] = []
        cpu = cpu_seconds(server.pid)
        for start in islice(starts(15, skip=1), changes):
            await asyncio.sleep(PAUSE)
            sent.append(time.perf_counter())
            answer = await tenant.book(calendar, start)
            answered.append(time.perf_counter())
            assert answer.status == 201, answer
        await asyncio.sleep(5 * PAUSE)
        cpu = cpu_seconds(server.pid) - cpu
        await tenant.client.close()
        # The first booking has the number 1.
        marks = [b'"op":"slots","id":"1","prev_seq":%d,' % (number + 1) for number in range(changes)]
        told = told_by(readers, marks, subscribers)
    finally:
        installation.close()
    measured, before = Measured.of(sent, told), Measured.of(answered, told)
    # What a subscriber gets for one booking: the change and the appointment, about so many bytes.
    base = await asyncio.to_thread(plain, subscribers, b"x" * 1_000, changes)
    print(
        f"\nfeed: {subscribers} subscribers of one window, {changes} bookings, each told to all\n"
        f"  {'':<36}{'p50 ms':>10}{'p99 ms':>10}{'all p50':>10}{'all max':>10}"
    )
    base.row("plain writes of 1,000 bytes")
    ratio = quantile(measured.each, 0.99) / quantile(base.each, 0.99)
    measured.row("from sending the booking", f"p99 is {ratio:.2f} of plain writes")
    before.row("from the arrival of its 201")
    print(
        f"  booking itself: p50 {statistics.median(b - a for a, b in zip(sent, answered)) * 1000:.2f} ms;"
        f" {cpu / changes / subscribers * 1e6:.1f} µs of the server's processor for each message pair;"
        f" {(opened - empty) / subscribers / 1024:.1f} KB for each open socket,"
        f" {(full - opened) / subscribers / 1024:.1f} KB more with a subscription",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--subscribers", type=int, default=2_000)
    parser.add_argument("--changes", type=int, default=30)
    options = parser.parse_args()
    asyncio.run(feed(options.subscribers, options.changes))


if __name__ == "__main__":
    main()
