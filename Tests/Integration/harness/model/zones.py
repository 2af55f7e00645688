"""Wall clocks of the zones that the model knows, in whole minutes since 1970."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

# Changes of half an hour, of two hours, at midnight, in Ramadan; none at all, by quarters, far east; a skipped day.
ZONES = (
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "America/Santiago",
    "Asia/Beirut",
    "Africa/Cairo",
    "America/Havana",
    "Africa/Casablanca",
    "Pacific/Chatham",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Pacific/Apia",
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@functools.cache
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@functools.lru_cache(100_000)
def minute_at(name: str, day: date, minutes: int = 0) -> int:
    """A wall-clock time, the minutes counted from midnight: 1440 is the next day's.

    fold=0 is RFC 5545's rule: the offset before a gap, the first of two.
    """
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)
    return (wall.replace(tzinfo=zone(name), fold=0) - EPOCH) // timedelta(minutes=1)


def moment(minute: int) -> datetime:
    return EPOCH + timedelta(minutes=minute)


def written(minute: int) -> str:
    return moment(minute).strftime("%Y-%m-%dT%H:%M:%SZ")


def minute_of(text: str) -> int:
    """Of an instant as the API writes it."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(minutes=1)


def local_date(name: str, minute: int) -> date:
    return moment(minute).astimezone(zone(name)).date()


def days(first: date, last: date) -> Iterator[date]:
    """Both included."""
    while first <= last:
        yield first
        first += DAY


@functools.cache
def changes(name: str, first_year: int, last_year: int) -> tuple[date, ...]:
    """The local dates on which the zone's offset from UTC changes, or begins to have changed."""
    found: list[date] = []
    for day in days(date(first_year, 1, 1), date(last_year, 12, 31)):
        before, after = (
            datetime(one.year, one.month, one.day, tzinfo=zone(name)).utcoffset() for one in (day, day + DAY)
        )
        if before != after:
            found.append(day)
    return tuple(found)
