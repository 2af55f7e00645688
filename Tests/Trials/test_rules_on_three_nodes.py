"""Rules change on any of three nodes: every node goes by them at once, and whoever watches is told."""

from __future__ import annotations

import asyncio
import sys
import time
import unittest
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Integration"))

from harness.client import ConnectionLost
from harness.feed import FeedSocket, Window
from harness.model.generator import CalendarMaker
from harness.model.ledger import Ledger
from harness.model.saved import ROUTES, Saved, day_ahead, now, start_of
from harness.model.zones import DAY, ZONES, minute_at, written
from harness.nodes_case import NODES, NodesCase
from harness.scale import count

CALENDARS = count(4, 24)
CHANGES = 25


class RulesOnThreeNodes(NodesCase):
    async def test_every_node_goes_by_a_rule_once_it_is_answered(self) -> None:
        began, booked = time.monotonic(), 0
        for number in range(CALENDARS):
            booked += await self.run_once(f"seed {self.seed}, calendar {number}")
        took = time.monotonic() - began
        print(f"\n  {CALENDARS * CHANGES} changes, {booked} bookings in {took:.0f} s (seed {self.seed})", flush=True)
        self.assertGreater(booked, 0)

    async def run_once(self, context: str) -> int:
        zone = self.chance.choice(ZONES)
        maker = CalendarMaker(self.chance, day_ahead(zone, self.chance), zone)
        settings = {**maker.settings(), "horizon_days": 450, "min_notice_minutes": 0, "slot_duration_minutes": 30}
        first, last = maker.day - timedelta(days=2), maker.day + timedelta(days=3)
        self.saved = await Saved.create(self.tenant, settings, first, last)
        windows = [Window(self.saved.id, str(first), str(last), {"timezone": zone}) for _ in self.nodes.all]
        sockets = [await FeedSocket.open(node.process, self.tenant.key) for node in self.nodes.all]
        for socket, window in zip(sockets, windows):
            await socket.subscribe(window)
        booked = 0
        for _ in range(CHANGES):
            self.saved.client = self.somewhere()
            booked += await self.book() if self.chance.random() < 0.3 else await self.change(maker)
            for index, client in enumerate(self.clients):
                self.saved.client = client
                self.assertEqual(await self.saved.difference(zone), "", f"{context}, node {index + 1}")
        offered = await self.saved.offered(zone)
        for index, (socket, window) in enumerate(zip(sockets, windows)):
            await socket.until("what is offered", lambda w=window: w.slots == offered)  # type: ignore[misc]
            self.assertEqual(window.faults, [], f"{context}, node {index + 1}")
            await socket.close()
        return booked

    async def test_rules_outlive_the_node_that_took_them(self) -> None:
        """One node after the other is killed in the middle of changes that all of them take."""
        makers, kept = [], []
        for _ in range(4):
            zone = self.chance.choice(ZONES)
            makers.append(maker := CalendarMaker(self.chance, day_ahead(zone, self.chance), zone))
            settings = {**maker.settings(), "horizon_days": 450, "min_notice_minutes": 0}
            days = maker.day - timedelta(days=1), maker.day + timedelta(days=2)
            kept.append(await Saved.create(self.tenant, settings, *days))
        ledgers = [Ledger(one.path, maker, self.chance) for one, maker in zip(kept, makers)]
        for number in range(count(3, 9)):
            killed, witness = self.nodes[number % NODES], (number + 1) % NODES
            left = iter(range(self.chance.randrange(5, 60)))

            def answered() -> None:
                if next(left, None) is None:
                    killed.process.process.kill()
                    raise ConnectionLost("it is enough")

            takers = [self.client(self.chance.randrange(NODES), self.tenant.key) for _ in ledgers]
            # The one that will be killed takes some in any case.
            takers[0] = self.client(number % NODES, self.tenant.key)
            await asyncio.gather(*(one.run_until_lost(client, answered) for one, client in zip(ledgers, takers)))
            killed.process.kill()
            # What was on its way to another node when its taker died arrives, or does not.
            await asyncio.sleep(1)
            for one, ledger in zip(kept, ledgers):
                context = f"seed {self.seed}, round {number}"
                one.client = self.patient(witness, self.tenant.key)
                self.assertEqual(await ledger.settle(one.client), [], context)
                one.document |= ledger.opening_rules
                one.changed()
                for node in ((number + 1) % NODES, (number + 2) % NODES):
                    one.client = self.patient(node, self.tenant.key)
                    self.assertEqual(await one.difference(one.document["timezone"]), "", f"{context}, node {node + 1}")
            await killed.start()
        print(f"\n  {sum(one.answered for one in ledgers)} changes answered (seed {self.seed})", flush=True)

    async def change(self, maker: CalendarMaker) -> int:
        saved = self.saved
        known = [(field, one["id"]) for field in ROUTES for one in saved.document[field]]
        if known and self.chance.random() < 0.4:
            await saved.remove(*self.chance.choice(known))
            return 0
        rules = [("availability_rules", maker.custom()), ("availability_rules", maker.recurring_rule())]
        others = [("break_times", maker.break_time()), ("blackout_dates", maker.blackout())]
        await saved.add(*self.chance.choice([*rules, *others]))
        return 0

    async def book(self) -> int:
        zone = self.saved.document["timezone"]
        span = minute_at(zone, self.saved.first), minute_at(zone, self.saved.last + DAY)
        slots = self.saved.model.offered(span, now())
        if not slots:
            return 0
        start = start_of(self.chance.choice(list(slots.values())))
        answer = await self.saved.book(start, self.saved.document["slot_duration_minutes"])
        self.assertEqual(answer.status, 201, f"{written(start)} {answer.body!r} {self.saved.shown()}")
        return 1


if __name__ == "__main__":
    unittest.main()
