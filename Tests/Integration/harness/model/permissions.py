"""Who may do what with a calendar: the table of permissions, and a model of what was given to whom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ..client import Client, Response
from ..tenant import ALWAYS, booking

LEVELS = ("view_free_busy", "view", "book", "edit", "manage")
OWNER = "owner"
# The first three are registered; strangers are subjects that nobody registered.
SUBJECTS = ("ada", "bob", "cy", "stranger", OWNER)
TEAMS = ("front", "back")
Ask = Callable[[Client, str], Awaitable[Response]]


@dataclass
class Share:
    id: str
    grantee: tuple[str, str | None]
    level: int


@dataclass
class Permissions:
    """Who may do what, in the fewest words."""

    shares: dict[str, dict[str, Share]] = field(default_factory=dict)
    teams: dict[str, set[str]] = field(default_factory=lambda: {team: set() for team in TEAMS})
    inactive: set[str] = field(default_factory=set)

    def level(self, subject: str, calendar: str) -> int:
        """1…5; 0: nothing at all."""
        if subject in self.inactive:
            return 0
        if subject == OWNER:
            return len(LEVELS)
        given = self.shares[calendar].values()
        return max((share.level for share in given if self._is_for(share, subject)), default=0)

    def _is_for(self, share: Share, subject: str) -> bool:
        kind, whom = share.grantee
        if kind == "team":
            return whom is not None and subject in self.teams[whom]
        return kind == "organization" or whom == subject


@dataclass
class Question:
    """An operation of a calendar, and the level that it takes."""

    name: str
    needed: int
    ask: Ask


def days() -> tuple[str, str]:
    today = datetime.now(UTC).date()
    return str(today), str(today + timedelta(days=3))


def questions(grid: Iterator[str]) -> list[Question]:
    span = "from={}&to={}".format(*days())

    def get(suffix: str) -> Ask:
        return lambda client, calendar: client.get(f"/api/v1/calendars/{calendar}{suffix}")

    def post(suffix: str, body: Callable[[], dict[str, Any]]) -> Ask:
        return lambda client, calendar: client.post(f"/api/v1/calendars/{calendar}{suffix}", body())

    def week(client: Client, calendar: str) -> Awaitable[Response]:
        body = {"business_hours": ALWAYS}
        return client.send("PUT", f"/api/v1/calendars/{calendar}/business-hours", body)

    def book(client: Client, calendar: str) -> Awaitable[Response]:
        return client.post("/api/v1/appointments", booking(calendar, next(grid)))

    def rename(client: Client, calendar: str) -> Awaitable[Response]:
        return client.send("PATCH", f"/api/v1/calendars/{calendar}", {"color": "#2f6fde"})

    at = next(grid)
    rule = {"kind": "custom", "starts_on": "2030-01-01", "ends_on": "2030-01-02", "business_hours": []}
    lunch = {"kind": "one_time", "date": "2030-01-01", "start": "12:00", "end": "12:05"}
    return [
        Question("calendar", 1, get("")),
        Question("availability", 1, get(f"/availability?{span}")),
        Question("explain", 2, get(f"/availability/explain?at={at}")),
        Question("rules", 2, get("/availability-rules")),
        Question("breaks", 2, get("/break-times")),
        Question("hold", 3, post("/holds", lambda: {"starts_at": next(grid)})),
        Question("book", 3, book),
        Question("rename", 4, rename),
        Question("week", 4, week),
        Question("rule", 4, post("/availability-rules", lambda: rule)),
        Question("break", 4, post("/break-times", lambda: lunch)),
        Question("shares", 5, get("/shares")),
    ]
