"""The record of what days offered is what a naive model counts."""

from __future__ import annotations

import os
import random
import unittest
from datetime import date, timedelta

from harness.case import ServerCase
from harness.database import text
from harness.model.generator import CalendarMaker
from harness.model.saved import Saved, day_ahead
from harness.model.zones import DAY, ZONES, days, minute_at
from harness.scale import count
from harness.server import Server
from harness.tenant import Tenant

ROWS = "SELECT calendar_id, date, offered_minutes, capacity, slot_minutes, slot_count, starts FROM availability_slots"


class RegeneratedRecord(ServerCase):
    async def test_random_calendars(self) -> None:
        seed = int(os.environ.get("ALMANAC_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
        server = self.installation.serve()
        tenant = await Tenant.create(server)
        self.addAsyncCleanup(tenant.client.close)
        for number in range(count(8, 100)):
            with self.subTest(seed=seed + number):
                await self.run_once(server, tenant, random.Random(seed + number))

    async def run_once(self, server: Server, tenant: Tenant, chance: random.Random) -> None:
        zone = chance.choice(ZONES)
        maker = CalendarMaker(chance, day_ahead(zone, chance), zone)
        first, last = maker.day - timedelta(days=2), maker.day + timedelta(days=2)
        # What the clock, bookings and seats have to say is no matter of the record.
        settings = {**maker.settings(), "max_bookings_per_day": 1, "horizon_days": 10}
        saved = await Saved.create(tenant, settings, first, last)
        for field, items in maker.opening_rules().items():
            for item in items:
                await saved.add(field, item)
        body = {"from": str(first), "to": str(last)}
        answer = await tenant.client.post(f"{saved.path}/availability/regenerate", body)
        self.assertEqual(answer.status, 200, answer.body)
        expected = {day: self.expected(saved, day) for day in days(first, last)}
        self.assertEqual(self.recorded(server, saved), expected, saved.shown())
        written = sum(len(starts) for *_, starts in expected.values())
        self.assertEqual((answer.json["days"], answer.json["slots"]), (len(expected), written), saved.shown())

    def expected(self, saved: Saved, day: date) -> tuple[int, int, int, list[int]]:
        """Open minutes of all seats, seats, a slot's length, and the starts."""
        model, zone = saved.model, saved.document["timezone"]
        begins, ends = minute_at(zone, day), minute_at(zone, day + DAY)
        base = model.hours.base
        minutes = sum(model.hours.open[begins - base : ends - base])
        starts = sorted(start for start in model.grid(model.duration) if begins <= start < ends)
        return minutes * model.capacity, model.capacity, model.duration, starts

    def recorded(self, server: Server, saved: Saved) -> dict[date, tuple[int, int, int, list[int]]]:
        with server.database.open() as database:
            rows = [row[1:] for row in database.rows(ROWS) if text(row[0]) == saved.id]
        found: dict[date, tuple[int, int, int, list[int]]] = {}
        for on, minutes, capacity, length, slots, packed in rows:
            day = date.fromisoformat(str(on))
            starts = unpacked(bytes(packed), minute_at(saved.document["timezone"], day))
            self.assertEqual(slots, len(starts), day)
            found[day] = (minutes, capacity, length, starts)
        return found


def unpacked(packed: bytes, begins: int) -> list[int]:
    """Seconds since the start before, in LEB128, as minutes since 1970."""
    starts: list[int] = []
    seconds, value, shift = begins * 60, 0, 0
    for byte in packed:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            seconds += value
            starts.append(seconds // 60)
            value, shift = 0, 0
    return starts


if __name__ == "__main__":
    unittest.main()
