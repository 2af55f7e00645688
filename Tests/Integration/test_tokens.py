"""JSON Web Tokens: minted by `token`, made by an issuer, and forged."""

from __future__ import annotations

import time
import unittest
from typing import Any

from harness.case import ServerCase
from harness.client import Response
from harness.server import JWT_SECRET
from harness.store import on_one_store
from harness.tenant import Tenant, starts
from harness.tokens import claims, signed

SETTINGS = {"ALMANAC_JWT_SECRET": JWT_SECRET}
EVERYTHING = "calendars:read calendars:write calendars:all appointments:read appointments:write"


def without(claims: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in claims.items() if key != name}


@on_one_store
class Tokens(ServerCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.server = self.installation.serve(SETTINGS)
        self.tenant = await Tenant.create(self.server)
        self.calendar = await self.tenant.calendar()
        self.addAsyncCleanup(self.tenant.client.close)

    async def read(self, token: str) -> Response:
        return await self.tenant.client.get("/api/v1/calendars", token=token)

    async def assert_unauthorized(self, token: str, why: str) -> None:
        answer = await self.read(token)
        self.assertEqual((answer.status, answer.code), (401, "unauthorized"), why)
        self.assertIn("Bearer", answer.headers["www-authenticate"])

    async def test_a_minted_token_works_within_its_scopes(self) -> None:
        minted = self.installation.run(
            "token",
            "--organization",
            self.tenant.organization,
            "--scope",
            "calendars:read",
            "calendars:all",
            settings=SETTINGS,
        )
        self.assertEqual((minted.returncode, minted.stderr), (0, ""))
        token = minted.stdout.strip()
        listed = await self.read(token)
        self.assertEqual([item["id"] for item in listed.json["data"]], [self.calendar])
        client = self.tenant.client
        for method, path, scope in (
            ("POST", "/api/v1/calendars", "calendars:write"),
            ("DELETE", f"/api/v1/calendars/{self.calendar}", "calendars:write"),
            ("POST", "/api/v1/appointments", "appointments:write"),
            ("GET", "/api/v1/appointments", "appointments:read"),
            ("POST", f"/api/v1/calendars/{self.calendar}/holds", "appointments:write"),
            ("GET", "/api/v1/admin/api-keys", "admin"),
        ):
            refused = await client.send(method, path, {} if method == "POST" else None, token=token)
            self.assertEqual((refused.status, refused.code), (403, "insufficient_scope"), path)
            self.assertIn(scope, refused.headers["www-authenticate"])

    def test_minting_needs_a_secret(self) -> None:
        answer = self.installation.run("token", "--organization", self.tenant.organization)
        self.assertEqual(answer.returncode, 1)
        self.assertIn("ALMANAC_JWT_SECRET", answer.stderr)

    async def test_the_challenge_says_why(self) -> None:
        valid = claims(self.tenant.organization, EVERYTHING)
        now = int(time.time())
        for token, words in (
            (signed({**valid, "exp": now - 5}), "This token has expired (exp)."),
            (signed(without(valid, "exp")), "This token has no exp, or one that is not a number of seconds."),
            (signed({**valid, "exp": "soon"}), "This token has no exp, or one that is not a number of seconds."),
            (signed({**valid, "nbf": now + 600}), "This token is not valid yet (nbf)."),
            (signed({**valid, "iss": 5}), "This token is from another issuer (iss), or for another audience (aud)."),
            (signed(without(valid, "scope")), "This token lacks a usable sub, org or scope."),
            # Nothing is said of what somebody else has signed.
            (signed({**valid, "exp": now - 5}, secret="x" * 32), "This token is not valid."),
            ("a.b.c", "This token is not valid."),
        ):
            answer = await self.read(token)
            self.assertEqual((answer.status, answer.json["detail"]), (401, words))
            challenge = f'Bearer realm="almanac", error="invalid_token", error_description="{words}"'
            self.assertEqual(answer.headers["www-authenticate"], challenge)

    async def test_a_token_books(self) -> None:
        token = signed(claims(self.tenant.organization, EVERYTHING))
        self.tenant.client.token = token
        self.assertEqual((await self.tenant.book(self.calendar, next(starts()))).status, 201)
        self.assert_sound(self.server)

    async def test_forged_and_stale_tokens_are_refused(self) -> None:
        good = claims(self.tenant.organization, EVERYTHING)
        self.assertEqual((await self.read(signed(good))).status, 200)
        head, body, signature = signed(good).split(".")
        now = int(time.time())
        forgeries = {
            "wrong secret": signed(good, secret="x" * 40),
            "empty secret": signed(good, secret=""),
            "expired": signed({**good, "exp": now - 1}),
            "expired long ago": signed({**good, "exp": 1}),
            "not yet valid": signed({**good, "nbf": now + 300}),
            "no end": signed(without(good, "exp")),
            "an end that is text": signed({**good, "exp": str(now + 300)}),
            "alg none": signed(good, algorithm="none", digest=None),
            "alg None": signed(good, algorithm="None", digest=None),
            "alg none with a signature": signed(good, algorithm="none"),
            "no signature": f"{head}.{body}.",
            "another signature": f"{head}.{body}.{signature[:-4]}AAAA",
            "another body": f"{head}.{signed({**good, 'sub': 'eve'}).split('.')[1]}.{signature}",
            "another algorithm": signed(good, algorithm="HS512", digest="sha512"),
            "an algorithm that lies": signed(good, algorithm="RS256"),
            "an extension that must be understood": signed(good, crit=["exp2"]),
            "no organization": signed(without(good, "org")),
            "an organization that is not there": signed(
                claims("01a203bd-a020-70bf-b6e6-e92e29387749", EVERYTHING)
            ),
            "no subject": signed(without(good, "sub")),
            "an empty subject": signed({**good, "sub": ""}),
            "no scope": signed(without(good, "scope")),
            "not a token": "a.b.c",
            "dots": "...",
            "very long": "e30." * 5_000,
        }
        for why, token in forgeries.items():
            with self.subTest(why=why):
                await self.assert_unauthorized(token, why)

    async def test_another_organization_sees_nothing(self) -> None:
        other = await Tenant.create(self.server, "Other")
        self.addAsyncCleanup(other.client.close)
        booked = (await self.tenant.book(self.calendar, next(starts()))).json["id"]
        token = signed(claims(other.organization, EVERYTHING + " appointments:override"))
        client = self.tenant.client
        self.assertEqual((await self.read(token)).json["data"], [])
        for method, path in (
            ("GET", f"/api/v1/calendars/{self.calendar}"),
            ("DELETE", f"/api/v1/calendars/{self.calendar}"),
            ("GET", f"/api/v1/calendars/{self.calendar}/availability?from=2030-01-01&to=2030-01-02"),
            ("GET", f"/api/v1/appointments/{booked}"),
            ("POST", f"/api/v1/appointments/{booked}/cancel"),
        ):
            body = {"cancelled_by": "host"} if method == "POST" else None
            answer = await client.send(method, path, body, token=token)
            self.assertEqual((answer.status, answer.code), (404, "not_found"), path)
        client.token = token
        answer = await self.tenant.book(self.calendar, next(starts(skip=3)))
        self.assertEqual((answer.status, answer.code), (404, "not_found"))

    async def test_a_member_sees_the_calendars_it_owns(self) -> None:
        token = signed(claims(self.tenant.organization, EVERYTHING.replace(" calendars:all", "")))
        self.tenant.client.token = token
        self.assertEqual((await self.read(token)).json["data"], [])
        own = await self.tenant.calendar()
        self.assertEqual([item["id"] for item in (await self.read(token)).json["data"]], [own])
        self.assertEqual((await self.tenant.client.get(f"/api/v1/calendars/{self.calendar}")).status, 404)
        self.assertEqual((await self.tenant.book(self.calendar, next(starts()))).status, 404)
        self.assertEqual((await self.tenant.book(own, next(starts()))).status, 201)

    async def test_a_deleted_organization_has_no_tokens(self) -> None:
        token = signed(claims(self.tenant.organization, EVERYTHING))
        self.assertEqual((await self.read(token)).status, 200)
        path = f"/api/v1/platform/organizations/{self.tenant.organization}"
        deleted = await self.tenant.client.send("DELETE", path, token="operator-token-of-the-tests")
        self.assertEqual(deleted.status, 204)
        await self.assert_unauthorized(token, "JWT")
        await self.assert_unauthorized(self.tenant.key, "API key")


@on_one_store
class IssuerAndAudience(ServerCase):
    async def test_both_are_wanted_when_they_are_set(self) -> None:
        settings = {**SETTINGS, "ALMANAC_JWT_ISSUER": "https://id.test", "ALMANAC_JWT_AUDIENCE": "almanac"}
        tenant = await Tenant.create(self.installation.serve(settings))
        self.addAsyncCleanup(tenant.client.close)
        minted = self.installation.run("token", "--organization", tenant.organization, settings=settings)
        for given, status in (
            ({"iss": "https://id.test", "aud": "almanac"}, 200),
            ({"iss": "https://id.test", "aud": ["other", "almanac"]}, 200),
            ({"iss": "https://id.test"}, 401),
            ({"aud": "almanac"}, 401),
            ({}, 401),
            ({"iss": "https://id.test", "aud": "other"}, 401),
            ({"iss": "https://evil.test", "aud": "almanac"}, 401),
        ):
            token = signed(claims(tenant.organization, EVERYTHING, **given))
            self.assertEqual(
                (await tenant.client.get("/api/v1/calendars", token=token)).status, status, given
            )
        answer = await tenant.client.get("/api/v1/calendars", token=minted.stdout.strip())
        self.assertEqual(answer.status, 200)

    async def test_without_a_secret_no_token_is_accepted(self) -> None:
        tenant = await Tenant.create(self.installation.serve())
        self.addAsyncCleanup(tenant.client.close)
        for secret in (JWT_SECRET, ""):
            token = signed(claims(tenant.organization, EVERYTHING), secret=secret)
            self.assertEqual((await tenant.client.get("/api/v1/calendars", token=token)).status, 401)


if __name__ == "__main__":
    unittest.main()
