"""Live feeds of shared calendars, on each of three nodes: what is taken back is not told any more."""

from __future__ import annotations

import asyncio
import sys
import unittest
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Integration"))

from harness.feed import FeedSocket, Window
from harness.model.permissions import TEAMS, days
from harness.nodes_case import NODES
from harness.sharing_case import SharingCase
from harness.tenant import booking, instant, starts
from harness.waiting import until_async

End = Callable[[], Awaitable[Any]]


class SharedFeeds(SharingCase):
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
        share = await self.give(calendar, "book", grantee_type="member", grantee_id="ada")
        return lambda: self.take_back(share)

    async def ends_by_expiry(self, calendar: str) -> End:
        expires = instant(datetime.now(UTC) + timedelta(seconds=5))
        await self.give(calendar, "view", grantee_type="organization", expires_at=expires)
        return lambda: asyncio.sleep(0)

    async def ends_by_leaving(self, calendar: str) -> End:
        await self.set_team("ada")
        await self.give(calendar, "manage", grantee_type="team", grantee_id=self.teams[TEAMS[0]])
        return lambda: self.set_team()

    async def set_team(self, *members: str) -> None:
        path = f"/api/v1/admin/teams/{self.teams[TEAMS[0]]}"
        body = {"member_ids": [self.members[name] for name in members]}
        await self.done(self.somewhere().send("PATCH", path, body), 200)

    async def test_appointments_are_told_to_those_who_may_see_more_than_free_times(self) -> None:
        calendar, grid = self.calendars[0], starts(5, skip=100)
        await self.give(calendar, "view_free_busy", grantee_type="member", grantee_id="ada")
        await self.give(calendar, "view", grantee_type="member", grantee_id="bob")
        windows = {
            (subject, node): Window(calendar, *days(), {"duration_minutes": 5})
            for subject in ("ada", "bob")
            for node in range(NODES)
        }
        for (subject, node), window in windows.items():
            socket = await FeedSocket.open(self.nodes[node].process, self.token(subject))
            self.addAsyncCleanup(socket.close)
            await socket.subscribe(window)
        await self.book_and_hear(windows, calendar, next(grid), {"bob"})
        # To give more, and less again, is told without anybody asking again.
        more = await self.give(calendar, "view", grantee_type="organization")
        await self.book_and_hear(windows, calendar, next(grid), {"ada", "bob"})
        await self.take_back(more)
        await self.book_and_hear(windows, calendar, next(grid), {"bob"})
        for window in windows.values():
            self.assertEqual(window.faults, [], f"seed {self.seed}")

    async def book_and_hear(
        self, windows: dict[tuple[str, int], Window], calendar: str, start: str, hearing: set[str]
    ) -> None:
        """The slot goes for all who watch; of the appointment only some are told."""
        await self.done(self.somewhere().post("/api/v1/appointments", booking(calendar, start)), 201)
        for (subject, node), window in windows.items():
            context = f"seed {self.seed}: {subject} at node {node + 1}"
            await until_async(f"the slot is gone, {context}", lambda w=window: gone(w, start))  # type: ignore[misc]
            if subject in hearing:
                await until_async(f"told, {context}", lambda w=window: heard(w, start))  # type: ignore[misc]
            else:
                self.assertFalse(await heard(window, start), f"{context}: {window.messages[-3:]}")


async def gone(window: Window, start: str) -> bool:
    return start not in window.slots


async def heard(window: Window, start: str) -> bool:
    return any(one["appointment"]["starts_at"] == start for one in window.of("appointment"))


if __name__ == "__main__":
    unittest.main()
