"""Waiting for a condition of another process: polled with a deadline, never slept through."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable


class TimedOut(AssertionError):
    """A condition did not come true in time."""


def until(what: str, condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimedOut(f"{what}: not within {seconds} s")
        time.sleep(0.005)


async def until_async(what: str, condition: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not await condition():
        if time.monotonic() > deadline:
            raise TimedOut(f"{what}: not within {seconds} s")
        await asyncio.sleep(0.005)
