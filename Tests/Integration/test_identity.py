"""Who somebody is, is bytes: what Unicode takes for the same, or looks the same, is somebody else."""

from __future__ import annotations

import unittest
from typing import Any

from harness.case import ServerCase
from harness.client import Response
from harness.raw import exchange
from harness.server import JWT_SECRET
from harness.tenant import Tenant, starts
from harness.tokens import claims, signed

OWN = "calendars:read calendars:write appointments:read appointments:write"
# Pairs that Unicode calls canonically equivalent: to `String` in Swift they are equal.
TWINS = {
    "Kelvin": ("Kate", "\u212aate"),
    "composed": ("Ren\u00e9", "Rene\u0301"),
    "Angstrom": ("\u00c5sa", "\u212bsa"),
    "order of marks": ("a\u0323\u0307", "a\u0307\u0323"),
    "Hangul": ("\uac00", "\u1100\u1161"),
    "Greek question mark": ("a;b", "a\u037eb"),
}


class Identity(ServerCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.server = self.installation.serve({"ALMANAC_JWT_SECRET": JWT_SECRET})
        self.tenant = await Tenant.create(self.server)
        self.client = self.tenant.client
        self.addAsyncCleanup(self.client.close)

    def token(self, subject: str, scope: str = OWN, **others: Any) -> str:
        return signed(claims(self.tenant.organization, scope, sub=subject, **others))

    async def seen_by(self, subject: str) -> list[str]:
        listed = await self.client.get("/api/v1/calendars", token=self.token(subject))
        self.assertEqual(listed.status, 200, listed)
        return [item["id"] for item in listed.json["data"]]

    async def test_a_subject_is_its_bytes(self) -> None:
        for name, (one, other) in TWINS.items():
            with self.subTest(name=name):
                owned = await self.tenant.calendar(owner={"member_id": one})
                given = await self.tenant.calendar()
                share = {"grantee_type": "member", "grantee_id": one, "permission": "manage"}
                answer = await self.client.post(f"/api/v1/calendars/{given}/shares", share)
                self.assertEqual(answer.status, 201, answer)
                # The other one first and last: neither a cold nor a warm memory takes one for the other.
                self.assertEqual(await self.seen_by(other), [])
                self.assertEqual(await self.seen_by(one), [owned, given])
                self.assertEqual(await self.seen_by(other), [])
                for calendar in (owned, given):
                    path = f"/api/v1/calendars/{calendar}"
                    mine = await self.client.get(path, token=self.token(one))
                    self.assertEqual(mine.status, 200, mine)
                    for method in ("GET", "PATCH", "DELETE"):
                        body = {"name": "Mine"} if method == "PATCH" else None
                        answer = await self.client.send(method, path, body, token=self.token(other))
                        self.assertEqual(answer.status, 404, answer)
                answer = await self.client.post(f"/api/v1/calendars/{given}/shares", {**share, "grantee_id": other})
                self.assertEqual(answer.status, 201, "the same person twice?")

    async def test_two_members_may_have_equivalent_subjects(self) -> None:
        for name, pair in TWINS.items():
            with self.subTest(name=name):
                found = []
                for subject in pair:
                    answer = await self.client.post("/api/v1/admin/members", {"name": "A", "subject": subject})
                    self.assertEqual((answer.status, answer.json["subject"]), (201, subject))
                    found.append(answer.json["id"])
                    again = await self.client.post("/api/v1/admin/members", {"name": "B", "subject": subject})
                    self.assertEqual((again.status, again.code), (409, "duplicate_subject"))
                calendar = await self.tenant.calendar(owner={"member_id": found[0]})
                self.assertEqual(await self.seen_by(pair[0]), [calendar])
                self.assertEqual(await self.seen_by(pair[1]), [])

    async def test_a_subject_is_a_text_that_can_be_kept(self) -> None:
        for subject in ("\x00", "ada\x00", "\x00ada", "a\x00da", "", "a" * 256):
            for scope in (OWN, OWN + " calendars:all"):
                for method, path, body in (
                    ("GET", "/api/v1/calendars", None),
                    ("POST", "/api/v1/calendars", {"name": "A", "timezone": "UTC"}),
                    ("POST", "/api/v1/realtime/tickets", None),
                ):
                    with self.subTest(subject=subject[:8], scope=scope, path=path):
                        answer = await self.client.send(method, path, body, token=self.token(subject, scope))
                        self.assertEqual((answer.status, answer.code), (401, "unauthorized"))
        good = await self.client.get("/api/v1/calendars", token=self.token("ad\u0301a \U0001f600"))
        self.assertEqual(good.status, 200)

    def ask(self, key: str) -> Response:
        """A request whose header is UTF-8."""
        head = f"GET /api/v1/calendars HTTP/1.1\r\nHost: almanac.test\r\nAuthorization: Bearer {key}\r\n\r\n"
        outcome = exchange(self.server.port, head.encode())
        self.assertEqual(len(outcome.answers), 1, outcome)
        return outcome.answers[0]

    async def test_a_key_is_its_bytes(self) -> None:
        # A key with a K in it, whose twin is U+212A: one in three has one.
        for _ in range(100):
            made = await self.client.post("/api/v1/admin/api-keys", {"name": "A", "scopes": ["calendars:read"]})
            self.assertEqual(made.status, 201, made)
            key = made.json["api_key"]
            if "K" in key:
                break
        forged = key.replace("K", "\u212a")
        self.assertNotEqual(forged, key)
        for attempt in ("cold", "warm", "warm still"):
            with self.subTest(attempt=attempt):
                self.assertEqual(self.ask(forged).status, 401)
                self.assertEqual(self.ask(key).status, 200)
                self.assertEqual(self.ask(forged).status, 401)

    async def test_a_scope_is_its_bytes(self) -> None:
        """Names with a letter's twin in them are no names."""
        for scope in ("calendars\uff1aread", "c\u0430lendars:read", "calendars:read\u0345", "CALENDARS:READ"):
            with self.subTest(scope=scope):
                answer = await self.client.get("/api/v1/calendars", token=self.token("ada", scope))
                self.assertEqual((answer.status, answer.code), (403, "insufficient_scope"))
                made = await self.client.post("/api/v1/admin/api-keys", {"name": "A", "scopes": [scope]})
                self.assertEqual(made.status, 422, made)

    async def test_words_of_the_contract_are_their_bytes(self) -> None:
        calendar = await self.tenant.calendar()
        rules = f"/api/v1/calendars/{calendar}/availability-rules"
        rule = {"kind": "recurring", "effect": "available", "starts_on": "2026-11-02", "start": "09:00", "end": "10:00"}
        for text, status in (
            ("FREQ=WEEKLY;BYDAY=MO", 201),
            ("FREQ=WEE\u212aLY;BYDAY=MO", 422),
            ("FREQ=WEEKLY\u037eBYDAY=MO", 422),
        ):
            with self.subTest(rrule=text):
                answer = await self.client.post(rules, {**rule, "rrule": text})
                self.assertEqual(answer.status, status, answer)
        for zone, status in (("GMT", 201), ("Asia/Bang\u212aok", 422), ("Asia/Bangkok", 201)):
            with self.subTest(zone=zone):
                answer = await self.client.post("/api/v1/calendars", {"name": "A", "timezone": zone})
                self.assertEqual(answer.status, status, answer)

    async def test_an_address_is_not_a_lookalikes(self) -> None:
        calendar = await self.tenant.calendar()
        slots = starts()
        found = []
        for email in ("kate@example.com", "\u212aate@example.com"):
            body = {"name": "A", "email": email}
            booked = await self.tenant.book(calendar, next(slots), contact=body)
            if booked.status == 201:
                found.append(booked.json["contact"]["id"])
                self.assertEqual(booked.json["contact"]["email"], email)
            else:
                self.assertEqual(booked.status, 422, booked)
        self.assertEqual(len(set(found)), len(found), "two persons are one contact")


if __name__ == "__main__":
    unittest.main()
