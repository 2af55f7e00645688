"""`kill -9` in the middle of rule changes: what was answered is there, and nothing is half-written."""

from __future__ import annotations

import asyncio
import os
import random
import unittest
from datetime import timedelta

from harness.case import ServerCase
from harness.client import Client
from harness.model.generator import CalendarMaker
from harness.model.ledger import Ledger
from harness.model.saved import Saved
from harness.scale import count
from harness.server import Server
from harness.tenant import Tenant
from harness.today import today


class OpeningRulesCrash(ServerCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.seed = int(os.environ.get("ALMANAC_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
        self.chance = random.Random(self.seed)
        self.day = today() + timedelta(days=3)

    async def test_every_answered_rule_survives_a_kill_and_none_is_half_written(self) -> None:
        server = self.installation.serve()
        tenant = await Tenant.create(server)
        makers = [CalendarMaker(self.chance, self.day) for _ in range(3)]
        saved = [
            await Saved.create(
                tenant,
                {**maker.settings(), "horizon_days": 300, "min_notice_minutes": 0, "max_bookings_per_day": None},
                self.day - timedelta(days=1),
                self.day + timedelta(days=3),
            )
            for maker in makers
        ]
        await tenant.client.close()
        ledgers = [
            Ledger(one.path, maker, random.Random(self.chance.random())) for one, maker in zip(saved, makers)
        ]
        doubted = 0
        for number in range(count(3, 20)):
            context = f"seed {self.seed}, round {number}"
            await self.change_until_killed(server, tenant.key, ledgers)
            with server.database.left_behind() as database:
                self.assertEqual(database.broken_rules(), [], context)
            server = self.installation.serve()
            client = Client(server.host, server.port, tenant.key)
            for one, ledger in zip(saved, ledgers):
                doubted += ledger.doubted
                self.assertEqual(await ledger.settle(client), [], context)
                one.client, one.document = client, {**one.document, **ledger.opening_rules}
                one.changed()
                self.assertEqual(await one.difference(one.document["timezone"]), "", context)
            await client.close()
        print(f"\n  {sum(one.answered for one in ledgers)} changes answered, {doubted} in doubt (seed {self.seed})")

    async def change_until_killed(self, server: Server, token: str, ledgers: list[Ledger]) -> None:
        left = iter(range(self.chance.randrange(5, 60)))

        def answered() -> None:
            if next(left, None) is None:
                server.process.kill()

        clients = [Client(server.host, server.port, token) for _ in ledgers]
        await asyncio.gather(
            *(ledger.run_until_lost(client, answered) for ledger, client in zip(ledgers, clients))
        )
        for client in clients:
            await client.close()
        server.kill()


if __name__ == "__main__":
    unittest.main()
