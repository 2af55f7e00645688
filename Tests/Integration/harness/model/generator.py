"""Random calendars with every opening rule, as the API takes them. Weeks in which clocks change are over-represented."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from .hours import WEEKDAYS
from .rules import RuleMaker
from .zones import ZONES, changes, minute_at, written

YEARS = (2024, 2029)
# A whole day was skipped in Apia then.
SKIPPED = date(2011, 12, 30)
DURATIONS = (5, 10, 15, 15, 20, 30, 30, 30, 45, 50, 60, 60, 90, 120, 240, 1440)
# Half of the times are near midnight or in the hours in which clocks change.
NIGHT = (range(0, 5 * 60), range(22 * 60, 24 * 60))


class CalendarMaker:
    """One calendar of one zone around one day."""

    def __init__(self, chance: random.Random, day: date | None = None, zone: str | None = None) -> None:
        """`day` is where the calendar is interesting; else one that the zone makes interesting."""
        self.chance = chance
        self.zone = zone or chance.choice(ZONES)
        self.day = day or self._interesting_day()
        # All wall-clock times are multiples of it.
        self.step = chance.choice([60, 30, 30, 15, 15, 10, 5, 1])
        self.rules = RuleMaker(chance, self.day)

    def _interesting_day(self) -> date:
        known = changes(self.zone, *YEARS)
        if self.zone == "Pacific/Apia" and self.chance.random() < 0.5:
            day = SKIPPED
        elif known and self.chance.random() < 0.75:
            day = self.chance.choice(known)
        elif self.chance.random() < 0.2:
            day = date(self.chance.choice([2024, 2027, 2028]), 2, 28)
        else:
            day = date(self.chance.randrange(*YEARS), 1, 1) + timedelta(days=self.chance.randrange(365))
        return day + timedelta(days=self.chance.choice([-1, 0, 0, 0, 1]))

    def settings(self) -> dict[str, Any]:
        """The calendar's own fields and its week."""
        chance = self.chance
        duration = chance.choice(DURATIONS)
        fields: dict[str, Any] = {"timezone": self.zone, "slot_duration_minutes": duration}
        if chance.random() < 0.5:
            fields["slot_interval_minutes"] = chance.choice([5, 7, 10, 15, 20, 25, 30, 50, 60, 90, 100])
        if chance.random() < 0.3:
            fields["min_notice_minutes"] = chance.choice([0, 30, 60, 1440, 4000])
        if chance.random() < 0.4:
            fields["capacity"] = chance.choice([1, 2, 2, 3, 10])
        fields["business_hours"] = self.week(chance.choice([0.4, 0.8, 1.0]))
        return fields

    def opening_rules(self) -> dict[str, list[dict[str, Any]]]:
        """All that lies on the week; now and then nothing."""
        few = (0, 0, 1, 1, 2, 3) if self.chance.random() < 0.9 else (0, 0)
        rules = [self.custom() for _ in range(self.chance.choice(few))]
        rules += [self.recurring_rule() for _ in range(self.chance.choice(few))]
        rules += self.fixed(self.chance.choice(few))
        self.chance.shuffle(rules)
        return {
            "availability_rules": rules,
            "break_times": [self.break_time() for _ in range(self.chance.choice(few))],
            "blackout_dates": [self.blackout() for _ in range(max(0, self.chance.choice(few) - 1))],
            "buffer_times": self.buffers() if self.chance.random() < 0.5 else [],
        }

    # Times.

    def near(self, days: int = 4) -> date:
        return self.day + timedelta(days=self.chance.randint(-days, days))

    def minute(self) -> int:
        """Of a day, on this calendar's step."""
        night = self.chance.choice(NIGHT) if self.chance.random() < 0.5 else range(1440)
        return self.chance.choice(night) // self.step * self.step

    def intervals(self, most: int = 3) -> list[dict[str, str]]:
        """Of one day: in order, without overlap; the last may cross midnight, touch it, or last 24 hours."""
        if self.chance.random() < 0.15:
            # Short ones, which may lie in what a clock change skips or repeats.
            start = self.chance.choice([0, 15, 30, 60, 90, 120, 150, 165])
            return [span(start, start + self.chance.choice([15, 30, 45, 60]))]
        marks = sorted({self.minute() for _ in range(2 * self.chance.randint(1, most))})
        pairs = list(zip(marks[::2], marks[1::2]))
        if self.chance.random() < 0.2:
            pairs = [(0, 1440)]
        elif not pairs or self.chance.random() < 0.3:
            start = marks[-1]
            pairs = [pair for pair in pairs if pair[1] <= start]
            pairs.append((start, self.chance.choice([1440, self.minute() % (start + 1)])))
        return [span(*pair) for pair in pairs]

    def interval(self) -> dict[str, str]:
        return self.chance.choice(self.intervals())

    def week(self, density: float) -> list[dict[str, str]]:
        """Weekly hours; now and then the calendar never closes."""
        if self.chance.random() < 0.1:
            return [{"day_of_week": day, **span(0, 1440)} for day in WEEKDAYS]
        return [
            {"day_of_week": day, **interval}
            for day in WEEKDAYS
            if self.chance.random() < density
            for interval in self.intervals()
        ]

    # Opening rules, one by one.

    def custom(self) -> dict[str, Any]:
        starts = self.near(8)
        rule = {"kind": "custom", "starts_on": str(starts), "business_hours": self.week(0.6)}
        rule["ends_on"] = str(starts + timedelta(days=self.chance.randrange(0, 10)))
        return {**rule, "priority": self.chance.choice([0, 0, 1, 5, -3])}

    def fixed(self, number: int) -> list[dict[str, Any]]:
        dates = sorted({str(self.near()) for _ in range(number)})
        return [
            {"kind": "fixed", "date": day, "intervals": self.intervals() if self.chance.random() < 0.7 else []}
            for day in dates
        ]

    def recurring_rule(self) -> dict[str, Any]:
        effect = self.chance.choice(["available", "unavailable"])
        return {"kind": "recurring", "effect": effect, **self.rules.recurring(self.interval(), self.zone)}

    def break_time(self) -> dict[str, Any]:
        kind = self.chance.choice(["fixed", "one_time", "recurring"])
        interval = self.interval()
        if kind == "fixed":
            days = self.chance.sample(WEEKDAYS, self.chance.randint(1, 7))
            return {"kind": kind, "days_of_week": days, **interval}
        if kind == "one_time":
            return {"kind": kind, "date": str(self.near()), **interval}
        return {"kind": kind, **self.rules.recurring(interval, self.zone)}

    def blackout(self) -> dict[str, Any]:
        starts = self.near()
        yearly = self.chance.random() < 0.4
        ends = starts + timedelta(days=self.chance.choice([0, 0, 1, 3]))
        if yearly and (2, 29) in ((starts.month, starts.day), (ends.month, ends.day)):
            # What a longer one that begins or ends on that day means in other years is not said.
            starts = ends = date(starts.year // 4 * 4, 2, 29)
        elif yearly:
            years = self.chance.choice([0, 0, 1, 3])
            starts, ends = (one.replace(year=one.year - years) for one in (starts, ends))
        return {"starts_on": str(starts), "ends_on": str(ends), "repeats_yearly": yearly}

    def buffers(self) -> list[dict[str, Any]]:
        kinds = self.chance.sample(["before", "after", "between"], self.chance.randint(1, 3))
        return [{"kind": kind, "minutes": self.chance.choice([0, 5, 10, 15, 45, 120, 300])} for kind in kinds]

    def busy(self, number: int) -> list[dict[str, str]]:
        """What others entered: instants, also empty ones, and whole days of some zone."""
        found: list[dict[str, str]] = []
        for _ in range(number):
            day = self.near()
            if self.chance.random() < 0.25:
                ends = str(day + timedelta(days=self.chance.randrange(0, 3)))
                zone = self.chance.choice([self.zone, *ZONES])
                found.append({"start_date": str(day), "end_date": ends, "timezone": zone})
            else:
                start = minute_at(self.zone, day, self.minute())
                length = self.chance.choice([0, 5, 30, 45, 60, 240, 2000])
                found.append({"start": written(start), "end": written(start + length)})
        return found


def wall(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def span(start: int, end: int) -> dict[str, str]:
    return {"start": wall(start), "end": wall(end)}
