"""A PostgreSQL server of its own, for tests that kill it and for measurements that count its processor time."""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from .process import Stat

USER = "almanac"
# Everything that a durable server has; only what slows a test machine down for nothing is off.
SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
}
_template: Path | None = None


def programs() -> Path:
    """Where initdb, pg_ctl and postgres are: the newest of Debian's, else those on the PATH."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    found = [folder for folder in folders if (folder / "initdb").exists()]
    if found:
        return max(found, key=lambda folder: [int(part) for part in folder.parts if part.isdigit()] or [0])
    if (program := shutil.which("initdb")) is not None:
        return Path(program).resolve().parent
    raise FileNotFoundError("no PostgreSQL server is installed: run scripts/bootstrap test")


def _owner() -> pwd.struct_passwd | None:
    """PostgreSQL refuses root: then it runs as postgres, or nobody."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise LookupError("there is no user that PostgreSQL could run as")


def _run(*command: str | Path) -> str:
    """Runs one of PostgreSQL's programs as its user."""
    owner = _owner()
    identity = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    done = subprocess.run(
        [str(part) for part in command],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        **identity,  # type: ignore[call-overload]
    )
    if done.returncode != 0:
        raise ClusterFailed(f"{' '.join(map(str, command))}: {done.stdout[-2000:]}")
    return done.stdout


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="almanac-pg-"))
    if (owner := _owner()) is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _made() -> Path:
    """A fresh data folder, made once in a run and copied from then on."""
    global _template
    if _template is None:
        folder = _folder() / "data"
        initdb = programs() / "initdb"
        _run(
            initdb, "-D", folder, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"
        )
        _template = folder
    return _template


class ClusterFailed(AssertionError):
    """One of PostgreSQL's programs failed."""


class Cluster:
    """Starts once made; may be stopped in any way and started again on the same port."""

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self.folder = _folder()
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.port = 0
        _run("cp", "-a", _made(), self.data)
        lines = [f"{name} = {value}" for name, value in {**SETTINGS, **(settings or {})}.items()]
        with (self.data / "postgresql.conf").open("a") as file:
            file.write("\n".join(["", *lines, f"unix_socket_directories = '{self.folder}'", ""]))
        self.start()

    def start(self) -> None:
        """Returns once it takes connections; after a crash that is after its recovery."""
        for _ in range(20):
            if self.port == 0:
                with socket.create_server(("127.0.0.1", 0)) as probe:
                    self.port = probe.getsockname()[1]
            try:
                self._control("-l", str(self.log), "-o", f"-p {self.port}", "-w", "-t", "60", "start")
                return
            except ClusterFailed:
                if "could not bind" not in self.log.read_text(errors="replace"):
                    raise
                self.log.unlink(missing_ok=True)
                self.port = 0
        raise ClusterFailed("no free port")

    def stop(self, mode: str = "fast") -> None:
        """`immediate` ends all processes without a checkpoint: what a power failure leaves, but for the disk's cache."""
        self._control("-m", mode, "-w", "-t", "60", "stop")

    def crash_and_start(self) -> None:
        self.stop("immediate")
        self.start()

    def close(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _control(self, *arguments: str) -> None:
        _run(programs() / "pg_ctl", "-D", self.data, *arguments)

    @property
    def url(self) -> str:
        """The maintenance database, over TCP."""
        return f"postgres://{USER}@127.0.0.1:{self.port}/postgres"

    @property
    def socket_url(self) -> str:
        """The same over the socket."""
        return f"postgres://{USER}@{str(self.folder).replace('/', '%2F')}:{self.port}/postgres"

    @property
    def pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])

    def cpu_seconds(self) -> float:
        """Processor time of all processes of the cluster, also of those that have ended."""
        postmaster = Stat.of(self.pid)
        return postmaster.own + postmaster.ended_children + sum(child.own for child in postmaster.children())
