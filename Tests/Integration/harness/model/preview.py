"""Random preview requests, what the model answers to them, and the smallest request that shows a difference."""

from __future__ import annotations

import json
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from .generator import CalendarMaker
from .slots import Slots
from .zones import DAY, ZONES, local_date, minute_at, minute_of, written

Request = dict[str, Any]
NESTED = ("business_hours", "availability_rules", "break_times", "blackout_dates", "buffer_times")
SETTINGS = ("slot_interval_minutes", "min_notice_minutes", "capacity", "horizon_days")


def request(chance: random.Random) -> Request:
    maker = CalendarMaker(chance)
    calendar = {**maker.settings(), **maker.opening_rules()}
    # Before the days asked about, or among them.
    today = maker.day - timedelta(days=chance.choice([300, 8, 8, 2, 0, -1]))
    if chance.random() < 0.3:
        calendar["horizon_days"] = max(1, (maker.day - today).days + chance.choice([0, 1, 2, 20]))
    now = minute_at(maker.zone, today, maker.minute())
    body: Request = {"calendar": calendar, "busy": maker.busy(chance.choice([0, 0, 2, 5, 9])), "now": written(now)}
    if chance.random() < 0.4:
        body["timezone"] = chance.choice(ZONES)
    first = maker.near(3)
    last = first + timedelta(days=chance.choice([0, 1, 3, 6, 6]))
    if chance.random() < 0.7:
        return {**body, "from": str(first), "to": str(last)}
    ends = [minute_at(maker.zone, day, maker.minute()) for day in (first, last + DAY)]
    return {**body, "from": written(ends[0]), "to": written(max(ends))}


@dataclass
class Answer:
    """Slots in order, and the same by local date."""

    slots: list[dict[str, Any]]
    days: dict[str, list[dict[str, Any]]]


def expected(body: Mapping[str, Any]) -> Answer:
    calendar = body["calendar"]
    zone = body.get("timezone", calendar["timezone"])
    if "T" in body["from"]:
        span = (minute_of(body["from"]), minute_of(body["to"]))
    else:
        first, last = (date.fromisoformat(body[name]) for name in ("from", "to"))
        span = (minute_at(zone, first), minute_at(zone, last + DAY))
    dates = [local_date(calendar["timezone"], minute) for minute in span]
    model = Slots(calendar, dates[0], dates[1], busy=body["busy"])
    slots = list(model.offered(span, minute_of(body["now"])).values())
    days: dict[str, list[dict[str, Any]]] = {}
    for slot in slots:
        days.setdefault(str(local_date(zone, minute_of(slot["start"]))), []).append(slot)
    return Answer(slots, days)


async def smallest(body: Request, differs: Callable[[Request], Awaitable[bool]]) -> Request:
    """Leaves out of a request whatever can be left out while it still shows a difference."""
    shrunk = True
    while shrunk:
        shrunk = False
        for smaller in smaller_ones(body):
            if await differs(smaller):
                body, shrunk = smaller, True
                break
    return body


def smaller_ones(body: Request) -> Iterator[Request]:
    text = json.dumps(body)
    for name in NESTED:
        for index in range(len(body["calendar"].get(name, []))):
            copy = json.loads(text)
            del copy["calendar"][name][index]
            yield copy
    for index in range(len(body["busy"])):
        copy = json.loads(text)
        del copy["busy"][index]
        yield copy
    for name in SETTINGS:
        if name in body["calendar"]:
            copy = json.loads(text)
            del copy["calendar"][name]
            yield copy
    if "timezone" in body and "T" in body["from"]:
        yield {name: value for name, value in json.loads(text).items() if name != "timezone"}
    for rule, item in enumerate(body["calendar"].get("availability_rules", [])):
        for name in ("business_hours", "intervals", "exdates", "rdates"):
            for index in range(len(item.get(name, []))):
                copy = json.loads(text)
                del copy["calendar"]["availability_rules"][rule][name][index]
                yield copy
