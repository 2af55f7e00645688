"""Who may open the live feed, what becomes of other requests to upgrade, and when a socket ends by itself."""

from __future__ import annotations

import asyncio
import subprocess
import time
import unittest
from collections.abc import Mapping
from datetime import datetime

from harness.client import Connection, Response, encode, read_response
from harness.feed import PATH, SUBPROTOCOL, FeedSocket
from harness.feed_case import READER, FeedCase
from harness.raw import exchange
from harness.store import on_one_store
from harness.tokens import claims, signed
from harness.websocket import CLOSE, PING, PONG, TEXT, Frame, FrameSocket, NotUpgraded, handshake

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
# Nothing that is waited for takes so many seconds, however busy the machine is.
PATIENCE = 30


@on_one_store
class AccessCase(FeedCase):
    async def ask(self, path: str = PATH, token: str | None = None, **headers: str | None) -> Response:
        """A request to upgrade that is answered as any other."""
        connection = await self.request(path, token, headers)
        try:
            return await asyncio.wait_for(read_response(connection.reader), PATIENCE)
        finally:
            await connection.close()

    async def request(
        self, path: str, token: str | None, headers: Mapping[str, str | None] | None = None
    ) -> Connection:
        fields = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        if token is not None:
            fields["Authorization"] = f"Bearer {token}"
        connection = await Connection.open(self.server.host, self.server.port)
        connection.writer.write(handshake(path, KEY, fields))
        return connection

    def assert_problem(self, answer: Response, status: int, code: str) -> None:
        self.assertEqual((answer.status, answer.code), (status, code), answer)
        self.assertEqual(answer.json["status"], status)
        self.assertIn("x-request-id", answer.headers)

    async def assert_refused(
        self, status: int, code: str, path: str = PATH, token: str | None = None
    ) -> None:
        connection = await self.request(path, token)
        try:
            answer = await asyncio.wait_for(read_response(connection.reader), PATIENCE)
            self.assert_problem(answer, status, code)
            self.assertEqual(answer.headers.get("connection", "").lower(), "close")
            self.assertEqual(await asyncio.wait_for(connection.reader.read(), PATIENCE), b"")
        finally:
            await connection.close()


@on_one_store
class Credentials(AccessCase):
    async def test_without_a_credential_there_is_no_socket(self) -> None:
        good = claims(self.tenant.organization, READER)
        for why, token in {
            "none": None,
            "nonsense": "nonsense",
            "a key that is not known": "alm_live_" + "x" * 43,
            "a forged token": signed(good, secret="x" * 40),
            "an expired token": signed({**good, "exp": int(time.time()) - 1}),
        }.items():
            with self.subTest(why=why):
                await self.assert_refused(401, "unauthorized", token=token)
        answer = await self.ask()
        self.assertIn("Bearer", answer.headers["www-authenticate"])

    async def test_a_credential_without_the_scope_is_refused(self) -> None:
        narrow = await self.key("appointments:read", "calendars:write", "admin")
        await self.assert_refused(403, "insufficient_scope", token=narrow["api_key"])
        await self.assert_refused(403, "insufficient_scope", token=self.jwt("appointments:read"))
        answer = await self.ticket(narrow["api_key"])
        self.assert_problem(answer, 403, "insufficient_scope")
        self.assertIn("calendars:read", answer.headers["www-authenticate"])

    async def test_a_ticket_opens_one_socket(self) -> None:
        answer = await self.ticket()
        self.assertEqual(answer.status, 201, answer.body)
        self.assertEqual(set(answer.json), {"ticket", "expires_at"})
        left = datetime.fromisoformat(answer.json["expires_at"]).timestamp() - time.time()
        self.assertTrue(0 < left <= 600, f"{left} s left")
        self.assertRegex(answer.json["ticket"], r"^[A-Za-z0-9_.~-]{20,}$")
        query = f"?ticket={answer.json['ticket']}"
        window = self.window()
        socket = await FeedSocket.open(self.server, query=query)
        self.addAsyncCleanup(socket.close)
        await socket.subscribe(window)
        await self.book(self.at("09:00"))
        await socket.until("it is told", lambda: len(window.messages) == 3)
        await self.assert_up_to_date(window)
        await self.assert_refused(401, "unauthorized", PATH + query)
        self.assertTrue(socket.is_open)

    async def test_a_ticket_that_was_never_given_is_refused(self) -> None:
        real = (await self.ticket()).json["ticket"]
        for ticket in (
            "",
            "x",
            "x" * 43,
            real[:-1],
            real + "x",
            real.swapcase(),
            "%00",
            "%ff%fe",
            "x" * 5_000,
        ):
            with self.subTest(ticket=ticket[:50]):
                await self.assert_refused(401, "unauthorized", f"{PATH}?ticket={ticket}")
        # The real one is still good: guesses do not use it up.
        socket = await FeedSocket.open(self.server, query=f"?ticket={real}")
        await socket.close()

    async def test_a_ticket_is_no_credential_elsewhere(self) -> None:
        ticket = (await self.ticket()).json["ticket"]
        answer = await self.tenant.client.get("/api/v1/calendars", token=ticket)
        self.assertEqual(answer.status, 401)
        plain = await self.tenant.client.send("GET", f"/api/v1/calendars?ticket={ticket}", token="x")
        self.assertEqual(plain.status, 401)

    async def test_a_ticket_used_many_times_at_once_opens_one_socket(self) -> None:
        query = f"?ticket={(await self.ticket()).json['ticket']}"

        def open_one() -> FrameSocket | None:
            try:
                return FrameSocket(self.server.port, PATH + query)
            except NotUpgraded as error:
                self.assertIn("401", str(error))
                return None

        found = await asyncio.gather(*(asyncio.to_thread(open_one) for _ in range(20)))
        sockets = [socket for socket in found if socket is not None]
        for socket in sockets:
            with socket:
                self.assertIsNotNone(socket)
        self.assertEqual(len(sockets), 1)

    async def test_a_ticket_has_the_scopes_and_the_tenant_of_who_asked_for_it(self) -> None:
        other = await self.new_tenant("Other")
        for token, own in (
            (self.jwt(READER), True),
            (self.jwt("calendars:read"), False),
            (other.key, False),
        ):
            answer = await self.ticket(token)
            socket = await FeedSocket.open(self.server, query=f"?ticket={answer.json['ticket']}")
            self.addAsyncCleanup(socket.close)
            window = self.window()
            await socket.subscribe(window)
            if own:
                booked = await self.book(self.at("09:00"))
                await socket.until("it is told", lambda: len(window.messages) == 2)
                await self.cancel(booked)
                await socket.until("it is told", lambda: len(window.messages) == 3)
                await socket.settle()
                self.assertEqual(window.of("appointment"), [])
            else:
                self.assertEqual([one.get("code") for one in window.messages], ["not_found"])

    async def test_the_ticket_is_in_no_log(self) -> None:
        ticket = (await self.ticket()).json["ticket"]
        socket = await FeedSocket.open(self.server, query=f"?ticket={ticket}")
        await socket.close()
        await self.assert_refused(401, "unauthorized", f"{PATH}?ticket={ticket}")
        self.assertEqual([line for line in self.server.log if ticket in line], [])


@on_one_store
class Ends(AccessCase):
    settings = {**FeedCase.settings, "ALMANAC_REALTIME_PING_SECONDS": "1"}

    async def test_a_revoked_key_closes_its_socket(self) -> None:
        key = await self.key("calendars:read", "appointments:read")
        socket, window = await self.socket(key["api_key"]), self.window()
        await socket.subscribe(window)
        kept, other = self.window(), await self.socket()
        await other.subscribe(kept)
        answer = await self.tenant.client.send("DELETE", f"/api/v1/admin/api-keys/{key['id']}")
        self.assertEqual(answer.status, 204)
        self.assertEqual(await socket.closed(seconds=PATIENCE), 1008)
        told = len(window.messages)
        await self.book(self.at("09:00"))
        await other.until("others go on", lambda: len(kept.messages) == 3)
        self.assertEqual(len(window.messages), told)

    async def test_a_token_that_has_expired_closes_its_socket(self) -> None:
        # Long enough to open it and to subscribe, also where the machine is busy.
        socket = await self.socket(self.jwt(exp=int(time.time()) + 5))
        await socket.subscribe(self.window())
        self.assertEqual(await socket.closed(seconds=PATIENCE), 1008)

    async def test_a_deleted_organization_closes_its_sockets(self) -> None:
        sockets = [await self.socket(), await self.socket(self.jwt())]
        for socket in sockets:
            await socket.subscribe(self.window())
        await self.delete_organization()
        self.assertEqual([await socket.closed(seconds=PATIENCE) for socket in sockets], [1008, 1008])

    async def test_a_client_that_answers_pings_stays(self) -> None:
        with FrameSocket(self.server.port, PATH, self.tenant.key) as socket:
            pings = 0
            while pings < 2:
                frame = socket.read(5)
                assert frame is not None
                self.assertEqual(frame.opcode, PING)
                socket.send(frame._replace(opcode=PONG))
                pings += 1
            socket.send(Frame(TEXT, b'{"op":"ping"}'))
            answer = socket.read()
            while answer is not None and answer.opcode == PING:
                answer = socket.read()
            self.assertEqual(answer, Frame(TEXT, b'{"op":"pong"}'))

    async def test_a_client_that_answers_no_ping_is_let_go(self) -> None:
        with FrameSocket(self.server.port, PATH, self.tenant.key) as socket:
            frames = socket.rest(seconds=10)
            self.assertGreaterEqual([frame.opcode for frame in frames].count(PING), 1)
            self.assertIn(frames[-1].opcode, (PING, CLOSE))


@on_one_store
class Upgrades(AccessCase):
    async def test_other_paths_answer_as_ever(self) -> None:
        for path, token, status in (
            ("/health/live", None, 200),
            ("/api/v1/calendars", self.tenant.key, 200),
            ("/api/v1/calendars", None, 401),
            ("/api/v1/realtime/nothing", self.tenant.key, 404),
            ("/realtime", self.tenant.key, 404),
            ("/api/v1", self.tenant.key, 404),
        ):
            with self.subTest(path=path, token=token is not None):
                answer = await self.ask(path, token)
                self.assertEqual(answer.status, status)

    async def test_a_request_without_an_upgrade_is_told_so(self) -> None:
        for changes in (
            {"Upgrade": None, "Connection": None},
            {"Upgrade": None},
            {"Upgrade": "h2c"},
            {"Upgrade": None, "Connection": None, "Sec_WebSocket_Version": None, "Sec_WebSocket_Key": None},
        ):
            with self.subTest(changes=changes):
                answer = await self.ask(token=self.tenant.key, **changes)
                self.assertEqual(answer.status, 426, answer)
                self.assertEqual(answer.code, answer.json["code"])
                self.assertEqual(answer.headers["upgrade"].lower(), "websocket")

    async def test_a_connection_that_is_to_stay_is_not_upgraded(self) -> None:
        answer = await self.ask(token=self.tenant.key, Connection="keep-alive")
        self.assertIn(answer.status, (400, 426))
        self.assertIn("application/problem+json", answer.headers["content-type"])

    async def test_another_version_is_told_the_right_one(self) -> None:
        for version in ("8", "0", "14", "x", "", None):
            with self.subTest(version=version):
                answer = await self.ask(token=self.tenant.key, Sec_WebSocket_Version=version)
                self.assertEqual(answer.status, 426, answer)
                self.assertIn("application/problem+json", answer.headers["content-type"])
                self.assertEqual(answer.headers["sec-websocket-version"], "13")

    async def test_a_key_that_is_none_is_refused(self) -> None:
        for key in ("", "short", "x" * 24, None):
            with self.subTest(key=key):
                answer = await self.ask(token=self.tenant.key, Sec_WebSocket_Key=key)
                self.assertEqual(answer.status, 400, answer)
                self.assertIn("application/problem+json", answer.headers["content-type"])

    async def test_other_methods_are_not_allowed(self) -> None:
        for method in ("POST", "PUT", "DELETE"):
            answer = await self.tenant.client.send(method, PATH)
            self.assertEqual((answer.status, answer.code), (405, "method_not_allowed"), method)

    async def test_spellings_that_a_browser_or_proxy_may_use(self) -> None:
        for headers in (
            {"Connection": "keep-alive, Upgrade"},
            {"Connection": "upgrade"},
            {"Upgrade": "WebSocket"},
            {"Origin": "https://example.com"},
            {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"},
            {"Sec-WebSocket-Extensions": "x-unknown; a=b"},
        ):
            with self.subTest(headers=headers):
                with FrameSocket(self.server.port, PATH, self.tenant.key, headers=headers) as socket:
                    self.assertNotIn("x-unknown", socket.headers.get("sec-websocket-extensions", ""))
                    if "sec-websocket-extensions" not in socket.headers:
                        socket.send(Frame(TEXT, b'{"op":"ping"}'))
                        self.assertEqual(socket.read(), Frame(TEXT, b'{"op":"pong"}'))

    async def test_the_subprotocol_is_named_if_it_was_offered(self) -> None:
        for offered, chosen in (
            (SUBPROTOCOL, SUBPROTOCOL),
            (f"other, {SUBPROTOCOL}", SUBPROTOCOL),
            (None, None),
        ):
            with FrameSocket(
                self.server.port, PATH, self.tenant.key, headers={"Sec-WebSocket-Protocol": offered}
            ) as socket:
                self.assertEqual(socket.headers.get("sec-websocket-protocol"), chosen, offered)
        answer = await self.ask(token=self.tenant.key, Sec_WebSocket_Protocol="other")
        self.assertEqual(answer.status, 400, "a client that only speaks something else is told so")

    async def test_a_client_with_compression_is_served(self) -> None:
        window = self.window(0, 6)
        socket = await self.socket(compression="deflate")
        await socket.subscribe(window)
        await self.book(self.at("09:00"))
        await socket.until("it is told", lambda: len(window.messages) == 3)
        await self.assert_up_to_date(window)

    async def test_what_is_sent_with_the_request_is_not_lost(self) -> None:
        first = Frame(TEXT, b'{"op":"ping"}').encoded() * 3
        with FrameSocket(self.server.port, PATH, self.tenant.key, first=first) as socket:
            for _ in range(3):
                self.assertEqual(socket.read(), Frame(TEXT, b'{"op":"pong"}'))

    async def test_a_second_request_of_a_connection_is_answered(self) -> None:
        """Upgraded or refused: it does not hang, and the first one's answer is whole."""
        first = encode("GET", "/health/live")
        upgrade = handshake(PATH, KEY, {"Authorization": f"Bearer {self.tenant.key}"})
        with self.subTest("one after the other"):
            connection = await Connection.open(self.server.host, self.server.port)
            self.assertEqual((await connection.send("GET", "/health/live")).status, 200)
            connection.writer.write(upgrade)
            answer = await asyncio.wait_for(read_response(connection.reader), PATIENCE)
            self.assertIn(answer.status, (101, 426))
            await connection.close()
        with self.subTest("both at once"):
            connection = await Connection.open(self.server.host, self.server.port)
            connection.writer.write(first + upgrade)
            self.assertEqual((await asyncio.wait_for(read_response(connection.reader), PATIENCE)).status, 200)
            answer = await asyncio.wait_for(read_response(connection.reader), PATIENCE)
            self.assertIn(answer.status, (101, 426))
            await connection.close()

    async def test_requests_that_follow_an_upgrade_unasked_are_no_requests(self) -> None:
        """What comes after the upgrade is read as frames: nothing is smuggled past the credential."""
        smuggled = encode("GET", "/api/v1/calendars", token=self.tenant.key)
        with FrameSocket(self.server.port, PATH, self.tenant.key, first=smuggled) as socket:
            # "G" is a frame with a reserved bit, and not masked.
            self.assertEqual([(frame.opcode, frame.code) for frame in socket.rest()], [(CLOSE, 1002)])

    async def test_an_upgrade_with_a_body_or_of_an_old_version_is_refused(self) -> None:
        good = handshake(PATH, KEY, {"Authorization": f"Bearer {self.tenant.key}"})
        for data in (
            good.replace(b"HTTP/1.1", b"HTTP/1.0"),
            good.replace(b"Upgrade: websocket", b"Upgrade: websocket\r\nContent-Length: 5") + b"hello",
        ):
            outcome = exchange(self.server.port, data, seconds=5)
            self.assertEqual(len(outcome.answers), 1, outcome)
            self.assertIn(outcome.statuses[0], (400, 426), data)

    async def test_curl_that_offers_http2_gets_its_answer(self) -> None:
        url = f"http://{self.server.host}:{self.server.port}"
        for path, status in (("/health/live", "200"), ("/api/v1/calendars", "401"), ("/nothing", "404")):
            done = await asyncio.to_thread(
                curl, "--http2", "-w", "\n%{http_code} %{http_version}", url + path
            )
            self.assertEqual(done.returncode, 0, done)
            self.assertEqual(done.stdout.splitlines()[-1], f"{status} 1.1")
        posted = await asyncio.to_thread(
            curl,
            "--http2",
            "-w",
            "\n%{http_code}",
            "-H",
            f"Authorization: Bearer {self.tenant.key}",
            "--json",
            '{"name":"By curl","timezone":"UTC"}',
            url + "/api/v1/calendars",
        )
        self.assertEqual(posted.stdout.splitlines()[-1], "201", posted)

    async def test_refused_sockets_leave_nothing_behind(self) -> None:
        for _ in range(50):
            with self.assertRaises(NotUpgraded):
                FrameSocket(self.server.port, PATH, "nonsense")
        self.assertEqual((await self.tenant.client.get("/health/ready")).status, 200)


def curl(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["curl", "-sS", "--noproxy", "*", "--max-time", "5", *arguments],
        capture_output=True,
        text=True,
        timeout=15,
    )


if __name__ == "__main__":
    unittest.main()
