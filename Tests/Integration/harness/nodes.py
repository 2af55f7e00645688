"""Several servers of one database and one Redis, each a node under its own name and on a port of its own."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from websockets.exceptions import WebSocketException

from .client import Client, ConnectionLost
from .feed import FeedSocket, Window
from .server import OPERATOR_TOKEN, Installation, Server
from .waiting import TimedOut

NODES = "/api/v1/platform/nodes"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Node:
    """One name and port, and whichever process serves under them."""

    def __init__(self, id: str, installation: Installation, settings: dict[str, str]) -> None:
        self.id = id
        self.port = free_port()
        self._installation = installation
        self._settings = {"ALMANAC_NODE_ID": id, "ALMANAC_HTTP_PORT": str(self.port), **settings}
        self.server: Server | None = None

    async def start(self) -> None:
        self.server = await asyncio.to_thread(self._installation.serve, self._settings)

    @property
    def process(self) -> Server:
        assert self.server is not None, f"{self.id} was not started"
        return self.server

    def client(self, token: str | None = None, seconds: float = 30) -> Client:
        return Client("127.0.0.1", self.port, token, seconds)


class Nodes:
    """All of them, as clients and operators see them."""

    def __init__(self, installation: Installation, number: int, settings: dict[str, str]) -> None:
        self.all = [Node(f"n{index}", installation, settings) for index in range(1, number + 1)]

    async def start(self) -> None:
        # The first one makes the schema.
        for node in self.all:
            await node.start()

    def __getitem__(self, index: int) -> Node:
        return self.all[index]

    async def seen(self, by: Node) -> dict[str, dict[str, Any]]:
        """What a node says of all of them, by their names."""
        client = by.client(OPERATOR_TOKEN, seconds=5)
        try:
            answer = await client.get(NODES)
            assert answer.status == 200, answer
            return {one["id"]: one for one in answer.json["data"]}
        finally:
            await client.close()

    async def until(self, what: str, by: Node, condition: Callable[[dict[str, dict[str, Any]]], bool]) -> None:
        """Waits for what a node says to be so."""
        last: dict[str, dict[str, Any]] = {}
        for _ in range(600):
            try:
                if condition(last := await self.seen(by)):
                    return
            except ConnectionLost:
                pass
            await asyncio.sleep(0.05)
        raise TimedOut(f"{what}: not within 30 s: {last}")


class Watcher:
    """A subscriber that comes back, at another node if need be, and goes on where it left off."""

    def __init__(self, nodes: list[Node], token: str, windows: list[Window], chance: random.Random) -> None:
        self.windows = windows
        # How often it had to come back.
        self.returns = -1
        # How its last sockets ended.
        self.notes: list[str] = []
        self._nodes, self._token, self._chance = nodes, token, chance
        self._socket: FeedSocket | None = None
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        node = self._nodes[0]
        while True:
            try:
                await self._watch(node)
                self._note(node, "ended")
            except (OSError, WebSocketException, TimedOut, TimeoutError) as error:
                self._note(node, f"{type(error).__name__} {str(error)[:300]}")
            await asyncio.sleep(0.1)
            node = self._chance.choice(self._nodes)

    def _note(self, node: Node, what: str) -> None:
        last = [window.messages[-1] for window in self.windows if window.messages]
        told = [{name: one[name] for name in ("op", "code", "seq") if name in one} for one in last]
        at = datetime.now(UTC).strftime("%H:%M:%S.%f")
        self.notes = [*self.notes[-4:], f"{at} {node.id}: {what}; last told {told}"]

    async def _watch(self, node: Node) -> None:
        socket = await FeedSocket.open(node.process, self._token, open_timeout=3)
        self._socket = socket
        self.returns += 1
        known = [len(window.messages) for window in self.windows]
        self._note(node, "open")
        try:
            for window in self.windows:
                await socket.subscribe(window)
            # A feed whose calendar moved to another node ends with an error or with its socket.
            while socket.is_open and not any(map(self._has_ended, self.windows, known)):
                await asyncio.sleep(0.05)
        finally:
            self._socket = None
            await socket.vanish()

    @staticmethod
    def _has_ended(window: Window, known: int) -> bool:
        return any(message["op"] == "error" for message in window.messages[known:])

    async def until_offers(self, clients: dict[str, Client], seconds: float = 15) -> list[str]:
        """Waits until each window is what availability says, for when nothing moves; returns what is wrong."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            offered = {window.calendar: await window.offered(clients[window.calendar]) for window in self.windows}
            wrong = [window.calendar for window in self.windows if window.slots != offered[window.calendar]]
            if not wrong or asyncio.get_running_loop().time() > deadline:
                return wrong
            await asyncio.sleep(0.1)

    async def still_hears(self) -> str:
        """Whether its socket is answered, for a test that waits in vain."""
        if self._socket is None:
            return "no socket"
        try:
            await self._socket.settle(3)
            return "its socket answers pings"
        except TimedOut as error:
            return str(error)[:300]

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
