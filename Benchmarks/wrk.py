"""Runs wrk and reads what it measured."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
THREADS = 2


@dataclass
class Measurement:
    requests: int
    seconds: float
    p50: float
    p99: float
    refused: int
    lost: int
    cpu: float = 0

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def run(
    url: str,
    connections: int,
    seconds: float,
    script: Path,
    arguments: Sequence[str] = (),
    headers: Sequence[str] = (),
) -> Measurement:
    """Milliseconds for the percentiles; an answer that is no success is an error of the benchmark."""
    program = shutil.which("wrk")
    if program is None:
        raise SystemExit("wrk is not installed: run scripts/bootstrap bench")
    command = [
        program,
        f"-t{THREADS}",
        f"-c{connections}",
        f"-d{seconds:g}s",
        "--timeout",
        "10s",
        "-s",
        str(script),
    ]
    for header in headers:
        command += ["-H", header]
    output = subprocess.run(
        [*command, url, "--", *arguments], capture_output=True, text=True, check=True
    ).stdout
    line = next(line for line in output.splitlines() if line.startswith("{"))
    measured = Measurement(**json.loads(line))
    if measured.refused or measured.lost:
        raise SystemExit(f"{url}: {measured.refused} requests were refused, {measured.lost} lost\n{output}")
    return measured
