"""Every field of every body, set to many values: what its schema refuses is refused, and nothing else."""

from __future__ import annotations

import unittest
from collections.abc import Iterator
from typing import Any

from harness.contract_case import ContractCase
from harness.store import on_one_store
from harness.tenant import ALWAYS, booking, starts
from test_contract import OPENING_RULES

# Not among them: null, which stands for a field left out, and blanks alone, which are trimmed before they are counted.
PROBES: list[Any] = [
    True,
    False,
    0,
    1,
    -1,
    1.5,
    1_000,
    1_440,
    1_441,
    100_001,
    10**12,
    10**30,
    1e300,
    "",
    "a",
    "A b",
    "ä",
    "a\nb",
    "a\tb",
    "a\u007fb",
    "a\u0000b",
    "x" * 35,
    "x" * 200,
    "x" * 201,
    "x" * 500,
    "x" * 501,
    "x" * 5_001,
    "😀" * 200,
    "2026-11-02",
    "2026-11-02T14:00:00Z",
    "2026-11-02T14:00:00",
    "09:30",
    "24:00",
    "UTC",
    "Mars/Base",
    "#2f6fde",
    "#2f6fd",
    "a@example.com",
    "a@b@c",
    "monday",
    NOBODY := "01a203bd-a020-70bf-b6e6-e92e29387749",
    [],
    [1],
    ["a"],
    [None],
    ["a@example.com"] * 21,
    [15, 30],
    [30, 30],
    [0],
    {},
    {"a": 1},
    {"name": "A"},
    {"name": "A", "email": "a@example.com"},
    {"name": None, "email": None},
    [{"name": "A", "email": "a@example.com"}],
    [{"channel": "email", "before_minutes": 5}] * 11,
    [{"channel": "fax", "before_minutes": 5}],
    [{"day_of_week": "monday", "start": "09:00", "end": "24:00"}],
    [{"day_of_week": "monday", "start": "24:00", "end": "09:00"}],
    ["closed"],
    ["booked"],
    ["admin"],
    ["root"],
]


@on_one_store
class Fields(ContractCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.calendar = await self.tenant.calendar(slot_duration_minutes=30)
        self.slots = starts(30)
        self.appointment = (await self.tenant.book(self.calendar, next(self.slots))).json["id"]

    def good(self, operation: str) -> tuple[dict[str, str], dict[str, Any]]:
        """The path and a body that is accepted."""
        calendar = {"name": "Dr. Okafor", "timezone": "UTC", "business_hours": ALWAYS}
        preview = {"calendar": calendar, "from": "2026-11-02", "to": "2026-11-03"}
        good: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
            "createOrganization": ({}, {"name": "Acme"}),
            "createAPIKey": ({}, {"name": "Website", "scopes": ["admin"]}),
            "createCalendar": ({}, calendar),
            "replaceCalendar": ({"id": self.calendar}, calendar),
            "updateCalendar": ({"id": self.calendar}, {}),
            "replaceBusinessHours": ({"id": self.calendar}, {"business_hours": ALWAYS}),
            "previewAvailability": ({}, preview),
            "createHold": ({"id": self.calendar}, {"starts_at": "2026-01-01T00:00:00Z"}),
            "bookAppointment": ({}, booking(self.calendar, "2026-01-01T00:00:00Z")),
            "updateAppointment": ({"id": self.appointment}, {}),
            "createRecurringBreakTime": ({"id": self.calendar}, OPENING_RULES["BreakTime"][2]),
        }
        return good[operation]

    def mutations(
        self, operation: str, body: dict[str, Any]
    ) -> Iterator[tuple[str, Any, dict[str, Any]]]:
        schema = self.contract.resolve(self.contract.request_schema(operation))
        if "properties" not in schema:
            # Of several kinds the one that the body is of.
            (name,) = [one for one in schema["oneOf"] if not self.contract.errors(one, body)]
            schema = self.contract.resolve(name)
        for name, property in schema["properties"].items():
            is_read_only = property.get("$ref", "").endswith("/ReadOnly")
            for probe in PROBES[:3] if is_read_only else PROBES:
                yield name, probe, {**body, name: probe}
            if name in body:
                yield name, "left out", {key: value for key, value in body.items() if key != name}

    async def check(self, operation: str) -> None:
        path, body = self.good(operation)
        await self.check_body(operation, path, body)

    async def check_body(self, operation: str, path: dict[str, str], good: dict[str, Any]) -> None:
        """An answer of 422 exactly where the schema says so, or where only words can say it."""
        schema = self.contract.request_schema(operation)
        found: list[str] = []
        for name, probe, body in self.mutations(operation, good):
            errors = self.contract.errors(schema, body)
            answer, _ = await self.ask(operation, body, path=path)
            sent = f"{name} = {str(probe)[:60]!r}"
            found += [f"{sent}: {error}" for error in self.contract.judge(operation, answer)]
            if errors and answer.status != 422:
                found.append(f"{sent}: {answer.status} for what the schema refuses: {errors[0][:120]}")
            if not errors and answer.status == 422:
                refused = answer.json["errors"]
                # What a recurrence rule may be is told by its standard.
                if any(error["pointer"] == "/rrule" for error in refused):
                    continue
                if not SAID_IN_WORDS & {error["code"] for error in refused}:
                    found.append(f"{sent}: 422 for what the schema allows: {refused[:2]}")
        if found:
            self.fail("\n".join([f"{operation}, {len(found)}:", *found[:20]]))

    async def test_create_opening_rules(self) -> None:
        """All of them on one calendar: what it has once only is refused with 409, which is no matter of fields."""
        for name, bodies in OPENING_RULES.items():
            for body in bodies:
                with self.subTest(name=name, kind=body.get("kind")):
                    await self.check_body(f"create{name}", {"id": self.calendar}, body)

    async def test_create_recurring_break_time(self) -> None:
        await self.check("createRecurringBreakTime")

    async def test_create_organization(self) -> None:
        await self.check("createOrganization")

    async def test_create_api_key(self) -> None:
        await self.check("createAPIKey")

    async def test_create_calendar(self) -> None:
        await self.check("createCalendar")

    async def test_replace_calendar(self) -> None:
        await self.check("replaceCalendar")

    async def test_update_calendar(self) -> None:
        await self.check("updateCalendar")

    async def test_replace_business_hours(self) -> None:
        await self.check("replaceBusinessHours")

    async def test_preview_availability(self) -> None:
        await self.check("previewAvailability")

    async def test_create_hold(self) -> None:
        await self.check("createHold")

    async def test_book_appointment(self) -> None:
        await self.check("bookAppointment")

    async def test_update_appointment(self) -> None:
        await self.check("updateAppointment")


# Rules that the document tells in descriptions: names of zones, overlaps, fields that go together.
SAID_IN_WORDS = {
    "read_only",
    "unsupported",
    "invalid_timezone",
    "overlap",
    "not_allowed",
    "before_start",
    "in_the_past",
    "too_large",
    "duration_not_allowed",
}

if __name__ == "__main__":
    unittest.main()
