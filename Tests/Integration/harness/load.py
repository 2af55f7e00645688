"""Keyed bookings of distinct slots by many workers, which remember what they were told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .client import Client, ConnectionLost, Response
from .tenant import booking


@dataclass
class Request:
    """One booking: sent with its key as often as it takes to learn what became of it."""

    key: str
    calendar: str
    start: str
    body: dict[str, Any]
    was_sent: bool = False
    answer: Response | None = None

    @classmethod
    def of(cls, key: str, calendar: str, start: str) -> Request:
        return cls(key, calendar, start, booking(calendar, start))

    @property
    def booked(self) -> str | None:
        """The id that a 201 told."""
        return self.answer.json["id"] if self.answer is not None and self.answer.status == 201 else None

    async def send(self, client: Client) -> Response:
        """Sends it; a lost answer is a ConnectionLost."""
        self.was_sent = True
        headers = {"Idempotency-Key": self.key}
        return await client.post("/api/v1/appointments", self.body, headers=headers)


async def send_all(
    requests: Sequence[Request],
    client: Client,
    workers: int,
    after_answer: Callable[[int], None] = lambda _: None,
) -> None:
    """Sends all in order, `workers` at a time; a worker whose connection is lost stops.

    `after_answer` is told how many were answered so far.
    """
    waiting = iter(requests)
    answered = 0

    async def work() -> None:
        nonlocal answered
        for request in waiting:
            try:
                request.answer = await request.send(client)
            except ConnectionLost:
                return
            answered += 1
            after_answer(answered)

    await client.connect(workers)
    await asyncio.gather(*(work() for _ in range(workers)))
    await client.close()
