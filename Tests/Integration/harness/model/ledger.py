"""Changes of a calendar's rules, one after the other, and what may be there after one that was not answered."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from ..client import Client, ConnectionLost, Response
from .generator import CalendarMaker
from .saved import ROUTES, normal

Item = dict[str, Any]
# One on a date: they are added and taken away only.
UNIQUE = (("availability_rules", "fixed"),)
_keys = itertools.count(1)


class Ledger:
    """One client's changes of one calendar. At most the last one is in doubt."""

    def __init__(self, path: str, maker: CalendarMaker, chance: random.Random) -> None:
        self.path, self.maker, self.chance = path, maker, chance
        # What is known to be there: by field, then by id.
        self.items: dict[str, dict[str, Item]] = {field: {} for field in ROUTES}
        self.answered = 0
        self._pending: tuple[str, str, str | None, Item | None] | None = None
        self._key = ""

    @property
    def doubted(self) -> int:
        return int(self._pending is not None)

    @property
    def opening_rules(self) -> dict[str, list[Item]]:
        return {field: [{**item, "id": id} for id, item in items.items()] for field, items in self.items.items()}

    async def run_until_lost(self, client: Client, after_answer: Callable[[], None]) -> None:
        try:
            while True:
                self._pending = self._next()
                self._key = f"ledger-{next(_keys)}"
                answer = await self._send(client)
                if answer.status == 503:
                    # Who knows what became of it.
                    return
                self._take(answer)
                after_answer()
        except ConnectionLost:
            return

    def _next(self) -> tuple[str, str, str | None, Item | None]:
        """Method, field, id and content of a change."""
        known = [(field, id) for field, items in self.items.items() for id in items]
        chosen = self.chance.choice(known) if known else None
        if chosen is not None and self.chance.random() < 0.25 + 0.02 * len(known):
            return ("DELETE", *chosen, None)
        if chosen is not None and self.chance.random() < 0.4:
            field, id = chosen
            kind = self.items[field][id].get("kind")
            if (field, kind) not in UNIQUE and field != "buffer_times":
                fresh = (item for other, item in self._fresh() if (other, item.get("kind")) == (field, kind))
                return "PUT", field, id, next(fresh)
        return next(("POST", field, None, item) for field, item in self._fresh() if self._may_be_added(field, item))

    def _fresh(self) -> Iterator[tuple[str, Item]]:
        while True:
            opening_rules = [(field, item) for field, items in self.maker.opening_rules().items() for item in items]
            self.chance.shuffle(opening_rules)
            yield from opening_rules

    def _may_be_added(self, field: str, item: Item) -> bool:
        """One buffer of a kind, one fixed rule of a date."""
        names = {"buffer_times": ("kind",), "availability_rules": ("date",)}.get(field, ())
        return not any(
            item.get(name) is not None and item.get(name) == other.get(name)
            for name in names
            for other in self.items[field].values()
        )

    async def _send(self, client: Client) -> Response:
        assert self._pending is not None
        method, field, id, item = self._pending
        path = f"{self.path}/{ROUTES[field]}" + (f"/{id}" if id else "")
        body = dict(item) if item is not None else None
        if method == "POST" and body and body.get("kind") == "recurring" and field == "break_times":
            path += "/recurring"
            del body["kind"]
        headers = {"Idempotency-Key": self._key} if method == "POST" else None
        return await client.send(method, path, body, headers=headers)

    def _take(self, answer: Response) -> None:
        assert self._pending is not None
        method, field, id, item = self._pending
        expected = {"POST": 201, "PUT": 200, "DELETE": 204}[method]
        assert answer.status == expected, (answer, self._pending)
        if item is None:
            del self.items[field][id or ""]
        else:
            self.items[field][answer.json["id"]] = item
        self.answered += 1
        self._pending = None

    # After a restart.

    async def settle(self, client: Client) -> list[str]:
        """Reads what is there, and finds out what became of the change in doubt; returns what is wrong."""
        wrong: list[str] = []
        there = {field: await self._read(client, field) for field in ROUTES}
        pending, self_known = self._pending, {field: dict(items) for field, items in self.items.items()}
        for field in ROUTES:
            allowed = [self_known[field]]
            if pending is not None and pending[1] == field:
                allowed.append(self._after(self_known[field]))
            if not any(self._agree(there[field], one) for one in allowed):
                wrong.append(f"{field}: {json.dumps(there[field])}, not {json.dumps(allowed)}")
        if pending is not None and pending[0] == "POST" and not wrong:
            was_there = len(there[pending[1]]) > len(self_known[pending[1]])
            again = await self._send(client)
            if again.is_replay != was_there:
                wrong.append(f"{pending} was {'' if was_there else 'not '}there, asked again {again}")
            self._take(again)
            there[pending[1]] = await self._read(client, pending[1])
            if again.json["id"] not in there[pending[1]]:
                wrong.append(f"{again.json['id']} was answered and is not there")
        self._pending = None
        self.items = there
        return wrong

    async def _read(self, client: Client, field: str) -> dict[str, Item]:
        """All items of a kind, as they were told."""
        answer = await client.get(f"{self.path}/{ROUTES[field]}?limit=200")
        assert answer.status == 200, answer
        assert answer.json["next_cursor"] is None
        ours = ("id", "calendar_id", "version", "created_at", "updated_at")
        return {
            one["id"]: {name: value for name, value in one.items() if name not in ours} for one in answer.json["data"]
        }

    def _after(self, items: dict[str, Item]) -> dict[str, Item]:
        """The change in doubt done; what has no id yet is under a name of its own."""
        assert self._pending is not None
        _, _, id, item = self._pending
        if item is None:
            return {one: items[one] for one in items if one != id}
        return {**items, id or "new": item}

    @staticmethod
    def _agree(there: dict[str, Item], expected: dict[str, Item]) -> bool:
        """Answers have every field: what was left out too. A new one is found by its content."""
        new = [id for id in there if id not in expected]
        named = {**there}
        if "new" in expected and len(new) == 1:
            named["new"] = named.pop(new[0])
        return named.keys() == expected.keys() and all(
            normal(named[id]).get(name) == value
            for id, item in expected.items()
            for name, value in normal(item).items()
        )
