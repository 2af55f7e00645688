"""A text from outside costs what its length is: twice as long, at most twice the work, wherever it stands."""

from __future__ import annotations

import unittest
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from harness.contract import Contract
from harness.cost import Meter
from harness.case import ServerCase
from harness.feed import PATH, SUBPROTOCOL
from harness.hostile_text import SHAPES, WORST, marks, of_scalars
from harness.places import encoded, examples, has, put, strings
from harness.raw import exchange
from harness.server import JWT_SECRET, OPERATOR_TOKEN
from harness.store import on_one_store
from harness.tenant import Tenant, starts
from harness.tokens import claims, signed
from harness.websocket import TEXT, Frame, FrameSocket

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
# Of bytes: what a head, a body, a query and a token have room for twice.
HEAD, BODY, QUERY, CLAIM, MESSAGE = 20_000, 40_000, 9_000, 2_700, 12_000
# In a target: escaped, which takes three times the room, and as it is.
SPELLINGS: dict[str, tuple[Callable[[str], str], int]] = {"escaped": (quote, QUERY), "raw": (str, HEAD)}
HEADERS = (
    "Accept Accept-Encoding Accept-Language Access-Control-Request-Headers Access-Control-Request-Method Authorization "
    "Connection Content-Encoding Content-Length Content-Type Cookie Expect Forwarded Host Idempotency-Key If-Match "
    "If-Modified-Since If-None-Match Origin Prefer Range Referer Sec-WebSocket-Extensions Sec-WebSocket-Key "
    "Sec-WebSocket-Protocol Sec-WebSocket-Version TE Trailer Transfer-Encoding Upgrade User-Agent Via "
    "X-Almanac-Internal X-Forwarded-For X-Forwarded-Proto X-Request-Id traceparent tracestate"
).split()


def request(method: str, target: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Bytes as they are: what is no ASCII stands in the head as UTF-8."""
    fields = {"Host": "almanac.test", **({"Content-Length": str(len(body))} if body else {}), **headers}
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode() + body


@on_one_store
class CostOfText(ServerCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.server = self.installation.serve({"ALMANAC_JWT_SECRET": JWT_SECRET})
        self.tenant = await Tenant.create(self.server)
        self.addAsyncCleanup(self.tenant.client.close)
        self.calendar = await self.tenant.calendar()
        self.contract = Contract((await self.tenant.client.get("/openapi.json")).json)
        await self.tenant.client.get("/docs")
        self.meter = Meter(self.server)
        self.steep: list[str] = []
        self.tried = 0

    def bearer(self, token: str | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {token or self.tenant.key}"}

    def send(self, data: bytes) -> None:
        outcome = exchange(self.server.port, data)
        self.assertTrue(outcome.answers or outcome.closed, f"neither answered nor closed: {data[:200]!r}")

    def try_sizes(self, name: str, size: int, make: Callable[[int], bytes]) -> None:
        self.try_work(name, size, lambda one: self.send(make(one)))

    def try_work(self, name: str, size: int, work: Callable[[int], object]) -> None:
        self.tried += 1
        if found := self.meter.steepness(size, work):
            self.steep.append(f"{name}: {found}")

    def assert_none_is_steep(self, what: str, least: int) -> None:
        print(f"\n  {what}: {self.tried} tried, {len(self.steep)} steep", flush=True)
        self.assertEqual(self.steep, [])
        self.assertGreaterEqual(self.tried, least, what)

    # Heads

    def heads(self) -> Iterator[tuple[str, str, str, dict[str, str], bytes]]:
        body = encoded({"name": "A", "timezone": "UTC"})
        feed = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": KEY,
            "Sec-WebSocket-Protocol": SUBPROTOCOL,
        }
        json_body = {"Content-Type": "application/json", **self.bearer()}
        yield "page", "GET", "/docs", {}, b""
        # Refused for want of a credential, after all its headers were looked at.
        yield "feed", "GET", PATH, feed, b""
        yield "create", "POST", "/api/v1/calendars", json_body, body
        yield "update", "PATCH", f"/api/v1/calendars/{self.calendar}", json_body, body
        yield "preflight", "OPTIONS", "/api/v1/calendars", {}, b""

    def test_each_header(self) -> None:
        for name, method, target, headers, body in self.heads():
            for header in HEADERS:
                for kind, shape in WORST.items() if name != "page" else SHAPES.items():
                    prefix = "Bearer " if header == "Authorization" else ""

                    def make(size: int) -> bytes:
                        return request(method, target, {**headers, header: prefix + shape(size)}, body)

                    self.try_sizes(f"{name}, {header}, {kind}", HEAD, make)
        self.assert_none_is_steep("headers", 500)

    def test_what_was_found_costs_milliseconds(self) -> None:
        hostile = "e" + "\u0345" * 15_500 + "\u0334" * 15_500
        scope = marks(240_000)
        body = encoded({"name": "A", "scopes": [scope]})
        admin = {"Content-Type": "application/json", **self.bearer()}
        costs = {}
        for name, data in {
            "If-None-Match": request("GET", "/docs", {"If-None-Match": hostile}),
            "Upgrade": request("GET", "/docs", {"Upgrade": hostile, "Connection": "upgrade"}),
            "Upgrade of the feed": request("GET", PATH, {"Upgrade": hostile, "Connection": "upgrade"}),
            "Connection": request("GET", "/docs", {"Connection": hostile}),
            "scope": request("POST", "/api/v1/admin/api-keys", admin, body),
        }.items():
            costs[name] = min(self.meter.cost(lambda: self.send(data)) for _ in range(3))
        print("\n  " + ", ".join(f"{name} {cost * 1e3:.1f} ms" for name, cost in costs.items()), flush=True)
        for name, cost in costs.items():
            # Measured on a debug build, where a byte costs some ten times what it does in release.
            self.assertLess(cost, 0.1, name)

    # Targets

    def addresses(self) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
        """Each operation with an address that leads to it."""
        for name, (method, path, operation) in self.contract.operations.items():
            known = {"id": self.calendar if "/calendars/{id}" in path else str(uuid.uuid4())}
            names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
            values = {one: known.get(one, str(uuid.uuid4())) for one in names}
            yield name, method, path, {"names": names, "values": values, "operation": operation}

    def credential(self, operation: dict[str, Any]) -> dict[str, str]:
        return self.bearer(OPERATOR_TOKEN if operation.get("x-scope") == "operator" else None)

    def test_each_path_segment(self) -> None:
        for name, method, path, about in self.addresses():
            for parameter in about["names"]:
                for kind, (write, size) in SPELLINGS.items():

                    def make(size: int) -> bytes:
                        values = {**about["values"], parameter: write(marks(size))}
                        headers = {"Content-Length": "2", "Content-Type": "application/json"}
                        headers |= self.credential(about["operation"])
                        return request(method, path.format(**values), headers, b"{}")

                    self.try_sizes(f"{name}, {parameter}, {kind}", size, make)
        self.assert_none_is_steep("path segments", 80)

    def test_each_query_parameter(self) -> None:
        for name, method, path, about in self.addresses():
            if method != "GET":
                continue
            address = path.format(**about["values"])
            given = [one["name"] for one in about["operation"]["parameters"] if one["in"] == "query"]
            for parameter in [*given, "unknown"]:
                for kind, (write, size) in SPELLINGS.items():

                    def make(size: int) -> bytes:
                        target = f"{address}?{parameter}={write(marks(size))}"
                        return request(method, target, self.credential(about["operation"]))

                    self.try_sizes(f"{name}, {parameter}, {kind}", size, make)

            def named(size: int) -> bytes:
                return request(method, f"{address}?{quote(marks(size))}=1", self.credential(about["operation"]))

            def many(size: int) -> bytes:
                return request(method, f"{address}?{'a=1&' * (size // 2)}", self.credential(about["operation"]))

            self.try_sizes(f"{name}, a name", QUERY, named)
            self.try_sizes(f"{name}, many", QUERY, many)
        self.assert_none_is_steep("query parameters", 100)

    # Bodies

    def test_each_field(self) -> None:
        for name, method, path, about in self.addresses():
            schema = self.contract.request_schema(name)
            if not schema:
                continue
            address = path.format(**about["values"])
            bases = examples(self.contract, about["operation"])
            headers = {"Content-Type": "application/json", **self.credential(about["operation"])}
            places = dict(strings(self.contract, schema))
            for place, most in {**places, ("\u0345" * 3,): 0}.items():
                base = next((one for one in bases if has(one, place)), bases[0])
                where = f"{name}, /{'/'.join(str(step) for step in place)}"

                def make(size: int) -> bytes:
                    return request(method, address, headers, encoded(put(base, place, marks(size))))

                def named(size: int) -> bytes:
                    body = put(base, (*place[:-1], marks(size)), "x")
                    return request(method, address, headers, encoded(body))

                self.try_sizes(where, BODY, make)
                if place and isinstance(place[-1], str):
                    self.try_sizes(f"{where}, as a name", BODY, named)
                if most >= 200:

                    def within(count: int) -> bytes:
                        return request(method, address, headers, encoded(put(base, place, of_scalars(count))))

                    self.try_sizes(f"{where}, allowed", most // 2, within)
        self.assert_none_is_steep("fields", 250)

    async def test_what_is_kept_costs_no_more(self) -> None:
        """Texts that were taken are compared, told apart and rendered later on."""
        client = self.tenant.client
        start = next(starts())
        booked = await self.tenant.book(
            self.calendar,
            start,
            title=of_scalars(200),
            notes=of_scalars(5_000),
            metadata={marks(7_000): marks(7_000)},
        )
        self.assertEqual(booked.status, 201, booked)
        appointment = booked.json["id"]
        headers = {"Content-Type": "application/json", **self.bearer()}

        def calendar(count: int) -> bytes:
            body = {"description": of_scalars(count), "location": of_scalars(count // 10)}
            return request("PATCH", f"/api/v1/calendars/{self.calendar}", headers, encoded(body))

        def notes(count: int) -> bytes:
            body = {"notes": of_scalars(count), "metadata": {of_scalars(count): of_scalars(count // 2)}}
            return request("PATCH", f"/api/v1/appointments/{appointment}", headers, encoded(body))

        for _ in range(2):
            self.try_sizes("a calendar's texts", 2_500, calendar)
            self.try_sizes("an appointment's texts", 2_500, notes)
        changed = await client.get(f"/api/v1/appointments/{appointment}")
        self.assertEqual(changed.json["notes"], of_scalars(5_000))
        self.assert_none_is_steep("kept texts", 4)

    # Tokens

    def test_each_claim(self) -> None:
        good = claims(self.tenant.organization, "calendars:read calendars:all")
        names = ["sub", "org", "scope", "iss", "aud", "exp", "nbf", "jti", "iat"]
        for name in names:

            def make(size: int) -> bytes:
                return request("GET", "/api/v1/calendars", self.bearer(signed({**good, name: marks(size)})))

            self.try_sizes(f"claim {name}", CLAIM, make)
        for name in ("alg", "kid", "typ", "cty", "crit", "jku"):

            def headed(size: int) -> bytes:
                token = signed(good, **{name: marks(size)}) if name != "alg" else signed(good, algorithm=marks(size))
                return request("GET", "/api/v1/calendars", self.bearer(token))

            self.try_sizes(f"header {name}", CLAIM, headed)

        def named(size: int) -> bytes:
            return request("GET", "/api/v1/calendars", self.bearer(signed({**good, marks(size): 1})))

        self.try_sizes("a claim's name", CLAIM, named)
        self.assert_none_is_steep("claims", 16)

    # Messages

    def test_each_text_of_a_message(self) -> None:
        good = {
            "op": "subscribe",
            "id": "1",
            "calendar_id": self.calendar,
            "from": "2026-11-02",
            "to": "2026-11-03",
            "timezone": "UTC",
        }
        with FrameSocket(self.server.port, PATH, self.tenant.key) as socket:

            def say(message: Any) -> None:
                socket.send(Frame(TEXT, encoded(message)))
                while (frame := socket.read()) is not None and frame.opcode != TEXT:
                    pass
                self.assertIsNotNone(frame, "closed")

            for name in [*good, "hostile"]:
                self.try_work(f"message, {name}", MESSAGE, lambda size: say({**good, name: marks(size)}))
            self.try_work("message, a name", MESSAGE, lambda size: say({**good, marks(size): "x"}))
        self.assert_none_is_steep("messages", 8)


if __name__ == "__main__":
    unittest.main()
