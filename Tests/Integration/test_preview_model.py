"""Previews of random calendars are what a naive model answers, which counts minutes."""

from __future__ import annotations

import json
import os
import random
import unittest
from datetime import date
from typing import Any

from harness.case import ServerCase
from harness.model.preview import Request, expected, request, smallest
from harness.model.slots import Slots
from harness.model.zones import DAY, minute_at, written
from harness.scale import count
from harness.store import on_one_store
from harness.tenant import DAYS, Tenant

PATH = "/api/v1/availability/preview"
NIGHT = [{"day_of_week": day, "start": "01:00", "end": "04:00"} for day in DAYS]


@on_one_store
class PreviewModel(ServerCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.tenant = await Tenant.create(self.installation.serve())
        self.addAsyncCleanup(self.tenant.client.close)

    async def test_random_calendars_offer_what_the_model_offers(self) -> None:
        seed = int(os.environ.get("ALMANAC_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
        slots = empty = 0
        for number in range(count(300, 3_000)):
            body = request(random.Random(seed + number))
            found = await self.preview(body)
            if found != (wanted := expected(body).slots):
                await self.show(body, f"seed {seed + number}")
            slots += len(wanted)
            empty += not wanted
            days = await self.preview({**body, "group_by": "day"}, "days")
            self.assertEqual(days, expected(body).days, f"seed {seed + number}: {json.dumps(body)}")
        print(f"\n  {slots} slots; {empty} calendars offer none (seed {seed})", flush=True)
        self.assertLess(empty, count(200, 2_000))

    async def test_a_calendar_that_never_closes_goes_on_behind_a_day_that_its_zone_left_out(self) -> None:
        always = [{"day_of_week": day, "start": "00:00", "end": "24:00"} for day in DAYS]
        calendar = {"timezone": "Pacific/Apia", "slot_duration_minutes": 20, "business_hours": always}
        for day, slots in (("2011-12-29", 72), ("2011-12-30", 0), ("2011-12-31", 72)):
            found = await self.preview({"calendar": calendar, "now": "2011-12-01T00:00:00Z", "from": day, "to": day})
            self.assertEqual(len(found), slots, day)

    async def preview(self, body: Request, name: str = "slots") -> Any:
        answer = await self.tenant.client.post(PATH, body)
        self.assertEqual(answer.status, 200, f"{answer.body[:600]!r} for {json.dumps(body)}")
        self.assertEqual(answer.json["timezone"], body.get("timezone", body["calendar"]["timezone"]))
        return answer.json[name]

    async def show(self, body: Request, context: str) -> None:
        """Fails with the smallest request that shows the difference."""

        async def differs(smaller: Request) -> bool:
            answer = await self.tenant.client.post(PATH, smaller)
            return answer.status == 200 and answer.json["slots"] != expected(smaller).slots

        body = await smallest(body, differs)
        found, wanted = await self.preview(body), expected(body).slots
        extra = [slot for slot in found if slot not in wanted]
        missing = [slot for slot in wanted if slot not in found]
        self.fail(f"{context}: offered but not in the model {extra[:5]}, missing {missing[:5]} of {json.dumps(body)}")


class ModelItself(unittest.TestCase):
    """Its answers where somebody counted by hand."""

    def starts(self, zone: str, day: str, **opening_rules: Any) -> list[int]:
        """Hours since the day's midnight."""
        calendar = {"timezone": zone, "slot_duration_minutes": 60, "business_hours": NIGHT, **opening_rules}
        first = date.fromisoformat(day)
        midnight = minute_at(zone, first)
        slots = Slots(calendar, first, first)
        offered = slots.offered((midnight, minute_at(zone, first + DAY)), now=0)
        return [(minute - midnight) // 60 for minute in sorted(slots.grid(60)) if written(minute) in offered]

    def test_a_night_in_which_the_clock_springs_forward_is_short_and_one_in_which_it_falls_back_is_long(self) -> None:
        self.assertEqual(self.starts("America/New_York", "2027-03-13"), [1, 2, 3])
        self.assertEqual(self.starts("America/New_York", "2027-03-14"), [1, 2])
        self.assertEqual(self.starts("America/New_York", "2027-11-07"), [1, 2, 3, 4])

    def test_a_break_inside_the_gap_takes_the_hour_after_it(self) -> None:
        inside = [{"kind": "one_time", "date": "2027-03-14", "start": "02:00", "end": "03:00"}]
        self.assertEqual(self.starts("America/New_York", "2027-03-14", break_times=inside), [1, 2])
        into = [{"kind": "one_time", "date": "2027-03-14", "start": "02:00", "end": "02:30"}]
        self.assertEqual(self.starts("America/New_York", "2027-03-14", break_times=into), [1])

    def test_a_yearly_blackout_of_the_29_february_applies_in_leap_years(self) -> None:
        leap = [{"starts_on": "2024-02-29", "ends_on": "2024-02-29", "repeats_yearly": True}]
        self.assertEqual(self.starts("UTC", "2028-02-29", blackout_dates=leap), [])
        for day in ("2027-02-28", "2027-03-01"):
            self.assertEqual(self.starts("UTC", day, blackout_dates=leap), [1, 2, 3])

    def test_a_window_of_the_day_before_goes_on_past_a_closed_date(self) -> None:
        late = [{"day_of_week": day, "start": "22:00", "end": "02:00"} for day in DAYS]
        closed = [{"kind": "fixed", "date": "2027-06-02", "intervals": []}]
        self.assertEqual(self.starts("UTC", "2027-06-02", business_hours=late, availability_rules=closed), [0, 1])
        black = [{"starts_on": "2027-06-02", "ends_on": "2027-06-02"}]
        self.assertEqual(self.starts("UTC", "2027-06-02", business_hours=late, blackout_dates=black), [])


if __name__ == "__main__":
    unittest.main()
