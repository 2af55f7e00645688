"""The rules that the database is held against find what they are there for."""

from __future__ import annotations

import unittest
from itertools import islice

from harness import store
from harness.case import ServerCase
from harness.load import Request
from harness.tenant import Tenant, starts

# What is done to a sound database, and the rule that must find it.
BREACHES = {
    "UPDATE time_slots SET ends_at = ends_at + {minutes} WHERE id = 1": "live times of one seat overlap",
    "UPDATE time_slots SET starts_at = (SELECT min(starts_at) FROM time_slots), seat = id": "more are there at one moment",
    "UPDATE appointments SET ends_at = ends_at + {minutes}": "active appointments of one seat overlap",
    "DELETE FROM time_slots WHERE id = 2": "an active appointment does not have its time",
    "DELETE FROM appointments WHERE id = (SELECT owner FROM time_slots LIMIT 1)": "a time is kept for no active appointment",
    "UPDATE calendar_heads SET seq = seq + 1": "a calendar's events are not numbered 1 to its head",
    "DELETE FROM events WHERE seq = 2": "a calendar's events are not numbered 1 to its head",
    "UPDATE events SET seq = 9 WHERE seq = 3": "a calendar's events are not numbered 1 to its head",
    "DELETE FROM calendar_heads": "an event belongs to no head",
    "UPDATE events SET type = 'other' WHERE seq = 1": "an appointment has not exactly one appointment.booked",
    "UPDATE events SET subject_id = {id}": "an appointment.booked event has no appointment",
    "UPDATE events SET payload = {payload}": "an event tells of another appointment",
    "UPDATE calendars SET layers_version = layers_version + 1": "a calendar's opening rules changed",
    "UPDATE buffer_times SET version = version + 1": "a calendar's opening rules changed",
    "DELETE FROM buffer_times": "a calendar's opening rules changed",
    "DELETE FROM audit_log WHERE action = 'appointment.book'": "an appointment has not exactly one audit row",
    "UPDATE idempotency_keys SET seq = seq + 100 WHERE seq IS NOT NULL": "a kept answer points at no event",
    "UPDATE idempotency_keys SET seq = 1 WHERE seq IS NOT NULL": "two kept answers point at one event",
}
# How each database writes what is in braces.
WORDS = {
    "sqlite": {
        "minutes": "300000001",
        "id": "randomblob(16)",
        "payload": "json_set(payload, '$.id', 'x')",
    },
    "postgres": {
        "minutes": "interval '300.000001 s'",
        "id": "gen_random_uuid()",
        "payload": "(payload::jsonb || '{\"id\": \"x\"}')::json",
    },
}


class Rules(ServerCase):
    async def test_each_breach_is_found(self) -> None:
        server = self.installation.serve()
        tenant = await Tenant.create(server)
        calendar = await tenant.calendar(capacity=2)
        for number, start in enumerate(islice(starts(), 4)):
            await Request.of(f"key-{number}", calendar, start).send(tenant.client)
        buffer = {"kind": "after", "minutes": 5}
        await tenant.client.post(f"/api/v1/calendars/{calendar}/buffer-times", buffer)
        await tenant.client.close()
        self.assert_sound(server)
        server.stop()
        for breach, rule in BREACHES.items():
            with self.subTest(rule=rule):
                with server.database.left_behind() as database:
                    self.assertEqual(database.broken_rules(), [])
                with server.database.breach(breach.format(**WORDS[store.KIND])) as database:
                    self.assertTrue(any(found.startswith(rule) for found in database.broken_rules()))


if __name__ == "__main__":
    unittest.main()
