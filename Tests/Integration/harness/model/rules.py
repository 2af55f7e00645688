"""Random recurrence rules, of those that python-dateutil reads as RFC 5545 does."""

from __future__ import annotations

import random
from datetime import UTC, date, timedelta
from typing import Any

from .recurrence import minutes_of, occurrences
from .zones import minute_at, moment

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class RuleMaker:
    """Rules that have something to say around one day."""

    def __init__(self, chance: random.Random, day: date) -> None:
        self.chance, self.day = chance, day

    def recurring(self, interval: dict[str, str], zone: str) -> dict[str, Any]:
        """The fields that recurring rules and breaks share."""
        chance = self.chance
        starts = self.day - timedelta(days=chance.choice([0, 1, 3, 7, 30, 400, 800]))
        parts = self._parts()
        rule: dict[str, Any] = {"rrule": ";".join(parts), "starts_on": str(starts), **interval}
        few = timedelta(days=4)
        known = sorted(occurrences(rule, zone, self.day - few, self.day + few)) or [self.day]
        parts += self._end(zone, chance.choice(known), minutes_of(interval["start"]))
        rule["rrule"] = self._dressed(";".join(parts))
        if chance.random() < 0.3:
            rule["exdates"] = [str(self._near()) for _ in range(2)]
        if chance.random() < 0.3:
            rule["rdates"] = [str(max(starts, self._near()))]
        return rule

    def _near(self) -> date:
        return self.day + timedelta(days=self.chance.randint(-4, 4))

    def _dressed(self, text: str) -> str:
        return self.chance.choice(["", "", "RRULE:"]) + text + self.chance.choice(["", "", ";"])

    def _end(self, zone: str, day: date, start: int) -> list[str]:
        """COUNT, or one of the forms of UNTIL, or none: close to an occurrence of that day."""
        if self.chance.random() < 0.5:
            return []
        minute = min(1439, max(0, start + self.chance.choice([-1, 0, 0, 1, 60])))
        local = f"{day:%Y%m%d}T{minute // 60:02}{minute % 60:02}00"
        instant = moment(minute_at(zone, day, minute)).astimezone(UTC)
        return [
            self.chance.choice(
                [
                    f"COUNT={self.chance.choice([1, 2, 5, 40, 500])}",
                    f"UNTIL={day:%Y%m%d}",
                    f"UNTIL={local}",
                    f"UNTIL={instant:%Y%m%dT%H%M%SZ}",
                ]
            )
        ]

    def _parts(self) -> list[str]:
        chance = self.chance
        frequency = chance.choice([self._daily, self._weekly, self._weekly, self._monthly, self._yearly])
        parts = frequency()
        if chance.random() < 0.4:
            parts.append(f"INTERVAL={chance.choice([1, 2, 3])}")
        if chance.random() < 0.2:
            parts.append(f"WKST={chance.choice(DAYS)}")
        return parts

    def _some(self, values: range | tuple[str, ...], most: int) -> str:
        return ",".join(map(str, self.chance.sample(values, self.chance.randint(1, most))))

    def _months(self) -> str:
        """Always with the day's own."""
        others = self.chance.sample(range(1, 13), self.chance.randint(0, 2))
        return "BYMONTH=" + ",".join(map(str, sorted({self.day.month, *others})))

    def _ordinals(self, most: int) -> str:
        numbers = [one for one in range(-most, most + 1) if one != 0]
        chosen = [f"{self.chance.choice(numbers)}{day}" for day in self.chance.sample(DAYS, 2)]
        return "BYDAY=" + ",".join(chosen)

    def _month_days(self) -> str:
        day = self.day.day
        return "BYMONTHDAY=" + ",".join(map(str, {day, self.chance.choice([1, 15, 31, -1, -2, -31])}))

    def _daily(self) -> list[str]:
        choices = [[], [f"BYDAY={self._some(DAYS, 5)}"], [self._months()], [self._month_days()]]
        return ["FREQ=DAILY", *self.chance.choice(choices)]

    def _weekly(self) -> list[str]:
        choices = [[], [f"BYDAY={self._some(DAYS, 4)}"], [f"BYDAY={self._some(DAYS, 7)}", self._months()]]
        return ["FREQ=WEEKLY", *self.chance.choice(choices)]

    def _monthly(self) -> list[str]:
        choices = [
            [],
            [self._month_days()],
            [self._ordinals(5)],
            [f"BYDAY={self._some(DAYS, 5)}", f"BYSETPOS={self.chance.choice([1, 2, -1, -2])}"],
            [f"BYDAY={self._some(DAYS, 3)}", self._month_days()],
        ]
        return ["FREQ=MONTHLY", *self.chance.choice(choices)]

    def _yearly(self) -> list[str]:
        choices = [
            [],
            [self._months(), self._month_days()],
            [self._months(), self._ordinals(4)],
            [self._ordinals(53)],
            [f"BYYEARDAY={self.day.timetuple().tm_yday},{self.chance.choice([-1, 1, 100, 366, -366])}"],
            [self._months(), f"BYDAY={self._some(DAYS, 4)}", f"BYSETPOS={self.chance.choice([1, 2, -1])}"],
        ]
        return ["FREQ=YEARLY", *self.chance.choice(choices)]
