"""Every operation of the served OpenAPI document, with good and bad requests: answers are as documented."""

from __future__ import annotations

import re
import unittest
from typing import Any

from harness.contract_case import SEEN, ContractCase
from harness.feed import PATH
from harness.hostile import MEGABYTE
from harness.raw import exchange
from harness.tenant import ALWAYS, Tenant, booking, starts
from harness.tokens import claims, signed
from harness.waiting import until_async
from harness.websocket import FrameSocket, handshake

NOBODY = "01a203bd-a020-70bf-b6e6-e92e29387749"
CALENDAR = {
    "name": "Dr. Okafor",
    "timezone": "America/New_York",
    "business_hours": ALWAYS,
    "horizon_days": 90,
}
# Bodies of all that shapes a calendar beside its settings, by the names of their schemas.
OPENING_RULES: dict[str, list[dict[str, Any]]] = {
    "AvailabilityRule": [
        {
            "kind": "recurring",
            "effect": "available",
            "rrule": "FREQ=WEEKLY;BYDAY=SA",
            "starts_on": "2026-11-07",
            "start": "10:00",
            "end": "14:00",
            "exdates": ["2026-12-26"],
        },
        {"kind": "fixed", "date": "2026-11-11", "intervals": [{"start": "12:00", "end": "24:00"}]},
        {"kind": "custom", "starts_on": "2026-12-01", "ends_on": "2026-12-31", "business_hours": []},
    ],
    "BufferTime": [{"kind": "after", "minutes": 15}],
    "BreakTime": [
        {"kind": "fixed", "days_of_week": ["monday", "sunday"], "start": "12:00", "end": "13:00"},
        {"kind": "one_time", "date": "2026-11-03", "start": "23:00", "end": "01:00"},
        {
            "kind": "recurring",
            "rrule": "FREQ=MONTHLY;BYDAY=1MO",
            "starts_on": "2026-11-02",
            "start": "09:00",
            "end": "10:00",
        },
    ],
    "BlackoutDate": [{"starts_on": "2026-12-24", "ends_on": "2026-12-26"}],
}
PARAMETERS = {
    "AvailabilityRule": "rule_id",
    "BufferTime": "buffer_id",
    "BreakTime": "break_id",
    "BlackoutDate": "blackout_id",
}
# What makes another item of one that has the field.
CHANGES: dict[str, dict[str, Any]] = {
    "intervals": {"intervals": []},
    "business_hours": {"priority": 3},
    "minutes": {"minutes": 20},
    "start": {"start": "08:30"},
    "starts_on": {"reason": "Another"},
}
# Answers that cannot be had by asking: faults, overload, a key whose first request is still running.
UNASKED = {500, 503}
RACES = {"createAPIKey": 409, "createTeam": 409, "releaseHold": 409, "getHold": 409, "regenerateAvailability": 409}
RACES["createOrganizationAPIKey"] = 409
# Two of its answers: the other is for a key whose first request still runs.
STILL_RUNNING = {"createRealtimeTicket": 409}
# So many holds and tickets are made in the tests of the routes.
RACES |= {"createHold": 429, "createRealtimeTicket": 429}
# It takes a second node: asked for in the trial of three.
RACES["drainNode"] = 202
# Of these a calendar has a thousand, which takes long to come to: asked for in the tests of the routes.
for one in ("BreakTime", "RecurringBreakTime", "BlackoutDate"):
    RACES[f"create{one}"] = 409
RACES["replaceBreakTime"] = 409


class Reading(ContractCase):
    async def test_health_metrics_and_documents(self) -> None:
        for operation in ("getLiveness", "getReadiness", "getMetrics", "getOpenAPI", "getDocs"):
            with self.subTest(operation=operation):
                await self.call(operation, 200)
                await self.call(operation, 422, query={"x": "1"}, code="unknown_parameter")
        await self.call("getStart", 422, query={"x": "1"}, code="unknown_parameter")
        await self.call("getMetrics", 401, token="x" * 20)
        self.assertEqual((await self.call("getStart", 302)).headers["location"], "/docs")
        for operation in ("getOpenAPI", "getDocs"):
            tag = (await self.call(operation, 200)).headers["etag"]
            await self.call(operation, 304, headers={"If-None-Match": tag})

    async def test_the_documents_need_nothing_else(self) -> None:
        page = (await self.client.get("/docs")).body.decode()
        for sign in ("<script src", "<link", "@import", "url("):
            self.assertNotIn(sign, page)
        for _, path, operation in self.contract.operations.values():
            self.assertIn(path, page)
            self.assertIn(operation["operationId"], page)

    async def test_every_example_is_as_its_schema(self) -> None:
        for method, path, operation in self.contract.operations.values():
            holders = [self.contract.resolve(one) for one in operation["responses"].values()]
            if "requestBody" in operation:
                holders.append(self.contract.resolve(operation["requestBody"]))
            for holder in holders:
                for media in holder.get("content", {}).values():
                    examples = [
                        self.contract.resolve(one)["value"] for one in media.get("examples", {}).values()
                    ]
                    for example in examples + ([media["example"]] if "example" in media else []):
                        with self.subTest(path=path, method=method):
                            self.assertEqual(self.contract.errors(media["schema"], example), [])

    async def test_an_unknown_path_and_an_unknown_method(self) -> None:
        for path in ("/api", "/api/v1", "/api/v2/calendars", "/api/v1/nothing"):
            self.assertEqual(self.contract.judge_anywhere("NotFound", await self.client.get(path)), [], path)
        for path in sorted({path for _, path, _ in self.contract.operations.values()}):
            known = {method for method, other, _ in self.contract.operations.values() if other == path}
            for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - known:
                answer = await self.client.send(method, re.sub(r"{\w+}", NOBODY, path))
                with self.subTest(path=path, method=method):
                    self.assertEqual(self.contract.judge_anywhere("MethodNotAllowed", answer), [])
                    allowed = {name.strip() for name in answer.headers["allow"].split(",")}
                    self.assertEqual(allowed - {"HEAD", "OPTIONS"}, known)


class Organizations(ContractCase):
    async def test_their_life(self) -> None:
        key = {"Idempotency-Key": "organization-1"}
        made = (await self.call("createOrganization", 201, {"name": "Acme"}, headers=key)).json
        again = await self.call("createOrganization", 201, {"name": "Acme"}, headers=key)
        self.assertTrue(again.is_replay)
        self.assertEqual(again.json, made)
        other = {"name": "Other"}
        await self.call("createOrganization", 422, other, headers=key, code="idempotency_key_reused")
        await self.call("createOrganization", 409, {"name": "A", "slug": made["slug"]}, code="slug_taken")
        got = await self.call("getOrganization", 200, id=made["id"])
        tag = got.headers["etag"]
        await self.call("getOrganization", 304, id=made["id"], headers={"If-None-Match": tag})
        await self.call("updateOrganization", 412, {"name": "B"}, id=made["id"], headers={"If-Match": '"x"'})
        await self.call(
            "updateOrganization", 200, {**got.json, "name": "B"}, id=made["id"], headers={"If-Match": tag}
        )
        await self.call(
            "updateOrganization", 409, {"slug": "harbor-dental"}, id=made["id"], code="slug_taken"
        )
        page = await self.call("listOrganizations", 200, query={"limit": 1})
        await self.call("listOrganizations", 200, query={"cursor": page.json["next_cursor"]})
        await self.call("deleteOrganization", 412, id=made["id"], headers={"If-Match": '"x"'})
        await self.call("deleteOrganization", 204, id=made["id"])
        for operation in ("getOrganization", "updateOrganization", "deleteOrganization"):
            body = {"name": "C"} if operation == "updateOrganization" else None
            await self.call(operation, 404, body, id=made["id"])

    async def test_a_tenant_is_not_the_operator(self) -> None:
        for operation in (
            "createOrganization",
            "listOrganizations",
            "getOrganization",
            "updateOrganization",
            "deleteOrganization",
        ):
            path: dict[str, Any] = {"id": NOBODY} if "{id}" in self.contract.operations[operation][1] else {}
            await self.call(operation, 401, token=self.tenant.key, **path)


class Nodes(ContractCase):
    async def test_there_is_one_and_it_is_not_drained(self) -> None:
        (node,) = (await self.call("listNodes", 200)).json["data"]
        self.assertEqual((node["state"], node["shards"]), ("active", 256))
        await self.call("drainNode", 409, id=node["id"], code="last_node")
        await self.call("drainNode", 404, id="nobody")
        await self.call("listNodes", 401, token=self.tenant.key)
        await self.call("drainNode", 401, token=self.tenant.key, id=node["id"])


class Keys(ContractCase):
    async def test_their_life(self) -> None:
        body = {"name": "Website", "scopes": ["calendars:read"]}
        made = (await self.call("createAPIKey", 201, body, headers={"Idempotency-Key": "key-1"})).json
        await self.call("createAPIKey", 422, {**body, "name": "B"}, headers={"Idempotency-Key": "key-1"})
        await self.call("listCalendars", 200, token=made["api_key"])
        await self.call("createCalendar", 403, CALENDAR, token=made["api_key"])
        page = await self.call("listAPIKeys", 200, query={"limit": 1})
        await self.call("listAPIKeys", 200, query={"cursor": page.json["next_cursor"]})
        shown = (await self.call("getAPIKey", 200, id=made["id"])).json
        self.assertEqual(shown["prefix"], made["prefix"])
        self.assertNotIn("api_key", shown)
        await self.call("deleteAPIKey", 204, id=made["id"])
        await self.call("getAPIKey", 404, id=made["id"])
        await self.call("deleteAPIKey", 404, id=made["id"])
        await self.call("listCalendars", 401, token=made["api_key"])

    async def test_the_last_one_stays_and_the_operator_makes_another(self) -> None:
        new = (await self.call("createOrganization", 201, {"name": "A"})).json
        made = (await self.call("createOrganizationAPIKey", 201, {"name": "Recovery"}, id=new["id"])).json
        await self.call("createOrganizationAPIKey", 404, {"name": "Recovery"}, id=NOBODY)
        ids = {"id": new["id"], "key_id": made["id"]}
        shown = (await self.call("getOrganizationAPIKey", 200, **ids)).json
        self.assertIn(shown, (await self.call("listOrganizationAPIKeys", 200, id=new["id"])).json["data"])
        await self.call("getOrganizationAPIKey", 404, id=new["id"], key_id=NOBODY)
        await self.call("listOrganizationAPIKeys", 404, id=NOBODY)
        (first, second) = (await self.call("listAPIKeys", 200, token=made["api_key"])).json["data"]
        await self.call("deleteAPIKey", 204, id=first["id"], token=made["api_key"])
        await self.call("deleteAPIKey", 409, id=second["id"], token=made["api_key"], code="last_admin_key")


class Members(ContractCase):
    async def test_their_life(self) -> None:
        key = {"Idempotency-Key": "member-1"}
        body = {"name": "Ada", "email": "ada@example.com", "subject": "auth0|ada"}
        made = (await self.call("createMember", 201, body, headers=key)).json
        again = await self.call("createMember", 201, body, headers=key)
        self.assertTrue(again.is_replay)
        self.assertEqual(again.json, made)
        await self.call("createMember", 422, {"name": "B"}, headers=key, code="idempotency_key_reused")
        await self.call("createMember", 409, body, code="duplicate_subject")
        other = (await self.call("createMember", 201, {"name": "Bob"})).json
        self.assertEqual(other["subject"], other["id"])
        got = await self.call("getMember", 200, id=made["id"])
        tag = got.headers["etag"]
        await self.call("getMember", 304, id=made["id"], headers={"If-None-Match": tag})
        await self.call("updateMember", 412, {"name": "B"}, id=made["id"], headers={"If-Match": '"x"'})
        await self.call(
            "updateMember", 200, {**got.json, "name": "B"}, id=made["id"], headers={"If-Match": tag}
        )
        await self.call(
            "updateMember", 409, {"subject": made["subject"]}, id=other["id"], code="duplicate_subject"
        )
        await self.call("updateMember", 422, {"subject": "eve"}, id=made["id"])
        page = await self.call("listMembers", 200, query={"limit": 1})
        await self.call("listMembers", 200, query={"cursor": page.json["next_cursor"]})
        await self.call("deleteMember", 412, id=made["id"], headers={"If-Match": '"x"'})
        await self.call("deleteMember", 204, id=made["id"])
        for operation in ("getMember", "updateMember", "deleteMember"):
            await self.call(operation, 404, {} if operation == "updateMember" else None, id=made["id"])

    async def test_the_life_of_a_team(self) -> None:
        member = (await self.call("createMember", 201, {"name": "Ada"})).json["id"]
        key = {"Idempotency-Key": "team-1"}
        body = {"name": "Desk", "member_ids": [member]}
        made = (await self.call("createTeam", 201, body, headers=key)).json
        self.assertTrue((await self.call("createTeam", 201, body, headers=key)).is_replay)
        await self.call("createTeam", 422, {"name": "B"}, headers=key, code="idempotency_key_reused")
        await self.call("createTeam", 422, {"name": "B", "member_ids": [NOBODY]}, code="validation_failed")
        got = await self.call("getTeam", 200, id=made["id"])
        tag = got.headers["etag"]
        await self.call("getTeam", 304, id=made["id"], headers={"If-None-Match": tag})
        await self.call("updateTeam", 412, {"name": "B"}, id=made["id"], headers={"If-Match": '"x"'})
        await self.call(
            "updateTeam", 200, {**got.json, "member_ids": []}, id=made["id"], headers={"If-Match": tag}
        )
        await self.call("createTeam", 201, {"name": "Empty"})
        page = await self.call("listTeams", 200, query={"limit": 1})
        await self.call("listTeams", 200, query={"cursor": page.json["next_cursor"]})
        await self.call("deleteTeam", 412, id=made["id"], headers={"If-Match": '"x"'})
        await self.call("deleteTeam", 204, id=made["id"])
        for operation in ("getTeam", "updateTeam", "deleteTeam"):
            await self.call(operation, 404, {} if operation == "updateTeam" else None, id=made["id"])


class Shares(ContractCase):
    async def test_their_life(self) -> None:
        id = await self.tenant.calendar()
        key = {"Idempotency-Key": "share-1"}
        link = {"grantee_type": "link", "permission": "view", "expires_at": "2100-01-01T00:00:00Z"}
        made = (await self.call("createShare", 201, link, id=id, headers=key)).json
        again = await self.call("createShare", 201, link, id=id, headers=key)
        self.assertTrue(again.is_replay)
        self.assertEqual(again.json, made)
        reused = {**link, "permission": "book"}
        await self.call("createShare", 422, reused, id=id, headers=key, code="idempotency_key_reused")
        body = {"grantee_type": "member", "grantee_id": "ada", "permission": "view_free_busy"}
        share = (await self.call("createShare", 201, body, id=id)).json["id"]
        await self.call("createShare", 409, body, id=id, code="duplicate_share")
        await self.call("createShare", 404, body, id=NOBODY)
        got = await self.call("getShare", 200, id=id, share_id=share)
        tag = got.headers["etag"]
        await self.call("getShare", 304, id=id, share_id=share, headers={"If-None-Match": tag})
        page = await self.call("listShares", 200, id=id, query={"limit": 1})
        await self.call("listShares", 200, id=id, query={"cursor": page.json["next_cursor"]})
        await self.call("listShares", 404, id=NOBODY)
        token = signed(claims(self.tenant.organization, "calendars:read calendars:write"))
        self.assertIsNone((await self.call("getCalendar", 200, id=id, token=token)).json["owner"])
        for operation, path in (
            ("listShares", {"id": id}),
            ("getShare", {"id": id, "share_id": share}),
            ("deleteShare", {"id": id, "share_id": share}),
        ):
            await self.call(operation, 403, token=token, code="insufficient_permission", **path)
        await self.call("createShare", 403, body, id=id, token=token, code="insufficient_permission")
        await self.call("deleteShare", 412, id=id, share_id=share, headers={"If-Match": '"x"'})
        await self.call("deleteShare", 204, id=id, share_id=share)
        await self.call("deleteShare", 404, id=id, share_id=share)
        await self.call("getShare", 404, id=id, share_id=share)
        await self.call("getCalendar", 404, id=id, token=token)
        secret = {"secret": made["secret"]}
        shown = (await self.call("getPublicShare", 200, **secret)).json
        self.assertEqual((shown["calendar"]["id"], shown["permission"]), (id, "view"))
        start = next(starts())
        days = {"from": start[:10], "to": start[:10]}
        answer = await self.call("getPublicShareAvailability", 200, query=days, **secret)
        self.assertTrue(answer.json["slots"])
        tag = {"If-None-Match": answer.headers["etag"]}
        await self.call("getPublicShareAvailability", 304, query=days, headers=tag, **secret)
        await self.call("getPublicShareAvailability", 422, **secret, code="invalid_query")
        await self.call("deleteShare", 204, id=id, share_id=made["id"])
        await self.call("getPublicShare", 404, **secret)
        await self.call("getPublicShareAvailability", 404, query=days, **secret)


class Calendars(ContractCase):
    async def test_their_life(self) -> None:
        key = {"Idempotency-Key": "calendar-1"}
        made = (await self.call("createCalendar", 201, CALENDAR, headers=key)).json
        self.assertEqual((await self.call("createCalendar", 201, CALENDAR, headers=key)).json, made)
        await self.call(
            "createCalendar", 422, {**CALENDAR, "name": "B"}, headers=key, code="idempotency_key_reused"
        )
        await self.call("createCalendar", 409, {**CALENDAR, "slug": made["slug"]}, code="slug_taken")
        second = (await self.call("createCalendar", 201, CALENDAR)).json
        got = await self.call("getCalendar", 200, id=made["id"])
        tag = got.headers["etag"]
        await self.call("getCalendar", 304, id=made["id"], headers={"If-None-Match": f'"x", {tag}'})
        await self.call("replaceCalendar", 200, got.json, id=made["id"], headers={"If-Match": tag})
        for operation in ("replaceCalendar", "updateCalendar"):
            body = {**CALENDAR, "slug": second["slug"]}
            await self.call(operation, 409, body, id=made["id"], code="slug_taken")
            await self.call(operation, 412, CALENDAR, id=made["id"], headers={"If-Match": '"x"'})
        patch = {"min_notice_minutes": 60, "location": None, "horizon_days": None}
        self.assertEqual(
            (await self.call("updateCalendar", 200, patch, id=made["id"])).json["horizon_days"], 60
        )
        week = {"business_hours": [{"day_of_week": "friday", "start": "20:00", "end": "02:00"}]}
        await self.call("replaceBusinessHours", 200, week, id=made["id"])
        await self.call("replaceBusinessHours", 412, week, id=made["id"], headers={"If-Match": '"x"'})
        page = await self.call("listCalendars", 200, query={"limit": 1})
        await self.call("listCalendars", 200, query={"cursor": page.json["next_cursor"]})
        await self.call("deleteCalendar", 412, id=made["id"], headers={"If-Match": '"x"'})
        await self.call("deleteCalendar", 204, id=made["id"])
        booked = await self.tenant.calendar()
        self.assertEqual((await self.tenant.book(booked, next(starts()))).status, 201)
        await self.call("deleteCalendar", 409, id=booked, code="has_appointments")
        await self.call("deleteCalendar", 204, id=booked, query={"appointments": "cancel"})
        for operation, body in (
            ("getCalendar", None),
            ("replaceCalendar", CALENDAR),
            ("updateCalendar", {}),
            ("deleteCalendar", None),
            ("replaceBusinessHours", week),
        ):
            await self.call(operation, 404, body, id=made["id"])

    async def test_availability(self) -> None:
        id = await self.tenant.calendar(slot_duration_minutes=30)
        start = next(starts(30))
        days = {"from": start[:10], "to": start[:10]}
        answer = await self.call("getAvailability", 200, id=id, query=days)
        self.assertEqual(len(answer.json["slots"]), 48)
        tag = {"If-None-Match": answer.headers["etag"]}
        await self.call("getAvailability", 304, id=id, query=days, headers=tag)
        await self.call(
            "getAvailability", 200, id=id, query={**days, "group_by": "day", "timezone": "Asia/Tokyo"}
        )
        for bad in (
            {},
            {"from": "x", "to": "y"},
            {**days, "timezone": "Mars/Base"},
            {**days, "duration_minutes": 0},
            {**days, "group_by": "week"},
            {"from": "2030-01-01", "to": "2032-01-01"},
            {"from": start, "to": start[:10] + "T00:00:00"},
            {**days, "duration_minutes": 45},
            {"from": days["to"], "to": "2020-01-01"},
        ):
            await self.call("getAvailability", 422, id=id, query=bad, code="invalid_query")
        await self.call("getAvailability", 404, id=NOBODY, query=days)
        await self.call("getAvailability", 404, id="none", query=days)
        await self.call("explainAvailability", 200, id=id, query={"at": start})
        await self.call("explainAvailability", 200, id=id, query={"at": start[:-1] + ".5+01:00"})
        await self.call("explainAvailability", 422, id=id, query={"at": start[:-1]})
        await self.call("explainAvailability", 404, id=NOBODY, query={"at": start})

    async def test_regeneration(self) -> None:
        id = await self.tenant.calendar(slot_duration_minutes=30)
        days = {"from": "2026-11-02", "to": "2026-11-08"}
        key = {"Idempotency-Key": "regenerate-1"}
        made = await self.call("regenerateAvailability", 200, days, id=id, headers=key)
        self.assertEqual(made.json, {"calendar_id": id, "days": 7, "slots": 7 * 48})
        again = await self.call("regenerateAvailability", 200, days, id=id, headers=key)
        self.assertTrue(again.is_replay)
        self.assertEqual(again.json, made.json)
        other = {**days, "to": "2026-11-09"}
        await self.call(
            "regenerateAvailability", 422, other, id=id, headers=key, code="idempotency_key_reused"
        )
        await self.call("regenerateAvailability", 404, days, id=NOBODY)

    async def test_previews(self) -> None:
        body = self.contract.resolve(self.contract.operations["previewAvailability"][2]["requestBody"])
        for name, example in body["content"]["application/json"]["examples"].items():
            with self.subTest(name=name):
                answer = await self.call("previewAvailability", 200, example["value"])
                self.assertTrue(answer.json.get("slots") or answer.json.get("days"))
        rule = {**OPENING_RULES["AvailabilityRule"][0], "rrule": ""}
        recurring = {
            "calendar": {"timezone": "UTC", "availability_rules": [rule]},
            "from": "2026-11-02",
            "to": "2026-11-08",
        }
        refused = await self.call("previewAvailability", 422, recurring)
        (error,) = refused.json["errors"]
        self.assertEqual(error["pointer"], "/calendar/availability_rules/0/rrule")


class OpeningRules(ContractCase):
    async def test_their_life(self) -> None:
        for name, bodies in OPENING_RULES.items():
            calendar = await self.tenant.calendar()
            for number, body in enumerate(bodies):
                with self.subTest(name=name, body=body):
                    await self.live(name, calendar, body, {"Idempotency-Key": f"{name}-{number}"})
            for operation, body in (
                (f"create{name}", bodies[0]),
                (f"list{name}s", None),
                (f"get{name}", None),
                (f"replace{name}", bodies[0]),
                (f"delete{name}", None),
            ):
                path = {"id": NOBODY, PARAMETERS[name]: NOBODY}
                await self.call(operation, 404, body, **path)

    async def live(self, name: str, calendar: str, body: dict[str, Any], key: dict[str, str]) -> None:
        create, get, replace, delete = (verb + name for verb in ("create", "get", "replace", "delete"))
        made = await self.call(create, 201, body, id=calendar, headers=key)
        self.assertEqual(made.json, {**made.json, **body, "calendar_id": calendar, "version": 1})
        again = await self.call(create, 201, body, id=calendar, headers=key)
        self.assertTrue(again.is_replay)
        self.assertEqual(again.json, made.json)
        other = {**body, "id": "x"}
        await self.call(create, 422, other, id=calendar, headers=key, code="idempotency_key_reused")
        path = {"id": calendar, PARAMETERS[name]: made.json["id"]}
        got = await self.call(get, 200, **path)
        self.assertEqual(got.json, made.json)
        tag = got.headers["etag"]
        await self.call(get, 304, **path, headers={"If-None-Match": tag})
        await self.call(replace, 412, body, **path, headers={"If-Match": '"x"'})
        same = await self.call(replace, 200, got.json, **path, headers={"If-Match": tag})
        self.assertEqual((same.json, same.headers["etag"]), (got.json, tag), "what changes nothing is no change")
        changed = {**got.json, **next(change for field, change in CHANGES.items() if field in body)}
        put = await self.call(replace, 200, changed, **path, headers={"If-Match": tag})
        self.assertEqual(put.json["version"], 2)
        # What a calendar has once only is another in the second one.
        second = {"date": "2026-11-12"} if "intervals" in body else {"kind": "before"} if "minutes" in body else {}
        await self.call(create, 201, {**body, **second}, id=calendar)
        page = await self.call(f"list{name}s", 200, id=calendar, query={"limit": 1})
        await self.call(f"list{name}s", 200, id=calendar, query={"cursor": page.json["next_cursor"]})
        await self.call(delete, 412, **path, headers={"If-Match": '"x"'})
        await self.call(delete, 204, **path)
        await self.call(delete, 404, **path)
        for one in (await self.call(f"list{name}s", 200, id=calendar)).json["data"]:
            await self.call(delete, 204, id=calendar, **{PARAMETERS[name]: one["id"]})

    async def test_what_there_is_once(self) -> None:
        calendar = await self.tenant.calendar()
        for name, body, other, code in (
            ("AvailabilityRule", OPENING_RULES["AvailabilityRule"][1], {"date": "2026-11-12"}, "duplicate_date"),
            ("BufferTime", OPENING_RULES["BufferTime"][0], {"kind": "before"}, "duplicate_kind"),
        ):
            await self.call(f"create{name}", 201, body, id=calendar)
            await self.call(f"create{name}", 409, body, id=calendar, code=code)
            second = (await self.call(f"create{name}", 201, {**body, **other}, id=calendar)).json
            path = {"id": calendar, PARAMETERS[name]: second["id"]}
            await self.call(f"replace{name}", 409, body, **path, code=code)

    async def test_recurring_breaks_have_an_address_of_their_own(self) -> None:
        calendar = await self.tenant.calendar()
        body = {key: value for key, value in OPENING_RULES["BreakTime"][2].items() if key != "kind"}
        key = {"Idempotency-Key": "recurring"}
        made = (await self.call("createRecurringBreakTime", 201, body, id=calendar, headers=key)).json
        await self.call("createRecurringBreakTime", 422, {**body, "id": "x"}, id=calendar, headers=key)
        self.assertEqual((await self.call("getBreakTime", 200, id=calendar, break_id=made["id"])).json, made)
        await self.call("createRecurringBreakTime", 404, body, id=NOBODY)


class Bookings(ContractCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.calendar = await self.tenant.calendar(slot_duration_minutes=30)
        self.slots = starts(30)

    async def test_the_life_of_an_appointment(self) -> None:
        body = booking(self.calendar, next(self.slots), notes="a\nb", metadata={"a": 1}, title="First")
        key = {"Idempotency-Key": "booking-1"}
        made = await self.call("bookAppointment", 201, body, headers=key)
        again = await self.call("bookAppointment", 201, body, headers=key)
        self.assertTrue(again.is_replay)
        self.assertEqual(again.json, made.json)
        await self.call(
            "bookAppointment", 422, {**body, "title": "B"}, headers=key, code="idempotency_key_reused"
        )
        await self.call("bookAppointment", 409, body, code="slot_unavailable")
        id = made.json["id"]
        got = await self.call("getAppointment", 200, id=id)
        tag = got.headers["etag"]
        self.assertEqual(tag, made.headers["etag"])
        await self.call("getAppointment", 304, id=id, headers={"If-None-Match": tag})
        await self.call("updateAppointment", 412, {"title": "B"}, id=id, headers={"If-Match": '"x"'})
        patch = {
            **got.json,
            "title": None,
            "metadata": {"a": None, "b": 2},
            "attendees": [{"name": "Kim", "email": "kim@example.com"}],
        }
        changed = await self.call("updateAppointment", 200, patch, id=id, headers={"If-Match": tag})
        self.assertEqual(changed.json["metadata"], {"b": 2})
        for query in (
            {},
            {"calendar_id": self.calendar},
            {"status": "confirmed"},
            {"from": "2026-01-01"},
            {"to": "2100-01-01"},
            {"contact_id": made.json["contact"]["id"]},
            {"timezone": "Asia/Tokyo"},
        ):
            answer = await self.call("listAppointments", 200, query=query)
            self.assertEqual([item["id"] for item in answer.json["data"]], [id], query)
        host = {"cancelled_by": "host"}
        ill = {**host, "reason": "Ill"}
        await self.call("cancelAppointment", 412, host, id=id, headers={"If-Match": '"x"'})
        gone = await self.call("cancelAppointment", 200, ill, id=id, headers={"Idempotency-Key": "c"})
        self.assertEqual(gone.json["status"], "cancelled")
        replay = await self.call("cancelAppointment", 200, ill, id=id, headers={"Idempotency-Key": "c"})
        self.assertTrue(replay.is_replay)
        await self.call("cancelAppointment", 409, host, id=id, code="invalid_transition")
        await self.call("cancelAppointment", 422, host, id=id, headers={"Idempotency-Key": "c"})
        for operation in ("getAppointment", "updateAppointment", "cancelAppointment"):
            body = {"cancelAppointment": host, "updateAppointment": {}}.get(operation)
            await self.call(operation, 404, body, id=NOBODY)
        await self.call("cancelAppointment", 415, b"a=1", id=id, headers={"Content-Type": "text/plain"})

    async def test_what_a_booking_names_must_be_there(self) -> None:
        start = next(self.slots)
        await self.call("bookAppointment", 404, booking(NOBODY, start))
        by_id = {"calendar_id": self.calendar, "starts_at": start, "contact_id": NOBODY}
        await self.call("bookAppointment", 404, by_id)
        await self.call(
            "bookAppointment", 410, booking(self.calendar, start, hold_token="none"), code="hold_expired"
        )
        inactive = await self.tenant.calendar(is_active=False)
        await self.call("bookAppointment", 409, booking(inactive, start), code="slot_unavailable")

    async def test_overriding_needs_its_scope(self) -> None:
        scope = "calendars:read calendars:all appointments:write"
        closed = await self.tenant.calendar(business_hours=[])
        body = booking(closed, next(self.slots), override=["closed"])
        await self.call("bookAppointment", 403, body, token=signed(claims(self.tenant.organization, scope)))
        await self.call("bookAppointment", 201, body)

    async def test_a_late_cancellation(self) -> None:
        calendar = await self.tenant.calendar(cancellation_notice_minutes=525_600)
        made = await self.call("bookAppointment", 201, booking(calendar, next(starts())))
        customer = {"cancelled_by": "customer"}
        await self.call(
            "cancelAppointment", 409, customer, id=made.json["id"], code="cancellation_window_closed"
        )
        await self.call("cancelAppointment", 200, {"cancelled_by": "host"}, id=made.json["id"])

    async def test_the_life_of_a_hold(self) -> None:
        start = next(self.slots)
        key = {"Idempotency-Key": "hold-1"}
        held = (await self.call("createHold", 201, {"starts_at": start}, id=self.calendar, headers=key)).json
        again = await self.call("createHold", 201, {"starts_at": start}, id=self.calendar, headers=key)
        self.assertEqual(again.json, held)
        await self.call("createHold", 422, {"starts_at": next(self.slots)}, id=self.calendar, headers=key)
        await self.call("createHold", 409, {"starts_at": start}, id=self.calendar, code="slot_unavailable")
        await self.call("createHold", 404, {"starts_at": start}, id=NOBODY)
        self.assertEqual((await self.call("getHold", 200, id=self.calendar, hold_token=held["hold_token"])).json, held)
        other = next(self.slots)
        token = held["hold_token"]
        await self.call("bookAppointment", 422, booking(self.calendar, other, hold_token=token))
        await self.call("bookAppointment", 201, booking(self.calendar, start, hold_token=token))
        await self.call("bookAppointment", 410, booking(self.calendar, start, hold_token=token))
        await self.call("getHold", 404, id=self.calendar, hold_token=token)
        await self.call("releaseHold", 404, id=self.calendar, hold_token=token)
        held = (await self.call("createHold", 201, {"starts_at": other}, id=self.calendar)).json
        await self.call("releaseHold", 204, id=self.calendar, hold_token=held["hold_token"])
        await self.call("releaseHold", 404, id=self.calendar, hold_token=held["hold_token"])


class Everywhere(ContractCase):
    async def arguments(self) -> dict[str, str]:
        calendar = await self.tenant.calendar()
        appointment = (await self.tenant.book(calendar, next(starts()))).json["id"]
        return {
            "calendars": calendar,
            "appointments": appointment,
            "organizations": NOBODY,
            "api-keys": NOBODY,
            "members": (await self.call("createMember", 201, {"name": "A"})).json["id"],
            "teams": (await self.call("createTeam", 201, {"name": "A"})).json["id"],
        }

    def path(self, template: str, ids: dict[str, str]) -> dict[str, Any]:
        path: dict[str, Any] = {name: NOBODY for name in re.findall(r"{(\w+)}", template)}
        if "id" in path:
            path["id"] = next((id for name, id in ids.items() if f"/{name}/{{id}}" in template), NOBODY)
        return path

    async def test_credentials_are_asked_for(self) -> None:
        ids = await self.arguments()
        for name, (_, template, operation) in self.contract.operations.items():
            scope, path = operation["x-scope"], self.path(template, ids)
            if scope == "none":
                continue
            with self.subTest(operation=name):
                await self.call(name, 401, token="alm_live_unknown", **path)
                if scope != "operator":
                    await self.call(name, 403, token=signed(claims(self.tenant.organization, "")), **path)

    async def test_what_is_no_body_is_refused(self) -> None:
        ids = await self.arguments()
        text, large = {"Content-Type": "text/plain"}, b" " * (MEGABYTE + 1)
        for name, (_, template, operation) in self.contract.operations.items():
            if "requestBody" not in operation:
                continue
            with self.subTest(operation=name):
                path = self.path(template, ids)
                await self.call(name, 400, b"{", **path, code="malformed_json")
                await self.call(name, 415, b"{}", **path, headers=text, code="unsupported_media_type")
                await self.call(name, 413, large, **path, code="body_too_large")
                await self.call(name, 422, {"colour": "red"}, **path, code="validation_failed")
                await self.call(name, 422, [], **path, code="validation_failed")

    async def test_unknown_parameters_are_refused(self) -> None:
        ids = await self.arguments()
        for name, (_, template, _) in self.contract.operations.items():
            if not template.startswith("/api/v1/"):
                continue
            with self.subTest(operation=name):
                await self.call(name, 422, query={"colour": "red"}, **self.path(template, ids), code="unknown_parameter")

    async def test_bad_queries_are_refused(self) -> None:
        for name, (_, template, operation) in self.contract.operations.items():
            names = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "query"}
            for query in (
                {"limit": 0},
                {"limit": 201},
                {"limit": "x"},
                {"cursor": "?"},
                {"calendar_id": "x"},
                {"status": "lost"},
                {"from": "2026-13-01"},
                {"timezone": "Mars/Base"},
                {"at": "noon"},
            ):
                if names >= query.keys():
                    with self.subTest(operation=name, query=query):
                        path = self.path(template, {})
                        code = "invalid_cursor" if "cursor" in query else "invalid_query"
                        answer = await self.call(name, 422, query=query, **path, code=code)
                        self.assertIn(
                            "/" + next(iter(query)), [error["pointer"] for error in answer.json["errors"]]
                        )

    async def test_bad_keys_are_refused(self) -> None:
        ids = await self.arguments()
        for name, (_, template, operation) in self.contract.operations.items():
            if any(parameter["name"] == "Idempotency-Key" for parameter in operation["parameters"]):
                for key in ("", "x" * 256, "a b"):
                    with self.subTest(operation=name, key=key[:3]):
                        body = self.good_body(name, ids)
                        await self.call(
                            name, 422, body, headers={"Idempotency-Key": key}, **self.path(template, ids)
                        )

    def good_body(self, name: str, ids: dict[str, str]) -> dict[str, Any]:
        bodies: dict[str, dict[str, Any]] = {
            "createOrganization": {"name": "A"},
            "createAPIKey": {"name": "A", "scopes": ["admin"]},
            "createOrganizationAPIKey": {"name": "A"},
            "createMember": {"name": "A"},
            "createTeam": {"name": "A"},
            "createShare": {"grantee_type": "organization", "permission": "view"},
            "createCalendar": CALENDAR,
            "createHold": {"starts_at": next(starts(skip=5))},
            "createRecurringBreakTime": OPENING_RULES["BreakTime"][2],
            **{f"create{name}": opening_rules[0] for name, opening_rules in OPENING_RULES.items()},
            "regenerateAvailability": {"from": "2026-11-02", "to": "2026-11-02"},
            "bookAppointment": booking(ids["calendars"], next(starts(skip=6))),
            "cancelAppointment": {"cancelled_by": "host"},
        }
        return bodies.get(name, {})


class Deliveries(ContractCase):
    # Nobody listens there: what is to be mailed waits.
    settings = {
        **ContractCase.settings,
        "ALMANAC_SMTP_URL": "smtp://127.0.0.1:1",
        "ALMANAC_MAIL_FROM": "bookings@almanac.test",
    }

    async def test_their_life(self) -> None:
        calendar = await self.tenant.calendar()
        self.assertEqual((await self.tenant.book(calendar, next(starts()))).status, 201)

        async def has_failed() -> bool:
            listed = (await self.call("listDeliveries", 200)).json["data"]
            return [one["last_error"] for one in listed] not in ([], [None])

        await until_async("the first attempt has failed", has_failed)
        (one,) = (await self.call("listDeliveries", 200, query={"status": "pending"})).json["data"]
        self.assertEqual((await self.call("listDeliveries", 200, query={"status": "dead"})).json["data"], [])
        await self.call("listDeliveries", 422, query={"status": "lost"}, code="invalid_query")
        await self.call("retryDelivery", 200, id=one["id"])
        await self.call("retryDelivery", 404, id=NOBODY, code="not_found")
        other = await Tenant.create(self.server, "Other")
        self.addAsyncCleanup(other.client.close)
        await self.call("retryDelivery", 404, id=one["id"], token=other.key, code="not_found")
        listed = await self.call("listDeliveries", 200, token=other.key)
        self.assertEqual(listed.json, {"data": [], "next_cursor": None})


class Delivered(ContractCase):
    async def test_what_was_delivered_is_not_tried_again(self) -> None:
        """Without a mail server the log gets it, at once."""
        calendar = await self.tenant.calendar()
        self.assertEqual((await self.tenant.book(calendar, next(starts()))).status, 201)

        async def is_delivered() -> bool:
            return (await self.call("listDeliveries", query={"status": "delivered"})).json["data"] != []

        await until_async("it is delivered", is_delivered)
        (one,) = (await self.call("listDeliveries", 200)).json["data"]
        await self.call("retryDelivery", 409, id=one["id"], code="already_delivered")


class Realtime(ContractCase):
    async def test_tickets(self) -> None:
        ticket = (await self.call("createRealtimeTicket", 201)).json["ticket"]
        await self.call("createRealtimeTicket", 201, {})
        text, large = {"Content-Type": "text/plain"}, b" " * (MEGABYTE + 1)
        await self.call("createRealtimeTicket", 400, b"{", code="malformed_json")
        await self.call("createRealtimeTicket", 415, b"{}", headers=text, code="unsupported_media_type")
        await self.call("createRealtimeTicket", 413, large, code="body_too_large")
        await self.call("createRealtimeTicket", 422, {"colour": "red"}, code="validation_failed")
        with FrameSocket(self.server.port, f"{PATH}?ticket={ticket}") as socket:
            self.assertEqual(socket.headers["upgrade"].lower(), "websocket")
            SEEN["openRealtime"].add(101)

    async def test_refused_handshakes_are_as_documented(self) -> None:
        narrow = signed(claims(self.tenant.organization, "appointments:read"))
        for changes, token, status in (
            ({"Sec-WebSocket-Key": "short"}, self.tenant.key, 400),
            ({}, "nonsense", 401),
            ({}, narrow, 403),
            ({"Sec-WebSocket-Version": "8"}, self.tenant.key, 426),
            ({"Upgrade": None}, self.tenant.key, 426),
        ):
            with self.subTest(changes=changes, status=status):
                fields = {"Authorization": f"Bearer {token}", **changes}
                key = "dGhlIHNhbXBsZSBub25jZQ=="
                (answer,) = exchange(self.server.port, handshake(PATH, key, fields)).answers
                self.assertEqual(answer.status, status)
                self.assertEqual(self.contract.judge("openRealtime", answer), [])
                SEEN["openRealtime"].add(status)


class ZCoverage(ContractCase):
    async def test_every_documented_answer_was_seen(self) -> None:
        """Runs last: what the other tests asked for covers the document."""
        unseen = {
            name: sorted(
                {int(status) for status in operation["responses"]}
                - SEEN[name]
                - UNASKED
                - {RACES.get(name), STILL_RUNNING.get(name)}
            )
            for name, (_, _, operation) in self.contract.operations.items()
        }
        self.assertEqual({name: statuses for name, statuses in unseen.items() if statuses}, {})


if __name__ == "__main__":
    unittest.main()
