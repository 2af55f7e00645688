"""What only one may have goes to one, however many ask at once."""

from __future__ import annotations

import asyncio
import unittest
from collections import Counter
from typing import Any

from harness.case import ServerCase
from harness.client import Response
from harness.tenant import Tenant

CLIENTS = 20
FIXED = {"kind": "fixed", "date": "2030-01-01", "intervals": []}
BUFFER = {"kind": "between", "minutes": 10}
BLACKOUT = {"starts_on": "2030-01-01", "ends_on": "2030-01-02"}


class OpeningRulesParallel(ServerCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.tenant = await Tenant.create(self.installation.serve())
        self.addAsyncCleanup(self.tenant.client.close)
        self.path = f"/api/v1/calendars/{await self.tenant.calendar()}"

    async def all_at_once(self, method: str, path: str, body: Any = None, **headers: str) -> list[Response]:
        client = self.tenant.client
        options = {"headers": {name.replace("_", "-"): value for name, value in headers.items()}}
        return list(
            await asyncio.gather(*(client.send(method, self.path + path, body, **options) for _ in range(CLIENTS)))
        )

    def assert_one(self, answers: list[Response], status: int, other: int, code: str) -> Response:
        told = Counter((answer.status, answer.code) for answer in answers)
        self.assertEqual(told, {(status, None): 1, (other, code): CLIENTS - 1})
        return next(answer for answer in answers if answer.status == status)

    async def listed(self, path: str) -> list[dict[str, Any]]:
        return (await self.tenant.client.get(self.path + path)).json["data"]

    async def test_one_buffer_of_a_kind_and_one_rule_of_a_date(self) -> None:
        for path, body, code in (
            ("/buffer-times", BUFFER, "duplicate_kind"),
            ("/availability-rules", FIXED, "duplicate_date"),
        ):
            with self.subTest(path=path):
                made = self.assert_one(await self.all_at_once("POST", path, body), 201, 409, code)
                self.assertEqual([one["id"] for one in await self.listed(path)], [made.json["id"]])
                await self.tenant.client.send("DELETE", f"{self.path}{path}/{made.json['id']}")
                # What was taken away makes room.
                self.assert_one(await self.all_at_once("POST", path, body), 201, 409, code)

    async def test_one_deletes_and_one_replaces_what_it_has_read(self) -> None:
        made = await self.tenant.client.post(f"{self.path}/blackout-dates", BLACKOUT)
        path, tag = f"/blackout-dates/{made.json['id']}", made.headers["etag"]
        answers = await self.all_at_once("PUT", path, {**BLACKOUT, "reason": "Snow"}, If_Match=tag)
        changed = self.assert_one(answers, 200, 412, "precondition_failed")
        self.assertEqual(changed.json["version"], made.json["version"] + 1)
        self.assertEqual(await self.listed("/blackout-dates"), [changed.json])
        self.assert_one(await self.all_at_once("DELETE", path), 204, 404, "not_found")
        self.assertEqual(await self.listed("/blackout-dates"), [])

    async def test_one_key_makes_one_rule(self) -> None:
        answers = await self.all_at_once("POST", "/blackout-dates", BLACKOUT, Idempotency_Key="once")
        self.assertLessEqual({answer.status for answer in answers}, {201, 409})
        ids = {answer.json["id"] for answer in answers if answer.status == 201}
        codes = {answer.code for answer in answers if answer.status == 409}
        self.assertEqual((len(ids), codes - {"idempotency_in_progress"}), (1, set()))
        self.assertEqual({one["id"] for one in await self.listed("/blackout-dates")}, ids)

    async def test_changes_at_once_are_all_kept(self) -> None:
        """Each is decided over what the one before has made of the rules."""
        days = [f"2030-02-{day:02}" for day in range(1, CLIENTS + 1)]
        client = self.tenant.client
        made = await asyncio.gather(
            *(client.post(f"{self.path}/blackout-dates", {"starts_on": day, "ends_on": day}) for day in days)
        )
        self.assertEqual({answer.status for answer in made}, {201})
        answer = await client.get(f"{self.path}/availability?from=2030-02-01&to=2030-02-28&group_by=day")
        self.assertEqual(min(answer.json["days"]), f"2030-02-{CLIENTS + 1:02}")
        seen: list[str] = []
        cursor = ""
        while True:
            page = (await client.get(f"{self.path}/blackout-dates?limit=7{cursor}")).json
            seen += [one["id"] for one in page["data"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        self.assertEqual(seen, sorted(answer.json["id"] for answer in made))


if __name__ == "__main__":
    unittest.main()
