"""What most tests need: an organization, calendars that are always open, and bookings of their slots."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from .client import Client, ConnectionLost, Response
from .server import OPERATOR_TOKEN, Server
from .today import today

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ALWAYS = [{"day_of_week": day, "start": "00:00", "end": "24:00"} for day in DAYS]
_numbers = itertools.count(1)


def instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def starts(minutes: int = 5, skip: int = 0) -> Iterator[str]:
    """Starts on the grid of a calendar that is always open, from the day after tomorrow on."""
    midnight = datetime.combine(today() + timedelta(days=2), time(), UTC)
    for index in itertools.count(skip):
        yield instant(midnight + timedelta(minutes=minutes * index))


def booking(calendar: str, start: str, **fields: Any) -> dict[str, Any]:
    """A booking by somebody who has not booked before."""
    number = next(_numbers)
    contact = {"name": f"Guest {number}", "email": f"guest-{number}@example.com"}
    return {"calendar_id": calendar, "starts_at": start, "contact": contact, **fields}


class Tenant:
    """An organization of a server, seen through a client that carries its API key."""

    def __init__(self, client: Client, organization: str, key: str) -> None:
        self.client = client
        self.organization = organization
        self.key = key

    @classmethod
    async def create(cls, server: Server, name: str = "Harbor Dental") -> Tenant:
        client = Client(server.host, server.port)
        answer = await client.post("/api/v1/platform/organizations", {"name": name}, token=OPERATOR_TOKEN)
        assert answer.status == 201, answer
        client.token = answer.json["api_key"]
        return cls(client, answer.json["id"], answer.json["api_key"])

    async def calendar(self, **fields: Any) -> str:
        """The id of a new calendar in UTC, always open, with slots of five minutes for ten years."""
        settings = {
            "name": f"Calendar {next(_numbers)}",
            "timezone": "UTC",
            "slot_duration_minutes": 5,
            "horizon_days": 3650,
            "business_hours": ALWAYS,
            **fields,
        }
        answer = await self.client.post("/api/v1/calendars", settings)
        assert answer.status == 201, answer
        return answer.json["id"]

    async def book(self, calendar: str, start: str, key: str | None = None, **fields: Any) -> Response:
        headers = {"Idempotency-Key": key} if key else None
        return await self.client.post(
            "/api/v1/appointments", booking(calendar, start, **fields), headers=headers
        )

    async def hold(self, calendar: str, start: str) -> Response:
        return await self.client.post(f"/api/v1/calendars/{calendar}/holds", {"starts_at": start})

    async def is_ready(self) -> int | None:
        """The status of /health/ready; None if nothing listens."""
        probe = Client(self.client.host, self.client.port)
        try:
            return (await probe.get("/health/ready")).status
        except ConnectionLost:
            return None
        finally:
            await probe.close()
