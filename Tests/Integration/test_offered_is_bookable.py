"""What availability offers can be booked; what it does not is refused, and the rule that refuses is named."""

from __future__ import annotations

import os
import random
import unittest
from collections import Counter
from datetime import timedelta
from typing import Any

from harness.feed import Window
from harness.feed_case import FeedCase
from harness.model.generator import CalendarMaker
from harness.model.saved import OVERRIDES, ROUTES, Saved, day_ahead, now, start_of
from harness.model.slots import overlaps
from harness.model.zones import DAY, ZONES, local_date, minute_at, minute_of, written
from harness.scale import count

# How close to the clock's edges nothing is asked: minutes.
MARGIN = 5


class OfferedIsBookable(FeedCase):
    async def test_random_calendars(self) -> None:
        seed = int(os.environ.get("ALMANAC_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
        self.seen: Counter[str] = Counter()
        for number in range(count(10, 100)):
            with self.subTest(seed=seed + number):
                self.chance = random.Random(seed + number)
                await self.run_once()
        print(f"\n  {dict(sorted(self.seen.items()))} (seed {seed})", flush=True)
        self.assertGreater(self.seen["booked"], count(5, 100))

    async def run_once(self) -> None:
        chance = self.chance
        zone = chance.choice(ZONES)
        self.maker = CalendarMaker(chance, day_ahead(zone, chance), zone)
        first = self.maker.day - timedelta(days=2)
        self.saved = await Saved.create(self.tenant, self.settings_of(), first, self.maker.day + timedelta(days=3))
        watched = chance.choice([zone, *ZONES]), chance.choice(self.saved.durations)
        options = dict(zip(("timezone", "duration_minutes"), watched))
        window = Window(self.saved.id, str(first), str(self.saved.last), options)
        socket = await self.watch(window)
        opening_rules = [(field, item) for field, items in self.maker.opening_rules().items() for item in items]
        chance.shuffle(opening_rules)
        for field, item in opening_rules:
            await self.saved.add(field, item)
            if chance.random() < 0.4:
                await self.check()
        for _ in range(12):
            await self.check()
            await chance.choice([self.book, self.book, self.book, self.hold, self.give_back, self.change])()
        await self.check()
        await self.refuse_all_sorts()
        await self.check()
        await socket.settle()
        self.assert_sound_windows(window)
        if window.slots != await self.saved.offered(*watched):
            # The clock may have moved one in between.
            await socket.settle()
            self.assertEqual(window.slots, await self.saved.offered(*watched), self.saved.shown())
        self.assertEqual(window.resynchronized, 0)
        await socket.close()

    def settings_of(self) -> dict[str, Any]:
        """With the ends of what may be booked sometimes among the days that are looked at."""
        chance, maker = self.chance, self.maker
        fields = {**maker.settings(), "hold_minutes": 120}
        duration = fields["slot_duration_minutes"]
        others = {duration, chance.choice([15, 30, 45, 60])}
        fields["allowed_durations_minutes"] = [duration, *(others - {duration})]
        ahead = int(minute_at(maker.zone, maker.day) - now())
        fields["horizon_days"] = ahead // 1440 + chance.choice([0, 1, 2, 30, 30, 30])
        if chance.random() < 0.2:
            fields["min_notice_minutes"] = min(525_600, ahead + chance.randrange(-1440, 1440))
        fields["max_bookings_per_day"] = chance.choice([None, None, None, None, 1, 3])
        return fields

    # Holding the server against the model.

    async def check(self) -> None:
        zone = self.chance.choice([self.saved.document["timezone"], *ZONES])
        duration = self.chance.choice([None, *self.saved.durations])
        self.assertEqual(await self.saved.difference(zone, duration), "")

    def some_offer(self) -> tuple[int, int] | None:
        """A start that is offered and stays so for a while, and how long it lasts."""
        saved, duration = self.saved, self.chance.choice(self.saved.durations)
        zone = saved.document["timezone"]
        span = minute_at(zone, saved.first), minute_at(zone, saved.last + DAY)
        # It has entered already, and does not leave yet.
        soon = saved.model.offered(span, now() + MARGIN, duration)
        slots = {start: slot for start, slot in saved.model.offered(span, now(), duration).items() if start in soon}
        # Often a time that somebody has already, if there is room for another.
        shared = [slot for slot in slots.values() if slot["seats_available"] < saved.model.capacity]
        chosen = shared if shared and self.chance.random() < 0.5 else list(slots.values())
        return (start_of(self.chance.choice(chosen)), duration) if chosen else None

    async def book(self) -> None:
        if (offer := self.some_offer()) is None:
            return
        start, duration = offer
        seat = self.saved.model.seat((start, start + duration))
        explained = await self.saved.explain(start, duration)
        self.assertEqual(explained, {"available": True, "reasons": []}, self.saved.shown())
        answer = await self.saved.book(start, duration)
        self.assertEqual(answer.status, 201, f"{written(start)} {duration} {answer.body!r} {self.saved.shown()}")
        self.assertEqual(answer.json["seat"], seat, self.saved.shown())
        self.seen["booked"] += 1

    async def hold(self) -> None:
        if (offer := self.some_offer()) is None:
            return
        answer = await self.saved.hold(*offer)
        self.assertEqual(answer.status, 201, f"{offer} {answer.body!r} {self.saved.shown()}")
        self.seen["held"] += 1
        if self.chance.random() < 0.4:
            await self.check()
            answer = await self.saved.book(*offer, hold_token=answer.json["hold_token"])
            self.assertEqual(answer.status, 201, f"{offer} {answer.body!r} {self.saved.shown()}")

    async def give_back(self) -> None:
        if self.saved.taken:
            answer = await self.saved.give_back(self.chance.choice(self.saved.taken))
            self.assertIn(answer.status, (200, 204), answer.body)

    async def change(self) -> None:
        """A rule, the week or a setting."""
        chance, saved = self.chance, self.saved
        items = [(field, one) for field in ROUTES for one in saved.document[field]]
        if items and chance.random() < 0.6:
            field, item = chance.choice(items)
            if chance.random() < 0.5:
                return await saved.remove(field, item["id"])
            if (other := self.another(field, item)) is not None:
                await saved.replace(field, item["id"], other)
        elif chance.random() < 0.3:
            await saved.set_week(self.maker.week(0.8))
        else:
            changes = {
                "slot_interval_minutes": chance.choice([10, 15, 25, 60]),
                "timezone": chance.choice(ZONES),
                "max_bookings_per_day": chance.choice([None, 1, 4]),
                "capacity": chance.choice([1, 2, 3, 5]),
                "is_active": chance.random() < 0.5,
            }
            name = chance.choice(list(changes))
            await saved.patch({name: changes[name]})
        self.seen["changed"] += 1

    def another(self, field: str, item: dict[str, Any]) -> dict[str, Any] | None:
        """Of the same kind."""
        if field == "buffer_times":
            return {"kind": item["kind"], "minutes": self.chance.choice([0, 5, 20, 60])}
        if field == "blackout_dates":
            return self.maker.blackout()
        if field == "break_times":
            return self.maker.break_time()
        if item["kind"] == "fixed":
            return {"kind": "fixed", "date": item["date"], "intervals": self.maker.intervals()}
        return self.maker.custom() if item["kind"] == "custom" else self.maker.recurring_rule()

    # What is refused.

    async def refuse_all_sorts(self) -> None:
        """A few instants for each reason that there is."""
        reasons: Counter[str] = Counter()
        span = [minute_at(self.saved.document["timezone"], day) for day in (self.saved.first, self.saved.last)]
        grid = sorted(self.saved.model.grid(self.saved.durations[0]))
        steps = (0, 0, 5, 15, 30, -15)
        choices = [range(*span), grid, [one.span[0] + step for one in self.saved.taken for step in steps]]
        for _ in range(120):
            duration = self.chance.choice(self.saved.durations)
            start = self.chance.choice(self.chance.choice([one for one in choices if one]))
            if not span[0] <= start < span[1] or self.is_at_an_edge(start):
                continue
            reason = self.saved.model.refusal(start, now(), duration)
            if reason is not None and reasons[reason] < 2:
                reasons[reason] += 1
                self.seen[f"refused: {reason}"] += 1
                await self.refuse(start, duration, reason)

    def is_at_an_edge(self, start: int) -> bool:
        """The clock decides otherwise soon."""
        model, edges = self.saved.model, (now() - MARGIN, now() + MARGIN)
        return any(len({ask(start, edge) for edge in edges}) > 1 for ask in (model.is_too_near, model.is_too_far))

    async def refuse(self, start: int, duration: int, reason: str) -> None:
        context = f"{written(start)} {duration} {reason}: {self.saved.shown()}"
        explained = await self.saved.explain(start, duration)
        self.assertFalse(explained["available"], context)
        answer = await self.saved.book(start, duration)
        self.assertEqual((answer.status, answer.code), (409, "slot_unavailable"), f"{answer.body!r} {context}")
        for told in (explained["reasons"], answer.json["reasons"]):
            self.assertEqual(told[0]["code"], reason, f"{told} {context}")
        self.assert_source(explained["reasons"][0], (start, start + duration), context)
        hold = await self.saved.hold(start, duration)
        self.assertEqual((hold.status, hold.code), (409, "slot_unavailable"), f"{hold.body!r} {context}")
        self.assert_offered(answer.json["alternatives"], duration, context)
        if reason in OVERRIDES and self.chance.random() < 0.3:
            await self.override(start, duration, context)

    def assert_source(self, told: dict[str, Any], span: tuple[int, int], context: str) -> None:
        """What refuses is named: breaks and blackouts have ids."""
        model = self.saved.model
        sources = {one.id for one in model.hours.closings if one.kind == told["code"] and overlaps(span, one.span)}
        if told["code"] in ("break", "blackout"):
            self.assertIn(told["source_id"], sources, f"{told} {context}")

    def assert_offered(self, alternatives: list[dict[str, Any]], duration: int, context: str) -> None:
        self.assertLessEqual(len(alternatives), 3, context)
        for slot in alternatives:
            start = minute_of(slot["start"])
            day = local_date(self.saved.document["timezone"], start)
            model = self.saved.model_of(day, day)
            refusals = {model.refusal(start, moment, duration) for moment in (now() - MARGIN, now())}
            self.assertIn(None, refusals, f"alternative {slot} is not offered, {context}")
            self.assertEqual(minute_of(slot["end"]), start + duration, context)

    async def override(self, start: int, duration: int, context: str) -> None:
        """Whoever may can book it nevertheless, if nobody else has the time."""
        seat = self.saved.model.seat((start, start + duration))
        answer = await self.saved.book(start, duration, override=list(OVERRIDES))
        self.assertEqual(answer.status, 409 if seat is None else 201, f"{answer.body!r} {context}")
        if seat is not None:
            self.assertEqual(answer.json["seat"], seat, context)
        self.seen["overridden"] += 1


if __name__ == "__main__":
    unittest.main()
