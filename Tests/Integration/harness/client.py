"""A small HTTP/1.1 client: one request at a time on each keep-alive connection, any number of connections."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LIMIT = 16 * 1024 * 1024


class ConnectionLost(Exception):
    """The server went away before the answer was whole: what became of the request is not known."""


@dataclass
class Response:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str | None:
        """A problem's stable code."""
        is_problem = self.headers.get("content-type", "").startswith("application/problem+json")
        return self.json["code"] if is_problem else None

    @property
    def is_replay(self) -> bool:
        return self.headers.get("idempotent-replayed") == "true"


def encode(
    method: str,
    path: str,
    body: Any = None,
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """A request as it goes over the wire; a body that is not bytes is sent as JSON."""
    fields = {"Host": "almanac.test", **(headers or {})}
    if token is not None:
        fields["Authorization"] = f"Bearer {token}"
    content = b""
    if body is not None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        fields.setdefault("Content-Type", "application/json")
    if body is not None or method in ("POST", "PUT", "PATCH"):
        fields.setdefault("Content-Length", str(len(content)))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode() + content


async def read_response(reader: asyncio.StreamReader, method: str = "GET") -> Response:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        pairs = (line.split(":", 1) for line in lines[1:] if line)
        response = Response(status, {name.strip().lower(): value.strip() for name, value in pairs})
        if method == "HEAD" or status in (204, 304) or status < 200:
            return response
        if response.headers.get("transfer-encoding") == "chunked":
            parts: list[bytes] = []
            while size := int(await reader.readline(), 16):
                parts.append(await reader.readexactly(size))
                await reader.readline()
            await reader.readline()
            response.body = b"".join(parts)
        elif "content-length" in response.headers:
            response.body = await reader.readexactly(int(response.headers["content-length"]))
        else:
            response.body = await reader.read()
        return response
    except (OSError, EOFError, ValueError, IndexError) as error:
        raise ConnectionLost(str(error)) from error


class Connection:
    """One keep-alive connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, host: str, port: int) -> Connection:
        try:
            return cls(*await asyncio.open_connection(host, port, limit=LIMIT))
        except OSError as error:
            raise ConnectionLost(str(error)) from error

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float = 30,
    ) -> Response:
        try:
            self.writer.write(encode(method, path, body, token, headers))
            return await asyncio.wait_for(read_response(self.reader, method), seconds)
        except TimeoutError as error:
            raise ConnectionLost(f"no answer within {seconds} s") from error
        except OSError as error:
            raise ConnectionLost(str(error)) from error

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except OSError:
            pass


class Client:
    """Several connections to one server; a request takes a free one, or a new one if there is none."""

    def __init__(self, host: str, port: int, token: str | None = None, seconds: float = 30) -> None:
        """`seconds` is how long an answer may take before it counts as lost."""
        self.host, self.port, self.token, self.seconds = host, port, token, seconds
        self._free: list[Connection] = []

    async def connect(self, connections: int) -> None:
        """Opens connections in advance, a few dozen at a time so that none waits in the kernel's queue."""
        for start in range(0, connections, 64):
            wave = range(min(64, connections - start))
            self._free += await asyncio.gather(*(Connection.open(self.host, self.port) for _ in wave))

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        connection = self._free.pop() if self._free else await Connection.open(self.host, self.port)
        try:
            response = await connection.send(
                method, path, body, token or self.token, headers, self.seconds
            )
        except BaseException:
            await connection.close()
            raise
        if response.headers.get("connection", "").lower() == "close":
            await connection.close()
        else:
            self._free.append(connection)
        return response

    async def get(self, path: str, **options: Any) -> Response:
        return await self.send("GET", path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> Response:
        return await self.send("POST", path, body, **options)

    async def close(self) -> None:
        while self._free:
            await self._free.pop().close()
