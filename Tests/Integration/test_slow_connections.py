"""Clients that are slow, silent, many or unclear: each is cut off in time, and others are served meanwhile."""

from __future__ import annotations

import json
import select
import shutil
import socket
import time
import unittest

from harness.case import ServerCase
from harness.client import Client, encode
from harness.process import metrics, open_files
from harness.raw import exchange, parse
from harness.server import OPERATOR_TOKEN
from harness.store import on_one_store
from harness.tenant import Tenant
from harness.waiting import until, until_async

PATH = "/api/v1/appointments"
# Short times, so that nothing is waited for long.
QUICK = {
    "ALMANAC_HTTP_IDLE_SECONDS": "3",
    "ALMANAC_HTTP_HEADER_SECONDS": "1",
    "ALMANAC_HTTP_BODY_SECONDS": "4",
    "ALMANAC_HTTP_SLOW_SECONDS": "1",
    "ALMANAC_HTTP_MIN_BYTES_PER_SECOND": "1000",
}


class Dripper:
    """A connection that sends a byte now and then."""

    def __init__(self, port: int, begin: bytes, source: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 10, source_address=(source, 0))
        self.socket.sendall(begin)
        self.socket.setblocking(False)
        self.received = b""
        self.is_closed = False

    def drip(self) -> None:
        try:
            self.socket.send(b"x")
        except OSError:
            self.is_closed = True

    def read(self) -> None:
        try:
            part = self.socket.recv(1 << 16)
            self.received += part
            self.is_closed = self.is_closed or not part
        except BlockingIOError:
            pass
        except OSError:
            self.is_closed = True

    @property
    def status(self) -> int | None:
        answers = parse(self.received)
        return answers[0].status if answers else None


@on_one_store
class SlowConnections(ServerCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.server = self.installation.serve(QUICK)
        self.tenant = await Tenant.create(self.server)
        self.addAsyncCleanup(self.tenant.client.close)

    def post(self, token: str, path: str = PATH, **headers: str) -> bytes:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return encode("POST", path, None, token, {"Content-Length": "100000", "Content-Type": "application/json", **fields})

    async def run_down(self, drippers: list[Dripper], seconds: float) -> float:
        """Drips until all are closed by the server; others are served all the while. Returns how long it took."""
        begun = time.monotonic()
        client = Client(self.server.host, self.server.port, self.tenant.key)
        try:
            while not all(one.is_closed for one in drippers):
                self.assertLess(time.monotonic() - begun, seconds, "connections were held")
                open_ones = [one for one in drippers if not one.is_closed]
                select.select([one.socket for one in open_ones], [], [], 0.2)
                for one in open_ones:
                    one.read()
                    one.drip()
                asked = time.monotonic()
                self.assertEqual((await client.get("/api/v1/calendars")).status, 200)
                self.assertLess(time.monotonic() - asked, 2)
        finally:
            await client.close()
            for one in drippers:
                one.socket.close()
        return time.monotonic() - begun

    async def test_a_refused_request_does_not_keep_its_connection(self) -> None:
        drippers = [Dripper(self.server.port, self.post("alm_live_nonsense")) for _ in range(60)]
        await self.run_down(drippers, 6)
        for one in drippers:
            answer = parse(one.received)[0]
            self.assertEqual((answer.status, answer.headers["connection"]), (401, "close"))

    async def test_every_early_refusal_ends_the_connection(self) -> None:
        cases = {
            404: self.post(self.tenant.key, "/api/v1/nothing"),
            405: self.post(self.tenant.key, "/health/live"),
            413: self.post(self.tenant.key).replace(b"100000", b"100000000"),
            415: self.post(self.tenant.key, Content_Type="text/plain"),
        }
        drippers = {status: Dripper(self.server.port, data) for status, data in cases.items()}
        await self.run_down(list(drippers.values()), 6)
        for status, one in drippers.items():
            answer = parse(one.received)[0]
            self.assertEqual((answer.status, answer.headers["connection"]), (status, "close"))

    async def test_a_body_that_drips_is_answered_408(self) -> None:
        drippers = [Dripper(self.server.port, self.post(self.tenant.key)) for _ in range(60)]
        await self.run_down(drippers, 8)
        for one in drippers:
            answer = parse(one.received)[0]
            self.assertEqual((answer.status, answer.code), (408, "request_timeout"))

    async def test_a_header_that_drips_is_answered_408(self) -> None:
        drippers = [Dripper(self.server.port, b"GET /health/live HTTP/1.1\r\nHost: a\r\nX: ") for _ in range(60)]
        await self.run_down(drippers, 8)
        for one in drippers:
            answer = parse(one.received)[0]
            self.assertEqual((answer.status, answer.code), (408, "request_timeout"))

    async def test_blank_lines_do_not_keep_a_connection(self) -> None:
        """RFC 9112 §2.2 lets blank lines come before a request; they are no request."""
        one = Dripper(self.server.port, b"")
        self.addCleanup(one.socket.close)
        begun = time.monotonic()
        while not one.is_closed:
            self.assertLess(time.monotonic() - begun, 10, "blank lines kept the connection")
            select.select([one.socket], [], [], 0.2)
            one.read()
            try:
                one.socket.send(b"\r\n")
            except OSError:
                break

    async def test_a_silent_connection_ends(self) -> None:
        before = open_files(self.server.pid)
        await self.tenant.client.close()
        until("the tenant's connection is closed", lambda: open_files(self.server.pid) < before)
        files = open_files(self.server.pid)
        silent = [socket.create_connection(("127.0.0.1", self.server.port)) for _ in range(20)]
        for one in silent[:10]:
            one.sendall(encode("GET", "/health/live"))
        until("they are open", lambda: open_files(self.server.pid) >= files + len(silent))
        client = Client(self.server.host, self.server.port)
        self.addAsyncCleanup(client.close)

        async def are_closed() -> bool:
            return (await metrics(client)).get('almanac_connections_ended_total{reason="idle"}', 0) >= 20

        await until_async("silent connections are closed", are_closed, 15)
        for one in silent:
            one.settimeout(5)
            while one.recv(1 << 16):
                pass
            one.close()

    async def test_a_client_that_takes_no_answer_is_cut_off(self) -> None:
        calendar = await self.tenant.calendar()
        before = open_files(self.server.pid)
        path = f"/api/v1/calendars/{calendar}/availability?from=2026-12-01&to=2026-12-20"
        # The tenant's own connection may end meanwhile.
        await self.tenant.client.close()
        until("it is closed", lambda: open_files(self.server.pid) < before)
        files = open_files(self.server.pid)
        ask = encode("GET", path, token=self.tenant.key) * 40
        for _ in range(4):
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            one.connect(("127.0.0.1", self.server.port))
            self.addCleanup(one.close)
            one.sendall(ask)
        until("they are open", lambda: open_files(self.server.pid) >= files + 4)
        client = Client(self.server.host, self.server.port)
        self.addAsyncCleanup(client.close)

        async def are_cut_off() -> bool:
            return (await metrics(client)).get('almanac_connections_ended_total{reason="stalled"}') == 4

        # Not by the number of open files: the database opens and closes some of its own.
        await until_async("the readers that do not read are cut off", are_cut_off, 20)


@on_one_store
class ManyConnections(ServerCase):
    def fill(self, port: int, count: int, source: str = "127.0.0.1") -> None:
        for _ in range(count):
            one = Dripper(port, encode("GET", "/health/live"), source)
            self.addCleanup(one.socket.close)
            until("it is answered", lambda: (one.read(), one.status == 200)[1])

    def ask(self, port: int, path: str, token: str | None = None, source: str = "127.0.0.1") -> int | None:
        one = Dripper(port, encode("GET", path, token=token), source)
        with one.socket:
            until("it is answered or closed", lambda: (one.read(), one.is_closed or one.status is not None)[1])
        return one.status

    async def test_an_address_has_its_bound_and_others_theirs(self) -> None:
        server = self.installation.serve(
            {
                "ALMANAC_HTTP_MAX_CONNECTIONS_PER_ADDRESS": "5",
                "ALMANAC_HTTP_TRUSTED_PROXIES": "10.0.0.0/8",
            }
        )
        self.fill(server.port, 5)
        self.assertEqual(self.ask(server.port, "/api/v1/calendars"), 503)
        self.assertEqual(self.ask(server.port, "/health/ready"), 200)
        self.assertEqual(self.ask(server.port, "/metrics", OPERATOR_TOKEN), 200)
        self.assertEqual(self.ask(server.port, "/api/v1/platform/nodes", OPERATOR_TOKEN), 200)
        self.assertEqual(self.ask(server.port, "/api/v1/calendars", source="127.0.0.2"), 401)

    async def test_when_all_are_taken_room_is_kept_for_health_and_operator(self) -> None:
        server = self.installation.serve(
            {"ALMANAC_HTTP_MAX_CONNECTIONS": "8", "ALMANAC_HTTP_RESERVED_CONNECTIONS": "2"}
        )
        self.fill(server.port, 8)
        for _ in range(5):
            self.assertEqual(self.ask(server.port, "/health/live"), 200)
            self.assertEqual(self.ask(server.port, "/api/v1/platform/nodes", OPERATOR_TOKEN), 200)
            self.assertEqual(self.ask(server.port, "/api/v1/calendars"), 503)

    @unittest.skipUnless(shutil.which("prlimit"), "prlimit(1) is not there")
    async def test_few_open_files_are_no_end_of_the_process(self) -> None:
        """More silent sockets than the process may have files open, taken again as they are closed."""
        server = self.installation.serve(wrapper=("prlimit", "--nofile=512:512"))
        sockets: list[socket.socket] = []
        self.addCleanup(lambda: [one.close() for one in sockets])
        for _ in range(3):
            while sockets:
                sockets.pop().close()
            for _ in range(700):
                one = socket.socket()
                one.settimeout(5)
                one.connect(("127.0.0.1", server.port))
                sockets.append(one)
            self.assertLess(open_files(server.pid), 512)
            # The silent ones of the reserve are cut off within two seconds.
            until("health is answered", lambda: self.ask(server.port, "/health/live") == 200)
            self.assertEqual(self.ask(server.port, "/api/v1/platform/nodes", OPERATOR_TOKEN), 200)
        self.assertTrue(server.is_running)


@on_one_store
class UnclearRequests(ServerCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.server = self.installation.serve()

    def test_what_two_could_read_in_two_ways_is_400(self) -> None:
        def post(*lines: str, body: bytes = b"{}") -> bytes:
            return "\r\n".join(["POST /api/v1/calendars HTTP/1.1", *lines, "", ""]).encode("latin-1") + body

        kilobyte = "x" * 1_025
        cases = {
            "no host": b"GET /health/live HTTP/1.1\r\n\r\n",
            "two hosts": b"GET /health/live HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
            "two hosts of an old client": b"GET /health/live HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
            "a host that is none": b"GET /health/live HTTP/1.1\r\nHost: a b\r\n\r\n",
            "gzip, chunked": post("Host: a", "Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
            "identity": post("Host: a", "Transfer-Encoding: identity"),
            "chunked twice": post("Host: a", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
            "both": post("Host: a", "Content-Length: 5", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
            "the same length twice": post("Host: a", "Content-Length: 2", "Content-Length: 2"),
            "a list of lengths": post("Host: a", "Content-Length: 2, 2"),
            "a signed length": post("Host: a", "Content-Length: +2"),
            "a NUL": post("Host: a", "X: a\x00b", "Content-Length: 2"),
            "a bare CR": post("Host: a", "X: a\rb", "Content-Length: 2"),
            "a folded field": post("Host: a", "X: a", " b", "Content-Length: 2"),
            "a space before the colon": post("Host: a", "Content-Length : 2"),
            "bare LF": b"GET /health/live HTTP/1.1\nHost: a\n\n",
            "no path": b"GET health/live HTTP/1.1\r\nHost: a\r\n\r\n",
            "a space in the target": b"GET /health/ live HTTP/1.1\r\nHost: a\r\n\r\n",
            "a fragment": b"GET /health/live#a HTTP/1.1\r\nHost: a\r\n\r\n",
            "a star": b"GET * HTTP/1.1\r\nHost: a\r\n\r\n",
            "bytes beyond ASCII": "GET /health/lïve HTTP/1.1\r\nHost: a\r\n\r\n".encode(),
        }
        for name, data in cases.items():
            with self.subTest(name=name):
                outcome = exchange(self.server.port, data + encode("GET", "/health/live"), answers=0)
                self.assertEqual((outcome.statuses, outcome.closed), ([400], True))
                self.assertEqual(outcome.answers[0].code, "malformed_request")
                self.assertTrue(outcome.answers[0].headers["x-request-id"])
        for name, data in {
            "a long extension": f"2;{kilobyte}\r\n{{}}\r\n0\r\n\r\n".encode(),
            "many extensions": b"1;" + b"x" * 600 + b"\r\n{\r\n1;" + b"x" * 600 + b"\r\n}\r\n0\r\n\r\n",
        }.items():
            with self.subTest(name=name):
                # Whoever reads the body finds the fault; the operator's token lets it get so far.
                head = (
                    "POST /api/v1/platform/organizations HTTP/1.1\r\nHost: a\r\n"
                    f"Authorization: Bearer {OPERATOR_TOKEN}\r\nTransfer-Encoding: chunked\r\n\r\n"
                ).encode()
                outcome = exchange(self.server.port, head + data, answers=0)
                self.assertEqual((outcome.statuses, outcome.closed), ([400], True))

    def test_what_is_clear_is_not_400(self) -> None:
        cases = {
            "an old client": (b"GET /health/live HTTP/1.0\r\n\r\n", 200),
            "an address in full": (b"GET http://a/health/live HTTP/1.1\r\nHost: a\r\n\r\n", 200),
            "an empty host": (b"GET /health/live HTTP/1.1\r\nHost:\r\n\r\n", 200),
            "an empty line first": (b"\r\nGET /health/live HTTP/1.1\r\nHost: a\r\n\r\n", 200),
            "the whole server": (b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 204),
        }
        for name, (data, status) in cases.items():
            with self.subTest(name=name):
                self.assertEqual(exchange(self.server.port, data).statuses, [status])

    def test_methods_that_are_not_ours_are_405(self) -> None:
        for method in ("BREW", "TRACE", "PROPFIND", "LINK", "get", "X", "M-SEARCH"):
            with self.subTest(method=method):
                data = encode(method, "/api/v1/calendars") + encode("GET", "/health/live")
                outcome = exchange(self.server.port, data, answers=2)
                self.assertEqual(outcome.statuses, [405, 200])
                allow = outcome.answers[0].headers["allow"]
                self.assertEqual(set(allow.split(", ")), {"POST", "GET", "HEAD", "OPTIONS"})
                self.assertEqual(exchange(self.server.port, encode(method, "/no")).statuses, [404])
        connect = exchange(self.server.port, b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertEqual(connect.statuses, [405])
        self.assertIn("GET", connect.answers[0].headers["allow"])
        self.assertEqual(json.loads(connect.answers[0].body)["code"], "method_not_allowed")


if __name__ == "__main__":
    unittest.main()
