"""What the tests of the e-mail channel share: a sink, a server that mails to it, a calendar with an owner."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from .case import ServerCase
from .client import Client, Response
from .server import JWT_SECRET, Server
from .smtp_sink import Mail, SMTPSink
from .tenant import Tenant, starts
from .waiting import until_async

OWNER = {"name": "Ada Okafor", "email": "owner@example.com"}
DESK = "desk@example.com"
DELIVERIES = "/api/v1/admin/deliveries"


class MailCase(ServerCase):
    def setUp(self) -> None:
        super().setUp()
        self.sink = SMTPSink().start()
        self.addCleanup(self.sink.close)

    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.slots = starts(30)
        await self.serve()
        self.calendar = await self.tenant.calendar(
            name="Room 1", slot_duration_minutes=30, owner=OWNER, notify=[DESK]
        )

    async def serve(self, **settings: str) -> None:
        """A server that mails to the sink, and an organization of its own."""
        self.server = self.start(**settings)
        self.tenant = await Tenant.create(self.server)
        self.addAsyncCleanup(self.tenant.client.close)

    def start(self, **settings: str) -> Server:
        return self.installation.serve({"ALMANAC_JWT_SECRET": JWT_SECRET, **self.sink.settings(**settings)})

    async def restart(self, kill: bool = False, **settings: str) -> None:
        """The same database under another process."""
        if kill:
            self.server.kill()
        else:
            self.assertEqual(self.server.stop(), 0)
        await self.tenant.client.close()
        self.server = self.start(**settings)
        self.tenant.client = Client(self.server.host, self.server.port, self.tenant.key)
        self.addAsyncCleanup(self.tenant.client.close)

    async def book(self, calendar: str | None = None, **fields: Any) -> dict[str, Any]:
        answer = await self.tenant.book(calendar or self.calendar, next(self.slots), **fields)
        self.assertEqual(answer.status, 201, answer.body)
        return answer.json

    async def cancel(self, appointment: dict[str, Any], **fields: Any) -> dict[str, Any]:
        path = f"/api/v1/appointments/{appointment['id']}/cancel"
        answer = await self.tenant.client.post(path, {"cancelled_by": "host", **fields})
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    # The delivery log.

    async def log(self, token: str | None = None, **query: Any) -> Response:
        return await self.tenant.client.get(f"{DELIVERIES}?{urlencode(query)}", token=token)

    async def deliveries(self, **query: Any) -> list[dict[str, Any]]:
        """All pages of the log."""
        found: list[dict[str, Any]] = []
        while True:
            answer = await self.log(limit=200, **query)
            self.assertEqual(answer.status, 200, answer.body)
            found += answer.json["data"]
            if answer.json["next_cursor"] is None:
                return found
            query["cursor"] = answer.json["next_cursor"]

    async def until_delivered(self, deliveries: int, seconds: float = 20, **statuses: int) -> None:
        """Waits until there are so many deliveries and none is pending."""
        last: list[dict[str, Any]] = []

        async def are_done() -> bool:
            nonlocal last
            last = await self.deliveries()
            return len(last) >= deliveries and all(one["status"] != "pending" for one in last)

        try:
            await until_async(f"{deliveries} deliveries", are_done, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}: {last[:20]}; log: {self.server.log[-5:]}") from None

    # Judging.

    def assert_once(self, *recipients: str, mails: list[Mail] | None = None) -> None:
        """These addresses have one mail each, and nobody else has any."""
        got = sorted(address for mail in mails or self.sink.mails for address in mail.recipients)
        self.assertEqual(got, sorted(recipients))

    def mail(self, address: str) -> Mail:
        (mail,) = self.sink.to(address)
        return mail
