"""What a request costs the server, in its own CPU time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .raw import exchange
from .server import Server

# Twice as long may cost this much more, and so much besides for what has nothing to do with the length.
FACTOR = 2.5
GRAIN = 0.004
# What is this dear at the smaller size is not tried at the larger one.
CEILING = 0.2
ROUNDS = 4


class Meter:
    def __init__(self, server: Server) -> None:
        self.server = server

    def _seconds(self) -> float:
        """Time on the processor of all threads, to the nanosecond."""
        threads = Path(f"/proc/{self.server.pid}/task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9

    def cost(self, send: Callable[[], object]) -> float:
        """Of one request and a small one after it, which comes back when the first is off the processor."""
        before = self._seconds()
        send()
        exchange(self.server.port, b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
        return self._seconds() - before

    def steepness(self, size: int, send: Callable[[int], object]) -> str | None:
        """What is wrong with the cost of twice the size; nil if nothing is.

        The least of several rounds counts: the server does other things too.
        """
        small = large = float("inf")
        for _ in range(ROUNDS):
            small = min(small, self.cost(lambda: send(size)))
            if small > CEILING:
                return f"{small:.3f} s for {size}"
            large = min(large, self.cost(lambda: send(2 * size)))
            if large <= FACTOR * small + GRAIN:
                return None
        return f"{small * 1e3:.1f} ms for {size}, {large * 1e3:.1f} ms for {2 * size}"
