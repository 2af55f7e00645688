"""Clients that pipeline, hang up, or close half of a connection."""

from __future__ import annotations

import json
import unittest
from itertools import islice

from harness.case import ServerCase
from harness.client import encode
from harness.process import open_files
from harness.raw import exchange, send_and_close, send_and_reset
from harness.scale import count
from harness.tenant import Tenant, booking, starts
from harness.waiting import until

PATH = "/api/v1/appointments"


class HostileConnections(ServerCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.server = self.installation.serve()
        self.tenant = await Tenant.create(self.server)
        self.addAsyncCleanup(self.tenant.client.close)
        self.calendar = await self.tenant.calendar()

    def book(self, start: str) -> bytes:
        return encode("POST", PATH, booking(self.calendar, start), self.tenant.key)

    async def test_pipelined_requests_are_answered_in_order(self) -> None:
        numbers = range(50)
        data = b"".join(
            encode("GET", "/health/live", headers={"X-Request-Id": f"number-{number}"}) for number in numbers
        )
        outcome = exchange(self.server.port, data, answers=len(numbers))
        self.assertEqual(
            [answer.headers["x-request-id"] for answer in outcome.answers],
            [f"number-{number}" for number in numbers],
        )

    async def test_pipelined_bookings_are_all_made(self) -> None:
        slots = list(islice(starts(), 40))
        outcome = exchange(
            self.server.port, b"".join(self.book(start) for start in slots), answers=len(slots)
        )
        self.assertEqual([answer.json["starts_at"] for answer in outcome.answers], slots)
        self.assertEqual(set(outcome.statuses), {201})
        self.assert_sound(self.server)

    async def test_a_pipeline_ends_where_it_breaks(self) -> None:
        first, second, third = (self.book(start) for start in islice(starts(), 3))
        outcome = exchange(self.server.port, first + b"\x00\x01\x02\r\n\r\n" + second + third, answers=4)
        self.assertEqual(outcome.statuses[:1], [201])
        self.assertNotIn(201, outcome.statuses[1:])
        self.assertEqual(self.counts(self.server)["appointments"], 1)

    async def test_head_answers_as_get_without_a_body(self) -> None:
        for path in (
            "/health/live",
            "/openapi.json",
            "/api/v1/calendars",
            f"/api/v1/calendars/{self.calendar}",
            "/no",
        ):
            get = exchange(self.server.port, encode("GET", path, token=self.tenant.key)).answers[0]
            head = exchange(
                self.server.port,
                encode("HEAD", path, token=self.tenant.key) + encode("GET", "/health/live"),
                answers=2,
                heads_only=True,
            )
            with self.subTest(path=path):
                self.assertEqual(head.statuses[0], get.status)
                self.assertEqual(head.statuses[1:], [200], "no body stands between the answers")
                for name in ("content-type", "etag", "content-length"):
                    self.assertEqual(head.answers[0].headers.get(name), get.headers.get(name), name)

    async def test_an_old_client_is_answered(self) -> None:
        outcome = exchange(self.server.port, b"GET /health/live HTTP/1.0\r\n\r\n")
        self.assertEqual(outcome.statuses, [200])

    async def test_a_client_that_asks_is_left(self) -> None:
        data = encode("GET", "/health/live", headers={"Connection": "close"})
        outcome = exchange(self.server.port, data, answers=0)
        self.assertEqual((outcome.statuses, outcome.closed), ([200], True))

    async def test_a_half_closed_connection_gets_its_answer(self) -> None:
        slots = list(islice(starts(), 20))
        for start in slots:
            outcome = exchange(self.server.port, self.book(start), answers=0, half_close=True)
            self.assertEqual((outcome.statuses, outcome.closed), ([201], True))
        self.assertEqual(self.counts(self.server)["appointments"], len(slots))

    async def test_a_client_that_hangs_up_leaves_a_whole_booking_or_none(self) -> None:
        rounds = count(60, 500)
        slots = list(islice(starts(), rounds))
        files = open_files(self.server.pid)
        for number, start in enumerate(slots):
            leave = send_and_reset if number % 2 else send_and_close
            leave(self.server.port, self.book(start))
        until("connections are closed", lambda: open_files(self.server.pid) <= files + 2)
        answers = {start: await self.tenant.book(self.calendar, start) for start in slots}
        with self.server.database.open() as database:
            self.assertEqual(database.broken_rules(), [])
            self.assertEqual(database.value("SELECT count(*) FROM time_slots WHERE kind = 'hold'"), 0)
            kept = database.appointments()
        self.assertEqual(sorted(start for _, start in kept.values()), slots, "each slot is booked once")
        for start, answer in answers.items():
            if answer.status == 201:
                self.assertEqual(kept[answer.json["id"]], (self.calendar, start))
            else:
                self.assertEqual((answer.status, answer.json["reasons"][0]["code"]), (409, "booked"))
        made = sum(answer.status == 409 for answer in answers.values())
        print(f"\n  {rounds} clients hung up: {made} bookings were made all the same", flush=True)

    async def test_a_client_that_hangs_up_while_it_holds_leaves_a_hold_that_can_be_released(self) -> None:
        slots = list(islice(starts(), 20))
        path = f"/api/v1/calendars/{self.calendar}/holds"
        headers = [{"Idempotency-Key": f"hold-{number}"} for number in range(len(slots))]
        for start, key in zip(slots, headers):
            send_and_reset(self.server.port, encode("POST", path, {"starts_at": start}, self.tenant.key, key))
        for start, key in zip(slots, headers):
            while (
                held := await self.tenant.client.post(path, {"starts_at": start}, headers=key)
            ).status == 409:
                self.assertEqual(held.code, "idempotency_in_progress")
            self.assertEqual(held.status, 201)
            gone = await self.tenant.client.send("DELETE", f"{path}/{held.json['hold_token']}")
            self.assertEqual(gone.status, 204)
        self.assertEqual(self.counts(self.server)["time_slots"], 0)
        self.assert_sound(self.server)

    async def test_what_is_kept_of_a_request_id_is_sane(self) -> None:
        for given in ("a" * 129, 'a"b', "a b", "<script>"):
            data = encode("GET", "/health/live", headers={"X-Request-Id": given})
            answer = exchange(self.server.port, data).answers[0]
            self.assertNotEqual(answer.headers["x-request-id"], given)
            self.assertEqual(json.loads(answer.body)["status"] != "", True)


if __name__ == "__main__":
    unittest.main()
