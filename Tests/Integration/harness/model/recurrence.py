"""The dates of an RRULE, by python-dateutil: for rules that it reads as RFC 5545 does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from dateutil.rrule import rrulestr

from .zones import minute_at, minute_of


def minutes_of(wall: str) -> int:
    """`09:30`, counted from midnight."""
    hour, minute = wall.split(":")
    return int(hour) * 60 + int(minute)


def until(text: str) -> tuple[dict[str, str], str]:
    """The rule's parts, and the rule without its end: dateutil would compare midnights."""
    parts = dict(part.split("=") for part in text.removeprefix("RRULE:").strip(";").split(";"))
    rest = ";".join(f"{name}={value}" for name, value in parts.items() if name != "UNTIL")
    return parts, rest


def has_ended(limit: str | None, day: date, start: int, zone: str) -> bool:
    """UNTIL is a date, a wall-clock time, or an instant."""
    if limit is None:
        return False
    if len(limit) == 8:
        return day > datetime.strptime(limit, "%Y%m%d").date()
    if limit.endswith("Z"):
        end = datetime.strptime(limit, "%Y%m%dT%H%M%SZ")
        return minute_at(zone, day, start) > minute_of(f"{end.isoformat()}+00:00")
    end = datetime.strptime(limit, "%Y%m%dT%H%M%S")
    return datetime.combine(day, time(start // 60, start % 60)) > end


def occurrences(rule: Mapping[str, Any], zone: str, first: date, last: date) -> set[date]:
    """From `first` to `last`, of a recurring rule or break as the API takes it."""
    parts, rest = until(rule["rrule"])
    begins = date.fromisoformat(rule["starts_on"])
    found = rrulestr(rest, dtstart=datetime.combine(begins, time())).between(
        datetime.combine(first, time()), datetime.combine(last, time()), inc=True
    )
    start = minutes_of(rule["start"])
    dates = {one.date() for one in found if not has_ended(parts.get("UNTIL"), one.date(), start, zone)}
    dates |= {day for day in map(date.fromisoformat, rule.get("rdates") or []) if first <= day <= last}
    return dates - set(map(date.fromisoformat, rule.get("exdates") or []))
