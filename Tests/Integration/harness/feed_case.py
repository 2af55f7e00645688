"""What the tests of the live feed share: a server, a calendar with half-hour slots, sockets that go away."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from .case import ServerCase
from .client import Response
from .feed import FeedSocket, Window
from .server import JWT_SECRET, OPERATOR_TOKEN, Server
from .tenant import Tenant, instant
from .today import today
from .tokens import claims, signed

READER = "calendars:read calendars:all"


class FeedCase(ServerCase):
    settings: dict[str, str] = {"ALMANAC_JWT_SECRET": JWT_SECRET}
    # Slots that are so long are all of a day's: 48.
    minutes = 30

    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.server = self.installation.serve(self.settings)
        self.tenant = await self.new_tenant()
        self.calendar = await self.tenant.calendar(slot_duration_minutes=self.minutes)

    async def new_tenant(self, name: str = "Harbor Dental") -> Tenant:
        tenant = await Tenant.create(self.server, name)
        self.addAsyncCleanup(tenant.client.close)
        return tenant

    # Times.

    def day(self, after: int = 0) -> date:
        """The day after tomorrow, or one after that: none that the clock touches."""
        return today() + timedelta(days=2 + after)

    def at(self, time: str, after: int = 0) -> str:
        """An instant of such a day: `09:30`."""
        return instant(datetime.fromisoformat(f"{self.day(after)}T{time}+00:00"))

    def window(self, first: int = 0, last: int | None = None, **options: Any) -> Window:
        """Some of these days of the calendar."""
        last = first if last is None else last
        return Window(self.calendar, str(self.day(first)), str(self.day(last)), options)

    # Doing.

    async def socket(
        self, token: str | None = None, server: Server | None = None, **options: Any
    ) -> FeedSocket:
        """A socket that is closed with the test."""
        socket = await FeedSocket.open(server or self.server, token or self.tenant.key, **options)
        self.addAsyncCleanup(socket.close)
        return socket

    async def watch(self, window: Window, token: str | None = None) -> FeedSocket:
        socket = await self.socket(token)
        await socket.subscribe(window)
        self.assertEqual([one["op"] for one in window.messages], ["snapshot"], window.messages)
        return socket

    async def book(self, start: str, calendar: str | None = None, **fields: Any) -> dict[str, Any]:
        answer = await self.tenant.book(calendar or self.calendar, start, **fields)
        self.assertEqual(answer.status, 201, answer.body)
        return answer.json

    async def cancel(self, appointment: dict[str, Any]) -> dict[str, Any]:
        path = f"/api/v1/appointments/{appointment['id']}/cancel"
        answer = await self.tenant.client.post(path, {"cancelled_by": "host"})
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    async def hold(self, start: str, calendar: str | None = None) -> dict[str, Any]:
        path = f"/api/v1/calendars/{calendar or self.calendar}/holds"
        answer = await self.tenant.client.post(path, {"starts_at": start})
        self.assertEqual(answer.status, 201, answer.body)
        return answer.json

    async def release(self, hold: dict[str, Any], calendar: str | None = None) -> None:
        path = f"/api/v1/calendars/{calendar or self.calendar}/holds/{hold['hold_token']}"
        answer = await self.tenant.client.send("DELETE", path)
        self.assertEqual(answer.status, 204, answer.body)

    async def key(self, *scopes: str) -> dict[str, Any]:
        """Another API key of the organization."""
        body = {"name": "Narrow", "scopes": list(scopes)}
        answer = await self.tenant.client.post("/api/v1/admin/api-keys", body)
        self.assertEqual(answer.status, 201, answer.body)
        return answer.json

    async def ticket(self, token: str | None = None) -> Response:
        return await self.tenant.client.post("/api/v1/realtime/tickets", token=token)

    async def delete_organization(self) -> None:
        path = f"/api/v1/platform/organizations/{self.tenant.organization}"
        answer = await self.tenant.client.send("DELETE", path, token=OPERATOR_TOKEN)
        self.assertEqual(answer.status, 204)

    def jwt(self, scope: str = READER, **others: Any) -> str:
        return signed(claims(self.tenant.organization, scope, **others))

    # Judging.

    def assert_sound_windows(self, *windows: Window) -> None:
        for window in windows:
            self.assertEqual(window.faults, [], window.query())

    async def assert_up_to_date(self, *windows: Window) -> None:
        """Each window is what availability offers, and came there by the rules; for when nothing moves."""
        self.assert_sound_windows(*windows)
        for window in windows:
            self.assertEqual(window.slots, await window.offered(self.tenant.client), window.query())
