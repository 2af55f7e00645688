"""What the kernel and the server's own metrics tell of a process."""

from __future__ import annotations

import os
from pathlib import Path

from .client import Client
from .server import OPERATOR_TOKEN


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


async def metrics(client: Client) -> dict[str, float]:
    """Every series of /metrics by its name and labels."""
    answer = await client.get("/metrics", token=OPERATOR_TOKEN)
    assert answer.status == 200, answer
    lines = (line for line in answer.body.decode().splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}
