"""WebSocket frames over a plain socket, right and wrong ones."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import struct
import time
from collections.abc import Mapping
from typing import NamedTuple

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Frame(NamedTuple):
    opcode: int
    payload: bytes = b""
    is_final: bool = True
    reserved: int = 0

    @property
    def code(self) -> int | None:
        """Of a close frame."""
        return struct.unpack("!H", self.payload[:2])[0] if len(self.payload) >= 2 else None

    def encoded(self, is_masked: bool = True) -> bytes:
        first = (0x80 if self.is_final else 0) | self.reserved << 4 | self.opcode
        mask = 0x80 if is_masked else 0
        size = len(self.payload)
        if size < 126:
            head = struct.pack("!BB", first, mask | size)
        elif size < 1 << 16:
            head = struct.pack("!BBH", first, mask | 126, size)
        else:
            head = struct.pack("!BBQ", first, mask | 127, size)
        if not is_masked:
            return head + self.payload
        key = os.urandom(4)
        repeated = key * (size // 4 + 1)
        masked = int.from_bytes(self.payload, "big") ^ int.from_bytes(repeated[:size], "big")
        return head + key + masked.to_bytes(size, "big")


def close(code: int | None = 1000, reason: bytes = b"") -> Frame:
    return Frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason)


class NotUpgraded(AssertionError):
    """The server answered with something else than 101."""


def handshake(path: str, key: str, headers: Mapping[str, str | None] | None = None) -> bytes:
    """An upgrade request; None takes a header away."""
    fields: dict[str, str | None] = {
        "Host": "almanac.test",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": key,
        **(headers or {}),
    }
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return "\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode()


class FrameSocket:
    """A blocking connection that has been upgraded."""

    def __init__(
        self,
        port: int,
        path: str,
        token: str | None = None,
        *,
        headers: Mapping[str, str | None] | None = None,
        first: bytes = b"",
        receive_buffer: int | None = None,
    ) -> None:
        """`first` is sent together with the request."""
        self._socket = socket.socket()
        self._received = b""
        try:
            if receive_buffer is not None:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            self._socket.settimeout(10)
            self._socket.connect(("127.0.0.1", port))
            # Octets that are sent one by one leave one by one.
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            key = base64.b64encode(os.urandom(16)).decode()
            credential = {} if token is None else {"Authorization": f"Bearer {token}"}
            self._socket.sendall(handshake(path, key, {**credential, **(headers or {})}) + first)
            self.headers = self._upgraded(key)
        except BaseException:
            self._socket.close()
            raise

    def _upgraded(self, key: str) -> dict[str, str]:
        while b"\r\n\r\n" not in self._received:
            part = self._socket.recv(65_536)
            if not part:
                raise NotUpgraded(f"closed after {self._received!r}")
            self._received += part
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        expected = base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()
        if " 101 " not in status or headers.get("sec-websocket-accept") != expected:
            raise NotUpgraded(head.decode("latin-1"))
        return headers

    def __enter__(self) -> FrameSocket:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, *frames: Frame, octets: int | None = None, is_masked: bool = True) -> None:
        """Sends frames, perhaps cut into pieces of so many octets; a peer that has gone is no error here."""
        data = b"".join(frame.encoded(is_masked) for frame in frames)
        self.send_raw(data, octets)

    def send_raw(self, data: bytes, octets: int | None = None) -> None:
        try:
            if octets is None:
                self._socket.sendall(data)
            else:
                for start in range(0, len(data), octets):
                    self._socket.sendall(data[start : start + octets])
        except OSError:
            pass

    def read(self, seconds: float = 5) -> Frame | None:
        """The next frame; None if the server closed the connection. A TimeoutError if there is neither."""
        deadline = time.monotonic() + seconds
        while (frame := self._parsed()) is None:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                part = self._socket.recv(65_536)
            except ConnectionError:
                return None
            if not part:
                return None
            self._received += part
        return frame

    def _parsed(self) -> Frame | None:
        data = self._received
        if len(data) < 2:
            return None
        size, start = data[1], 2
        assert size < 128, "a server does not mask"
        if size > 125:
            length = 2 if size == 126 else 8
            if len(data) < 2 + length:
                return None
            size, start = int.from_bytes(data[2 : 2 + length], "big"), 2 + length
        if len(data) < start + size:
            return None
        self._received = data[start + size :]
        return Frame(data[0] & 15, data[start : start + size], bool(data[0] & 0x80), data[0] >> 4 & 7)

    def rest(self, seconds: float = 5) -> list[Frame]:
        """All frames until the server closes the connection, which it must do in time; its close is answered."""
        deadline = time.monotonic() + seconds
        frames: list[Frame] = []
        while (frame := self.read(max(0.001, deadline - time.monotonic()))) is not None:
            frames.append(frame)
            if frame.opcode == CLOSE:
                self.send(frame)
        return frames

    def abandon(self) -> None:
        """Goes away at once (RST)."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()
