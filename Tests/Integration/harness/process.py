"""What the kernel and the server's own metrics tell of a process."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .client import Client
from .server import OPERATOR_TOKEN


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def peak_bytes(pid: int) -> int:
    """The most memory it ever had at once (proc(5), VmHWM)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads."""
    return Stat.of(pid).own


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


@dataclass
class Stat:
    """A line of /proc/<pid>/stat, times in seconds."""

    pid: int
    parent: int
    own: float
    # Of all children that have ended and were waited for.
    ended_children: float

    @classmethod
    def of(cls, pid: int) -> Stat:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        user, system, ended_user, ended_system = (
            int(field) / os.sysconf("SC_CLK_TCK") for field in fields[11:15]
        )
        return cls(pid, int(fields[1]), user + system, ended_user + ended_system)

    def children(self) -> list[Stat]:
        found: list[Stat] = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                try:
                    one = Stat.of(int(folder.name))
                except (FileNotFoundError, ProcessLookupError):
                    continue
                if one.parent == self.pid:
                    found.append(one)
        return found


async def metrics(client: Client) -> dict[str, float]:
    """Every series of /metrics by its name and labels."""
    answer = await client.get("/metrics", token=OPERATOR_TOKEN)
    assert answer.status == 200, answer
    lines = (line for line in answer.body.decode().splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}
