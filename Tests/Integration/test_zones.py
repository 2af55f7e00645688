"""A time zone's file that changes under a running server: who watches is told, what is booked stays."""

from __future__ import annotations

import os
import signal
import struct
import unittest
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.client import Client
from harness.feed_case import FeedCase
from harness.server import JWT_SECRET
from harness.tenant import DAYS, Tenant
from harness.waiting import until_async

CITY = "Test/City"
HOURS = [{"day_of_week": day, "start": "09:00", "end": "12:00"} for day in DAYS]


def zone(seconds_east: int) -> bytes:
    """A TZif file (RFC 8536) of a place that never changes its clock."""

    def block(offset: int) -> bytes:
        counts = struct.pack(">6i", 0, 0, 0, 0, 1, 4)
        return b"TZif2" + bytes(15) + counts + struct.pack(">i", offset) + b"\0\0ABC\0"

    minutes, seconds = divmod(abs(seconds_east), 60)
    away = f"{'-' if seconds_east > 0 else ''}{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return block(0) + block(seconds_east) + f"\n<LOC>{away}\n".encode()


class Zones(FeedCase):
    seconds = "3600"

    async def asyncSetUp(self) -> None:
        self.zones = self.installation.folder / "zones"
        self.put(1)
        self.settings = {
            "ALMANAC_JWT_SECRET": JWT_SECRET,
            "ALMANAC_ZONES_DIRECTORY": str(self.zones),
            "ALMANAC_ZONES_CHECK_SECONDS": self.seconds,
        }
        await super().asyncSetUp()
        self.calendar = await self.local()

    async def local(self, tenant: Tenant | None = None) -> str:
        """A calendar of the city, open from nine to twelve."""
        return await (tenant or self.tenant).calendar(
            timezone=CITY, business_hours=HOURS, slot_duration_minutes=30
        )

    def put(self, hours_east: int) -> None:
        self.put_file(CITY, hours_east * 3600)

    def put_file(self, name: str, seconds_east: int) -> None:
        """Puts another file in a zone's place, as a package update does."""
        path = self.zones / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = Path(f"{path}.new")
        part.write_bytes(zone(seconds_east))
        os.replace(part, path)

    async def first(self) -> str:
        day = str(self.day())
        answer = await self.tenant.client.get(f"/api/v1/calendars/{self.calendar}/availability?from={day}&to={day}")
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json["slots"][0]["start"]

    async def until_first(self, hour: int) -> None:
        wanted = self.at(f"{hour:02}:00")

        async def is_there() -> bool:
            return await self.first() == wanted

        await until_async(f"slots begin at {wanted}", is_there)


class Hangup(Zones):
    async def test_who_watches_is_told_the_difference_and_bookings_stay(self) -> None:
        booked = await self.book(self.at("09:30"))
        window = self.window()
        await self.watch(window)
        self.put(3)
        self.server.process.send_signal(signal.SIGHUP)
        await self.until_first(6)

        async def is_told() -> bool:
            return window.messages[-1]["op"] == "slots"

        await until_async("the watcher is told", is_told)
        await self.assert_up_to_date(window)
        self.assertEqual(window.resynchronized, 0)
        self.assertEqual(min(window.slots), self.at("06:00"))
        kept = await self.tenant.client.get(f"/api/v1/appointments/{booked['id']}")
        self.assertEqual(kept.json["starts_at"], self.at("09:30"))
        self.assertTrue(self.server.is_running)
        self.assertTrue([line for line in self.server.log if "time zone" in line and CITY in line])

    async def test_a_changed_zone_of_the_calendar_is_told_as_a_difference(self) -> None:
        window = self.window()
        await self.watch(window)
        path = f"/api/v1/calendars/{self.calendar}"
        answer = await self.tenant.client.send("PATCH", path, {"timezone": "UTC"})
        self.assertEqual(answer.status, 200, answer.body)

        async def is_told() -> bool:
            return window.messages[-1]["op"] == "slots"

        await until_async("the watcher is told", is_told)
        self.assertEqual(min(window.slots), self.at("09:00"))
        self.assert_sound_windows(window)

    async def test_what_changed_while_the_server_was_down_is_told_once(self) -> None:
        self.assertEqual(await self.first(), self.at("08:00"))
        self.server.stop()
        self.put(2)
        for _ in range(2):
            self.server = self.installation.serve(self.settings)
            self.tenant.client = Client(self.server.host, self.server.port, self.tenant.key)
            self.addAsyncCleanup(self.tenant.client.close)
            await self.until_first(7)

            async def is_told() -> bool:
                return self.updates() == 1

            await until_async("the record tells of it", is_told)
            self.server.stop()

    def updates(self) -> int:
        with self.server.database.open() as database:
            return database.value("SELECT count(*) FROM events WHERE type = 'calendar.updated'")


class Interval(Zones):
    seconds = "1"

    async def test_an_update_is_noticed_without_being_told(self) -> None:
        self.assertEqual(await self.first(), self.at("08:00"))
        self.put(-4)
        await self.until_first(13)


class Midnight(Zones):
    async def test_a_day_is_recorded_as_it_ends_although_nobody_asks(self) -> None:
        """In a place where midnight is some seconds away."""
        now = datetime.now(UTC)
        until = 86_400 - (now.hour * 3600 + now.minute * 60 + now.second) - 8
        east = until if until <= 43_200 else until - 86_400
        today = str((now + timedelta(seconds=east)).date())
        self.put_file("Test/Town", east)
        await self.tenant.calendar(timezone="Test/Town", slot_duration_minutes=30)

        async def recorded() -> bool:
            with self.server.database.open() as database:
                return database.value("SELECT count(*) FROM availability_slots") > 0

        await until_async("the day is recorded", recorded, seconds=30)
        with self.server.database.open() as database:
            rows = database.rows("SELECT date, offered_minutes, slot_count FROM availability_slots")
        self.assertEqual([tuple(row) for row in rows], [(today, 1440, 48)])


if __name__ == "__main__":
    unittest.main()
