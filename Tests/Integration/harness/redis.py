"""A Redis server of its own, for tests that kill it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

from .waiting import until


class Redis:
    """Starts once made; may be killed and started again, empty, on the same port."""

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise FileNotFoundError("redis-server is not installed: run scripts/bootstrap test")
        self._program = program
        self._folder = tempfile.TemporaryDirectory(prefix="almanac-redis-")
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns once it answers."""
        command = [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        log = (Path(self._folder.name) / "log").open("ab")
        self.process = subprocess.Popen(
            command, cwd=self._folder.name, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
        log.close()
        until("Redis answers", self._answers)

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError((Path(self._folder.name) / "log").read_text()[-1000:])
        try:
            return self.command("PING") == b"+PONG"
        except OSError:
            return False

    def command(self, *words: str) -> bytes:
        """The first line of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), 2) as connection:
            connection.sendall((" ".join(words) + "\r\n").encode())
            return connection.makefile("rb").readline().strip()

    def call(self, *words: bytes | str | int) -> Any:
        """The whole answer of a command whose words may be any bytes: bytes, a number, a list or None."""
        parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        request = b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
        with socket.create_connection(("127.0.0.1", self.port), 30) as connection:
            connection.sendall(b"*%d\r\n" % len(parts) + request)
            return _answer(connection.makefile("rb"))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        self._folder.cleanup()


def _answer(stream: BinaryIO) -> Any:
    line = stream.readline().rstrip(b"\r\n")
    kind, rest = line[:1], line[1:]
    if kind == b"-":
        raise ValueError(rest.decode())
    if kind == b"+":
        return rest
    if kind == b":":
        return int(rest)
    if int(rest) < 0:
        return None
    if kind == b"*":
        return [_answer(stream) for _ in range(int(rest))]
    value = stream.read(int(rest) + 2)
    return value[:-2]
