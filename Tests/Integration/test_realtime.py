"""The live feed: what a subscriber is told is what availability answers, change by change and after every absence."""

from __future__ import annotations

import asyncio
import json
import time
import unittest
from collections.abc import Awaitable
from datetime import timedelta
from itertools import islice
from typing import Any

from harness.client import Client, ConnectionLost
from harness.feed import PATH, FeedSocket, Window
from harness.feed_case import READER, FeedCase
from harness.tenant import DAYS, starts
from harness.websocket import FrameSocket


class Snapshots(FeedCase):
    async def test_a_snapshot_is_what_availability_answers(self) -> None:
        self.calendar = await self.tenant.calendar(
            slot_duration_minutes=30, allowed_durations_minutes=[30, 60, 90], capacity=3
        )
        for start in (self.at("09:00"), self.at("09:00"), self.at("23:30"), self.at("12:00", 2)):
            await self.book(start)
        socket = await self.socket()
        windows = {
            "one day": self.window(),
            "a week": self.window(0, 6),
            "instants": Window(self.calendar, self.at("09:00"), self.at("12:15")),
            "instants with an offset": Window(
                self.calendar, f"{self.day()}T10:00:00+02:00", f"{self.day()}T14:00:00+02:00"
            ),
            "another zone": self.window(timezone="Asia/Kathmandu"),
            "a zone with another name": self.window(timezone="US/Eastern"),
            "an hour": self.window(duration_minutes=60),
            "all together": self.window(0, 1, timezone="America/New_York", duration_minutes=90),
            "days gone by": Window(self.calendar, "2020-01-01", "2020-01-31"),
            "an empty range": Window(self.calendar, self.at("09:00"), self.at("09:00")),
        }
        for name, window in windows.items():
            with self.subTest(name=name):
                await socket.subscribe(window, id=name)
                (snapshot,) = window.messages
                self.assertEqual((snapshot["op"], snapshot["id"], snapshot["seq"]), ("snapshot", name, 4))
                self.assertEqual(set(snapshot), {"op", "id", "seq", "slots"})
                await self.assert_up_to_date(window)
        self.assertEqual(len(windows["one day"].slots), 48)
        self.assertEqual(windows["one day"].slots[self.at("09:00")]["seats_available"], 1)
        self.assertEqual(windows["days gone by"].slots, {})
        self.assertEqual(windows["an empty range"].slots, {})

    async def test_a_calendar_without_hours_has_an_empty_snapshot_that_fills(self) -> None:
        self.calendar = await self.tenant.calendar(business_hours=[], slot_duration_minutes=60)
        window = self.window(0, 6)
        socket = await self.watch(window)
        self.assertEqual(window.slots, {})
        week = [{"day_of_week": day, "start": "09:00", "end": "17:00"} for day in DAYS]
        await put_hours(self, week)
        await socket.until("the slots are there", lambda: len(window.slots) == 7 * 8)
        await self.assert_up_to_date(window)


class Changes(FeedCase):
    async def test_a_booking_leaves_and_its_cancellation_comes_back(self) -> None:
        window = self.window()
        socket = await self.watch(window)
        seq = window.seq
        assert seq is not None
        slot = window.slots[self.at("09:00")]
        booked = await self.book(self.at("09:00"))
        await socket.until("booked", lambda: len(window.messages) == 3)
        slots, appointment = window.messages[1:]
        self.assertEqual(
            slots,
            {
                "op": "slots",
                "id": "1",
                "prev_seq": seq,
                "seq": seq + 1,
                "added": [],
                "removed": [slot],
            },
        )
        read = (await self.tenant.client.get(f"/api/v1/appointments/{booked['id']}")).json
        told = {"op": "appointment", "id": "1", "seq": seq + 1, "type": "booked", "appointment": read}
        self.assertEqual(appointment, told)
        cancelled = await self.cancel(booked)
        await socket.until("cancelled", lambda: len(window.messages) == 5)
        slots, appointment = window.messages[3:]
        self.assertEqual((slots["prev_seq"], slots["seq"]), (seq + 1, seq + 2))
        self.assertEqual((slots["added"], slots["removed"]), ([slot], []))
        self.assertEqual((appointment["seq"], appointment["type"]), (seq + 2, "cancelled"))
        self.assertEqual(appointment["appointment"], cancelled)
        await self.assert_up_to_date(window)

    async def test_a_slot_whose_seats_change_is_removed_and_added(self) -> None:
        self.calendar = await self.tenant.calendar(slot_duration_minutes=30, capacity=2)
        window = self.window()
        socket = await self.watch(window)
        before = window.slots[self.at("09:00")]
        booked = await self.book(self.at("09:00"))
        await socket.until("one seat is taken", lambda: len(window.of("slots")) == 1)
        change = window.of("slots")[-1]
        after = {**before, "seats_available": 1}
        self.assertEqual((change["removed"], change["added"]), ([before], [after]))
        await self.book(self.at("09:00"))
        await socket.until("both are taken", lambda: len(window.of("slots")) == 2)
        self.assertEqual(window.of("slots")[-1]["removed"], [after])
        self.assertEqual(window.of("slots")[-1]["added"], [])
        await self.cancel(booked)
        await socket.until("one is free again", lambda: len(window.of("slots")) == 3)
        self.assertEqual(window.of("slots")[-1]["added"], [after])
        await self.assert_up_to_date(window)

    async def test_a_hold_leaves_and_its_release_comes_back(self) -> None:
        window = self.window()
        socket = await self.watch(window)
        seq = window.seq or 0
        slot = window.slots[self.at("10:00")]
        hold = await self.hold(self.at("10:00"))
        await socket.until("held", lambda: len(window.messages) == 2)
        self.assertEqual(window.messages[-1]["removed"], [slot])
        await self.release(hold)
        await socket.until("released", lambda: len(window.messages) == 3)
        self.assertEqual(window.messages[-1]["added"], [slot])
        self.assertEqual(window.seq, seq + 2)
        await socket.settle()
        self.assertEqual(len(window.messages), 3, "a hold is no appointment")
        await self.assert_up_to_date(window)

    async def test_a_hold_that_is_booked_changes_no_slot(self) -> None:
        window = self.window()
        socket = await self.watch(window)
        seq = window.seq or 0
        hold = await self.hold(self.at("10:00"))
        booked = await self.book(self.at("10:00"), hold_token=hold["hold_token"])
        await socket.until("booked", lambda: len(window.of("appointment")) == 1)
        await socket.settle()
        self.assertEqual([one["op"] for one in window.messages], ["snapshot", "slots", "appointment"])
        self.assertEqual(window.messages[-1]["appointment"]["id"], booked["id"])
        self.assertEqual(window.messages[-1]["seq"], seq + 2)
        # The next change continues the last one that this window saw.
        await self.book(self.at("11:00"))
        await socket.until("the next one", lambda: len(window.of("slots")) == 2)
        change = window.of("slots")[-1]
        self.assertEqual((change["prev_seq"], change["seq"]), (seq + 1, seq + 3))
        await self.assert_up_to_date(window)

    async def test_what_does_not_touch_the_window_is_not_told(self) -> None:
        window, other = self.window(), await self.tenant.calendar(slot_duration_minutes=30)
        socket = await self.watch(window)
        await self.book(self.at("10:00", 1))
        await self.book(self.at("23:30", -1))
        await self.book(self.at("10:00"), calendar=other)
        await socket.settle()
        self.assertEqual(len(window.messages), 1)
        booked = await self.book(self.at("00:00"))
        await socket.until("the first slot of the day", lambda: window.happenings != [])
        self.assertEqual(window.happenings, [("booked", booked["id"])])
        self.assertEqual((window.of("slots")[0]["prev_seq"], window.of("slots")[0]["seq"]), (0, 3))
        await self.assert_up_to_date(window)

    async def test_an_appointment_that_runs_into_the_window_is_told(self) -> None:
        """By its time, not by its start; a window of longer slots loses all that it overlaps."""
        self.calendar = await self.tenant.calendar(
            slot_duration_minutes=30, allowed_durations_minutes=[30, 120], slot_interval_minutes=30
        )
        window, long = Window(self.calendar, self.at("10:00"), self.at("12:00")), self.window()
        long.options["duration_minutes"] = 120
        socket = await self.watch(window)
        await socket.subscribe(long)
        booked = await self.book(self.at("09:00"), duration_minutes=120)
        await socket.until("told", lambda: window.happenings != [] and long.happenings != [])
        self.assertEqual(window.happenings, [("booked", booked["id"])])
        removed = [slot["start"] for slot in window.of("slots")[0]["removed"]]
        self.assertEqual(removed, [self.at("10:00"), self.at("10:30")])
        removed = [slot["start"] for slot in long.of("slots")[0]["removed"]]
        expected = ["07:30", "08:00", "08:30", "09:00", "09:30", "10:00", "10:30"]
        self.assertEqual(removed, [self.at(time) for time in expected])
        await self.assert_up_to_date(window, long)

    async def test_windows_on_one_socket_are_told_apart(self) -> None:
        socket = await self.socket()
        today, tomorrow, both = self.window(0), self.window(1), self.window(0, 1)
        for name, window in (("today", today), ("tomorrow", tomorrow), ("both", both)):
            await socket.subscribe(window, id=name)
        await self.book(self.at("09:00"))
        await self.book(self.at("09:00", 1))
        await socket.until("all are told", lambda: len(both.of("appointment")) == 2)
        await socket.settle()
        for name, window, count in (("today", today, 1), ("tomorrow", tomorrow, 1), ("both", both, 2)):
            self.assertEqual({one["id"] for one in window.messages}, {name})
            self.assertEqual(len(window.of("slots")), count, name)
            self.assertEqual(len(window.of("appointment")), count, name)
        await self.assert_up_to_date(today, tomorrow, both)
        self.assertEqual(socket.others, [])

    async def test_two_calendars_on_one_socket(self) -> None:
        socket = await self.socket()
        other = await self.tenant.calendar(slot_duration_minutes=60)
        windows = [self.window(), Window(other, str(self.day()), str(self.day()))]
        for window in windows:
            await socket.subscribe(window)
        await self.book(self.at("09:00"), calendar=other)
        await socket.until("told", lambda: len(windows[1].messages) == 3)
        self.assertEqual(len(windows[0].messages), 1)
        await self.assert_up_to_date(*windows)

    async def test_after_unsubscribing_nothing_comes(self) -> None:
        window, kept = self.window(), self.window()
        socket = await self.watch(window)
        await socket.subscribe(kept, id="kept")
        await socket.send(op="unsubscribe", id="1")
        await socket.settle()
        await self.book(self.at("09:00"))
        await socket.until("the other is told", lambda: len(kept.messages) == 3)
        await socket.settle()
        self.assertEqual(len(window.messages), 1)
        again = self.window()
        await socket.subscribe(again, id="1")
        self.assertEqual(len(again.of("snapshot")), 1, "the id is free again")
        await self.assert_up_to_date(kept, again)

    async def test_a_change_of_hours_is_told(self) -> None:
        window = self.window(0, 6)
        socket = await self.watch(window)
        await self.book(self.at("09:00"))
        await self.book(self.at("20:00", 1))
        await put_hours(self, [{"day_of_week": day, "start": "08:30", "end": "12:00"} for day in DAYS[:5]])
        await socket.until("it is told", lambda: len(window.slots) < 48)
        await socket.settle()
        await self.assert_up_to_date(window)
        self.assertEqual(window.of("slots")[-1]["added"], [])
        await put_hours(self, [{"day_of_week": day, "start": "00:00", "end": "24:00"} for day in DAYS])
        await socket.until("all are back", lambda: len(window.slots) == 7 * 48 - 2)
        await self.assert_up_to_date(window)
        self.assertEqual(len(window.of("snapshot")), 1)

    async def test_changes_of_settings_are_told(self) -> None:
        window, long = self.window(0, 1), self.window(0, 1)
        local = self.window(0, 1)
        local.options["timezone"] = "Europe/Berlin"
        long.options["duration_minutes"] = 30
        socket = await self.watch(window)
        for other in (long, local):
            await socket.subscribe(other)
        await self.book(self.at("09:00"))
        # Two days from now is within the first day, at any time of day: the second is out of reach.
        first_day_only = {"horizon_days": 2}
        for change in (
            {"capacity": 4},
            {"capacity": 2},
            {"slot_interval_minutes": 10},
            {"slot_duration_minutes": 60, "slot_interval_minutes": 60, "allowed_durations_minutes": [30, 60]},
            {"max_bookings_per_day": 1},
            {"max_bookings_per_day": None},
            first_day_only,
            {"horizon_days": 365},
            {"timezone": "Asia/Tokyo"},
            {"is_active": False},
            {"is_active": True},
        ):
            path = f"/api/v1/calendars/{self.calendar}"
            before = [dict(one.slots) for one in (window, long, local)]
            answer = await self.tenant.client.send("PATCH", path, change)
            self.assertEqual(answer.status, 200, answer.body)
            offered = [await one.offered(self.tenant.client) for one in (window, long, local)]
            self.assertTrue(offered != before, f"{change} changes what is offered")
            await socket.until(
                f"{change} is told",
                lambda: [one.slots for one in (window, long, local)] == offered,
            )
            self.assert_sound_windows(window, long, local)
        self.assertEqual(len(window.of("snapshot")), 1)

    async def test_a_duration_that_is_no_longer_allowed_has_no_slots(self) -> None:
        self.calendar = await self.tenant.calendar(
            slot_duration_minutes=30, allowed_durations_minutes=[30, 60]
        )
        window = self.window(duration_minutes=60)
        socket = await self.watch(window)
        path = f"/api/v1/calendars/{self.calendar}"
        answer = await self.tenant.client.send("PATCH", path, {"allowed_durations_minutes": [30]})
        self.assertEqual(answer.status, 200)
        await socket.until("they are gone", lambda: window.slots == {})
        self.assert_sound_windows(window)

    async def test_a_deleted_calendar_ends_its_subscriptions(self) -> None:
        other = await self.tenant.calendar()
        window, kept = self.window(), Window(other, str(self.day()), str(self.day()))
        socket = await self.watch(window)
        await socket.subscribe(kept)
        answer = await self.tenant.client.send("DELETE", f"/api/v1/calendars/{self.calendar}")
        self.assertEqual(answer.status, 204)
        await socket.until("the end is told", lambda: window.of("error") != [])
        self.assertEqual(window.of("error")[0]["code"], "not_found")
        await self.book(self.at("09:00"), calendar=other)
        await socket.until("the other goes on", lambda: len(kept.messages) == 3)
        await socket.subscribe(self.window(), id="again")
        self.assertEqual(socket.windows["again"].messages[-1]["code"], "not_found")
        await self.assert_up_to_date(kept)

    async def test_many_subscribers_hear_the_same(self) -> None:
        sockets = [await self.socket() for _ in range(20)]
        windows = [self.window() for _ in sockets]
        await asyncio.gather(*(socket.subscribe(window) for socket, window in zip(sockets, windows)))
        for hour in ("09:00", "10:00", "11:00"):
            await self.book(self.at(hour))
        for socket, window in zip(sockets, windows):
            await socket.until("all is told", lambda: len(window.of("appointment")) == 3)
            self.assertEqual(window.messages, windows[0].messages)
        await self.assert_up_to_date(*windows)


class Resuming(FeedCase):
    async def away(self, window: Window, *work: Awaitable[Any]) -> FeedSocket:
        """Watches a first booking (number 1), is away while something happens, and comes back.

        A window's numbers are good for a resume from the first that was told after it began to be watched.
        """
        socket = await self.watch(window)
        await self.book(self.at("00:00"))
        await socket.until("it is told", lambda: len(window.messages) == 3)
        await socket.vanish()
        window.messages.clear()
        for one in work:
            await one
        return await self.socket()

    def news(self, window: Window) -> list[dict[str, Any]]:
        """What was told after the absence, without the first booking, whose appointment may be told again."""
        return [message for message in window.messages if message["seq"] > 1]

    async def test_what_happened_meanwhile_is_told_one_by_one(self) -> None:
        window = self.window()
        times = [self.at(f"{hour:02}:00") for hour in range(8, 18)]
        socket = await self.away(window, *(self.book(time) for time in times))
        await socket.subscribe(window)
        news = self.news(window)
        self.assertEqual([one["op"] for one in news], ["slots", "appointment"] * 10)
        self.assertEqual([one["seq"] for one in news], [seq for seq in range(2, 12) for _ in range(2)])
        self.assertEqual([one["prev_seq"] for one in news[::2]], list(range(1, 11)))
        self.assertEqual([one["removed"][0]["start"] for one in news[::2]], times)
        await self.assert_up_to_date(window)
        await self.book(self.at("20:00"))
        await socket.until("it goes on", lambda: len(self.news(window)) == 22)
        await self.assert_up_to_date(window)

    async def test_a_resume_that_breaks_off_is_resumed(self) -> None:
        """Whatever message was the last: none is missing, and none comes twice but those of its number."""
        whole = self.window()
        socket = await self.away(whole, *(self.book(self.at(f"{hour:02}:00")) for hour in range(8, 14)))
        await socket.subscribe(whole, after_seq=1)
        for length in range(1, len(whole.messages)):
            broken = self.window()
            broken.slots = {slot["start"]: slot for slot in (await self.first_slots()).values()}
            broken.told = broken.seq = 1
            for message in whole.messages[:length]:
                if message["seq"] > 1:
                    broken.receive(message)
            again = await self.socket()
            await again.subscribe(broken)
            self.assertEqual(broken.of("snapshot"), [], f"after {length} messages")
            self.assertEqual(len({one["seq"] for one in broken.of("slots")}), 6)
            self.assertEqual(len({one["seq"] for one in broken.of("appointment")} - {1}), 6)
            await self.assert_up_to_date(broken)

    async def first_slots(self) -> dict[str, dict[str, Any]]:
        """The day's slots as they were after the first booking."""
        empty = await self.tenant.calendar(slot_duration_minutes=self.minutes)
        slots = await Window(empty, str(self.day()), str(self.day())).offered(self.tenant.client)
        del slots[self.at("00:00")]
        return slots

    async def test_what_came_and_went_is_told_as_it_was(self) -> None:
        window = self.window()

        async def come_and_go() -> None:
            await self.cancel(await self.book(self.at("09:00")))
            await self.release(await self.hold(self.at("10:00")))

        socket = await self.away(window, come_and_go())
        await socket.subscribe(window)
        self.assertEqual(
            [(one["op"], one["seq"]) for one in self.news(window)],
            [("slots", 2), ("appointment", 2), ("slots", 3), ("appointment", 3), ("slots", 4), ("slots", 5)],
        )
        await self.book(self.at("11:00"))
        await socket.until("it goes on", lambda: len(self.news(window)) == 8)
        await self.assert_up_to_date(window)

    async def test_nothing_missed_is_nothing_told(self) -> None:
        window = self.window()
        socket = await self.away(window, self.book(self.at("09:00", 3)))
        await socket.subscribe(window)
        self.assertEqual(self.news(window), [])
        self.assertEqual([one["op"] for one in window.messages if one["op"] != "appointment"], [])
        await self.book(self.at("09:00"))
        await socket.until("it goes on", lambda: len(self.news(window)) == 2)
        change = window.of("slots")[0]
        self.assertEqual((change["prev_seq"], change["seq"]), (1, 3))
        await self.assert_up_to_date(window)

    async def test_the_last_appointment_may_be_told_again(self) -> None:
        window = self.window()
        socket = await self.watch(window)
        await self.book(self.at("09:00"))
        await socket.until("it is told", lambda: len(window.messages) == 3)
        for _ in range(3):
            await socket.vanish()
            socket = await self.socket()
            await socket.subscribe(window)
        self.assertEqual(len(window.of("slots")), 1, "slots are not told again")
        self.assertLessEqual(len(set(window.happenings)), 1)
        await self.assert_up_to_date(window)

    async def test_a_socket_that_ended_between_slots_and_appointment_gets_the_appointment(self) -> None:
        window = self.window()
        socket = await self.watch(window)
        await self.book(self.at("09:00"))
        await socket.until("it is told", lambda: len(window.messages) == 3)
        await socket.vanish()
        # As if the connection had ended one message earlier.
        window.messages.pop()
        socket = await self.socket()
        await socket.subscribe(window)
        self.assertEqual([one["op"] for one in window.messages], ["snapshot", "slots", "appointment"])
        self.assert_sound_windows(window)

    async def test_numbers_that_are_not_known_get_a_snapshot(self) -> None:
        for start in islice(starts(30), 5):
            await self.book(start)
        socket = await self.socket()
        for after in (0, 3, 6, 1_000_000, 2**53 - 1):
            window = self.window()
            await socket.subscribe(window, after_seq=after)
            self.assertEqual(window.messages[0]["op"], "snapshot", f"after {after}")
            self.assertEqual(window.messages[0]["seq"], 5)
            await self.assert_up_to_date(window)

    async def test_a_window_too_long_gone_gets_a_snapshot(self) -> None:
        """More happened than is kept; whatever the bound is, what comes is right."""
        window = self.window(0, 6)

        async def churn() -> None:
            slots = [self.at(f"{hour:02}:00", day) for day in range(6) for hour in range(1, 24)]
            for _ in range(2):
                booked = await asyncio.gather(*(self.book(slot) for slot in slots))
                await asyncio.gather(*(self.cancel(one) for one in booked))
            await self.book(self.at("09:00"))

        socket = await self.away(window, churn())
        await socket.subscribe(window)
        self.assertEqual([one["op"] for one in window.messages], ["snapshot"])
        await self.assert_up_to_date(window)

    async def test_a_restarted_server_sends_a_snapshot(self) -> None:
        window = self.window()
        socket = await self.watch(window)
        await self.book(self.at("09:00"))
        await socket.until("it is told", lambda: len(window.messages) == 3)
        self.server.kill()
        await socket.closed()
        await self.tenant.client.close()
        self.server = self.installation.serve(self.settings)
        self.tenant.client.port = self.server.port
        await self.book(self.at("10:00"))
        socket = await self.socket()
        await socket.subscribe(window)
        self.assertEqual(window.messages[-1]["op"], "snapshot")
        self.assertEqual((window.seq, len(window.slots)), (2, 46))
        await self.book(self.at("11:00"))
        await socket.until("it goes on", lambda: len(window.slots) == 45)
        await self.assert_up_to_date(window)

    async def test_resuming_beside_others_that_stayed(self) -> None:
        stayed, gone = self.window(), self.window()
        watcher = await self.watch(stayed)
        socket = await self.away(gone, self.book(self.at("09:00")), self.book(self.at("10:00")))
        await watcher.until("all is told", lambda: len(stayed.of("appointment")) == 3)
        await socket.subscribe(gone)
        self.assertEqual(gone.slots, stayed.slots)
        self.assertEqual(set(gone.happenings) | set(stayed.happenings[:1]), set(stayed.happenings))
        await watcher.settle()
        self.assertEqual(len(stayed.messages), 7, "who stayed is told nothing twice")
        await self.assert_up_to_date(stayed, gone)


class Refusals(FeedCase):
    """What a client may say, and what it is told when it says something else: the socket stays open."""

    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.feed = await self.socket()

    async def refused(self, text: str) -> dict[str, Any]:
        await self.feed.connection.send(text)
        error = await self.feed.error()
        self.assertRegex(error["code"], r"^[a-z][a-z_]*$", text)
        self.assertIsInstance(error["detail"], str)
        self.assertLessEqual(set(error), {"op", "id", "code", "detail", "errors"}, text)
        return error

    async def test_messages_that_make_no_sense(self) -> None:
        texts = {
            "nothing": "",
            "not JSON": "{",
            "a list": "[]",
            "null": "null",
            "a text": '"ping"',
            "two values": '{"op":"ping"}{"op":"ping"}',
            "no op": "{}",
            "an op that is none": '{"op":7}',
            "an unknown op": '{"op":"dance"}',
            "an op of the server": '{"op":"snapshot","id":"1"}',
            "an unknown field": '{"op":"ping","why":1}',
            "the same field twice": '{"op":"ping","op":"dance"}',
            "deep": '{"op":' + "[" * 5_000 + "]" * 5_000 + "}",
            "half a surrogate pair": r'{"op":"\ud800"}',
        }
        for name, text in texts.items():
            with self.subTest(name=name):
                await self.refused(text)
        await self.feed.settle()

    async def test_subscriptions_that_make_no_sense(self) -> None:
        good = {
            "op": "subscribe",
            "id": "x",
            "calendar_id": self.calendar,
            "from": str(self.day()),
            "to": str(self.day(1)),
        }
        changes: dict[str, dict[str, Any]] = {
            "an id that is none": {"id": 7},
            "an empty id": {"id": ""},
            "a long id": {"id": "x" * 10_000},
            "a calendar that is none": {"calendar_id": "x"},
            "a calendar that is a number": {"calendar_id": 1},
            "a date that is none": {"from": "2026-02-30"},
            "a range backwards": {"to": str(self.day(-1))},
            "a range too long": {"to": str(self.day() + timedelta(days=400))},
            "an instant without an offset": {"from": f"{self.day()}T10:00:00"},
            "a zone that is none": {"timezone": "Mars/Olympus"},
            "a duration that is not allowed": {"duration_minutes": 45},
            "a duration that is none": {"duration_minutes": "30"},
            "a negative number": {"after_seq": -1},
            "half a number": {"after_seq": 1.5},
            "a text for a number": {"after_seq": "1"},
            "a huge number": {"after_seq": 10**30},
            "an unknown field": {"group_by": "day"},
        }
        messages = {name: {**good, **change} for name, change in changes.items()}
        for field in ("id", "calendar_id", "from", "to"):
            messages[f"no {field}"] = {key: value for key, value in good.items() if key != field}
        for name, message in messages.items():
            with self.subTest(name=name):
                error = await self.refused(json.dumps(message))
                if message.get("id") == "x":
                    self.assertEqual(error.get("id"), "x", error)
        for message in ({"op": "unsubscribe"}, {"op": "unsubscribe", "id": "never"}):
            with self.subTest(message=message):
                await self.refused(json.dumps(message))
        await self.feed.settle()
        await self.book(self.at("09:00"))
        await self.feed.settle()
        self.assertEqual(self.feed.others, [], "none of them is subscribed")

    async def test_an_id_in_use_is_refused(self) -> None:
        first, second = self.window(), self.window(1)
        await self.feed.subscribe(first, id="1")
        self.feed.windows["1"] = second
        await self.feed.send(
            op="subscribe", id="1", calendar_id=self.calendar, **{"from": second.first, "to": second.last}
        )
        await self.feed.settle()
        self.assertEqual([one["op"] for one in second.messages], ["error"])
        self.feed.windows["1"] = first
        await self.book(self.at("09:00"))
        await self.feed.until("the first goes on", lambda: len(first.messages) == 3)
        await self.assert_up_to_date(first)

    async def test_subscriptions_of_one_socket_are_bounded(self) -> None:
        for number in range(1_000):
            window = self.window(number % 5)
            await self.feed.subscribe(window, id=f"s{number}")
            if window.of("error"):
                break
        else:
            self.fail("1,000 windows on one socket are too many")
        self.assertGreaterEqual(number, 8)
        first = self.feed.windows["s0"]
        await self.book(self.at("09:00"))
        await self.feed.until("the others go on", lambda: len(first.of("slots")) == 1)

    async def test_calendars_of_others_are_not_found(self) -> None:
        other = await self.new_tenant("Other")
        theirs = Window(await other.calendar(), str(self.day()), str(self.day()))
        nobodys = Window("01a203bd-a020-70bf-b6e6-e92e29387749", str(self.day()), str(self.day()))
        for window in (theirs, nobodys):
            await self.feed.subscribe(window)
            self.assertEqual([(one["op"], one["code"]) for one in window.messages], [("error", "not_found")])
        details = {window.messages[0]["detail"] for window in (theirs, nobodys)}
        self.assertEqual(len(details), 1, "the answers do not tell them apart")
        answer = await other.book(theirs.calendar, self.at("09:00"))
        self.assertEqual(answer.status, 201)
        await self.feed.settle()
        self.assertEqual((len(theirs.messages), len(nobodys.messages)), (1, 1))

    async def test_a_member_watches_the_calendars_it_owns(self) -> None:
        token = self.jwt("calendars:read calendars:write")
        made = await self.tenant.client.post(
            "/api/v1/calendars", {"name": "Own", "timezone": "UTC"}, token=token
        )
        own = Window(made.json["id"], str(self.day()), str(self.day()))
        socket = await self.socket(token)
        await socket.subscribe(own)
        self.assertEqual([one["op"] for one in own.messages], ["snapshot"])
        window = self.window()
        await socket.subscribe(window)
        self.assertEqual([(one["op"], one["code"]) for one in window.messages], [("error", "not_found")])

    async def test_appointments_want_their_scope(self) -> None:
        narrow, wide = self.window(), self.window()
        socket = await self.watch(narrow, self.jwt(READER))
        other = await self.watch(wide, self.jwt(f"{READER} appointments:read"))
        await self.cancel(await self.book(self.at("09:00")))
        await other.until("all is told", lambda: len(wide.of("appointment")) == 2)
        await socket.until("the slots are told", lambda: len(narrow.of("slots")) == 2)
        await socket.settle()
        self.assertEqual([one["op"] for one in narrow.messages], ["snapshot", "slots", "slots"])
        # Nor after an absence.
        await socket.vanish()
        await self.book(self.at("10:00"))
        socket = await self.socket(self.jwt(READER))
        await socket.subscribe(narrow)
        self.assertEqual(narrow.of("appointment"), [])
        await self.assert_up_to_date(narrow, wide)


class Shutdown(FeedCase):
    async def test_everybody_is_told_goodbye_while_bookings_run(self) -> None:
        sockets = [await self.socket() for _ in range(30)]
        windows = [self.window() for _ in sockets]
        await asyncio.gather(*(one.subscribe(window) for one, window in zip(sockets[:20], windows)))
        booking = [asyncio.create_task(self.book_until_closed(number)) for number in range(4)]
        await sockets[0].until("bookings run", lambda: len(windows[0].of("slots")) >= 3)
        began = time.monotonic()
        self.server.interrupt()
        codes = await asyncio.gather(*(socket.closed() for socket in sockets))
        self.assertEqual(set(codes), {1001})
        self.assertEqual(await asyncio.to_thread(self.server.wait), 0)
        self.assertLess(time.monotonic() - began, 10)
        self.assertGreater(sum(await asyncio.gather(*booking)), 0)
        self.assert_sound_windows(*windows)
        self.assert_sound(self.server)

    async def test_sockets_that_never_answer_do_not_hold_it_up(self) -> None:
        """Neither one that ignores the close frame nor one that does not read at all."""
        with (
            FrameSocket(self.server.port, PATH, self.tenant.key) as silent,
            FrameSocket(self.server.port, PATH, self.tenant.key, receive_buffer=4_096) as deaf,
        ):
            began = time.monotonic()
            self.assertEqual(await asyncio.to_thread(self.server.stop), 0)
            self.assertLess(time.monotonic() - began, 10)
            self.assertIsNotNone(deaf)
            self.assertEqual(silent.rest()[0].code, 1001)

    async def book_until_closed(self, number: int) -> int:
        client = Client(self.server.host, self.server.port, self.tenant.key)
        booked = 0
        try:
            for start in islice(starts(30, skip=12 * number), 200):
                body = {"name": "Ada", "email": f"ada-{number}-{booked}@example.com"}
                answer = await client.post(
                    "/api/v1/appointments",
                    {"calendar_id": self.calendar, "starts_at": start, "contact": body},
                )
                booked += answer.status == 201
        except ConnectionLost:
            pass
        finally:
            await client.close()
        return booked


async def put_hours(case: FeedCase, hours: list[dict[str, str]]) -> None:
    path = f"/api/v1/calendars/{case.calendar}/business-hours"
    answer = await case.tenant.client.send("PUT", path, {"business_hours": hours})
    case.assertEqual(answer.status, 200, answer.body)


if __name__ == "__main__":
    unittest.main()
