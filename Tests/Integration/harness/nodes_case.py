"""What trials of several nodes share: a database and a Redis of their own, and three nodes of them."""

from __future__ import annotations

import asyncio
import os
import random
import time
import unittest
from typing import Any

from .client import Client, ConnectionLost, Response
from .cluster import Cluster
from .nodes import Nodes
from .postgres_store import PostgresStore
from .redis import Redis
from .server import JWT_SECRET, Installation
from .tenant import Tenant
from .today import begin

NODES = 3
LEASE = 5
# Longer than a dead node's lease.
PATIENCE = 30


class PatientClient(Client):
    """Asks again while shards are on their way to another node."""

    async def send(self, *request: Any, **options: Any) -> Response:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = await super().send(*request, **options)
                if answer.status != 503 or time.monotonic() > deadline:
                    return answer
            except ConnectionLost:
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(0.1)


class NodesCase(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        begin()
        self.seed = int(os.environ.get("ALMANAC_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
        self.chance = random.Random(self.seed)
        cluster = Cluster()
        self.addCleanup(cluster.close)
        self.redis = Redis()
        self.addCleanup(self.redis.close)
        self.installation = Installation(PostgresStore(cluster.url))
        self.addCleanup(self.installation.close)
        settings = {
            "ALMANAC_REDIS_URL": self.redis.url,
            "ALMANAC_JWT_SECRET": JWT_SECRET,
            "ALMANAC_LEASE_SECONDS": str(LEASE),
        }
        self.nodes = Nodes(self.installation, NODES, settings)

    async def asyncSetUp(self) -> None:
        asyncio.get_running_loop().set_debug(False)
        await self.nodes.start()
        await self.nodes.until("all nodes have shards", self.nodes[0], all_have_shards)
        self.tenant = await Tenant.create(self.nodes[0].process)
        self.addAsyncCleanup(self.tenant.client.close)
        self.clients = [self.client(index, self.tenant.key) for index in range(NODES)]

    def client(self, node: int, token: str) -> Client:
        """Closed with the test."""
        client = self.nodes[node].client(token)
        self.addAsyncCleanup(client.close)
        return client

    def patient(self, node: int, token: str) -> Client:
        """The same, for when nodes come and go."""
        client = PatientClient("127.0.0.1", self.nodes[node].port, token)
        self.addAsyncCleanup(client.close)
        return client

    def somewhere(self) -> Client:
        return self.chance.choice(self.clients)


def all_have_shards(seen: dict[str, dict[str, Any]]) -> bool:
    return len([one for one in seen.values() if one["state"] == "active" and one["shards"] > 0]) == NODES
