"""Instants and dates at the ends of the calendar are answered like any other, and at once."""

from __future__ import annotations

import unittest

from harness.case import ServerCase
from harness.client import Connection, Response
from harness.tenant import ALWAYS, Tenant, booking, starts

FIRST, LAST = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"
SECONDS = 5


class EndsOfTime(ServerCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.server = self.installation.serve()
        self.tenant = await Tenant.create(self.server)
        self.addAsyncCleanup(self.tenant.client.close)
        self.calendar = await self.tenant.calendar()

    async def ask(self, method: str, path: str, body: object = None) -> Response:
        connection = await Connection.open(self.server.host, self.server.port)
        try:
            return await connection.send(method, path, body, self.tenant.key, seconds=SECONDS)
        finally:
            await connection.close()

    async def test_bookings_are_refused(self) -> None:
        for start in (FIRST, "9999-12-30T12:00:00Z", LAST):
            with self.subTest(start=start):
                answer = await self.ask("POST", "/api/v1/appointments", booking(self.calendar, start))
                self.assertEqual((answer.status, answer.code), (409, "slot_unavailable"))

    async def test_holds_are_refused(self) -> None:
        for start in (FIRST, LAST):
            with self.subTest(start=start):
                answer = await self.ask(
                    "POST", f"/api/v1/calendars/{self.calendar}/holds", {"starts_at": start}
                )
                self.assertEqual((answer.status, answer.code), (409, "slot_unavailable"))

    async def test_they_are_explained(self) -> None:
        for start, reason in ((FIRST, "notice"), (LAST, "horizon")):
            with self.subTest(start=start):
                path = f"/api/v1/calendars/{self.calendar}/availability/explain?at={start}"
                answer = await self.ask("GET", path)
                self.assertEqual(answer.status, 200)
                self.assertIn(reason, [item["code"] for item in answer.json["reasons"]])

    async def test_they_have_no_slots(self) -> None:
        path = f"/api/v1/calendars/{self.calendar}/availability"
        for start, end in (("0001-01-01", "0001-01-02"), ("9999-12-30", "9999-12-31"), (LAST, LAST)):
            with self.subTest(start=start):
                answer = await self.ask("GET", f"{path}?from={start}&to={end}")
                self.assertEqual((answer.status, answer.json["slots"]), (200, []))

    async def test_a_preview_answers_at_them_and_has_slots_before_them(self) -> None:
        for start, end, is_open in (
            ("0001-01-01", "0001-01-02", False),
            ("0001-02-10", "0001-02-12", True),
            ("9999-11-20", "9999-11-22", True),
            ("9999-12-25", "9999-12-31", False),
        ):
            body = {
                "calendar": {"timezone": "UTC", "business_hours": ALWAYS},
                "from": start,
                "to": end,
                "now": FIRST,
            }
            with self.subTest(start=start):
                answer = await self.ask("POST", "/api/v1/availability/preview", body)
                self.assertEqual(answer.status, 200)
                self.assertEqual(len(answer.json["slots"]) > 24, is_open)

    async def test_the_calendar_goes_on(self) -> None:
        for start in (FIRST, LAST):
            try:
                await self.ask("POST", "/api/v1/appointments", booking(self.calendar, start))
            except Exception as error:
                self.fail(f"{start}: {error}")
        self.assertEqual((await self.tenant.book(self.calendar, next(starts()))).status, 201)


if __name__ == "__main__":
    unittest.main()
