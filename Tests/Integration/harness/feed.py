"""A client of the live feed that holds what it is told against the feed's rules."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from .client import Client
from .server import Server
from .waiting import TimedOut

PATH = "/api/v1/realtime"
SUBPROTOCOL = "almanac.v1"

Slots = dict[str, dict[str, Any]]


@dataclass
class Window:
    """What one subscriber knows of a range of a calendar's slots, on one socket after the other."""

    calendar: str
    first: str
    last: str
    options: dict[str, Any] = field(default_factory=dict)
    slots: Slots = field(default_factory=dict)
    # The number of the last snapshot or slots message: what the next one continues.
    told: int | None = None
    # The number of the last message: where a resume goes on from.
    seq: int | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    # Snapshots after the first one.
    resynchronized: int = 0
    _resumed_after: int | None = None
    _happened: set[tuple[int, str, str]] = field(default_factory=set)

    def query(self) -> dict[str, Any]:
        return {"from": self.first, "to": self.last, **self.options}

    def resume(self) -> int | None:
        """The after_seq of a subscription that goes on where the last one ended."""
        self._resumed_after = self.told = self.seq
        return self.seq

    def receive(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        operation = message["op"]
        if self.seq is not None and message.get("seq", self.seq) < self.seq:
            self._fault(message, f"falls behind {self.seq}")
        if operation == "snapshot":
            self._take_snapshot(message)
        elif operation == "slots":
            self._take_change(message)
        elif operation == "appointment":
            self._take_appointment(message)
        elif operation != "error":
            self._fault(message, "an unknown op")

    def _take_snapshot(self, message: dict[str, Any]) -> None:
        starts = [slot["start"] for slot in message["slots"]]
        if starts != sorted(set(starts)):
            self._fault(message, "slots are not in order, each once")
        if self.told is not None:
            self.resynchronized += 1
        self.slots = {slot["start"]: slot for slot in message["slots"]}
        self.told = self.seq = message["seq"]

    def _take_change(self, message: dict[str, Any]) -> None:
        if message["prev_seq"] != self.told:
            self._fault(message, f"does not continue {self.told}")
        if message["seq"] < message["prev_seq"]:
            self._fault(message, "goes back")
        if not message["added"] and not message["removed"]:
            self._fault(message, "changes nothing")
        for name in ("added", "removed"):
            starts = [slot["start"] for slot in message[name]]
            if len(set(starts)) != len(starts):
                self._fault(message, f"{name} has a slot twice")
        # Changes that carry no number of their own may be told again to who comes back; by start, that does no harm.
        may_repeat = message["seq"] == self._resumed_after
        for slot in message["removed"]:
            known = self.slots.pop(slot["start"], None)
            if known != slot and not may_repeat:
                self._fault(message, f"removes {slot}, known is {known}")
        for slot in message["added"]:
            if slot["start"] in self.slots and not may_repeat:
                self._fault(message, f"adds {slot}, which is there")
            self.slots[slot["start"]] = slot
        self.told = self.seq = message["seq"]

    def _take_appointment(self, message: dict[str, Any]) -> None:
        self.seq = message["seq"]
        happened = (message["seq"], message["type"], message["appointment"]["id"])
        if happened in self._happened and message["seq"] != self._resumed_after:
            self._fault(message, "tells of an appointment again")
        self._happened.add(happened)

    def _fault(self, message: dict[str, Any], what: str) -> None:
        self.faults.append(f"{what}: {json.dumps(message)[:400]}")

    def of(self, operation: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["op"] == operation]

    @property
    def happenings(self) -> list[tuple[str, str]]:
        """Type and appointment of each appointment message."""
        return [(one["type"], one["appointment"]["id"]) for one in self.of("appointment")]

    async def offered(self, client: Client) -> Slots:
        """The same window as GET availability answers it."""
        path = f"/api/v1/calendars/{self.calendar}/availability?{urlencode(self.query())}"
        answer = await client.get(path)
        assert answer.status == 200, answer
        return {slot["start"]: slot for slot in answer.json["slots"]}


class FeedSocket:
    """One WebSocket with any number of subscriptions."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.windows: dict[str, Window] = {}
        self.others: list[dict[str, Any]] = []
        self._numbers = itertools.count(1)
        self._news = asyncio.Condition()
        self._pongs = 0
        # All messages but pongs.
        self._received = 0
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(
        cls,
        server: Server,
        token: str | None = None,
        *,
        query: str = "",
        subprotocol: str | None = SUBPROTOCOL,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> FeedSocket:
        fields = dict(headers or {})
        if token is not None:
            fields["Authorization"] = f"Bearer {token}"
        settings: dict[str, Any] = {
            "compression": None,
            "proxy": None,
            "max_size": None,
            "ping_interval": None,
        }
        return cls(
            await connect(
                f"ws://{server.host}:{server.port}{PATH}{query}",
                additional_headers=fields,
                subprotocols=[subprotocol] if subprotocol else None,  # type: ignore[list-item]
                **(settings | options),
            )
        )

    async def _read(self) -> None:
        try:
            async for text in self.connection:
                message = json.loads(text)
                async with self._news:
                    if message["op"] == "pong":
                        self._pongs += 1
                        self._news.notify_all()
                        continue
                    self._received += 1
                    if (window := self.windows.get(message.get("id", ""))) is not None:
                        window.receive(message)
                    else:
                        self.others.append(message)
                    self._news.notify_all()
        except ConnectionClosed:
            pass
        finally:
            async with self._news:
                self._news.notify_all()

    async def until(self, what: str, condition: Callable[[], bool], seconds: float = 30) -> None:
        """Waits for a condition that messages bring about."""

        async def wait() -> None:
            async with self._news:
                await self._news.wait_for(lambda: condition() or self._reader.done())

        try:
            await asyncio.wait_for(wait(), seconds)
        except TimeoutError:
            pass
        if not condition():
            ended = " (the socket is closed)" if self._reader.done() else f" within {seconds} s"
            told = [list(window.messages)[-3:] for window in self.windows.values()]
            raise TimedOut(f"{what}: not{ended}; last: {json.dumps([told, self.others[-3:]])[:1500]}")

    async def send(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def subscribe(
        self, window: Window, id: str | None = None, *, waits: bool = True, **others: Any
    ) -> str:
        """Subscribes, going on where the window ended; returns once the server has said all it has to say."""
        id = id if id is not None else str(next(self._numbers))
        self.windows[id] = window
        fields = {"calendar_id": window.calendar, **window.query(), **others}
        if "after_seq" not in fields and (after := window.resume()) is not None:
            fields["after_seq"] = after
        known = len(window.messages)
        await self.send(op="subscribe", id=id, **fields)
        if not waits:
            return id
        if "after_seq" in fields:
            # There may be nothing to tell.
            await self.settle()
        else:
            await self.until("an answer", lambda: len(window.messages) > known)
        return id

    async def settle(self, seconds: float = 30) -> None:
        """Returns once everything that was on its way has been received.

        Answers may overtake the feed, but not by much: a pong after which nothing came before the next one, twice.
        """
        quiet = 0
        while quiet < 2:
            known = self._received
            expected = self._pongs + 1
            await self.send(op="ping")
            await self.until("a pong", lambda: self._pongs >= expected, seconds)
            quiet = quiet + 1 if self._received == known else 0

    async def error(self, seconds: float = 30) -> dict[str, Any]:
        """The next error that names none of the windows."""
        await self.until("an error", lambda: any(one["op"] == "error" for one in self.others), seconds)
        found = next(one for one in self.others if one["op"] == "error")
        self.others.remove(found)
        return found

    async def closed(self, seconds: float = 30) -> int:
        """The code of the close that the server sent."""
        await asyncio.wait_for(asyncio.shield(self._reader), seconds)
        await self.connection.wait_closed()
        received = self.connection.protocol.close_rcvd
        return received.code if received is not None else 1006

    @property
    def is_open(self) -> bool:
        return not self._reader.done()

    async def close(self) -> None:
        await self.connection.close()
        await self._reader

    async def vanish(self) -> None:
        """Goes away without a farewell; what was under way is lost."""
        self.connection.transport.abort()
        await self._reader


@asynccontextmanager
async def feed(server: Server, token: str | None = None, **options: Any) -> AsyncIterator[FeedSocket]:
    socket = await FeedSocket.open(server, token, **options)
    try:
        yield socket
    finally:
        await socket.close()
