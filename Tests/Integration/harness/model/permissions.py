"""Who may do what with a calendar: the table of permissions, and a model of what was given to whom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ..client import Client, Response
from ..tenant import ALWAYS, booking
from ..today import today

LEVELS = ("view_free_busy", "view", "book", "edit", "manage")
OWNER = "owner"
# The first three are registered; strangers are subjects that nobody registered.
SUBJECTS = ("ada", "bob", "cy", "stranger", OWNER)
TEAMS = ("front", "back")
BLACKOUT = {"starts_on": "2030-01-01", "ends_on": "2030-01-01"}
Ask = Callable[[Client, str], Awaitable[Response]]


@dataclass
class Share:
    path: str
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
    return str(today()), str(today() + timedelta(days=3))


def questions(host: Client, grid: Iterator[str]) -> list[Question]:
    """Whatever needs an appointment, a hold or a rule gets one from the host."""

    def plain(method: str, suffix: str, body: dict[str, Any] | None = None) -> Ask:
        return lambda client, calendar: client.send(method, f"/api/v1/calendars/{calendar}{suffix}", body)

    async def hold(client: Client, calendar: str) -> Response:
        return await client.post(f"/api/v1/calendars/{calendar}/holds", {"starts_at": next(grid)})

    async def book(client: Client, calendar: str) -> Response:
        return await client.post("/api/v1/appointments", booking(calendar, next(grid)))

    async def give(client: Client, calendar: str) -> Response:
        body = {"grantee_type": "member", "grantee_id": f"somebody-{next(grid)}", "permission": "view"}
        return await client.post(f"/api/v1/calendars/{calendar}/shares", body)

    def of_appointment(method: str, suffix: str = "", body: dict[str, Any] | None = None) -> Ask:
        async def ask(client: Client, calendar: str) -> Response:
            made = await book(host, calendar)
            return await client.send(method, f"/api/v1/appointments/{made.json['id']}{suffix}", body)

        return ask

    def of_item(method: str, kind: str, item: dict[str, Any], body: dict[str, Any] | None = None) -> Ask:
        async def ask(client: Client, calendar: str) -> Response:
            path = f"/api/v1/calendars/{calendar}/{kind}"
            made = (await host.post(path, item or {"starts_at": next(grid)})).json
            return await client.send(method, f"{path}/{made['id' if item else 'hold_token']}", body)

        return ask

    first, last = days()
    lunch = {"kind": "one_time", "date": "2030-01-01", "start": "12:00", "end": "12:05"}
    rule = {"kind": "custom", "starts_on": "2030-01-01", "ends_on": "2030-01-02", "business_hours": []}
    return [
        Question("calendar", 1, plain("GET", "")),
        Question("availability", 1, plain("GET", f"/availability?from={first}&to={last}")),
        Question("explain", 2, plain("GET", f"/availability/explain?at={next(grid)}")),
        Question("rules", 2, plain("GET", "/availability-rules")),
        Question("breaks", 2, plain("GET", "/break-times")),
        Question("appointment", 2, of_appointment("GET")),
        Question("hold", 3, hold),
        Question("release", 3, of_item("DELETE", "holds", {})),
        Question("book", 3, book),
        Question("note", 3, of_appointment("PATCH", "", {"notes": "Brings a dog"})),
        Question("cancel", 3, of_appointment("POST", "/cancel", {"cancelled_by": "host"})),
        Question("color", 4, plain("PATCH", "", {"color": "#2f6fde"})),
        Question("week", 4, plain("PUT", "/business-hours", {"business_hours": ALWAYS})),
        Question("rule", 4, plain("POST", "/availability-rules", rule)),
        Question("break", 4, of_item("PUT", "break-times", lunch, lunch)),
        Question("no blackout", 4, of_item("DELETE", "blackout-dates", BLACKOUT)),
        Question("shares", 5, plain("GET", "/shares")),
        Question("give", 5, give),
    ]
