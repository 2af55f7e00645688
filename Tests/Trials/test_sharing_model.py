"""Shares come and go on any of three nodes: the very next request, on any node, is answered by what is given then."""

from __future__ import annotations

import asyncio
import sys
import unittest
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Integration"))

from harness.model.permissions import LEVELS, SUBJECTS, TEAMS, Permissions, Share, questions
from harness.nodes_case import NODES
from harness.scale import count
from harness.sharing_case import SECRET, SharingCase
from harness.tenant import instant, starts

STEPS = count(60, 600)
# Requests after each step.
QUESTIONS = 6


class SharingModel(SharingCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.known = Permissions({calendar: {} for calendar in self.calendars})
        self.seen: Counter[str] = Counter()
        self.questions = questions(self.clients[0], starts())

    # The trial.

    async def test_each_request_is_answered_by_what_is_given_then(self) -> None:
        for step in range(STEPS):
            what = await self.chance.choice([self.share, self.share, self.revoke, self.move, self.toggle])()
            for _ in range(QUESTIONS):
                await self.ask(f"seed {self.seed}, step {step} after {what}")
            if step % 40 == 30:
                await self.kill_and_restart(self.chance.randrange(NODES))
            if step % 10 == 0:
                await self.check_lists(f"seed {self.seed}, step {step} after {what}")
        print(f"\n  {dict(sorted(self.seen.items()))} (seed {self.seed})", flush=True)
        self.assertEqual({name[:3] for name in self.seen}, {"200", "201", "204", "403", "404"})

    async def kill_and_restart(self, node: int) -> None:
        """What was answered holds, whoever knew of it."""
        self.nodes[node].process.kill()
        await self.nodes[node].start()

    async def test_somebody_has_a_calendar_once_however_many_give_it_at_once(self) -> None:
        for grantee in ("ada", self.members["bob"], "stranger"):
            path = f"/api/v1/calendars/{self.calendars[0]}/shares"
            body = {"grantee_type": "member", "grantee_id": grantee, "permission": "view"}
            answers = await asyncio.gather(*(client.post(path, body) for client in self.clients * 5))
            told = Counter((answer.status, answer.code) for answer in answers)
            self.assertEqual(told, {(201, None): 1, (409, "duplicate_share"): 5 * NODES - 1}, grantee)
            made = next(answer.json["id"] for answer in answers if answer.status == 201)
            answers = await asyncio.gather(*(client.send("DELETE", f"{path}/{made}") for client in self.clients * 5))
            told = Counter((answer.status, answer.code) for answer in answers)
            self.assertEqual(told, {(204, None): 1, (404, "not_found"): 5 * NODES - 1}, grantee)

    async def ask(self, context: str) -> None:
        subject, calendar = self.chance.choice(SUBJECTS), self.chance.choice(self.calendars)
        question, node = self.chance.choice(self.questions), self.chance.randrange(NODES)
        level = self.known.level(subject, calendar)
        answer = await question.ask(self.subjects[subject][node], calendar)
        told = (answer.status, answer.code)
        context = f"{context}: {subject} with level {level} asks node {node + 1} for {question.name}: {answer.body!r}"
        if level >= question.needed:
            self.assertIn(answer.status, (200, 201, 204), context)
            if question.name == "calendar":
                self.assertEqual(SECRET.encode() in answer.body, level > 1, context)
        else:
            expected = (404, "not_found") if level == 0 else (403, "insufficient_permission")
            self.assertEqual(told, expected, context)
        self.seen[f"{answer.status} {answer.code or 'ok'}"] += 1

    async def check_lists(self, context: str) -> None:
        """Everybody's list of calendars has what they may see at all, that of appointments what they may read."""
        for subject, clients in self.subjects.items():
            page = await self.done(self.chance.choice(clients).get("/api/v1/calendars?limit=200"), 200)
            visible = {one for one in self.calendars if self.known.level(subject, one) > 0}
            self.assertEqual({one["id"] for one in page["data"]}, visible, f"{context}: {subject}")
            readable = {one for one in self.calendars if self.known.level(subject, one) > 1}
            page = await self.done(self.chance.choice(clients).get("/api/v1/appointments?limit=200"), 200)
            self.assertLessEqual({one["calendar_id"] for one in page["data"]}, readable, f"{context}: {subject}")

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
        fields = {"grantee_type": kind}
        if grantee is not None:
            fields["grantee_id"] = grantee
        if self.chance.random() < 0.3:
            fields["expires_at"] = instant(datetime.now(UTC) + timedelta(hours=2))
        path = await self.give(calendar, LEVELS[level - 1], **fields)
        shares[path] = Share(path, (kind, whom), level)
        return f"share {LEVELS[level - 1]} {fields}"

    async def revoke(self) -> str:
        calendar = self.chance.choice(self.calendars)
        shares = self.known.shares[calendar]
        if not shares:
            return "nothing"
        share = shares.pop(self.chance.choice(list(shares)))
        await self.take_back(share.path)
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
