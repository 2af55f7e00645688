"""What the clock alone changes, told without anybody asking: holds that run out, slots that go by, horizons that open."""

from __future__ import annotations

import sys
import time
import unittest
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Integration"))

from harness.feed import Window
from harness.feed_case import FeedCase
from harness.tenant import instant

# A change that the clock makes is told within this time.
SECONDS = 2.5


class FeedClock(FeedCase):
    async def assert_up_to_date(self, *windows: Window) -> None:
        # The connection has been idle for longer than the server keeps one.
        await self.tenant.client.close()
        await super().assert_up_to_date(*windows)

    async def test_a_hold_that_runs_out_comes_back(self) -> None:
        self.calendar = await self.tenant.calendar(slot_duration_minutes=30, hold_minutes=1)
        window, away = self.window(), self.window()
        socket = await self.watch(window)
        other = await self.watch(away)
        slot = window.slots[self.at("09:00")]
        hold = await self.hold(self.at("09:00"))
        expires = datetime.fromisoformat(hold["expires_at"]).timestamp()
        await socket.until("held", lambda: len(window.of("slots")) == 1)
        await other.until("held", lambda: len(away.of("slots")) == 1)
        await other.vanish()
        await socket.until("run out", lambda: len(window.of("slots")) == 2, seconds=75)
        late = time.time() - expires
        print(f"\n  told {late:.2f} s after the hold ended", flush=True)
        self.assertGreaterEqual(late, 0)
        self.assertLess(late, SECONDS)
        change = window.of("slots")[1]
        self.assertEqual((change["prev_seq"], change["seq"]), (1, 2), "it is an event of its own")
        self.assertEqual((change["added"], change["removed"]), ([slot], []))
        with self.server.database.open() as database:
            types = database.rows("SELECT type FROM events WHERE seq = 2 AND type LIKE 'hold.%'")
        self.assertEqual(types, [("hold.expired",)])
        other = await self.socket()
        await other.subscribe(away)
        self.assertEqual(away.slots, window.slots)
        self.assertEqual(away.seq, 2)
        await self.assert_up_to_date(window, away)

    async def test_slots_that_go_by_leave(self) -> None:
        """A slot of every minute: two of them leave while this watches, with the number of the last event."""
        self.calendar = await self.tenant.calendar(slot_duration_minutes=1, min_notice_minutes=10)
        window = Window(self.calendar, str(self.day(-2)), str(self.day(-1)))
        socket = await self.watch(window)
        await self.book(self.at("09:00", -1))
        await socket.until("booked", lambda: len(window.of("slots")) == 1)
        for number in (2, 3):
            await socket.until("one has gone", lambda: len(window.of("slots")) == number, seconds=65)
            change = window.of("slots")[-1]
            self.assertEqual((change["prev_seq"], change["seq"]), (1, 1))
            self.assertEqual(change["added"], [])
            for slot in change["removed"]:
                start = datetime.fromisoformat(slot["start"])
                late = (datetime.now(UTC) + timedelta(minutes=10) - start).total_seconds()
                self.assertTrue(0 <= late < SECONDS, f"{slot} left {late} s late")
        await self.assert_up_to_date(window)

    async def test_slots_that_enter_the_horizon_come(self) -> None:
        self.calendar = await self.tenant.calendar(slot_duration_minutes=1, horizon_days=1)
        now = datetime.now(UTC)
        window = Window(self.calendar, instant(now + timedelta(hours=23)), instant(now + timedelta(hours=25)))
        socket = await self.watch(window)
        last = max(window.slots)
        await socket.until("one has come", lambda: window.of("slots") != [], seconds=65)
        change = window.of("slots")[0]
        self.assertEqual((change["prev_seq"], change["seq"], change["removed"]), (0, 0, []))
        (slot,) = change["added"]
        self.assertGreater(slot["start"], last)
        late = (datetime.now(UTC) + timedelta(days=1) - datetime.fromisoformat(slot["start"])).total_seconds()
        self.assertTrue(0 <= late < SECONDS, f"{late} s late")
        await self.assert_up_to_date(window)


if __name__ == "__main__":
    unittest.main()
