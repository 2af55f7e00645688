"""Open time: a flag for each minute, rule upon rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from .recurrence import minutes_of, occurrences
from .zones import DAY, days, minute_at

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# What was open for so long before the days asked about has no start that would matter.
LOOK_BACK = timedelta(days=12)
LOOK_AHEAD = timedelta(days=4)
Span = tuple[int, int]


@dataclass
class Source:
    """What closes a span: a break or a blackout."""

    kind: str
    span: Span
    id: str | None


class Hours:
    """The open minutes of a calendar around some dates of its zone, after each of its opening rules."""

    def __init__(self, calendar: Mapping[str, Any], first: date, last: date) -> None:
        self.calendar, self.zone = calendar, calendar["timezone"]
        self.first, self.last = first - LOOK_BACK, last + LOOK_AHEAD
        self.base = minute_at(self.zone, self.first - DAY)
        self.length = minute_at(self.zone, self.last + 3 * DAY) - self.base
        # After the rules, and after blackouts and breaks too.
        self.ruled = bytearray(self.length)
        self._apply_rules()
        self.open = bytearray(self.ruled)
        self.closings = [*self._blackouts(), *self._breaks()]
        for closing in self.closings:
            self._set(self.open, closing.span, 0)

    # Opening rules.

    def _rules(self, kind: str) -> list[Mapping[str, Any]]:
        return [rule for rule in self.calendar.get("availability_rules", []) if rule["kind"] == kind]

    def _apply_rules(self) -> None:
        fixed = {rule["date"]: rule for rule in self._rules("fixed")}
        recurring = [(rule, self._occurrences(rule)) for rule in self._rules("recurring")]
        # A window belongs to the date it starts on, and a fixed rule replaces that date's.
        for day in days(self.first, self.last):
            if str(day) not in fixed:
                for interval in self._week(day):
                    if interval["day_of_week"] == WEEKDAYS[day.weekday()]:
                        self._set(self.ruled, self._window(day, interval), 1)
        for rule, dates in recurring:
            if rule["effect"] == "available":
                for day in dates:
                    if str(day) not in fixed:
                        self._set(self.ruled, self._window(day, rule), 1)
        for rule, dates in recurring:
            if rule["effect"] == "unavailable":
                for day in dates:
                    if str(day) not in fixed:
                        self._set(self.ruled, self._window(day, rule), 0)
        for text, rule in fixed.items():
            for interval in rule["intervals"]:
                self._set(self.ruled, self._window(date.fromisoformat(text), interval), 1)

    def _week(self, day: date) -> list[Mapping[str, Any]]:
        """The week's hours, or those of the custom rule that comes first: the highest priority, then the newest."""
        rules = [
            (rule.get("priority", 0), rule.get("id", ""), index, rule)
            for index, rule in enumerate(self._rules("custom"))
            if rule["starts_on"] <= str(day) <= rule["ends_on"]
        ]
        return (max(rules)[3] if rules else self.calendar).get("business_hours", [])

    def _blackouts(self) -> Iterator[Source]:
        for blackout in self.calendar.get("blackout_dates", []):
            starts, ends = date.fromisoformat(blackout["starts_on"]), date.fromisoformat(blackout["ends_on"])
            years = [starts.year]
            if blackout.get("repeats_yearly", False):
                years = [year for year in range(self.first.year - 1, self.last.year + 1) if year >= starts.year]
            for year in years:
                try:
                    first = starts.replace(year=year)
                    last = ends.replace(year=year + ends.year - starts.year)
                except ValueError:
                    # A 29 February, in another year.
                    continue
                span = (minute_at(self.zone, first), minute_at(self.zone, last + DAY))
                yield Source("blackout", span, blackout.get("id"))

    def _breaks(self) -> Iterator[Source]:
        for item in self.calendar.get("break_times", []):
            if item["kind"] == "fixed":
                dates = {
                    day for day in days(self.first, self.last) if WEEKDAYS[day.weekday()] in item["days_of_week"]
                }
            elif item["kind"] == "one_time":
                dates = {date.fromisoformat(item["date"])}
            else:
                dates = self._occurrences(item)
            for day in dates:
                yield Source("break", self._window(day, item), item.get("id"))

    def _occurrences(self, rule: Mapping[str, Any]) -> set[date]:
        return occurrences(rule, self.zone, self.first, self.last)

    # Minutes.

    def _window(self, day: date, interval: Mapping[str, Any]) -> Span:
        """By its endpoints, so that it may last shorter or longer than the clock says, or not at all."""
        start, end = minutes_of(interval["start"]), minutes_of(interval["end"])
        return minute_at(self.zone, day, start), minute_at(self.zone, day, end if end > start else end + 1440)

    def _set(self, minutes: bytearray, span: Span, value: int) -> None:
        start, end = max(0, span[0] - self.base), min(self.length, span[1] - self.base)
        if start < end:
            minutes[start:end] = bytes([value]) * (end - start)

    def is_open(self, minutes: bytearray, span: Span) -> bool:
        """For the whole of it."""
        return all(minutes[span[0] - self.base : span[1] - self.base])

    def windows(self) -> Iterator[Span]:
        """What is open without a pause."""
        start = self.open.find(1)
        while start >= 0:
            end = self.open.find(0, start)
            end = self.length if end < 0 else end
            yield self.base + start, self.base + end
            start = self.open.find(1, end)
