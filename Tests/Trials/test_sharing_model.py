"""Shares come and go on any of three nodes: the very next request, on any node, is answered by what is given then."""

from __future__ import annotations

import asyncio
import sys
import unittest
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Integration"))

from harness.client import Response
from harness.feed import FeedSocket, Window
from harness.model.permissions import LEVELS, OWNER, SUBJECTS, TEAMS, Permissions, Share, days, questions
from harness.nodes_case import NODES, NodesCase
from harness.scale import count
from harness.tenant import ALWAYS, instant, starts
from harness.tokens import claims, signed

End = Callable[[], Awaitable[Any]]
SCOPES = "calendars:read calendars:write appointments:read appointments:write"
STEPS = count(60, 600)
# Requests after each step.
QUESTIONS = 6


class SharingModel(NodesCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.known = Permissions()
        self.seen: Counter[str] = Counter()
        self.members = {name: await self.member(name) for name in SUBJECTS[:3]}
        self.teams = {name: await self.team(name) for name in TEAMS}
        self.subjects = {
            subject: [self.client(node, self.token(subject)) for node in range(NODES)]
            for subject in SUBJECTS
        }
        self.calendars = [await self.calendar() for _ in range(3)]
        self.questions = questions(starts())

    async def member(self, name: str) -> str:
        body = {"name": name, "email": f"{name}@example.com", "subject": name}
        return (await self.done(self.somewhere().post("/api/v1/admin/members", body), 201))["id"]

    async def team(self, name: str) -> str:
        return (await self.done(self.somewhere().post("/api/v1/admin/teams", {"name": name}), 201))["id"]

    async def calendar(self) -> str:
        body = {"name": "Shared", "timezone": "UTC", "business_hours": ALWAYS, "horizon_days": 400}
        client = self.chance.choice(self.subjects[OWNER])
        id = (await self.done(client.post("/api/v1/calendars", {**body, "slot_duration_minutes": 5}), 201))["id"]
        self.known.shares[id] = {}
        return id

    def token(self, subject: str) -> str:
        return signed(claims(self.tenant.organization, SCOPES, sub=subject, exp=4_000_000_000))

    async def done(self, request: Any, status: int) -> Any:
        answer: Response = await request
        self.assertEqual(answer.status, status, f"seed {self.seed}: {answer.body!r}")
        return answer.json if answer.body else None

    # The trial.

    async def test_each_request_is_answered_by_what_is_given_then(self) -> None:
        for step in range(STEPS):
            what = await self.chance.choice([self.share, self.share, self.revoke, self.move, self.toggle])()
            for _ in range(QUESTIONS):
                await self.ask(f"seed {self.seed}, step {step} after {what}")
            if step % 10 == 0:
                await self.check_lists(f"seed {self.seed}, step {step} after {what}")
        print(f"\n  {dict(sorted(self.seen.items()))} (seed {self.seed})", flush=True)
        self.assertEqual({name[:3] for name in self.seen}, {"200", "201", "403", "404"})

    async def ask(self, context: str) -> None:
        subject, calendar = self.chance.choice(SUBJECTS), self.chance.choice(self.calendars)
        question, node = self.chance.choice(self.questions), self.chance.randrange(NODES)
        level = self.known.level(subject, calendar)
        answer = await question.ask(self.subjects[subject][node], calendar)
        told = (answer.status, answer.code)
        context = f"{context}: {subject} with level {level} asks node {node + 1} for {question.name}: {answer.body!r}"
        if level >= question.needed:
            self.assertIn(answer.status, (200, 201), context)
        else:
            expected = (404, "not_found") if level == 0 else (403, "insufficient_permission")
            self.assertEqual(told, expected, context)
        self.seen[f"{answer.status} {answer.code or 'ok'}"] += 1

    async def check_lists(self, context: str) -> None:
        """Everybody's list of calendars has what they may see at all."""
        for subject, clients in self.subjects.items():
            page = await self.done(self.chance.choice(clients).get("/api/v1/calendars?limit=200"), 200)
            visible = {one for one in self.calendars if self.known.level(subject, one) > 0}
            self.assertEqual({one["id"] for one in page["data"]}, visible, f"{context}: {subject}")

    async def test_who_watches_is_told_when_nothing_is_given_any_more(self) -> None:
        """Revoked, expired, out of the team: at every node."""
        calendar = self.calendars[0]
        for ending in (self.ends_by_revocation, self.ends_by_expiry, self.ends_by_leaving):
            end = await ending(calendar)
            windows = [Window(calendar, *days()) for _ in range(NODES)]
            sockets = [await FeedSocket.open(node.process, self.token("ada")) for node in self.nodes.all]
            for socket, window in zip(sockets, windows):
                await socket.subscribe(window)
            await end()
            for socket, window in zip(sockets, windows):
                await socket.until("an error", lambda w=window: bool(w.of("error")))  # type: ignore[misc]
                self.assertEqual([one["code"] for one in window.of("error")], ["not_found"], ending.__name__)
                await socket.close()
            for client in self.subjects["ada"]:
                answer = await client.get(f"/api/v1/calendars/{calendar}")
                self.assertEqual((answer.status, answer.code), (404, "not_found"), ending.__name__)

    async def ends_by_revocation(self, calendar: str) -> End:
        path = f"/api/v1/calendars/{calendar}/shares"
        body = {"grantee_type": "member", "grantee_id": "ada", "permission": "book"}
        made = await self.done(self.somewhere().post(path, body), 201)
        return lambda: self.done(self.somewhere().send("DELETE", f"{path}/{made['id']}"), 204)

    async def ends_by_expiry(self, calendar: str) -> End:
        expires = datetime.now(UTC) + timedelta(seconds=5)
        body = {"grantee_type": "organization", "permission": "view", "expires_at": instant(expires)}
        await self.done(self.somewhere().post(f"/api/v1/calendars/{calendar}/shares", body), 201)
        return lambda: asyncio.sleep(0)

    async def ends_by_leaving(self, calendar: str) -> End:
        path = f"/api/v1/admin/teams/{self.teams[TEAMS[0]]}"
        members = {"member_ids": [self.members["ada"]]}
        await self.done(self.somewhere().send("PATCH", path, members), 200)
        body = {"grantee_type": "team", "grantee_id": self.teams[TEAMS[0]], "permission": "manage"}
        await self.done(self.somewhere().post(f"/api/v1/calendars/{calendar}/shares", body), 201)
        return lambda: self.done(self.somewhere().send("PATCH", path, {"member_ids": []}), 200)

    # What happens.

    async def share(self) -> str:
        calendar, level = self.chance.choice(self.calendars), self.chance.randint(1, len(LEVELS))
        kind = self.chance.choice(["member", "member", "member", "team", "team", "organization"])
        whom: str | None = None
        grantee: str | None = None
        if kind == "member":
            whom = self.chance.choice(SUBJECTS[:4])
            grantee = self.members.get(whom, whom)
        elif kind == "team":
            whom = self.chance.choice(TEAMS)
            grantee = self.teams[whom]
        shares = self.known.shares[calendar]
        if any(share.grantee == (kind, whom) for share in shares.values()):
            return "nothing"
        body: dict[str, Any] = {"grantee_type": kind, "permission": LEVELS[level - 1]}
        if grantee is not None:
            body["grantee_id"] = grantee
        if self.chance.random() < 0.3:
            body["expires_at"] = instant(datetime.now(UTC) + timedelta(hours=2))
        made = await self.done(self.somewhere().post(f"/api/v1/calendars/{calendar}/shares", body), 201)
        shares[made["id"]] = Share(made["id"], (kind, whom), level)
        return f"share {body}"

    async def revoke(self) -> str:
        calendar = self.chance.choice(self.calendars)
        shares = self.known.shares[calendar]
        if not shares:
            return "nothing"
        share = shares.pop(self.chance.choice(list(shares)))
        client = self.somewhere()
        await self.done(client.send("DELETE", f"/api/v1/calendars/{calendar}/shares/{share.id}"), 204)
        return f"revoke {share}"

    async def move(self) -> str:
        """A team gets other members."""
        team = self.chance.choice(TEAMS)
        names = set(self.chance.sample(SUBJECTS[:3], self.chance.randint(0, 3)))
        body = {"member_ids": [self.members[name] for name in names]}
        await self.done(self.somewhere().send("PATCH", f"/api/v1/admin/teams/{self.teams[team]}", body), 200)
        self.known.teams[team] = names
        return f"team {team} is {names}"

    async def toggle(self) -> str:
        """A member is deactivated, or comes back."""
        if self.chance.random() < 0.5:
            return "nothing"
        name = self.chance.choice(SUBJECTS[:3])
        active = name in self.known.inactive
        path = f"/api/v1/admin/members/{self.members[name]}"
        await self.done(self.somewhere().send("PATCH", path, {"is_active": active}), 200)
        (self.known.inactive.discard if active else self.known.inactive.add)(name)
        return f"{name} is {'active' if active else 'inactive'}"


if __name__ == "__main__":
    unittest.main()
