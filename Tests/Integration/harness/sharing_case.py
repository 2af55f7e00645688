"""What trials of sharing share: members and teams, subjects with a client at each node, and an owner's calendars."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from .client import Response
from .model.permissions import OWNER, SUBJECTS, TEAMS
from .nodes_case import NODES, NodesCase
from .tenant import ALWAYS
from .tokens import claims, signed

SCOPES = "calendars:read calendars:write appointments:read appointments:write"
# What only those may read who may see more than free times.
SECRET = "Second floor, ring twice"


class SharingCase(NodesCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.clients = [self.patient(node, self.tenant.key) for node in range(NODES)]
        self.members = {name: await self.member(name) for name in SUBJECTS[:3]}
        self.teams = {name: await self.team(name) for name in TEAMS}
        self.subjects = {
            subject: [self.patient(node, self.token(subject)) for node in range(NODES)]
            for subject in SUBJECTS
        }
        self.calendars = [await self.calendar() for _ in range(3)]

    async def member(self, name: str) -> str:
        body = {"name": name, "email": f"{name}@example.com", "subject": name}
        return (await self.done(self.somewhere().post("/api/v1/admin/members", body), 201))["id"]

    async def team(self, name: str) -> str:
        return (await self.done(self.somewhere().post("/api/v1/admin/teams", {"name": name}), 201))["id"]

    async def calendar(self) -> str:
        body = {
            "name": "Shared",
            "timezone": "UTC",
            "description": SECRET,
            "business_hours": ALWAYS,
            "horizon_days": 400,
            "slot_duration_minutes": 5,
        }
        client = self.chance.choice(self.subjects[OWNER])
        return (await self.done(client.post("/api/v1/calendars", body), 201))["id"]

    def token(self, subject: str) -> str:
        return signed(claims(self.tenant.organization, SCOPES, sub=subject, exp=4_000_000_000))

    async def done(self, request: Awaitable[Response], status: int) -> Any:
        answer = await request
        self.assertEqual(answer.status, status, f"seed {self.seed}: {answer.body!r}")
        return answer.json if answer.body else None

    async def give(self, calendar: str, permission: str, **grantee: Any) -> str:
        """Returns the share's path."""
        path = f"/api/v1/calendars/{calendar}/shares"
        made = await self.done(self.somewhere().post(path, {"permission": permission, **grantee}), 201)
        return f"{path}/{made['id']}"

    async def take_back(self, share: str) -> None:
        await self.done(self.somewhere().send("DELETE", share), 204)
