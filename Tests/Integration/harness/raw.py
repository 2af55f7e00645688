"""Bytes over a socket, as no proper client would send them."""

from __future__ import annotations

import selectors
import socket
import struct
import time
from dataclasses import dataclass

from .client import Response

CHUNK = 256 * 1024


@dataclass
class Outcome:
    """What came back: the answers in order, and whether the server closed the connection."""

    answers: list[Response]
    closed: bool

    @property
    def statuses(self) -> list[int]:
        return [answer.status for answer in self.answers]


def parse(data: bytes, heads_only: bool = False) -> list[Response]:
    """All whole answers in what was read; what is no answer has the status 0."""
    answers: list[Response] = []
    while (end := data.find(b"\r\n\r\n")) >= 0:
        if not data.startswith(b"HTTP/1.1 "):
            return [*answers, Response(0, body=data)]
        lines = data[:end].decode("latin-1").split("\r\n")
        pairs = (line.split(":", 1) for line in lines[1:])
        answer = Response(int(lines[0].split(" ")[1]), {name.lower(): value.strip() for name, value in pairs})
        length = 0 if heads_only else int(answer.headers.get("content-length", "0"))
        if len(data) < end + 4 + length:
            break
        answer.body = data[end + 4 : end + 4 + length]
        answers.append(answer)
        data = data[end + 4 + length :]
    return answers


def exchange(
    port: int,
    data: bytes,
    answers: int = 1,
    half_close: bool = False,
    heads_only: bool = False,
    seconds: float = 15,
) -> Outcome:
    """Sends and reads at once, until so many final answers came or the server closed the connection."""
    deadline = time.monotonic() + seconds
    received = b""
    sent = 0
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.setblocking(False)
        with selectors.DefaultSelector() as selector:
            selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE)
            while time.monotonic() < deadline:
                ((_, ready),) = selector.select(max(0.0, deadline - time.monotonic())) or ((None, 0),)
                try:
                    if ready & selectors.EVENT_WRITE:
                        sent += connection.send(data[sent : sent + CHUNK])
                        if sent == len(data):
                            if half_close:
                                connection.shutdown(socket.SHUT_WR)
                            selector.modify(connection, selectors.EVENT_READ)
                    if ready & selectors.EVENT_READ:
                        part = connection.recv(CHUNK)
                        if not part:
                            return Outcome(final(received, heads_only), True)
                        received += part
                except (ConnectionError, BrokenPipeError):
                    return Outcome(final(received, heads_only), True)
                if answers and len(found := final(received, heads_only)) >= answers:
                    return Outcome(found, False)
    return Outcome(final(received, heads_only), False)


def final(data: bytes, heads_only: bool = False) -> list[Response]:
    """Answers but those that only say to go on."""
    return [answer for answer in parse(data, heads_only) if not 100 <= answer.status < 200]


def send_and_reset(port: int, data: bytes) -> None:
    """Sends and goes away at once, without a farewell (RST)."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(data)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def send_and_close(port: int, data: bytes) -> None:
    """Sends and closes in the usual way, without reading."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(data)
