"""What goes through the house once or many times, so that `scripts/shape` can count which files it enters."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import timedelta

from .feed import FeedSocket, Window
from .server import Installation, Server
from .smtp_sink import SMTPSink
from .tenant import Tenant, starts
from .today import today
from .waiting import until_async

Flow = Callable[[Server, Tenant, str, int], Awaitable[None]]


def day(number: int) -> str:
    return str(today() + timedelta(days=number))


async def book(server: Server, tenant: Tenant, calendar: str, times: int) -> None:
    slots = starts(30)
    for _ in range(times):
        assert (await tenant.book(calendar, next(slots))).status == 201


async def ask(server: Server, tenant: Tenant, calendar: str, times: int) -> None:
    for number in range(times):
        path = f"/api/v1/calendars/{calendar}/availability?from={day(1)}&to={day(2 + number)}"
        assert (await tenant.client.get(path)).status == 200


async def watch(server: Server, tenant: Tenant, calendar: str, times: int) -> None:
    feed = await FeedSocket.open(server, tenant.key)
    window = Window(calendar, day(1), day(9))
    await feed.subscribe(window)
    await book(server, tenant, calendar, times)
    await feed.until("each change is told", lambda: len(window.of("slots")) >= times)
    await feed.close()


async def mail(server: Server, tenant: Tenant, calendar: str, times: int) -> None:
    await book(server, tenant, calendar, times)

    async def is_sent() -> bool:
        return len(SINK.mails) >= times

    await until_async("each mail is sent", is_sent)


SINK = SMTPSink()
FLOWS: dict[str, Flow] = {"booking": book, "query": ask, "feed": watch, "mail": mail}


def run(flow: Flow, times: int, profile: str) -> None:
    """Runs it on a server of its own; the server's counts are in `profile` afterwards."""
    os.environ["LLVM_PROFILE_FILE"] = profile
    asyncio.run(_run(flow, times))


async def _run(flow: Flow, times: int) -> None:
    global SINK
    installation = Installation()
    SINK = SMTPSink().start()
    try:
        server = installation.serve(SINK.settings() if flow is mail else {})
        tenant = await Tenant.create(server)
        calendar = await tenant.calendar(slot_duration_minutes=30)
        await tenant.client.get(f"/api/v1/calendars/{calendar}/availability?from={day(1)}&to={day(90)}")
        await flow(server, tenant, calendar, times)
        await tenant.client.close()
        assert server.stop() == 0
    finally:
        SINK.close()
        installation.close()
