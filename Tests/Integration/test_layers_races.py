"""Rules that change while times are booked, and while the server is killed."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import unittest
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from harness.case import ServerCase
from harness.client import Client
from harness.database import text
from harness.model.generator import CalendarMaker
from harness.model.ledger import Ledger
from harness.model.saved import Saved
from harness.model.slots import Taken, overlaps
from harness.model.zones import minute_at, minute_of, written
from harness.scale import count
from harness.server import Server
from harness.tenant import ALWAYS, Tenant, booking

BOOKERS, CHANGERS = 6, 3


class LayersRaces(ServerCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.seed = int(os.environ.get("ALMANAC_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
        self.chance = random.Random(self.seed)
        self.day = datetime.now(UTC).date() + timedelta(days=3)

    # Rules against bookings.

    async def test_each_booking_keeps_the_rules_that_were_in_force(self) -> None:
        server = self.installation.serve()
        tenant = await Tenant.create(server)
        self.addAsyncCleanup(tenant.client.close)
        for number in range(count(2, 15)):
            with self.subTest(seed=self.seed, round=number):
                await self.race(server, tenant)

    async def race(self, server: Server, tenant: Tenant) -> None:
        settings = {
            "timezone": "UTC",
            "slot_duration_minutes": 15,
            "business_hours": ALWAYS,
            "capacity": 3,
            "horizon_days": 60,
        }
        saved = await Saved.create(tenant, settings, self.day, self.day + timedelta(days=1))
        spans: dict[str, tuple[int, int]] = {}
        ended = asyncio.Event()
        changers = [asyncio.create_task(self.change(tenant.client, saved, spans, ended)) for _ in range(CHANGERS)]
        bookers = [self.book(tenant.client, saved) for _ in range(BOOKERS)]
        answers = [answer for answered in await asyncio.gather(*bookers) for answer in answered]
        ended.set()
        await asyncio.gather(*changers)
        self.assertEqual({answer.status for answer in answers}, {201, 409})
        refused = {answer.json["reasons"][0]["code"] for answer in answers if answer.status == 409}
        self.assertLessEqual(refused, {"break", "blackout", "closed", "full"})
        self.assertIn("break", refused)
        made = [answer.json for answer in answers if answer.status == 201]
        saved.taken = [
            Taken((minute_of(one["starts_at"]), minute_of(one["ends_at"])), one["seat"], "booked", one["id"])
            for one in made
        ]
        saved.changed()
        self.assertEqual(await saved.difference("UTC"), "", f"seed {self.seed}")
        self.assert_in_order(server, saved, spans, len(made))
        self.assert_sound(server)

    async def book(self, client: Client, saved: Saved) -> list[Any]:
        chance, answers = random.Random(self.chance.random()), []
        begin = minute_at("UTC", self.day)
        for _ in range(count(60, 150)):
            start = written(begin + 15 * chance.randrange(96))
            answers.append(await client.post("/api/v1/appointments", booking(saved.id, start)))
        return answers

    async def change(
        self, client: Client, saved: Saved, spans: dict[str, tuple[int, int]], ended: asyncio.Event
    ) -> None:
        """Breaks come and go; what they close is remembered under their ids."""
        chance = random.Random(self.chance.random())
        path = f"{saved.path}/break-times"
        for number in itertools.count():
            if ended.is_set() and number >= 10:
                return
            start = 15 * chance.randrange(80)
            wall = [f"{minute // 60:02}:{minute % 60:02}" for minute in (start, start + 15 * chance.randint(1, 12))]
            body = {"kind": "one_time", "date": str(self.day), "start": wall[0], "end": wall[1]}
            made = await client.post(path, body)
            self.assertEqual(made.status, 201, made.body)
            begin = minute_at("UTC", self.day)
            spans[made.json["id"]] = (begin + start, begin + int(wall[1][:2]) * 60 + int(wall[1][3:]))
            for _ in range(chance.randrange(8)):
                await client.get("/health/live")
            gone = await client.send("DELETE", f"{path}/{made.json['id']}")
            self.assertEqual(gone.status, 204, gone.body)

    def assert_in_order(
        self, server: Server, saved: Saved, spans: dict[str, tuple[int, int]], booked: int
    ) -> None:
        """The calendar's events, read one by one: no booking lies in a break that was in force."""
        in_force: set[str] = set()
        known: set[str] = set()
        seen = 0
        for kind, payload in events(server, saved.id):
            if kind == "appointment.booked":
                seen += 1
                span = (minute_of(payload["starts_at"]), minute_of(payload["ends_at"]))
                broken = [id for id in in_force if overlaps(span, spans[id])]
                self.assertEqual(broken, [], f"seed {self.seed}: {payload} was booked in a break")
            elif kind == "availability.changed":
                id = payload["source_id"]
                (in_force.discard if id in known else in_force.add)(id)
                known.add(id)
        self.assertEqual((seen, known, in_force), (booked, set(spans), set()))

    # Rules against kills.

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
                one.client, one.document = client, {**one.document, **ledger.layers}
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


def events(server: Server, calendar: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A calendar's, in order."""
    with server.database.open() as database:
        rows = database.rows("SELECT calendar_id, type, payload FROM events ORDER BY seq")
    for id, kind, payload in rows:
        if id is not None and text(id) == calendar:
            yield kind, payload if isinstance(payload, dict) else json.loads(payload)


if __name__ == "__main__":
    unittest.main()
