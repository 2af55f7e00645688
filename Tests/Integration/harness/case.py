"""The test case that the suites share."""

from __future__ import annotations

import asyncio
import logging
import unittest

from . import today
from .server import Installation, Server

logging.getLogger("asyncio").setLevel(logging.ERROR)


class ServerCase(unittest.IsolatedAsyncioTestCase):
    """Has an installation of its own, which goes away with the test."""

    def setUp(self) -> None:
        today.begin()
        self.installation = Installation()
        self.addCleanup(self.installation.close)

    async def asyncSetUp(self) -> None:
        # unittest turns the loop's debugging on, which slows the clients and reports every start of a server.
        asyncio.get_running_loop().set_debug(False)

    def assert_sound(self, server: Server, context: str = "") -> None:
        """Nothing in the served database breaks a rule."""
        with server.database.open() as database:
            self.assertEqual(database.broken_rules(), [], context)

    def counts(self, server: Server) -> dict[str, int]:
        with server.database.open() as database:
            return database.counts()
