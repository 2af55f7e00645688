"""Slots of a calendar, and why an instant is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from .hours import Hours, Span
from .zones import DAY, days, local_date, minute_at, minute_of, written

WEEK = timedelta(days=7)


@dataclass
class Taken:
    """A guest's time: an appointment or a hold, and the number under which the database guards it."""

    span: Span
    seat: int
    kind: str
    id: str | None = None


def overlaps(one: Span, other: Span) -> bool:
    """Half-open: touching is free, and what is empty blocks nothing."""
    return one[0] < other[1] and other[0] < one[1] and other[0] < other[1]


class Slots:
    """What one calendar offers around some days of its zone."""

    def __init__(
        self,
        calendar: Mapping[str, Any],
        first: date,
        last: date,
        taken: Sequence[Taken] = (),
        busy: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self.calendar, self.zone = calendar, calendar["timezone"]
        self.first, self.last = first, last
        self.hours = Hours(calendar, first, last)
        self.taken, self.busy = taken, [busy_span(one) for one in busy]
        self.duration: int = calendar.get("slot_duration_minutes", 30)
        self.interval: int = calendar.get("slot_interval_minutes") or self.duration
        self.capacity: int = calendar.get("capacity", 1)
        buffers = {one["kind"]: one["minutes"] for one in calendar.get("buffer_times", [])}
        self.before, self.after, self.between = (buffers.get(kind, 0) for kind in ("before", "after", "between"))
        self._grids: dict[int, set[int]] = {}

    # The grid.

    def grid(self, duration: int) -> set[int]:
        """Starts whose slots fit their window whole."""
        if duration not in self._grids:
            self._grids[duration] = {
                start for window in self.hours.windows() for start in self._steps(window, duration)
            }
        return self._grids[duration]

    def _steps(self, window: Span, duration: int) -> list[int]:
        found: list[int] = []
        for day in days(self.first - DAY, self.last + DAY):
            midnight, next_midnight = minute_at(self.zone, day), minute_at(self.zone, day + DAY)
            # A window that never ends has no start worth stepping from: after a week each day begins anew.
            origin = midnight if day - local_date(self.zone, window[0]) > WEEK else window[0]
            behind = max(midnight, origin) - origin
            start = origin + -(-behind // self.interval) * self.interval
            while start < next_midnight and start + duration <= window[1]:
                found.append(start)
                start += self.interval
        return found

    # Occupancy.

    def seats(self, span: Span) -> int:
        """How many more guests there is room for at every minute of the span."""
        gap = max(self.after + self.before, self.between)
        return 0 if self._is_busy(span) else max(0, self.capacity - self._most(span, gap))

    def seat(self, span: Span) -> int | None:
        """The number a booking gets: the lowest that nobody has in the span. None if there is no room."""
        if not self.seats(span):
            return None
        numbers = {one.seat for one in self.taken if overlaps(span, one.span)}
        return min(set(range(len(numbers) + 1)) - numbers)

    def _most(self, span: Span, gap: int) -> int:
        """The most guests at any minute, each there from so long before to so long after its time."""
        near = [one.span for one in self.taken if one.span[0] - gap < span[1] and span[0] < one.span[1] + gap]
        minutes = range(span[0], span[1]) if near else ()
        return max((sum(one[0] - gap <= minute < one[1] + gap for one in near) for minute in minutes), default=0)

    def _is_busy(self, span: Span) -> bool:
        """Towards what others entered only this calendar's own side of the buffers counts."""
        wide = span[0] - max(self.before, self.between), span[1] + max(self.after, self.between)
        return any(overlaps(wide, one) for one in self.busy)

    def is_full_day(self, start: int) -> bool:
        limit = self.calendar.get("max_bookings_per_day")
        day = local_date(self.zone, start)
        return limit is not None and len([1 for one in self.taken if self._date(one) == day]) >= limit

    def _date(self, one: Taken) -> date:
        return local_date(self.zone, one.span[0])

    # Answers.

    def is_too_near(self, start: int, now: float) -> bool:
        return start < now + self.calendar.get("min_notice_minutes", 0)

    def is_too_far(self, start: int, now: float) -> bool:
        horizon = self.calendar.get("horizon_days")
        return horizon is not None and start > now + horizon * 1440

    def refusal(self, start: int, now: float, duration: int | None = None) -> str | None:
        """The first opening rule that refuses; None if it is offered. `now` is in minutes, whole or not."""
        duration = duration or self.duration
        span = (start, start + duration)
        if not self.calendar.get("is_active", True):
            return "inactive"
        if not self.hours.is_open(self.hours.ruled, span):
            return "closed"
        closing = {one.kind for one in self.hours.closings if overlaps(span, one.span)}
        if closing:
            return "break" if "break" in closing else "blackout"
        if start not in self.grid(duration):
            return "off_grid"
        if self.is_too_near(start, now):
            return "notice"
        if self.is_too_far(start, now):
            return "horizon"
        if self.is_full_day(start):
            return "daily_limit"
        return None if self.seats(span) else self._occupied(span)

    def _occupied(self, span: Span) -> str:
        if any(overlaps(span, one) for one in self.busy):
            return "external_busy"
        if self._is_busy(span):
            return "buffer"
        if self._most(span, 0) < self.capacity:
            return "buffer"
        # Of a single seat it is said who has it; who has another number came when there were more.
        only = {one.kind for one in self.taken if overlaps(span, one.span) and one.seat == 0}
        if self.capacity > 1 or not only:
            return "full"
        return "booked" if "booked" in only else "held"

    def offered(self, span: Span, now: float, duration: int | None = None) -> dict[str, dict[str, Any]]:
        """As availability answers: slots that start within the span, by their starts."""
        length = duration or self.duration
        found: dict[str, dict[str, Any]] = {}
        for start in sorted(one for one in self.grid(length) if span[0] <= one < span[1]):
            if self.refusal(start, now, length) is None:
                seats = self.seats((start, start + length))
                slot = {"start": written(start), "end": written(start + length), "seats_available": seats}
                found[slot["start"]] = slot
        return found


def busy_span(busy: Mapping[str, Any]) -> Span:
    if "start" in busy:
        return minute_of(busy["start"]), minute_of(busy["end"])
    first, last = (date.fromisoformat(busy[name]) for name in ("start_date", "end_date"))
    return minute_at(busy["timezone"], first), minute_at(busy["timezone"], last)
