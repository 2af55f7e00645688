"""One `almanac serve` process on a free port, with a database of its own."""

from __future__ import annotations

import functools
import os
import re
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from . import store

REPOSITORY = Path(__file__).resolve().parents[3]
OPERATOR_TOKEN = "operator-token-of-the-tests"
JWT_SECRET = "a-secret-of-the-tests-with-32-bytes-or-more"
READY = re.compile(r"address=http://([^\s:]+):(\d+)")


def binary() -> Path:
    """The program under test: ALMANAC_BINARY, else the debug build."""
    path = Path(os.environ.get("ALMANAC_BINARY", ".build/debug/almanac"))
    return path if path.is_absolute() else REPOSITORY / path


@functools.cache
def knows(key: str) -> bool:
    """Whether the program under test has a setting of that name: it refuses what is nonsense as a value for any."""
    variable = "ALMANAC_" + key.upper().replace(".", "_")
    values = {name: value for name, value in os.environ.items() if not name.startswith("ALMANAC_")}
    with tempfile.TemporaryDirectory(prefix="almanac-test-") as folder:
        answer = subprocess.run(
            [str(binary()), "doctor"],
            cwd=folder,
            env={**values, variable: "\x01 nonsense"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
        )
    return f"{key} ({variable})" in answer.stderr


def environment(database: store.Store, changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """What a process of an installation is told; None in `changes` takes a variable away."""
    values = {name: value for name, value in os.environ.items() if not name.startswith("ALMANAC_")}
    values |= {
        "ALMANAC_HTTP_PORT": "0",
        "ALMANAC_OPERATOR_TOKEN": OPERATOR_TOKEN,
        **database.environment,
    }
    if (redis := os.environ.get("ALMANAC_TEST_REDIS_URL")) and knows("redis.url"):
        values["ALMANAC_REDIS_URL"] = redis
    for name, value in (changes or {}).items():
        if value is None:
            values.pop(name, None)
        else:
            values[name] = value
    return values


class ServerDied(AssertionError):
    """The process ended before it was ready."""


class Server:
    """Starts once; a restart is a new Server on the same folder."""

    def __init__(
        self,
        folder: Path,
        database: store.Store,
        settings: Mapping[str, str | None] | None = None,
        wrapper: Sequence[str] = (),
        program: Path | None = None,
        arguments: Sequence[str] = ("serve",),
    ) -> None:
        self.folder = folder
        self.database = database
        self.host = "127.0.0.1"
        self.port = 0
        self.log: list[str] = []
        self._news = threading.Condition()
        self._ended = False
        self.process = subprocess.Popen(
            [*wrapper, str(program or binary()), *arguments],
            cwd=folder,
            env=environment(database, settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        for line in stream:
            with self._news:
                self.log.append(line.rstrip("\n"))
                if found := READY.search(line):
                    self.host, self.port = found.group(1), int(found.group(2))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def ready(self, seconds: float = 20) -> Server:
        """Waits for the line that tells the address."""
        with self._news:
            arrived = self._news.wait_for(lambda: self.port != 0 or self._ended, seconds)
        if not arrived or self.port == 0:
            raise ServerDied("the server is not ready:\n" + "\n".join(self.log[-20:]))
        return self

    def wait(self, seconds: float = 15) -> int:
        """The exit code, once the process has ended by itself."""
        code = self.process.wait(seconds)
        self._reader.join(5)
        return code

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def stop(self, seconds: float = 15) -> int:
        """SIGTERM; the exit code."""
        self.interrupt()
        return self.wait(seconds)

    def kill(self) -> None:
        """SIGKILL; returns once the process is gone."""
        if self.is_running:
            self.process.kill()
        self.process.wait(10)
        self._reader.join(5)
        if self.process.stdout is not None:
            self.process.stdout.close()


class Installation:
    """A temporary folder, a database, and the processes started on it."""

    def __init__(self, database: store.Store | None = None) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="almanac-test-")
        self.folder = Path(self._temporary.name)
        self.database = database or store.make(self.folder)
        self._servers: list[Server] = []

    def serve(self, settings: Mapping[str, str | None] | None = None, wrapper: Sequence[str] = ()) -> Server:
        server = self.start(settings, wrapper)
        return server.ready()

    def start(
        self,
        settings: Mapping[str, str | None] | None = None,
        wrapper: Sequence[str] = (),
        program: Path | None = None,
    ) -> Server:
        """As `serve`, without waiting; perhaps another program that serves."""
        server = Server(self.folder, self.database, settings, wrapper, program)
        self._servers.append(server)
        return server

    def run(
        self,
        *arguments: str,
        settings: Mapping[str, str | None] | None = None,
        seconds: float = 30,
        cwd: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Runs another command of the program to its end."""
        return subprocess.run(
            [str(binary()), *arguments],
            cwd=cwd or self.folder,
            env=environment(self.database, settings),
            text=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
        )

    def close(self) -> None:
        for server in self._servers:
            server.kill()
        self.database.close()
        self._temporary.cleanup()
