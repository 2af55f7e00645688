"""Bookings that are sent again, under the same key, until they have been answered for good: what a careful client does.

It writes down everything that it was told on the way, so that a test can say what may be told and what may not.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from .client import Client, ConnectionLost, Response
from .database import Database
from .load import Request

# How long a client waits before it asks again. Answers say longer; here the first moment of a recovery is looked for.
PAUSE = 0.05
PATIENCE = 60.0


@dataclass
class Tally:
    """What became of the requests, and when."""

    answers: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    # When each 201 came, and when its request had been sent.
    booked: list[tuple[float, float]] = field(default_factory=list)
    done: list[Request] = field(default_factory=list)
    # Those that were not answered for good at once.
    doubted: list[Request] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.answers += other.answers
        self.faults += other.faults
        self.booked += other.booked
        self.done += other.done
        self.doubted += other.doubted

    def fault(self, request: Request, what: str) -> None:
        self.faults.append(f"{request.key}: {what}")

    @property
    def latencies(self) -> list[float]:
        return sorted(end - begin for end, begin in self.booked)

    def percentile(self, part: float) -> float:
        latencies = self.latencies
        return latencies[min(len(latencies) - 1, int(len(latencies) * part))] if latencies else 0.0

    def resumed_after(self, moment: float) -> float | None:
        """Seconds from a moment to the first 201."""
        later = [end for end, _ in self.booked if end >= moment]
        return min(later) - moment if later else None


Choice = Callable[[Request, int], Client]


class Steadfast:
    """`workers` clients that share a stream of requests; each goes on with its request until it is booked."""

    def __init__(
        self,
        choose: Choice,
        requests: Iterable[Request],
        *,
        may_lose_connections: bool = False,
        pause: float = 0,
    ) -> None:
        """`choose` says which client sends a request, given how often it was sent already.

        After each booking a worker rests for `pause` seconds.
        """
        self.tally = Tally()
        self._choose = choose
        self._requests: Iterator[Request] = iter(requests)
        self._may_lose_connections = may_lose_connections
        # What was told last, by whom, and after how many seconds: for a test that waits in vain.
        self.last: list[str] = []
        self._pause = pause
        self._stopped = False

    def stop(self) -> None:
        """No further requests are begun; those that were are brought to their end."""
        self._stopped = True

    async def run(self, workers: int) -> Tally:
        await asyncio.gather(*(self._work() for _ in range(workers)))
        return self.tally

    async def _work(self) -> None:
        while not self._stopped and (request := next(self._requests, None)) is not None:
            await self._book(request)
            if self._pause:
                await asyncio.sleep(self._pause)

    async def _book(self, request: Request) -> None:
        tally, deadline = self.tally, time.monotonic() + PATIENCE
        for attempt in itertools.count():
            if attempt == 1:
                tally.doubted.append(request)
            if time.monotonic() > deadline:
                return tally.fault(request, f"not booked within {PATIENCE} s: {request.answer}")
            client = self._choose(request, attempt)
            begun = time.monotonic()
            try:
                answer = await request.send(client)
            except ConnectionLost as lost:
                tally.answers["connection lost"] += 1
                self._remember(client, begun, str(lost))
                if not self._may_lose_connections:
                    tally.fault(request, f"the connection was lost: {lost}")
                await asyncio.sleep(PAUSE)
                continue
            told = f"{answer.status} {answer.code or ''}".strip()
            tally.answers[told] += 1
            self._remember(client, begun, told)
            if answer.status == 201:
                request.answer = answer
                tally.booked.append((time.monotonic(), begun))
                tally.done.append(request)
                return
            if not self._may_be_asked_again(request, answer):
                return
            await asyncio.sleep(PAUSE)

    def _remember(self, client: Client, begun: float, told: str) -> None:
        self.last = [*self.last[-9:], f"{client.port} {time.monotonic() - begun:.2f} s: {told}"]

    def _may_be_asked_again(self, request: Request, answer: Response) -> bool:
        request.answer = answer
        if answer.status == 503:
            after = answer.headers.get("retry-after", "")
            if not after.isdigit() or int(after) < 1:
                self.tally.fault(request, f"503 {answer.code} without Retry-After: {after!r}")
            return True
        if (answer.status, answer.code) == (409, "idempotency_in_progress"):
            return True
        self.tally.fault(request, f"{answer.status} {answer.body[:300]!r}")
        return False


async def ask_again(tally: Tally, client: Client, others: int = 100) -> list[str]:
    """Sends what was in doubt, and some that were not, once more: each is told what it was told. Returns what is wrong."""
    chosen = [request for request in tally.doubted if request.booked] + tally.done[:: max(1, len(tally.done) // others)]
    wrong: list[str] = []
    for request in chosen:
        again = await request.send(client)
        if (again.status, again.is_replay) != (201, True) or again.json["id"] != request.booked:
            wrong.append(f"{request.key}: {again.status} {again.is_replay} {again.body[:200]!r}, not {request.booked}")
    return wrong


def misbooked(tally: Tally, database: Database) -> list[str]:
    """What of all that was answered is not in the database once and as it was answered, and what else is there."""
    kept = database.appointments()
    told = {request.booked: (request.calendar, request.start) for request in tally.done}
    wrong = [f"{id} was answered and is lost" for id in told if id not in kept]
    wrong += [f"{id} is kept as {kept[id]}, not {slot}" for id, slot in told.items() if kept.get(id, slot) != slot]
    wrong += [f"{id} at {slot} was never answered" for id, slot in kept.items() if id not in told]
    if len(told) != len(tally.done):
        wrong.append("one id was answered to two requests")
    return wrong + database.broken_rules()
