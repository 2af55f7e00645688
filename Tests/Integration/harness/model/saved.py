"""A calendar that a server keeps, and what the model knows of it: each change goes to both."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from ..client import Response
from ..tenant import Tenant, booking
from ..today import today
from .slots import Slots, Taken
from .zones import DAY, changes, minute_at, minute_of, written

# Fields of a calendar's document, and where the API has them.
ROUTES = {
    "availability_rules": "availability-rules",
    "break_times": "break-times",
    "blackout_dates": "blackout-dates",
    "buffer_times": "buffer-times",
}
# What `override` may name.
OVERRIDES = ("closed", "break", "blackout", "off_grid", "notice", "horizon", "daily_limit")
Offered = dict[str, dict[str, Any]]


def now() -> float:
    """In minutes."""
    return time.time() / 60


def day_ahead(zone: str, chance: random.Random) -> date:
    """A day within a year, where the clock changes if it does."""
    first = today()
    known = [day for day in changes(zone, first.year, first.year + 1) if 5 < (day - first).days < 400]
    if known and chance.random() < 0.7:
        return chance.choice(known)
    return first + timedelta(days=chance.randrange(6, 400))


class Saved:
    def __init__(self, tenant: Tenant, id: str, document: Mapping[str, Any], first: date, last: date) -> None:
        """`first` and `last` are the local dates that are looked at."""
        self.tenant, self.client, self.id = tenant, tenant.client, id
        self.document: dict[str, Any] = {**document, **{name: [] for name in ROUTES}}
        self.first, self.last = first, last
        self.taken: list[Taken] = []
        self.path = f"/api/v1/calendars/{id}"
        self._model: Slots | None = None
        # Answers under their entity tags, by path.
        self._known: dict[str, tuple[str, Offered]] = {}

    @classmethod
    async def create(cls, tenant: Tenant, settings: Mapping[str, Any], first: date, last: date) -> Saved:
        answer = await tenant.client.post("/api/v1/calendars", {"name": "Random", **settings})
        assert answer.status == 201, (answer, settings)
        return cls(tenant, answer.json["id"], settings, first, last)

    # What both know.

    @property
    def model(self) -> Slots:
        """Of the present state."""
        if self._model is None:
            self._model = self.model_of(self.first, self.last)
        return self._model

    def model_of(self, first: date, last: date) -> Slots:
        return Slots(self.document, first, last, self.taken)

    def changed(self) -> None:
        self._model = None

    @property
    def durations(self) -> list[int]:
        return self.document["allowed_durations_minutes"]

    async def offered(self, zone: str, duration: int | None = None) -> Offered:
        """As the server answers it."""
        query = {"from": self.first, "to": self.last, "timezone": zone}
        if duration is not None:
            query["duration_minutes"] = duration
        path = f"{self.path}/availability?{urlencode(query)}"
        # As a client does that knows an older answer.
        tag, known = self._known.get(path, ("", {}))
        answer = await self.client.get(path, headers={"If-None-Match": tag} if tag else None)
        if answer.status == 304:
            return known
        assert answer.status == 200, answer
        found = {slot["start"]: slot for slot in answer.json["slots"]}
        self._known[path] = answer.headers["etag"], found
        return found

    async def difference(self, zone: str, duration: int | None = None) -> str:
        """Between the server and the model; the clock may move a slot in or out while the server is asked."""
        span = minute_at(zone, self.first), minute_at(zone, self.last + DAY)
        before = self.model.offered(span, now(), duration)
        found = await self.offered(zone, duration)
        after = self.model.offered(span, now(), duration)
        if found in (before, after):
            return ""
        extra, missing = sorted(found.keys() - after.keys()), sorted(after.keys() - found.keys())
        other = [(found[start], after[start]) for start in found.keys() & after.keys() if found[start] != after[start]]
        return (
            f"offered in {zone} for {duration} but not in the model {extra[:4]}, missing {missing[:4]},"
            f" other {other[:4]}: {self.shown()}"
        )

    def shown(self) -> str:
        taken = [(written(one.span[0]), one.span[1] - one.span[0], one.seat, one.kind) for one in self.taken]
        return f"{self.id} {self.document} taken {taken}"

    # Rules.

    async def add(self, field: str, item: Mapping[str, Any]) -> str:
        """Returns its id."""
        path, body = f"{self.path}/{ROUTES[field]}", dict(item)
        if field == "break_times" and item["kind"] == "recurring":
            path += "/recurring"
            del body["kind"]
        answer = await self.client.post(path, body)
        self._take(answer, 201, item)
        assert answer.headers["location"].endswith(f"{self.path}/{ROUTES[field]}/{answer.json['id']}"), answer
        self.document[field].append({**item, "id": answer.json["id"]})
        return answer.json["id"]

    async def replace(self, field: str, id: str, item: Mapping[str, Any]) -> None:
        self._take(await self.client.send("PUT", f"{self.path}/{ROUTES[field]}/{id}", dict(item)), 200, item)
        items = self.document[field]
        items[[one["id"] for one in items].index(id)] = {**item, "id": id}

    async def remove(self, field: str, id: str) -> None:
        answer = await self.client.send("DELETE", f"{self.path}/{ROUTES[field]}/{id}")
        self._take(answer, 204, {})
        self.document[field] = [one for one in self.document[field] if one["id"] != id]

    async def patch(self, changes: Mapping[str, Any]) -> None:
        self._take(await self.client.send("PATCH", self.path, dict(changes)), 200, changes)
        self.document |= changes

    async def set_week(self, hours: list[dict[str, Any]]) -> None:
        answer = await self.client.send("PUT", f"{self.path}/business-hours", {"business_hours": hours})
        self._take(answer, 200, {})
        self.document["business_hours"] = hours

    def _take(self, answer: Response, status: int, item: Mapping[str, Any]) -> None:
        """Answers repeat what they were told."""
        assert answer.status == status, (answer, item, self.shown())
        for name, value in normal(dict(item)).items():
            assert normal(answer.json)[name] == value, (name, answer.json[name], value)
        self.changed()

    # Bookings.

    async def book(self, start: int, duration: int, **fields: Any) -> Response:
        body = booking(self.id, written(start), duration_minutes=duration, **fields)
        answer = await self.client.post("/api/v1/appointments", body)
        if answer.status == 201:
            self.taken = [one for one in self.taken if one.id is None or one.id != fields.get("hold_token")]
            span = (start, start + duration)
            self.taken.append(Taken(span, answer.json["seat"], "booked", answer.json["id"]))
            self.changed()
        return answer

    async def hold(self, start: int, duration: int) -> Response:
        body = {"starts_at": written(start), "duration_minutes": duration}
        answer = await self.client.post(f"{self.path}/holds", body)
        if answer.status == 201:
            # Which number it got is not told: the lowest that is free.
            span = (start, start + duration)
            seat = self.model.seat(span)
            assert seat is not None, f"held, though there is no room: {span} {self.shown()}"
            self.taken.append(Taken(span, seat, "held", answer.json["hold_token"]))
            self.changed()
        return answer

    async def give_back(self, one: Taken) -> Response:
        """Cancels it, or releases it."""
        if one.kind == "held":
            answer = await self.client.send("DELETE", f"{self.path}/holds/{one.id}")
        else:
            path = f"/api/v1/appointments/{one.id}/cancel"
            answer = await self.client.post(path, {"cancelled_by": "host"})
        if answer.status in (200, 204):
            self.taken = [other for other in self.taken if other is not one]
            self.changed()
        return answer

    async def explain(self, start: int, duration: int) -> dict[str, Any]:
        path = f"{self.path}/availability/explain?at={written(start)}&duration_minutes={duration}"
        answer = await self.client.get(path)
        assert answer.status == 200, answer
        return answer.json


def start_of(slot: Mapping[str, Any]) -> int:
    return minute_of(slot["start"])


def normal(value: Any) -> Any:
    """The order of days says nothing, a day's end may be called the next one's start, what stands around a rule goes."""
    if isinstance(value, dict):
        fields = dict(value)
        if fields.get("end") == "00:00":
            fields["end"] = "24:00"
        if isinstance(rule := fields.get("rrule"), str):
            fields["rrule"] = rule.removeprefix("RRULE:").rstrip(";")
        return {name: normal(one) for name, one in fields.items()}
    if isinstance(value, list):
        values = [normal(one) for one in value]
        return sorted(set(values)) if all(isinstance(one, str) for one in values) else values
    return value
